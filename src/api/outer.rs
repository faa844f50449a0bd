use crate::api::API_VERSION;
use crate::api::Api;
use crate::api::call::Call;
use crate::api::call::Peer;
use crate::api::docs;
use crate::api::negotiate;
use crate::api::problem::Complete;
use crate::api::problem::NO_CONTENT;
use crate::api::problem::Problem;
use crate::api::problem::ProblemKind;
use crate::api::trace;
use crate::api::trace::TraceContext;
use crate::document::Lang;
use axum::body::Body;
use axum::body::HttpBody;
use axum::extract::MatchedPath;
use axum::extract::Request;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::HeaderName;
use axum::http::HeaderValue;
use axum::http::Method;
use axum::http::StatusCode;
use axum::http::Version;
use axum::http::header;
use axum::middleware::Next;
use axum::response::IntoResponse;
use axum::response::Response;
use futures_util::FutureExt;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;
use tracing::Instrument;
use tracing::Span;
use tracing::field::Empty;

/// The route of a request that has none, in metrics.
const NO_ROUTE: &str = "geen";

/// The outermost layer: every answer, also of the router itself and after a panic, gets its headers here, and every
/// error its problem document. One span and two metrics per request, by route template: never the path or query.
pub async fn outer(State(api): State<Arc<Api>>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let lang = negotiate::language(request.headers());
    let caller = TraceContext::of(request.headers());
    let span = tracing::info_span!(
        "http.request",
        otel.name = name_of(&method),
        otel.kind = "server",
        http.request.method = name_of(&method),
        http.route = Empty,
        http.response.status_code = Empty,
        org = Empty,
        key = Empty,
        traceparent = caller.map(TraceContext::header),
        trace.id = Empty,
    );
    let trace = TraceContext::enter(&span, caller, api.random());
    span.record("trace.id", format!("{:032x}", trace.trace_id));

    let mut response = match admitted(&api, &mut request, lang, trace, &span) {
        Err(problem) => problem.into_response(),
        Ok(()) => next.run(request).instrument(span.clone()).await,
    };
    let route = response.extensions_mut().remove::<MatchedPath>();
    if let Some(route) = &route {
        let name = format!("{} {}", name_of(&method), route.as_str());
        span.record("http.route", route.as_str());
        span.record("otel.name", &name);
        trace::rename(&span, name);
    }
    let route = route.as_ref().map_or(NO_ROUTE, MatchedPath::as_str);
    let type_base = api.config.type_base();
    let response = finished(response, &method, lang, &type_base, &trace.instance());
    let response = with_headers(response, lang, docs::is_public(route));
    observed(&span, route, &method, response.status(), started);
    response
}

/// The outermost layer of a listener without callers. An answer that is an error by itself, such as that of a health
/// check, stays as it is.
pub async fn plain(State(type_base): State<Arc<str>>, request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let lang = negotiate::language(request.headers());
    let outcome = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    let mut response =
        outcome.unwrap_or_else(|_| Problem::internal(&"a handler panicked").into_response());
    if response.extensions().get::<Arc<Problem>>().is_some() {
        let instance = format!("urn:uuid:{}", uuid::Uuid::new_v4());
        response = finished(response, &method, lang, &type_base, &instance);
    }
    with_headers(response, lang, false)
}

/// Around each route: turns a panic into an answer, and tells the outermost layer which route it was. (The router
/// adds `Allow` outside of this one, so the outermost layer stands around the whole router.)
pub async fn inner(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let outcome = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    let mut response =
        outcome.unwrap_or_else(|_| Problem::internal(&"a handler panicked").into_response());
    if let Some(route) = route {
        response.extensions_mut().insert(route);
    }
    response
}

/// What is refused before any handler, and what the handlers are told.
fn admitted(
    api: &Api,
    request: &mut Request,
    lang: Lang,
    trace: TraceContext,
    span: &Span,
) -> Result<(), Problem> {
    well_formed(request.version(), request.headers())?;
    let place = Arc::clone(&api.in_flight).try_acquire_owned();
    let place = place.map_err(|_| Problem::new(ProblemKind::Busy))?;
    let peer = request.extensions().get::<Peer>();
    let address = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0);
    let call = Call {
        lang,
        trace,
        address,
        span: span.clone(),
        place: Arc::new(place),
    };
    request.extensions_mut().insert(call);
    Ok(())
}

/// Exactly one `Host` in HTTP/1.1 (RFC 9112, 3.2), and never two ways to tell where the body ends (6.3).
fn well_formed(version: Version, headers: &HeaderMap) -> Result<(), Problem> {
    let hosts = headers.get_all(header::HOST).iter().count();
    let refuse = |nl: &str, en: &str| Err(Problem::new(ProblemKind::BadRequest).saying(nl, en));
    if hosts > 1 || (hosts == 0 && version == Version::HTTP_11) {
        return refuse(
            "Een verzoek heeft precies één header `Host`.",
            "A request has exactly one header `Host`.",
        );
    }
    if headers.contains_key(header::CONTENT_LENGTH)
        && headers.contains_key(header::TRANSFER_ENCODING)
    {
        return refuse(
            "Een verzoek heeft `Content-Length` of `Transfer-Encoding`, niet allebei.",
            "A request has `Content-Length` or `Transfer-Encoding`, not both.",
        );
    }
    Ok(())
}

/// The answer with its problem document, when it is an error; `OPTIONS` of a known route is no error.
fn finished(
    mut response: Response,
    method: &Method,
    lang: Lang,
    type_base: &str,
    instance: &str,
) -> Response {
    let allow = allowed(&response);
    let status = response.status();
    let failed = status.is_client_error() || status.is_server_error();
    if !failed || response.extensions().get::<Complete>().is_some() {
        return response;
    }
    if let (Some(allow), true) = (&allow, method == Method::OPTIONS) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = NO_CONTENT;
        response.headers_mut().insert(header::ALLOW, allow.clone());
        return response;
    }
    let problem = response.extensions_mut().remove::<Arc<Problem>>();
    let problem = problem.unwrap_or_else(|| Arc::new(Problem::new(ProblemKind::of_status(status))));
    let mut rendered = problem.render(lang, type_base, instance);
    if let Some(allow) = allow {
        rendered.headers_mut().insert(header::ALLOW, allow);
    }
    if method == Method::HEAD {
        // The length that GET would have, without the content.
        let length = rendered.body().size_hint().exact().unwrap_or(0);
        rendered
            .headers_mut()
            .insert(header::CONTENT_LENGTH, length.into());
        *rendered.body_mut() = Body::empty();
    }
    if problem.kind.closes() {
        let close = HeaderValue::from_static("close");
        rendered.headers_mut().insert(header::CONNECTION, close);
    }
    rendered
}

/// The methods that the router allows here, with `OPTIONS`.
fn allowed(response: &Response) -> Option<HeaderValue> {
    let methods = response.headers().get(header::ALLOW)?.to_str().ok()?;
    let mut methods: Vec<&str> = methods.split(',').map(str::trim).collect();
    methods.retain(|method| !method.is_empty());
    methods.push("OPTIONS");
    methods.dedup();
    HeaderValue::from_str(&methods.join(", ")).ok()
}

/// Headers that are on every answer (NLgov API design rules, version and security headers).
pub fn with_headers(mut response: Response, lang: Lang, public: bool) -> Response {
    const ALWAYS: [(HeaderName, &str); 8] = [
        (HeaderName::from_static("api-version"), API_VERSION),
        (header::CACHE_CONTROL, "no-store"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (
            header::STRICT_TRANSPORT_SECURITY,
            "max-age=31536000; includeSubDomains",
        ),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::VARY, "Accept, Accept-Language"),
    ];
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let language = match lang {
        Lang::Nl => "nl",
        Lang::En => "en",
    };
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language));
    if public {
        let any = HeaderValue::from_static("*");
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, any);
        let shown = HeaderValue::from_static("API-Version, Link, Retry-After");
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, shown);
    }
    response
}

/// A whole answer in the place of the bare one that hyper writes to what it cannot parse; `None` when these bytes
/// are something else.
pub fn bare_error(written: &[u8]) -> Option<Vec<u8>> {
    let status = written.strip_prefix(b"HTTP/1.1 ")?.get(..3)?;
    let status = StatusCode::from_bytes(status).ok()?;
    status
        .is_client_error()
        .then(|| on_the_wire(&Problem::new(ProblemKind::of_status(status))))
}

/// The whole answer to a connection that finds no place.
pub fn busy() -> Vec<u8> {
    on_the_wire(&Problem::new(ProblemKind::Busy))
}

/// An answer outside any request: nobody's language or trace is known.
fn on_the_wire(problem: &Problem) -> Vec<u8> {
    let lang = Lang::default();
    let instance = format!("urn:uuid:{}", uuid::Uuid::new_v4());
    let body = problem.body(lang, "/v1", &instance).to_string();
    let head = with_headers(problem.render(lang, "/v1", &instance), lang, false);
    let status = head.status();
    let mut text = format!("HTTP/1.1 {status}\r\nconnection: close\r\n").into_bytes();
    for (name, value) in head.headers() {
        text.extend_from_slice(name.as_str().as_bytes());
        text.extend_from_slice(b": ");
        text.extend_from_slice(value.as_bytes());
        text.extend_from_slice(b"\r\n");
    }
    text.extend_from_slice(format!("content-length: {}\r\n\r\n{body}", body.len()).as_bytes());
    text
}

fn observed(span: &Span, route: &str, method: &Method, status: StatusCode, started: Instant) {
    span.record("http.response.status_code", status.as_u16());
    let elapsed = started.elapsed();
    let labels = [
        ("route", route.to_owned()),
        ("method", name_of(method).to_owned()),
    ];
    metrics::histogram!("schakel_http_request_duration_seconds", &labels)
        .record(elapsed.as_secs_f64());
    let [route_label, method_label] = labels;
    let labels = [
        route_label,
        method_label,
        ("status", status.as_str().to_owned()),
    ];
    metrics::counter!("schakel_http_requests_total", &labels).increment(1);
    let (failed, status) = (status.is_server_error(), status.as_u16());
    if failed {
        tracing::error!(parent: span, status, elapsed_ms = elapsed.as_millis(), "Answered a request with a failure");
    } else {
        tracing::info!(parent: span, status, elapsed_ms = elapsed.as_millis(), "Answered a request");
    }
}

/// A method's name as a label: a made-up method must not make a new series.
fn name_of(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::PATCH => "PATCH",
        _ => "ander",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_one_host_and_one_length() {
        let headers = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.append(*name, HeaderValue::from_static(value));
            }
            headers
        };
        let one = ("host", "x");
        for (version, pairs, fine) in [
            (Version::HTTP_11, &[one][..], true),
            (Version::HTTP_11, &[], false),
            (Version::HTTP_10, &[], true),
            (Version::HTTP_11, &[one, ("host", "y")], false),
            (Version::HTTP_10, &[one, one], false),
            (
                Version::HTTP_11,
                &[
                    one,
                    ("content-length", "1"),
                    ("transfer-encoding", "chunked"),
                ],
                false,
            ),
        ] {
            let outcome = well_formed(version, &headers(pairs));
            assert_eq!(outcome.is_ok(), fine, "{pairs:?}");
        }
    }
}
