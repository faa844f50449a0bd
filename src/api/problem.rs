use crate::access::CallerError;
use crate::api::GatewayError;
use crate::api::PutError;
use crate::api::ReceiveError;
use crate::api::WebhookError;
use crate::document::Fault;
use crate::document::Lang;
use crate::document::Sentence;
use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;
use std::sync::Arc;

/// Status of an answer that gives what was asked.
pub const OK: StatusCode = StatusCode::OK;
/// Status of an answer to a message that is kept and will be delivered.
pub const ACCEPTED: StatusCode = StatusCode::ACCEPTED;
/// Status of an answer that made something.
pub const CREATED: StatusCode = StatusCode::CREATED;
/// Status of an answer without anything to say.
pub const NO_CONTENT: StatusCode = StatusCode::NO_CONTENT;

/// Faults shown in one answer at most; the rest is counted. A file of 100,000 rows can hold more than anyone reads.
const ERRORS_MAX: usize = 5_000;
/// Seconds after which it is worth trying again when the gateway is busy.
const BUSY_SECONDS: u32 = 1;
/// Seconds after which it is worth trying again when store or broker is away.
const AWAY_SECONDS: u32 = 5;

/// The kinds of problem. Each has a page at `/v1/problemen/{name}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemKind {
    /// The content, query or headers are not right.
    InvalidInput,
    /// Not a well-formed HTTP request.
    BadRequest,
    /// No or no valid key.
    Unauthenticated,
    /// The key may not do this.
    Forbidden,
    /// Nothing here, for this caller.
    NotFound,
    /// No mapping for this soort of message.
    UnknownSoort,
    /// Not with this method.
    MethodNotAllowed,
    /// Not in a form the caller accepts.
    NotAcceptable,
    /// The request came in too slowly.
    TooSlow,
    /// The reference was used before for something else.
    Conflict,
    /// What is changed was changed by somebody else in the meantime.
    Changed,
    /// More bytes than the gateway takes.
    TooLarge,
    /// The address is too long.
    UriTooLong,
    /// Content in a form this resource does not take.
    UnsupportedType,
    /// Too many or too large headers.
    HeadersTooLarge,
    /// More requests than agreed.
    TooMany,
    /// A fault of the gateway.
    Internal,
    /// Too much at once.
    Busy,
    /// Store or broker is away.
    Unavailable,
}

impl ProblemKind {
    /// Every kind.
    pub const ALL: [Self; 19] = [
        Self::InvalidInput,
        Self::BadRequest,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::UnknownSoort,
        Self::MethodNotAllowed,
        Self::NotAcceptable,
        Self::TooSlow,
        Self::Conflict,
        Self::Changed,
        Self::TooLarge,
        Self::UriTooLong,
        Self::UnsupportedType,
        Self::HeadersTooLarge,
        Self::TooMany,
        Self::Internal,
        Self::Busy,
        Self::Unavailable,
    ];

    /// Name in the type URI, status, title in Dutch and English.
    #[allow(clippy::too_many_lines)] // a table
    const fn row(self) -> (&'static str, StatusCode, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Self::InvalidInput => (
                "ongeldige-invoer",
                S::BAD_REQUEST,
                "Ongeldige invoer",
                "Invalid input",
            ),
            Self::BadRequest => (
                "ongeldig-verzoek",
                S::BAD_REQUEST,
                "Ongeldig verzoek",
                "Bad request",
            ),
            Self::Unauthenticated => (
                "niet-aangemeld",
                S::UNAUTHORIZED,
                "Niet aangemeld",
                "Not authenticated",
            ),
            Self::Forbidden => (
                "geen-toestemming",
                S::FORBIDDEN,
                "Geen toestemming",
                "Forbidden",
            ),
            Self::NotFound => ("niet-gevonden", S::NOT_FOUND, "Niet gevonden", "Not found"),
            Self::UnknownSoort => (
                "soort-onbekend",
                S::NOT_FOUND,
                "Soort bericht onbekend",
                "Unknown kind of message",
            ),
            Self::MethodNotAllowed => (
                "methode-niet-toegestaan",
                S::METHOD_NOT_ALLOWED,
                "Methode niet toegestaan",
                "Method not allowed",
            ),
            Self::NotAcceptable => (
                "vorm-niet-leverbaar",
                S::NOT_ACCEPTABLE,
                "Gevraagde vorm niet leverbaar",
                "Not acceptable",
            ),
            Self::TooSlow => (
                "verzoek-te-traag",
                S::REQUEST_TIMEOUT,
                "Verzoek kwam te traag binnen",
                "Request came in too slowly",
            ),
            Self::Conflict => (
                "referentie-al-gebruikt",
                S::CONFLICT,
                "Referentie al gebruikt",
                "Reference used before",
            ),
            Self::Changed => (
                "tussentijds-gewijzigd",
                S::CONFLICT,
                "Tussentijds gewijzigd",
                "Changed in the meantime",
            ),
            Self::TooLarge => (
                "te-groot",
                S::PAYLOAD_TOO_LARGE,
                "Bericht te groot",
                "Content too large",
            ),
            Self::UriTooLong => (
                "adres-te-lang",
                S::URI_TOO_LONG,
                "Adres te lang",
                "URI too long",
            ),
            Self::UnsupportedType => (
                "inhoudstype-niet-ondersteund",
                S::UNSUPPORTED_MEDIA_TYPE,
                "Inhoudstype niet ondersteund",
                "Unsupported media type",
            ),
            Self::HeadersTooLarge => (
                "headers-te-groot",
                S::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "Headers te groot",
                "Header fields too large",
            ),
            Self::TooMany => (
                "te-veel-verzoeken",
                S::TOO_MANY_REQUESTS,
                "Te veel verzoeken",
                "Too many requests",
            ),
            Self::Internal => (
                "interne-fout",
                S::INTERNAL_SERVER_ERROR,
                "Interne fout",
                "Internal error",
            ),
            Self::Busy => ("te-druk", S::SERVICE_UNAVAILABLE, "Te druk", "Too busy"),
            Self::Unavailable => (
                "niet-beschikbaar",
                S::SERVICE_UNAVAILABLE,
                "Tijdelijk niet beschikbaar",
                "Temporarily unavailable",
            ),
        }
    }

    /// What it means and what to do about it.
    #[must_use]
    pub fn explanation(self) -> Sentence {
        let (nl, en) = match self {
            Self::InvalidInput => (
                "De invoer klopt niet. Elke fout staat met zijn plek in `errors`; herstel ze en stuur het verzoek opnieuw.",
                "The input is not right. Each fault is in `errors` with its place; mend them and send the request again.",
            ),
            Self::BadRequest => (
                "Dit is geen geldig HTTP-verzoek.",
                "This is not a valid HTTP request.",
            ),
            Self::Unauthenticated => (
                "Stuur een geldige sleutel mee: `Authorization: Bearer schakel_...`.",
                "Send a valid key: `Authorization: Bearer schakel_...`.",
            ),
            Self::Forbidden => (
                "Uw sleutel of organisatie mag dit niet. Vraag de beheerder om het recht, of gebruik een andere sleutel.",
                "Your key or organisation may not do this. Ask the administrator for the right, or use another key.",
            ),
            Self::NotFound => (
                "Dit bestaat niet, of is niet van uw organisatie.",
                "This does not exist, or is not your organisation's.",
            ),
            Self::UnknownSoort => (
                "Voor deze soort heeft uw organisatie geen mapping. `GET /v1/soorten` toont welke soorten u kunt sturen.",
                "Your organisation has no mapping for this soort. `GET /v1/soorten` shows which ones you can send.",
            ),
            Self::MethodNotAllowed => (
                "Deze methode kan hier niet. De header `Allow` noemt de methoden die wel kunnen.",
                "This method cannot be used here. The header `Allow` names the ones that can.",
            ),
            Self::NotAcceptable => (
                "Het antwoord is niet te geven in een vorm die uw header `Accept` toelaat.",
                "The answer cannot be given in a form that your header `Accept` allows.",
            ),
            Self::TooSlow => (
                "Het verzoek was niet op tijd binnen. Stuur het opnieuw.",
                "The request was not in on time. Send it again.",
            ),
            Self::Conflict => (
                "Deze referentie is eerder gebruikt voor een bericht met een andere inhoud. Gebruik een nieuwe referentie, of stuur precies dezelfde inhoud.",
                "This reference was used before for a message with other content. Use a new reference, or send exactly the same content.",
            ),
            Self::Changed => (
                "Iemand anders wijzigde dit tegelijk. Haal het opnieuw op en probeer het nog eens.",
                "Somebody else changed this at the same time. Get it again and try once more.",
            ),
            Self::TooLarge => (
                "Het bericht is groter dan de gateway aanneemt. Splits het.",
                "The content is larger than the gateway takes. Split it.",
            ),
            Self::UriTooLong => ("Het adres is te lang.", "The URI is too long."),
            Self::UnsupportedType => (
                "De header `Content-Type` ontbreekt of past niet bij wat hier verwacht wordt.",
                "The header `Content-Type` is missing or does not fit what is expected here.",
            ),
            Self::HeadersTooLarge => (
                "Het verzoek heeft te veel of te grote headers.",
                "The request has too many or too large header fields.",
            ),
            Self::TooMany => (
                "Er komen te veel verzoeken. Wacht zo lang als `Retry-After` zegt.",
                "There are too many requests. Wait as long as `Retry-After` says.",
            ),
            Self::Internal => (
                "Er ging iets mis in de gateway. De beheerder vindt het terug met de `instance` van dit antwoord.",
                "Something went wrong in the gateway. The operator can find it by the `instance` of this answer.",
            ),
            Self::Busy => (
                "De gateway heeft het te druk. Niets is verwerkt; probeer het na `Retry-After` opnieuw.",
                "The gateway is too busy. Nothing was processed; try again after `Retry-After`.",
            ),
            Self::Unavailable => (
                "De gateway kan nu niets bewaren. Niets is bevestigd; probeer het na `Retry-After` opnieuw met dezelfde referentie.",
                "The gateway cannot keep anything now. Nothing was acknowledged; try again after `Retry-After` with the same reference.",
            ),
        };
        Sentence::new(nl, en)
    }

    /// The name in the type URI.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.row().0
    }

    /// Whether the connection is of no use any more after it: what is left of the request is not read.
    #[must_use]
    pub const fn closes(self) -> bool {
        matches!(
            self,
            Self::TooSlow
                | Self::TooLarge
                | Self::BadRequest
                | Self::UriTooLong
                | Self::HeadersTooLarge
        )
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        self.row().1
    }

    /// The title in one language.
    #[must_use]
    pub const fn title(self, lang: Lang) -> &'static str {
        match lang {
            Lang::Nl => self.row().2,
            Lang::En => self.row().3,
        }
    }

    /// The kind with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The kind for an error answer that something else made: the router, or the HTTP library.
    #[must_use]
    pub fn of_status(status: StatusCode) -> Self {
        Self::ALL
            .into_iter()
            .find(|kind| kind.status() == status)
            .unwrap_or(if status.is_server_error() {
                Self::Internal
            } else {
                Self::BadRequest
            })
    }
}

/// A refusal, as RFC 9457 problem details. It is turned into bytes by the outermost layer, which knows the language
/// and the trace of the request.
#[derive(Debug, Clone)]
pub struct Problem {
    /// Which kind.
    pub kind: ProblemKind,
    /// More than the kind's own explanation, where there is more to say. Never a value from the request.
    pub detail: Option<Sentence>,
    /// Each fault with its place.
    pub errors: Vec<Fault>,
    /// Seconds after which it is worth trying again.
    pub retry_after: Option<u32>,
}

impl Problem {
    /// A problem of a kind, with the kind's explanation.
    #[must_use]
    pub const fn new(kind: ProblemKind) -> Self {
        Self {
            kind,
            detail: None,
            errors: Vec::new(),
            retry_after: match kind {
                ProblemKind::Busy => Some(BUSY_SECONDS),
                ProblemKind::Unavailable => Some(AWAY_SECONDS),
                _ => None,
            },
        }
    }

    /// With its own explanation.
    #[must_use]
    pub fn saying(self, nl: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            detail: Some(Sentence::new(nl, en)),
            ..self
        }
    }

    /// With faults.
    #[must_use]
    pub fn with_errors(self, errors: Vec<Fault>) -> Self {
        Self { errors, ..self }
    }

    /// Worth trying again after some seconds.
    #[must_use]
    pub fn after(self, seconds: u32) -> Self {
        Self {
            retry_after: Some(seconds),
            ..self
        }
    }

    /// Invalid input with its faults.
    #[must_use]
    pub fn invalid(errors: Vec<Fault>) -> Self {
        Self::new(ProblemKind::InvalidInput).with_errors(errors)
    }

    /// A fault of the gateway; the cause goes to the log and not to the caller.
    #[must_use]
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(cause = %cause, "A request failed by a fault of the gateway");
        Self::new(ProblemKind::Internal)
    }

    /// The members of the problem document.
    #[must_use]
    pub fn body(&self, lang: Lang, type_base: &str, instance: &str) -> Value {
        let explanation = || self.kind.explanation();
        let detail = self.detail.clone().unwrap_or_else(explanation);
        let mut body = json!({
            "type": format!("{type_base}/problemen/{}", self.kind.name()),
            "title": self.kind.title(lang),
            "status": self.kind.status().as_u16(),
            "detail": detail.get(lang),
            "instance": instance,
        });
        if !self.errors.is_empty() {
            let shown = self.errors.iter().take(ERRORS_MAX);
            body["errors"] = shown.map(|fault| error_item(fault, lang)).collect();
            if self.errors.len() > ERRORS_MAX {
                body["aantalFouten"] = json!(self.errors.len());
            }
        }
        body
    }

    /// The whole answer.
    #[must_use]
    pub fn render(&self, lang: Lang, type_base: &str, instance: &str) -> Response {
        let body = self.body(lang, type_base, instance).to_string();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.kind.status();
        let headers = response.headers_mut();
        let content_type = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, content_type);
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.kind == ProblemKind::Unauthenticated {
            let challenge = HeaderValue::from_static("Bearer realm=\"schakel\"");
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

/// One entry of `errors`, as the draft of the NLgov API design rules names its members, with line and column added.
fn error_item(fault: &Fault, lang: Lang) -> Value {
    let mut item = Map::new();
    item.insert("in".to_owned(), json!(fault.place.part()));
    let location = fault.place.location(lang);
    if !location.is_empty() {
        item.insert("location".to_owned(), json!(location));
    }
    item.insert("code".to_owned(), json!(fault.code));
    item.insert("detail".to_owned(), json!(fault.sentence.get(lang)));
    if let Some(at) = fault.place.at() {
        item.insert("line".to_owned(), json!(at.line));
        if at.column > 0 {
            item.insert("column".to_owned(), json!(at.column));
        }
    }
    Value::Object(item)
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.kind.status();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

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
                crate::document::Place::Header("Idempotency-Key".to_owned()),
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
