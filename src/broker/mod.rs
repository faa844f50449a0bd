//! Row 3. The broker carries delivery ids from the relay to the workers: `RabbitMQ` and in-process behind one trait.
//!
//! A message on the broker holds ids and a trace context, nothing else: no personal data, ever, and no queue
//! name with anything but an organisation's code. The broker may deliver twice and may forget (the in-process one
//! forgets on restart); the store's own states make up for both. Both pass the suite in `tests/broker_contract.rs`.

mod in_process;
mod rabbitmq;
mod telemetry;

pub use in_process::InProcessBroker;
pub use in_process::InProcessConfig;
pub use rabbitmq::RabbitConfig;
pub use rabbitmq::RabbitConfigError;
pub use rabbitmq::RabbitMqBroker;

use crate::canonical::OrgCode;
use async_trait::async_trait;
use uuid::Uuid;

/// What travels: which deliveries, for whom, in which trace. What is due for one recipient at one time goes together:
/// a broker's work is by the message, whatever is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    /// The deliveries, in order; 1 to [`PARCEL_MAX`].
    pub deliveries: Vec<Uuid>,
    /// Whose queue it goes to.
    pub recipient: OrgCode,
    /// W3C trace context of its one delivery; empty if there is none, or if the deliveries are of several traces.
    /// Each delivery's own is in the store.
    pub traceparent: String,
}

/// Most deliveries in a parcel. A parcel comes back as a whole when one of them could not be settled.
pub const PARCEL_MAX: usize = 64;

impl Parcel {
    /// A parcel of one delivery.
    #[must_use]
    pub fn of(delivery: Uuid, recipient: OrgCode, traceparent: String) -> Self {
        Self {
            deliveries: vec![delivery],
            recipient,
            traceparent,
        }
    }

    /// What a broker knows it by: its first delivery.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.deliveries.first().copied().unwrap_or_default()
    }
}

/// What went wrong at the broker.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokerError {
    /// The broker is away or did not confirm in time; the relay tries again later.
    #[error("the broker is unavailable: {0}")]
    Unavailable(String),
    /// The broker answered that it will not take the message (no such queue, negative confirm).
    #[error("the broker refused the message: {0}")]
    Refused(String),
}

/// One parcel as it arrived. Dropping it unacknowledged leaves it with the broker, which gives it again.
pub struct Arrival {
    /// What arrived.
    pub parcel: Parcel,
    /// How to acknowledge it: opaque to the caller.
    pub tag: Tag,
}

/// What the broker needs to acknowledge an arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tag {
    /// Which connection gave it: a tag of an earlier connection acknowledges nothing.
    pub epoch: u64,
    /// The number within the connection.
    pub number: u64,
}

/// A subscription to the queues of a set of organisations.
#[async_trait]
pub trait Subscription: Send {
    /// Waits for at least one parcel and returns what is there, at most `most`. Reconnects by itself, with
    /// back-off; returns an empty list when nothing came within `patience`, so that the caller can look at its
    /// own stop signal. Cancel-safe.
    async fn next(&mut self, most: usize, patience: std::time::Duration) -> Vec<Arrival>;

    /// Acknowledges arrivals; the broker forgets them. Ones of a lost connection are silently left: they come again.
    async fn acknowledge(&mut self, tags: &[Tag]) -> Result<(), BrokerError>;

    /// Gives arrivals back, to be delivered again later (counts towards the broker's delivery limit).
    async fn give_back(&mut self, tags: &[Tag]) -> Result<(), BrokerError>;
}

/// The broker.
#[async_trait]
pub trait Broker: Send + Sync {
    /// Whether what is published survives a restart of the gateway: then only what waits too long goes again.
    fn remembers(&self) -> bool;

    /// The organisations whose queue the broker refused to make, or has otherwise than asked, and why. Others are
    /// not affected; an operator has to look.
    fn refused(&self) -> Vec<(OrgCode, String)>;

    /// Makes sure these organisations have a durable queue. Existing ones are left as they are. A refusal does not
    /// keep the others from being made; the first one is returned, and [`Broker::refused`] has all.
    async fn ensure(&self, organisations: &[OrgCode]) -> Result<(), BrokerError>;

    /// Publishes a batch and waits, within a time-out of its own, for the broker's confirm of each. The outcomes
    /// are in the order of the parcels: `Ok` only when the broker has it safe.
    async fn publish(&self, parcels: &[Parcel]) -> Vec<Result<(), BrokerError>>;

    /// Starts receiving for these organisations; refused when one of them has no queue. `prefetch` bounds what is unacknowledged at a time.
    async fn subscribe(
        &self,
        organisations: &[OrgCode],
        prefetch: u16,
    ) -> Result<Box<dyn Subscription>, BrokerError>;

    /// Whether the broker answers, within a short time-out of its own.
    async fn health(&self) -> Result<(), BrokerError>;

    /// Stops: publishes and subscriptions end, connections close.
    async fn close(&self);
}
