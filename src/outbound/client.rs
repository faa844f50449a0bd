//! One attempt over HTTP.

use crate::canonical::Personal;
use crate::outbound::PushOutcome;
use crate::outbound::Unreachable;
use crate::outbound::WebhookConfig;
use crate::outbound::outcome::classify;
use crate::outbound::signature::sign;
use crate::outbound::url;
use bytes::Bytes;
use jiff::Timestamp;
use metrics::counter;
use metrics::histogram;
use reqwest::Client;
use reqwest::Response;
use reqwest::dns::Addrs;
use reqwest::dns::Name;
use reqwest::dns::Resolve;
use reqwest::dns::Resolving;
use reqwest::header::CONTENT_TYPE;
use reqwest::header::HeaderMap;
use reqwest::header::HeaderName;
use reqwest::header::HeaderValue;
use reqwest::header::RETRY_AFTER;
use reqwest::redirect::Policy;
use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tokio::time::timeout;
use uuid::Uuid;

/// How this gateway names itself.
const USER_AGENT: &str = concat!("schakel/", env!("CARGO_PKG_VERSION"));
/// How long the rest of an answer is read so that the connection can be used again.
const DRAIN: Duration = Duration::from_millis(500);
/// How long an unused connection stays open.
const IDLE: Duration = Duration::from_secs(30);

/// The client could not be made: the machine's trusted certificates or TLS do not work.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client for webhooks could not be made: {0}")]
pub struct WebhookError(String);

/// One message to deliver.
#[derive(Debug, Clone)]
pub struct Push<'a> {
    /// Where to.
    pub url: &'a str,
    /// The receiver's secret, `whsec_...`.
    pub secret: &'a Personal<String>,
    /// The delivery: `webhook-id`, the same over all attempts.
    pub delivery: Uuid,
    /// What kind of message it is: the header `Schakel-Soort`.
    pub soort: &'a str,
    /// The type of the content.
    pub content_type: &'a str,
    /// W3C trace context, empty if none.
    pub traceparent: &'a str,
    /// The content as the receiver wants it.
    pub body: Personal<Bytes>,
}

/// Delivers by signed webhook. Cheap to clone; connections are shared.
#[derive(Debug, Clone)]
pub struct Webhook {
    client: Client,
    config: Arc<WebhookConfig>,
}

impl Webhook {
    /// A client with this configuration.
    pub fn new(config: WebhookConfig) -> Result<Self, WebhookError> {
        // The first one in a process wins; another part may have done it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let config = Arc::new(config);
        let client = Client::builder()
            .user_agent(USER_AGENT)
            .redirect(Policy::none())
            .referer(false)
            .no_proxy()
            .https_only(!config.allow_http)
            .connect_timeout(Duration::from_millis(config.connect_timeout_ms))
            .timeout(Duration::from_millis(config.total_timeout_ms))
            .pool_idle_timeout(IDLE)
            .dns_resolver(Arc::new(VettingResolver(Arc::clone(&config))))
            .build()
            .map_err(|error| WebhookError(error.to_string()))?;
        Ok(Self { client, config })
    }

    /// Makes one attempt. `now` is the moment of this attempt; it is signed, and a `Retry-After` date counts from it.
    pub async fn push(&self, push: Push<'_>, now: Timestamp) -> PushOutcome {
        let started = Instant::now();
        let total = Duration::from_millis(self.config.total_timeout_ms);
        let outcome = timeout(total, self.attempt(&push, now))
            .await
            .unwrap_or(PushOutcome::TimedOut);
        counter!("schakel_webhook_attempts_total", "outcome" => outcome.as_str()).increment(1);
        histogram!("schakel_webhook_seconds").record(started.elapsed());
        tracing::debug!(
            delivery.id = %push.delivery,
            outcome = outcome.as_str(),
            "Webhook attempt ended"
        );
        outcome
    }

    async fn attempt(&self, push: &Push<'_>, now: Timestamp) -> PushOutcome {
        let Ok(url) = url::parse(push.url, &self.config) else {
            return PushOutcome::AddressRefused;
        };
        let body = push.body.reveal();
        if body.len() > self.config.max_body {
            return PushOutcome::Unsendable("the content is larger than a webhook may carry");
        }
        let headers = match headers(push, now) {
            Ok(headers) => headers,
            Err(why) => return PushOutcome::Unsendable(why),
        };
        let request = self.client.post(url).headers(headers).body(body.clone());
        match request.send().await {
            Ok(response) => {
                let retry_after = response.headers().get(RETRY_AFTER);
                let retry_after = retry_after.and_then(|value| value.to_str().ok());
                let outcome = classify(response.status().as_u16(), retry_after, now);
                self.drain(response).await;
                outcome
            }
            Err(error) => failure(&error),
        }
    }

    /// Reads the rest of a short answer, so that the connection can be used again. The status has decided already:
    /// a slow or a huge answer is cut without changing the outcome.
    async fn drain(&self, mut response: Response) {
        let mut left = self.config.max_response;
        let read = async {
            while let Ok(Some(chunk)) = response.chunk().await {
                left = match left.checked_sub(chunk.len()) {
                    Some(left) => left,
                    None => break,
                };
            }
        };
        let _ = timeout(DRAIN, read).await;
    }
}

/// The headers of an attempt.
fn headers(push: &Push<'_>, now: Timestamp) -> Result<HeaderMap, &'static str> {
    let id = push.delivery.to_string();
    let stamp = now.as_second();
    let signature = sign(push.secret.reveal(), &id, stamp, push.body.reveal())
        .map_err(|_| "the webhook's secret is not usable")?;
    let traceparent = (!push.traceparent.is_empty()).then(|| push.traceparent.to_owned());
    let named = [
        (HeaderName::from_static("webhook-id"), Some(id)),
        (
            HeaderName::from_static("webhook-timestamp"),
            Some(stamp.to_string()),
        ),
        (
            HeaderName::from_static("webhook-signature"),
            Some(signature),
        ),
        (
            HeaderName::from_static("schakel-soort"),
            Some(push.soort.to_owned()),
        ),
        (HeaderName::from_static("traceparent"), traceparent),
        (CONTENT_TYPE, Some(push.content_type.to_owned())),
    ];
    let mut headers = HeaderMap::with_capacity(named.len());
    for (name, value) in named {
        if let Some(value) = value {
            let value = HeaderValue::try_from(value).map_err(|_| "a header is not usable")?;
            headers.insert(name, value);
        }
    }
    Ok(headers)
}

/// What an error of the client means. Its text may hold the URL, so nothing of it is kept.
fn failure(error: &reqwest::Error) -> PushOutcome {
    if caused_by::<NotAllowed>(error) {
        PushOutcome::AddressRefused
    } else if error.is_timeout() {
        PushOutcome::TimedOut
    } else if caused_by::<NoName>(error) {
        PushOutcome::Unreachable(Unreachable::Name)
    } else if error.is_connect() {
        PushOutcome::Unreachable(Unreachable::Connection)
    } else if error.is_builder() {
        PushOutcome::AddressRefused // the client's own https_only
    } else {
        PushOutcome::Unreachable(Unreachable::Broken)
    }
}

/// Whether an error of this type is among the causes.
fn caused_by<E: Error + 'static>(error: &(dyn Error + 'static)) -> bool {
    error.is::<E>() || error.source().is_some_and(caused_by::<E>)
}

/// A name resolves to addresses, none of which is allowed.
#[derive(Debug, thiserror::Error)]
#[error("the name resolves to no address that is allowed")]
struct NotAllowed;

/// A name does not resolve.
#[derive(Debug, thiserror::Error)]
#[error("the name does not resolve")]
struct NoName;

/// Resolves names and hands out only the addresses that are allowed; the client connects to these and asks no more.
struct VettingResolver(Arc<WebhookConfig>);

impl Resolve for VettingResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let config = Arc::clone(&self.0);
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0))
                .await
                .map_err(|_| NoName)?
                .collect();
            if found.is_empty() {
                return Err(NoName.into());
            }
            let allowed: Vec<SocketAddr> = found
                .into_iter()
                .filter(|a| config.allows(a.ip()))
                .collect();
            if allowed.is_empty() {
                return Err(NotAllowed.into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}
