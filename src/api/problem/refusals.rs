//! What each error of the use cases is to a caller. Every match is exhaustive.

use crate::access::CallerError;
use crate::api::GatewayError;
use crate::api::PutError;
use crate::api::ReceiveError;
use crate::api::WebhookError;
use crate::api::problem::Problem;
use crate::api::problem::ProblemKind;
use crate::document::Fault;
use crate::document::Place;

impl From<CallerError> for Problem {
    fn from(error: CallerError) -> Self {
        let unauthenticated = Self::new(ProblemKind::Unauthenticated);
        match error {
            CallerError::Unknown => unauthenticated.saying(
                "Deze sleutel is niet bekend. Controleer of hij volledig is overgenomen.",
                "This key is not known. Check that it was copied in full.",
            ),
            CallerError::Expired => unauthenticated.saying(
                "Deze sleutel is verlopen. Vraag de beheerder om een nieuwe.",
                "This key has expired. Ask the administrator for a new one.",
            ),
            CallerError::Revoked => unauthenticated.saying(
                "Deze sleutel is ingetrokken. Vraag de beheerder om een nieuwe.",
                "This key was revoked. Ask the administrator for a new one.",
            ),
            CallerError::TooMany { seconds } => Self::new(ProblemKind::TooMany).after(seconds),
            CallerError::Store(cause) => {
                tracing::warn!(%cause, "A caller could not be looked up");
                Self::new(ProblemKind::Unavailable)
            }
        }
    }
}

impl From<GatewayError> for Problem {
    fn from(error: GatewayError) -> Self {
        match error {
            GatewayError::Unavailable(cause) => {
                tracing::warn!(%cause, "A request failed because the gateway is not available");
                Self::new(ProblemKind::Unavailable)
            }
            GatewayError::Internal(cause) => Self::internal(&cause),
        }
    }
}

impl From<ReceiveError> for Problem {
    fn from(error: ReceiveError) -> Self {
        match error {
            ReceiveError::Invalid(faults) => Self::invalid(faults),
            ReceiveError::NoReference => Self::invalid(vec![Fault::refused(
                "referentie.ontbreekt",
                Place::Header("Idempotency-Key".to_owned()),
                "Het bericht noemt geen eigen referentie. Stuur de header `Idempotency-Key` mee, bijvoorbeeld een UUID.",
                "The message names no reference of its own. Send the header `Idempotency-Key`, for example a UUID.",
            )]),
            ReceiveError::UnknownSoort => Self::new(ProblemKind::UnknownSoort),
            ReceiveError::UnsupportedType { expected } => {
                Self::new(ProblemKind::UnsupportedType).saying(
                    format!("Deze soort wordt gelezen als `{expected}`; stuur dat in de header `Content-Type`."),
                    format!("This soort is read as `{expected}`; send that in the header `Content-Type`."),
                )
            }
            ReceiveError::TooLarge => Self::new(ProblemKind::TooLarge),
            ReceiveError::Conflict(earlier) => Self::new(ProblemKind::Conflict).saying(
                format!("Deze referentie is eerder gebruikt voor bericht {earlier}, met een andere inhoud. Gebruik een nieuwe referentie, of stuur precies dezelfde inhoud."),
                format!("This reference was used before for message {earlier}, with other content. Use a new reference, or send exactly the same content."),
            ),
            ReceiveError::NoPermission => Self::new(ProblemKind::Forbidden),
            ReceiveError::Busy => Self::new(ProblemKind::Busy),
            ReceiveError::Other(error) => error.into(),
        }
    }
}

impl From<PutError> for Problem {
    fn from(error: PutError) -> Self {
        match error {
            PutError::Invalid(faults) => Self::invalid(faults),
            PutError::Conflict => Self::new(ProblemKind::Changed),
            PutError::Other(error) => error.into(),
        }
    }
}

impl From<WebhookError> for Problem {
    fn from(error: WebhookError) -> Self {
        match error {
            WebhookError::Invalid(faults) => Self::invalid(faults),
            WebhookError::Other(error) => error.into(),
        }
    }
}
