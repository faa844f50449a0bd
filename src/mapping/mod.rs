//! Row 3. Mappings: one declarative file per organisation and soort, read in both directions.
//!
//! A mapping file (`mappings/<organisatie>/<soort>.toml`) is compiled once, against the canonical schemas, into a
//! [`Mapping`]; decoding a [`Document`](crate::document::Document) gives [`Decoded`] elements, encoding bundles gives
//! a document back. All of it is pure and bounded: no I/O, no clock, no loops in the language. The language is
//! described in `mappings/README.md`, with every fault and diagnostic code.
//!
//! | part | |
//! |---|---|
//! | `assemble` | a mapping file with the shared parts it takes over, as one table |
//! | `syntax`, `diagnostic`, `compile` | from TOML to a plan, every problem reported at once ([`Diagnostic`]) |
//! | `plan`, `known` | the compiled rules: names resolved, paths split; which parts of a document they name |
//! | `letters` | what a text is as a value, whichever program wrote it |
//! | `codec` | how one value is written, with its inverse |
//! | `intake` | where the values go that rules read, and which rules read when |
//! | `nested` | values in nested objects, by their names |
//! | `text` | what is told of values, by number |
//! | `slots` | where the values are that rules write |
//! | `fixed` | positions in lines of fixed width |
//! | `parts` | one value that stands at several places |
//! | `together` | what tells that rows are one element |
//! | `decode`, `encode` | the two directions |
//! | `answers` | what the receiver of a delivery rejects of it, told in its own format |
//! | `retour` | what became of a message, as its sender's own document with codes |
//! | `canoniek` | the built-in mapping of the shared model as JSON |
//! | [`laws`] | decode after encode gives the record back; encode after decode is stable |
//! | `cases` | the cases that stand beside a mapping |
//! | `shown` | a document as a person can read it |

mod answers;
mod assemble;
mod canoniek;
mod cases;
pub(crate) mod codec;
mod compile;
mod compiled;
pub(crate) mod decode;
pub(crate) mod diagnostic;
mod encode;
pub(crate) mod finder;
pub(crate) mod fixed;
pub(crate) mod intake;
pub(crate) mod known;
pub mod laws;
pub(crate) mod letters;
mod library;
pub(crate) mod nested;
mod origin;
pub(crate) mod parts;
pub(crate) mod plan;
mod retour;
mod shown;
pub(crate) mod slots;
pub(crate) mod syntax;
pub(crate) mod text;
mod together;
mod types;

pub use answers::Answered;
pub use answers::Rejected;
pub(crate) use assemble::origin;
pub(crate) use assemble::pair;
pub use cases::Case;
pub use cases::CaseFailure;
pub use cases::Given;
pub(crate) use cases::bundle;
pub use codec::LawClass;
pub use compiled::Mapping;
pub use compiled::RuleLaw;
pub use decode::Book;
pub use decode::Table;
pub use diagnostic::Diagnostic;
pub use diagnostic::Level;
pub use encode::Unwritten;
pub use library::CANONICAL;
pub use library::Library;
pub(crate) use library::assembled;
pub use library::is_soort;
pub use origin::Origin;
pub use origin::Origins;
pub(crate) use origin::Spot;
pub use retour::Refused;
pub use syntax::text_of;
pub use together::Keys;
pub use types::*;
