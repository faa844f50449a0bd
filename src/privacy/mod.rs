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
//! A kandidaat whose recorded consent is "Nee", or who is shielded (`afgeschermd`), by any organisation, is not
//! forwarded at all: see [`hold`]. Source values that no mapping could translate never leave.

mod agreement;
mod filter;
mod text;

pub use agreement::Agreement;
pub use agreement::AgreementError;
pub use agreement::Grant;
pub use agreement::Reach;
pub use filter::Filtered;
pub use filter::HOLDS;
pub use filter::filter;
pub use filter::hold;
pub use filter::is_free_text;
pub use text::Suspicion;
pub use text::suspicion;
