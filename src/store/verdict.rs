use crate::canonical::Kind;
use crate::canonical::OrgCode;
use crate::store::DeliveryState;
use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;
use uuid::Uuid;

/// A part of a delivery that its recipient rejected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// Where it stands in the retour.
    pub place: String,
    /// Why: codes of the recipient's format.
    pub codes: Vec<String>,
    /// The main records of the delivery that it is about; none for the delivery as a whole.
    pub records: Vec<(Kind, Uuid)>,
}

/// What the recipient of a delivery says of it in a retour: confirmed, or refused with what was rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The delivery.
    pub delivery: Uuid,
    /// Whose it is.
    pub recipient: OrgCode,
    /// Why it is refused, a code; `None` confirms.
    pub refusal: Option<String>,
    /// What was rejected of it.
    pub rejected: Vec<Rejection>,
    /// When.
    pub at: Timestamp,
}

impl Verdict {
    /// The state that it brings the delivery in.
    #[must_use]
    pub const fn state(&self) -> DeliveryState {
        if self.refusal.is_some() {
            DeliveryState::Refused
        } else {
            DeliveryState::Confirmed
        }
    }
}
