use crate::document::Fault;
use crate::document::Lang;
use crate::document::Place;

/// Why a file is refused. Boxed, because a fault is large and rare.
pub(super) type Refused = Box<Fault>;

/// A document cannot be written in a format: which part of it, and why. Holds no value of the document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} at `{}`: {}", .0.code, .0.place.location(Lang::En), .0.sentence.en)]
pub struct EncodeError(Box<Fault>);

impl EncodeError {
    pub(super) fn new(
        code: &'static str,
        place: Place,
        nl: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self(Box::new(Fault::refused(code, place, nl, en)))
    }

    /// The same as a fault, for whoever wrote the mapping.
    #[must_use]
    pub fn fault(&self) -> &Fault {
        &self.0
    }

    /// The same as a fault, for whoever wrote the mapping.
    #[must_use]
    pub fn into_fault(self) -> Fault {
        *self.0
    }
}
