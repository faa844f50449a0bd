//! The broker within the process: bounded queues in memory, nothing to install.
//!
//! It forgets on restart; the store does not, and start-up recovery publishes again what was queued. A parcel
//! keeps its place in the queue by its sequence number, so what comes back comes back where it was.

mod subscription;

use crate::broker::Broker;
use crate::broker::BrokerError;
use crate::broker::Parcel;
use crate::broker::Subscription;
use crate::broker::telemetry;
use crate::canonical::OrgCode;
use async_trait::async_trait;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use subscription::InProcessSubscription;
use tokio::sync::Notify;
use tokio::time::Instant;

/// The name of this broker in metrics and logs.
const NAME: &str = "in-process";
/// Bounds of the in-process broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct InProcessConfig {
    /// Deliveries a queue holds at most, unacknowledged ones included. A publish beyond it is refused and stays in
    /// the outbox.
    pub max_length: usize,
    /// How often a parcel is given again after it was given back; after that it is set aside, and the store's own
    /// recovery decides.
    pub delivery_limit: u32,
}

impl Default for InProcessConfig {
    fn default() -> Self {
        Self {
            max_length: 100_000,
            delivery_limit: 20,
        }
    }
}

/// A broker in memory.
pub struct InProcessBroker {
    shared: Arc<Shared>,
}

struct Shared {
    config: InProcessConfig,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    queues: HashMap<OrgCode, Queue>,
    next_number: u64,
    next_epoch: u64,
    closed: bool,
}

/// One organisation's queue.
#[derive(Default)]
struct Queue {
    /// Waiting parcels by sequence number: the order in which they are given.
    waiting: BTreeMap<u64, Waiting>,
    /// Deliveries in the parcels that wait and in those that are given and not yet acknowledged.
    held: usize,
}

struct Waiting {
    parcel: Parcel,
    /// How often it was given back.
    returned: u32,
}

impl Default for InProcessBroker {
    fn default() -> Self {
        Self::new(InProcessConfig::default())
    }
}

impl InProcessBroker {
    /// An empty broker.
    #[must_use]
    pub fn new(config: InProcessConfig) -> Self {
        Self {
            shared: Arc::new(Shared {
                config,
                state: Mutex::default(),
                changed: Notify::new(),
            }),
        }
    }
}

impl Shared {
    /// The state, also after a panic elsewhere: every change under the lock is complete in itself.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn publish(&mut self, parcel: &Parcel, max_length: usize) -> Result<(), BrokerError> {
        if self.closed {
            return Err(closed());
        }
        let queue = self
            .queues
            .get_mut(&parcel.recipient)
            .ok_or_else(|| no_queue(&parcel.recipient))?;
        if queue.held + parcel.deliveries.len() > max_length {
            return Err(BrokerError::Refused("the queue is full".to_owned()));
        }
        queue.held += parcel.deliveries.len();
        let waiting = Waiting {
            parcel: parcel.clone(),
            returned: 0,
        };
        queue.waiting.insert(self.next_number, waiting);
        self.next_number += 1;
        Ok(())
    }
}

fn closed() -> BrokerError {
    BrokerError::Unavailable("the broker is closed".to_owned())
}

fn no_queue(organisation: &OrgCode) -> BrokerError {
    BrokerError::Refused(format!("there is no queue for `{organisation}`"))
}

#[async_trait]
impl Broker for InProcessBroker {
    fn remembers(&self) -> bool {
        false
    }

    fn refused(&self) -> Vec<(OrgCode, String)> {
        Vec::new()
    }

    async fn ensure(&self, organisations: &[OrgCode]) -> Result<(), BrokerError> {
        let mut state = self.shared.lock();
        if state.closed {
            return Err(closed());
        }
        for organisation in organisations {
            state.queues.entry(organisation.clone()).or_default();
        }
        Ok(())
    }

    async fn publish(&self, parcels: &[Parcel]) -> Vec<Result<(), BrokerError>> {
        let started = Instant::now();
        let outcomes: Vec<_> = {
            let mut state = self.shared.lock();
            parcels
                .iter()
                .map(|parcel| state.publish(parcel, self.shared.config.max_length))
                .collect()
        };
        self.shared.changed.notify_waiters();
        telemetry::published(NAME, &outcomes, started.elapsed());
        outcomes
    }

    async fn subscribe(
        &self,
        organisations: &[OrgCode],
        prefetch: u16,
    ) -> Result<Box<dyn Subscription>, BrokerError> {
        let mut state = self.shared.lock();
        if state.closed {
            return Err(closed());
        }
        if let Some(absent) = organisations.iter().find(|o| !state.queues.contains_key(o)) {
            return Err(no_queue(absent));
        }
        state.next_epoch += 1;
        Ok(Box::new(InProcessSubscription {
            shared: Arc::clone(&self.shared),
            organisations: organisations.to_vec(),
            first: 0,
            prefetch: usize::from(prefetch.max(1)),
            epoch: state.next_epoch,
            given: BTreeMap::new(),
        }))
    }

    async fn health(&self) -> Result<(), BrokerError> {
        if self.shared.lock().closed {
            return Err(closed());
        }
        Ok(())
    }

    async fn close(&self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use uuid::Uuid;

    fn organisation(code: &str) -> OrgCode {
        OrgCode::parse(code).expect("a code of the test")
    }

    fn parcels(count: usize) -> Vec<Parcel> {
        let recipient = organisation("aanbieder-a");
        let parcel = |_| Parcel::of(Uuid::new_v4(), recipient.clone(), String::new());
        (0..count).map(parcel).collect()
    }

    async fn broker(max_length: usize, delivery_limit: u32) -> InProcessBroker {
        let broker = InProcessBroker::new(InProcessConfig {
            max_length,
            delivery_limit,
        });
        broker
            .ensure(&[organisation("aanbieder-a")])
            .await
            .expect("open");
        broker
    }

    #[tokio::test]
    async fn a_full_queue_refuses_until_something_is_acknowledged() {
        let broker = broker(2, 20).await;
        let outcomes = broker.publish(&parcels(3)).await;
        assert!(matches!(
            outcomes.as_slice(),
            [Ok(()), Ok(()), Err(BrokerError::Refused(_))]
        ));
        let mut subscription = broker
            .subscribe(&[organisation("aanbieder-a")], 10)
            .await
            .expect("open");
        let arrivals = subscription.next(1, Duration::from_secs(1)).await;
        assert!(broker.publish(&parcels(1)).await[0].is_err());
        subscription
            .acknowledge(&[arrivals[0].tag])
            .await
            .expect("open");
        assert!(broker.publish(&parcels(1)).await[0].is_ok());
    }

    #[tokio::test]
    async fn a_parcel_that_keeps_coming_back_is_set_aside() {
        let broker = broker(10, 3).await;
        broker.publish(&parcels(1)).await;
        let mut subscription = broker
            .subscribe(&[organisation("aanbieder-a")], 10)
            .await
            .expect("open");
        let mut given = 0;
        loop {
            let arrivals = subscription.next(1, Duration::from_millis(10)).await;
            let Some(arrival) = arrivals.first() else {
                break;
            };
            given += 1;
            subscription.give_back(&[arrival.tag]).await.expect("open");
        }
        assert_eq!(given, 4);
    }
}
