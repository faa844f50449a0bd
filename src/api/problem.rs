mod refusals;
mod words;

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
/// Status of an answer that nothing of what was sent could be taken.
pub const INVALID: StatusCode = StatusCode::BAD_REQUEST;
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

    /// Name in the type URI, and status.
    const fn row(self) -> (&'static str, StatusCode) {
        use StatusCode as S;
        match self {
            Self::InvalidInput => ("ongeldige-invoer", S::BAD_REQUEST),
            Self::BadRequest => ("ongeldig-verzoek", S::BAD_REQUEST),
            Self::Unauthenticated => ("niet-aangemeld", S::UNAUTHORIZED),
            Self::Forbidden => ("geen-toestemming", S::FORBIDDEN),
            Self::NotFound => ("niet-gevonden", S::NOT_FOUND),
            Self::UnknownSoort => ("soort-onbekend", S::NOT_FOUND),
            Self::MethodNotAllowed => ("methode-niet-toegestaan", S::METHOD_NOT_ALLOWED),
            Self::NotAcceptable => ("vorm-niet-leverbaar", S::NOT_ACCEPTABLE),
            Self::TooSlow => ("verzoek-te-traag", S::REQUEST_TIMEOUT),
            Self::Conflict => ("referentie-al-gebruikt", S::CONFLICT),
            Self::Changed => ("tussentijds-gewijzigd", S::CONFLICT),
            Self::TooLarge => ("te-groot", S::PAYLOAD_TOO_LARGE),
            Self::UriTooLong => ("adres-te-lang", S::URI_TOO_LONG),
            Self::UnsupportedType => ("inhoudstype-niet-ondersteund", S::UNSUPPORTED_MEDIA_TYPE),
            Self::HeadersTooLarge => ("headers-te-groot", S::REQUEST_HEADER_FIELDS_TOO_LARGE),
            Self::TooMany => ("te-veel-verzoeken", S::TOO_MANY_REQUESTS),
            Self::Internal => ("interne-fout", S::INTERNAL_SERVER_ERROR),
            Self::Busy => ("te-druk", S::SERVICE_UNAVAILABLE),
            Self::Unavailable => ("niet-beschikbaar", S::SERVICE_UNAVAILABLE),
        }
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

/// One entry of `errors`, as the draft of the NLgov API design rules names its members, with line (or row) and column added.
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
        let row = fault.place.row();
        let (name, number) = row.map_or(("line", at.line), |row| ("row", row));
        item.insert(name.to_owned(), json!(number));
        if at.column > 0 {
            item.insert("column".to_owned(), json!(at.column));
        }
    }
    Value::Object(item)
}

/// On an answer that is an error and says so itself: the outermost layer leaves it as it is.
#[derive(Debug, Clone, Copy)]
pub struct Complete;

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.kind.status();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}
