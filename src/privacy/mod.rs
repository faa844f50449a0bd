//! Row 3. Who may see what. Default deny: an attribute leaves only if an agreement between the two organisations
//! names the kind of record and the attribute's visibility class. Pure.
//!
//! | class | what | leaves |
//! |---|---|---|
//! | A | routing and administration | when the agreement names it |
//! | B | identity and contact | when the agreement names it; the address never when it is secret |
//! | B* | BSN | when the agreement allows the BSN and names the ground |
//! | C | work profile | when the agreement names it |
//! | D | functional needs and conditions | when the agreement names it |
//! | F | hours and money | when the agreement names it |
//! | N | own organisation only | never |
//!
//! Within a class, what the schema marks `x-beperkt` (the target group register, the jobs agreement, target groups and
//! client characteristics that point at a disability or a benefit) leaves only when the agreement's set also says
//! `beperkt`. What the schema marks `x-adres` stays when the kandidaat's address is secret, on whatever record it
//! stands. Text is looked through for a BSN and for words that point at health, criminal data or debts.
//!
//! A kandidaat whose recorded consent is "Nee", or who is shielded (`afgeschermd`), by any organisation, is
//! not forwarded at all: see [`hold`]. Source values that no mapping could translate never leave.

mod agreement;
mod filter;
mod text;
mod words;

pub use agreement::Agreement;
pub use agreement::AgreementError;
pub use agreement::Grant;
pub use agreement::Reach;
pub use filter::Filtered;
pub use filter::HOLDS;
pub use filter::filter;
pub use filter::has_secret_address;
pub use filter::hold;
pub use text::Suspicion;
pub use text::holds_bsn;
pub use text::holds_text;
pub use text::suspicion;
