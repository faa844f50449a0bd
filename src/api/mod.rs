//! Row 6. REST, after the NLgov API design rules 2.2.
//!
//! - [`Gateway`] is what the API needs of the rest: the pipeline implements it, tests give their own.
//! - [`router`] makes the routes; [`serve`] accepts connections (there is no `axum::serve`: it has no time-outs).
//! - Every error is an RFC 9457 problem document, but to who pushes StUF and asks for XML (`stuf`). Handlers return a
//!   [`Problem`]; the outermost layer (`outer`) turns it into bytes, in the caller's language, with the headers that every
//!   answer has. Only `problem` knows status codes.
//! - [`openapi_json`] is generated from the handlers, and the request bodies are checked against it (`json`): what
//!   is documented is what is checked.
//! - Every use case runs in a task of its own (`Api::run`): a client that hangs up cancels nothing halfway.

mod afleveringen;
mod antwoorden;
mod berichten;
mod body;
mod call;
mod config;
mod connection;
mod contracts;
mod docs;
mod gateway;
mod input;
mod json;
mod negotiate;
mod openapi;
mod organisaties;
mod outer;
mod overeenkomsten;
mod paging;
mod places;
mod poststuk;
mod postvak;
mod problem;
mod query;
mod records;
mod retour;
mod serve;
mod soorten;
mod stuf;
mod trace;
mod view;
mod voorstellen;
mod watch;
mod webhook;

pub use call::Peer;
pub use config::ApiConfig;
pub use gateway::Content;
pub use gateway::Direction;
pub use gateway::Gateway;
pub use gateway::GatewayError;
pub use gateway::Mail;
pub use gateway::Push;
pub use gateway::Put;
pub use gateway::PutError;
pub use gateway::Receipt;
pub use gateway::ReceiveError;
pub use gateway::SentMessage;
pub use gateway::Soort;
pub use gateway::Webhook;
pub use gateway::WebhookError;
pub use gateway::WebhookSet;
pub use openapi::openapi_json;
pub use problem::Problem;
pub use problem::ProblemKind;
pub use serve::ServeConfig;
pub use serve::ServeReport;
pub use serve::serve;
pub use stuf::NAMESPACE as STUF_NAMESPACE;
pub use trace::TraceContext;

use crate::access::Callers;
use crate::access::Limiter;
use crate::api::body::Budget;
use crate::api::contracts::Contracts;
use crate::canonical::Clock;
use axum::Router;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Semaphore;
use uuid::Uuid;

/// The full version of the API, in every answer and in the `OpenAPI` document. The major version is in the path.
pub const API_VERSION: &str = "1.0.0";

/// Keys that a rate limit remembers at most.
const LIMITED_KEYS_MAX: usize = 4096;

/// Everything the handlers share.
pub struct Api {
    gateway: Arc<dyn Gateway>,
    callers: Arc<Callers>,
    clock: Arc<dyn Clock>,
    config: ApiConfig,
    contracts: Contracts,
    document: Bytes,
    in_flight: Arc<Semaphore>,
    budget: Budget,
    limiter: Option<Limiter<Uuid>>,
}

impl Api {
    /// An API over a gateway.
    #[must_use]
    pub fn new(
        gateway: Arc<dyn Gateway>,
        callers: Arc<Callers>,
        clock: Arc<dyn Clock>,
        config: ApiConfig,
    ) -> Arc<Self> {
        let schemas = openapi::canonical_schemas();
        let document = openapi::document(config.public_url.as_deref(), schemas);
        Arc::new(Self {
            contracts: Contracts::of(
                &openapi::document(None, &BTreeMap::new()),
                &openapi::REQUEST_BODIES,
            ),
            document: Bytes::from(document.to_string()),
            in_flight: Arc::new(Semaphore::new(config.in_flight)),
            budget: Budget::new(config.bodies_bytes),
            limiter: config
                .rate()
                .map(|rate| Limiter::new(rate, LIMITED_KEYS_MAX)),
            gateway,
            callers,
            clock,
            config,
        })
    }

    /// Bytes for a trace and span id. They are ids, not secrets: when the machine has no random numbers, the time
    /// serves.
    fn random(&self) -> [u8; 24] {
        let mut random = [0_u8; 24];
        if getrandom::fill(&mut random).is_err() {
            let now = self.clock.now().as_nanosecond().to_be_bytes();
            random[..16].copy_from_slice(&now);
            random[16..].copy_from_slice(&now[8..]);
        }
        random
    }
}

/// Routes of a listener without callers (health and metrics) with what every answer has: what is not there and what
/// panics is a problem document too, and the headers are those of the API.
pub fn plain(routes: Router, config: &ApiConfig) -> Router {
    let routes = routes
        .method_not_allowed_fallback(docs::method_not_allowed)
        .fallback(docs::not_found);
    let type_base: Arc<str> = config.type_base().into();
    let outer = axum::middleware::from_fn_with_state(type_base, outer::plain);
    Router::new().fallback_service(routes).layer(outer)
}

/// The routes with everything around them; to be given to [`serve`].
pub fn router(api: &Arc<Api>) -> Router {
    let (routes, _) = openapi::routes().split_for_parts();
    let routes = routes
        .route("/", axum::routing::get(docs::landing))
        .method_not_allowed_fallback(docs::method_not_allowed);
    let routes = Router::new()
        .nest("/v1", routes)
        .fallback(docs::not_found)
        .layer(axum::middleware::from_fn(outer::inner))
        .with_state(Arc::clone(api));
    let outer = axum::middleware::from_fn_with_state(Arc::clone(api), outer::outer);
    Router::new().fallback_service(routes).layer(outer)
}
