use crate::access::Caller;
use crate::access::CallerError;
use crate::access::Scope;
use crate::api::Api;
use crate::api::Content;
use crate::api::body;
use crate::api::contracts;
use crate::api::input::Input;
use crate::api::json;
use crate::api::negotiate;
use crate::api::problem::Complete;
use crate::api::problem::Problem;
use crate::api::problem::ProblemKind;
use crate::api::trace::TraceContext;
use crate::document::Lang;
use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::extract::Path;
use axum::http::HeaderMap;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header;
use axum::http::request::Parts;
use axum::response::IntoResponse;
use axum::response::Response;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::net::IpAddr;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;
use tracing::Instrument;
use tracing::Span;

/// The address a connection comes from; put on each request by the accept loop.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// What the outermost layer found out about a request.
#[derive(Clone)]
pub struct Call {
    /// The language of the answer.
    pub lang: Lang,
    /// The position of this request in its trace.
    pub trace: TraceContext,
    /// Where it came from.
    pub address: IpAddr,
    /// Its span.
    pub span: Span,
    /// Its place among the requests in flight; free again when the work is done, also when the client is gone.
    pub(super) place: Arc<OwnedSemaphorePermit>,
}

/// The answer of a handler.
pub type Reply = Result<Response, Problem>;

impl Api {
    /// The caller, if it has a valid key with one of these scopes (any key, when there are none) and its
    /// organisation is registered. An operator is let in before its organisation is: somebody has to register it.
    pub async fn admit(
        &self,
        call: &Call,
        headers: &HeaderMap,
        scopes: &[Scope],
    ) -> Result<Caller, Problem> {
        let key = bearer(headers).ok_or_else(|| Problem::new(ProblemKind::Unauthenticated))?;
        let now = self.clock.now();
        let caller = self.callers.caller(key, call.address, now).await;
        let caller = caller.inspect_err(|error| {
            if !matches!(error, CallerError::Store(_)) {
                tracing::info!(parent: &call.span, %error, "A caller was refused");
            }
        })?;
        call.span.record("org", caller.org.as_str());
        call.span.record("key", tracing::field::display(caller.key));
        if let Some(limiter) = &self.limiter {
            limiter
                .take(caller.key, now)
                .map_err(|seconds| Problem::new(ProblemKind::TooMany).after(seconds))?;
        }
        if !scopes.is_empty() && !caller.scopes.has_any(scopes) {
            let names: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
            return Err(Problem::new(ProblemKind::Forbidden).saying(
                format!(
                    "Deze sleutel heeft hier het recht `{}` voor nodig.",
                    names.join("` of `")
                ),
                format!(
                    "This key needs the scope `{}` for this.",
                    names.join("` or `")
                ),
            ));
        }
        if !caller.may(Scope::Beheer) && !self.gateway.knows(&caller.org) {
            return Err(Problem::new(ProblemKind::Forbidden).saying(
                "De organisatie van deze sleutel is niet geregistreerd. Vraag de beheerder om haar te registreren.",
                "The organisation of this key is not registered. Ask the administrator to register it.",
            ));
        }
        Ok(caller)
    }

    /// Runs a use case in a task of its own and waits for it: a client that hangs up does not stop it halfway.
    pub async fn run<T: Send + 'static>(
        &self,
        call: &Call,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Problem> {
        let place = Arc::clone(&call.place);
        let work = async move {
            let outcome = work.await;
            drop(place);
            outcome
        };
        tokio::spawn(work.instrument(call.span.clone()))
            .await
            .map_err(|_| Problem::internal(&"a use case stopped before its end"))
    }

    /// Reads a body of any type within the limits.
    pub async fn bytes(
        &self,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<(bytes::Bytes, body::Held), Problem> {
        let limits = self.config.body_limits(self.config.body_bytes);
        body::read(headers, body, &limits, &self.budget).await
    }

    /// Reads a JSON body that follows a schema of the `OpenAPI` document, with every other fault of the request.
    /// Without a schema name, any JSON object goes.
    pub async fn json<T: DeserializeOwned>(
        &self,
        headers: &HeaderMap,
        body: Body,
        contract: Option<&str>,
        mut input: Input<'_>,
    ) -> Result<T, Problem> {
        let limits = self.config.body_limits(JSON_BYTES_MAX);
        let content_type = headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        if content_type.map(negotiate::essence).as_deref() != Some("application/json") {
            return Err(Problem::new(ProblemKind::UnsupportedType).saying(
                "Stuur JSON, met de header `Content-Type: application/json`.",
                "Send JSON, with the header `Content-Type: application/json`.",
            ));
        }
        let (bytes, _held) = body::read(headers, body, &limits, &self.budget).await?;
        let value = match json::parse(&bytes) {
            Ok(value) => value,
            Err(fault) => {
                input.add(vec![*fault]);
                input.finish()?;
                return Err(Problem::new(ProblemKind::InvalidInput));
            }
        };
        input.add(contract.map_or_else(
            || contracts::object_only(&value),
            |name| self.contracts.check(name, &value),
        ));
        input.finish()?;
        serde_json::from_value(value)
            .map_err(|_| Problem::internal(&"a body follows its contract and cannot be read"))
    }
}

/// Largest JSON body of a request that is no message.
const JSON_BYTES_MAX: usize = 1024 * 1024;

/// The key in a single `Authorization: Bearer` header.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next()?.to_str().ok()?;
    if values.next().is_some() {
        return None;
    }
    let (scheme, key) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

/// An answer in JSON.
pub fn reply(status: StatusCode, body: &impl Serialize) -> Response {
    match serde_json::to_vec(body) {
        Ok(bytes) => {
            let mut response = Response::new(Body::from(bytes));
            *response.status_mut() = status;
            let json = HeaderValue::from_static("application/json");
            response.headers_mut().insert(header::CONTENT_TYPE, json);
            response
        }
        Err(error) => Problem::internal(&error).into_response(),
    }
}

/// An answer in somebody's own format.
pub fn content(status: StatusCode, content: &Content) -> Response {
    let content_type = HeaderValue::from_str(&content.content_type)
        .unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let mut response = Response::new(Body::from(content.bytes.clone()));
    *response.status_mut() = status;
    response.extensions_mut().insert(Complete);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, content_type);
    // It is somebody's data in somebody's format: a browser saves it and does not show it.
    let attachment = HeaderValue::from_static("attachment");
    headers.insert(header::CONTENT_DISPOSITION, attachment);
    response
}

/// The one variable part of a path. Text that is no UTF-8 names nothing.
pub struct Segment(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Segment {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        path.map(|Path(text)| Self(text))
            .map_err(|_| Problem::new(ProblemKind::NotFound))
    }
}

impl Segment {
    /// The id it names; anything else names nothing.
    pub fn id(&self) -> Result<uuid::Uuid, Problem> {
        // Only the usual spelling: an id has one address.
        let id = uuid::Uuid::try_parse(&self.0).ok();
        id.filter(|id| id.to_string() == self.0)
            .ok_or_else(|| Problem::new(ProblemKind::NotFound))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test may stop
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_from_one_bearer_header_only() {
        let headers = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::AUTHORIZATION, HeaderValue::from_str(value).unwrap());
            }
            headers
        };
        for (values, key) in [
            (&["Bearer abc"][..], Some("abc")),
            (&["bearer  abc "], Some("abc")),
            (&["Basic abc"], None),
            (&["abc"], None),
            (&["Bearer abc", "Bearer def"], None),
            (&[], None),
        ] {
            assert_eq!(bearer(&headers(values)), key, "{values:?}");
        }
    }
}
