//! Receiving from queues in memory.

use crate::broker::Arrival;
use crate::broker::BrokerError;
use crate::broker::Subscription;
use crate::broker::Tag;
use crate::broker::in_process::NAME;
use crate::broker::in_process::Shared;
use crate::broker::in_process::Waiting;
use crate::broker::telemetry;
use crate::canonical::OrgCode;
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tokio::time::timeout_at;

/// How long a call on a closed broker takes, so that a loop that has not seen its stop signal yet does not spin.
const CLOSED_PAUSE: Duration = Duration::from_millis(50);

/// A subscription to queues in memory.
pub(super) struct InProcessSubscription {
    pub(super) shared: Arc<Shared>,
    pub(super) organisations: Vec<OrgCode>,
    /// Which organisation is served first next time, so that a busy one does not starve the others.
    pub(super) first: usize,
    pub(super) prefetch: usize,
    pub(super) epoch: u64,
    pub(super) given: BTreeMap<u64, Waiting>,
}

impl InProcessSubscription {
    /// What is there now, at most `most` and within the prefetch.
    fn take(&mut self, most: usize) -> Vec<Arrival> {
        let room = self.prefetch.saturating_sub(self.given.len()).min(most);
        let mut arrivals = Vec::new();
        let mut state = self.shared.lock();
        if state.closed {
            return arrivals;
        }
        let count = self.organisations.len();
        for step in 0..count {
            let organisation = &self.organisations[(self.first + step) % count];
            let Some(queue) = state.queues.get_mut(organisation) else {
                continue;
            };
            while arrivals.len() < room {
                let Some((number, waiting)) = queue.waiting.pop_first() else {
                    break;
                };
                arrivals.push(Arrival {
                    parcel: waiting.parcel.clone(),
                    tag: Tag {
                        epoch: self.epoch,
                        number,
                    },
                });
                self.given.insert(number, waiting);
            }
        }
        if !arrivals.is_empty() {
            self.first = (self.first + 1) % count;
        }
        arrivals
    }

    /// The given parcels that these tags name; tags of another subscription name nothing.
    fn named<'a>(&'a mut self, tags: &'a [Tag]) -> impl Iterator<Item = (u64, Waiting)> + 'a {
        let epoch = self.epoch;
        let given = &mut self.given;
        tags.iter()
            .filter(move |tag| tag.epoch == epoch)
            .filter_map(move |tag| given.remove_entry(&tag.number))
    }

    /// Puts given parcels back where they were, or aside when they came back too often.
    fn put_back(&self, parcels: Vec<(u64, Waiting)>) {
        let limit = self.shared.config.delivery_limit;
        let mut aside = 0;
        let mut state = self.shared.lock();
        for (number, mut waiting) in parcels {
            let Some(queue) = state.queues.get_mut(&waiting.parcel.recipient) else {
                continue;
            };
            waiting.returned += 1;
            if waiting.returned > limit {
                queue.held -= waiting.parcel.deliveries.len();
                aside += 1;
                tracing::warn!(
                    delivery.id = %waiting.parcel.id(),
                    deliveries = waiting.parcel.deliveries.len(),
                    "A parcel came back more than {limit} times and was set aside"
                );
            } else {
                queue.waiting.insert(number, waiting);
            }
        }
        drop(state);
        telemetry::dead_lettered(NAME, "delivery_limit", aside);
        self.shared.changed.notify_waiters();
    }
}

#[async_trait]
impl Subscription for InProcessSubscription {
    async fn next(&mut self, most: usize, patience: Duration) -> Vec<Arrival> {
        let deadline = Instant::now() + patience;
        let shared = Arc::clone(&self.shared);
        loop {
            let changed = shared.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable(); // before looking, so that no publish falls in between
            let arrivals = self.take(most);
            if !arrivals.is_empty() {
                telemetry::received(NAME, arrivals.len());
                return arrivals;
            }
            if shared.lock().closed {
                tokio::time::sleep(CLOSED_PAUSE.min(patience)).await;
                return Vec::new();
            }
            if timeout_at(deadline, changed).await.is_err() {
                return Vec::new();
            }
        }
    }

    async fn acknowledge(&mut self, tags: &[Tag]) -> Result<(), BrokerError> {
        let done: Vec<_> = self.named(tags).collect();
        let mut state = self.shared.lock();
        for (_, waiting) in &done {
            if let Some(queue) = state.queues.get_mut(&waiting.parcel.recipient) {
                queue.held -= waiting.parcel.deliveries.len();
            }
        }
        drop(state);
        telemetry::acknowledged(NAME, done.len());
        Ok(())
    }

    async fn give_back(&mut self, tags: &[Tag]) -> Result<(), BrokerError> {
        let back: Vec<_> = self.named(tags).collect();
        telemetry::given_back(NAME, back.len());
        self.put_back(back);
        Ok(())
    }
}

impl Drop for InProcessSubscription {
    fn drop(&mut self) {
        let back = std::mem::take(&mut self.given).into_iter().collect();
        self.put_back(back);
    }
}
