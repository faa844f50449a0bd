//! The broker over RabbitMQ: a durable quorum queue per organisation, confirmed and mandatory publishes, explicit
//! acknowledgement, a dead-letter queue, and nothing that waits for ever.
//!
//! Publishing and receiving have a connection each, so that a broker that blocks publishers (memory or disk alarm)
//! still lets messages out. The connections are supervised here ([`link`]) and not by lapin's own recovery: a call
//! answers `Unavailable` within its time-out while the supervisor keeps trying, and what was given on an earlier
//! connection is acknowledged by nobody.

mod backoff;
mod config;
mod ledger;
mod link;
mod message;
mod publisher;
mod session;
mod subscription;
mod topology;

pub use config::RabbitConfig;
pub use config::RabbitConfigError;

use crate::broker::Broker;
use crate::broker::BrokerError;
use crate::broker::Parcel;
use crate::broker::Subscription;
use crate::broker::telemetry;
use crate::canonical::OrgCode;
use async_trait::async_trait;
use link::Link;
use publisher::Publisher;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;
use subscription::RabbitSubscription;
use tokio::time::Instant;
use tokio::time::timeout;
use topology::Topology;

/// The name of this broker in metrics and logs.
const NAME: &str = "rabbitmq";
/// Longest time a health check takes.
const HEALTH: Duration = Duration::from_secs(3);

/// A broker over RabbitMQ.
pub struct RabbitMqBroker {
    shared: Arc<Shared>,
    publisher: Publisher,
}

/// What the publisher and the subscriptions share.
struct Shared {
    topology: Topology,
    /// The longest wait for one answer of the broker.
    patience: Duration,
    publishing: Link,
    receiving: Link,
    /// The last number given to a channel that receives.
    epoch: AtomicU64,
}

impl RabbitMqBroker {
    /// A broker that starts to connect in the background. Does not wait for it: RabbitMQ may come later. To be
    /// called within a Tokio runtime.
    pub fn new(config: &RabbitConfig) -> Result<Self, RabbitConfigError> {
        // For amqps; the first one in a process wins, another part may have done it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let target = Arc::new(config.target()?);
        let shared = Arc::new(Shared {
            topology: Topology::new(config),
            patience: Duration::from_millis(config.publish_timeout_ms),
            publishing: Link::start(Arc::clone(&target), "publish"),
            receiving: Link::start(target, "receive"),
            epoch: AtomicU64::new(0),
        });
        let publisher = Publisher::new(Arc::clone(&shared));
        Ok(Self { shared, publisher })
    }
}

/// What an error of the client means to a caller of the broker. lapin's texts hold names of queues and hosts, never
/// a password or the content of a message.
fn unavailable(error: &lapin::Error) -> BrokerError {
    BrokerError::Unavailable(error.to_string())
}

/// Waits for an answer of the broker, but not for ever.
async fn within<T>(
    patience: Duration,
    what: &str,
    answer: impl Future<Output = lapin::Result<T>>,
) -> Result<T, BrokerError> {
    match timeout(patience, answer).await {
        Ok(answer) => answer.map_err(|error| unavailable(&error)),
        Err(_) => Err(BrokerError::Unavailable(format!(
            "no answer in time to {what}"
        ))),
    }
}

#[async_trait]
impl Broker for RabbitMqBroker {
    fn remembers(&self) -> bool {
        true
    }

    fn refused(&self) -> Vec<(OrgCode, String)> {
        self.shared.topology.refused()
    }

    async fn ensure(&self, organisations: &[OrgCode]) -> Result<(), BrokerError> {
        self.shared.topology.want(organisations);
        let deadline = Instant::now() + self.shared.patience;
        let live = self.shared.publishing.live(deadline).await?;
        if live.connection.status().blocked() {
            return Err(publisher::blocked());
        }
        let declared = self
            .shared
            .topology
            .declare(&live, organisations, self.shared.patience)
            .await;
        if let Err(BrokerError::Unavailable(why)) = &declared {
            live.fail(why);
        }
        declared
    }

    async fn publish(&self, parcels: &[Parcel]) -> Vec<Result<(), BrokerError>> {
        let started = Instant::now();
        let outcomes = self.publisher.publish(parcels).await;
        telemetry::published(NAME, &outcomes, started.elapsed());
        outcomes
    }

    async fn subscribe(
        &self,
        organisations: &[OrgCode],
        prefetch: u16,
    ) -> Result<Box<dyn Subscription>, BrokerError> {
        let shared = Arc::clone(&self.shared);
        let subscription = RabbitSubscription::open(shared, organisations, prefetch).await?;
        Ok(Box::new(subscription))
    }

    async fn health(&self) -> Result<(), BrokerError> {
        let deadline = Instant::now() + HEALTH.min(self.shared.patience);
        self.shared.receiving.live(deadline).await?;
        let live = self.shared.publishing.live(deadline).await?;
        if live.connection.status().blocked() {
            return Err(publisher::blocked());
        }
        let left = deadline.saturating_duration_since(Instant::now());
        within(left, "opening a channel", live.connection.create_channel())
            .await
            .map(drop)
    }

    async fn close(&self) {
        tokio::join!(
            self.shared.publishing.close(),
            self.shared.receiving.close()
        );
    }
}
