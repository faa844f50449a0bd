//! Row 1. The shared model: kinds, identifiers, value states, transitions, and how versions of a record merge.
//!
//! Everything here is pure: no I/O, no clock of its own, no async.

mod bundle;
mod clock;
mod differing;
mod elfproef;
mod id;
mod ids;
mod kind;
mod merge;
mod own_word;
mod personal;
mod state;
mod transition;
mod wage_value;

pub use bundle::Bundle;
pub use bundle::RAW;
pub use bundle::Record;
pub use bundle::STATES;
pub use clock::Clock;
pub use clock::ManualClock;
pub use clock::SystemClock;
pub use differing::differing;
pub use elfproef::elfproef;
pub use id::OrgCode;
pub use id::OrgCodeError;
pub use ids::IdSource;
pub use ids::RandomIds;
pub use ids::SeededIds;
pub use kind::Kind;
pub use merge::Contribution;
pub use merge::Merged;
pub use merge::Say;
pub use merge::Sources;
pub use merge::forget_states;
pub use merge::merge;
pub use own_word::OWN_WORDS;
pub use own_word::OwnWord;
pub use personal::Personal;
pub use state::ValueState;
pub use transition::Actor;
pub use transition::compare_status;
pub use transition::first_status;
pub use transition::is_closed;
pub use transition::may_become;
pub use transition::may_say;
pub use wage_value::Sum;
pub use wage_value::wage_value_sums;
