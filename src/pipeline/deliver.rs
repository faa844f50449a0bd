mod push;
mod waiting;

pub use push::Webhooks;
pub(crate) use push::webhook_context;
pub use waiting::PushTurn;
pub(crate) use waiting::Waiting;

use crate::broker::Arrival;
use crate::broker::Subscription;
use crate::broker::Tag;
use crate::canonical::OrgCode;
use crate::pipeline::Pipeline;
use crate::pipeline::make::Ground;
use crate::pipeline::make::Made;
use crate::pipeline::make::content_context;
use crate::store::AuditRow;
use crate::store::Delivery;
use crate::store::DeliveryState;
use crate::store::Outcome;
use crate::store::Settlement;
use crate::store::StoreError;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::timeout;
use uuid::Uuid;

/// Why a delivery is parked of which something in the store cannot be read.
pub(super) const UNREADABLE: &str = "gegevens.onleesbaar";

/// How long a deliverer with few deliveries lets another one finish. Meanwhile more come, and they are made together:
/// a batch costs the store much the same, whatever is in it. Not longer, so that a large delivery holds up no other.
const TURN_PATIENCE: Duration = Duration::from_millis(20);

/// Deliveries that were read and made.
#[derive(Default)]
struct Prepared {
    made: Vec<(Delivery, Made, tracing::Span)>,
    /// By organisation.
    aside: BTreeMap<OrgCode, Vec<Uuid>>,
    unreadable: Vec<Uuid>,
}

/// Takes whole parcels until there are so many deliveries, at least one parcel: what they hold, and how to acknowledge
/// them.
fn load(arrivals: &mut impl Iterator<Item = Arrival>, most: usize) -> (Vec<Uuid>, Vec<Tag>) {
    let (mut ids, mut tags) = (Vec::new(), Vec::new());
    while ids.len() < most.max(1)
        && let Some(arrival) = arrivals.next()
    {
        ids.extend(arrival.parcel.deliveries);
        tags.push(arrival.tag);
    }
    (ids, tags)
}

impl Pipeline {
    /// One turn of a worker: takes what the broker has, makes it, settles it, and only then acknowledges. What is for
    /// a webhook is acknowledged too: the store has it as published until its push is claimed. Returns how many
    /// arrived.
    ///
    /// When the store is away, what is not settled goes back to the broker with the error.
    pub async fn deliver_once(
        &self,
        subscription: &mut dyn Subscription,
        patience: Duration,
    ) -> Result<usize, StoreError> {
        let most = self.parts.config.deliver_batch;
        let mut arrivals = subscription.next(most, patience).await;
        if arrivals.is_empty() {
            return Ok(0);
        }
        let room = most.saturating_sub(arrivals.len());
        let mut turn = self.making.try_lock().ok();
        if turn.is_none() && room > 0 {
            turn = timeout(TURN_PATIENCE, self.making.lock()).await.ok();
            arrivals.extend(subscription.next(room, Duration::ZERO).await);
        }
        let mut arrivals = arrivals.into_iter().peekable();
        let mut delivered = 0;
        while arrivals.peek().is_some() {
            let (ids, tags) = load(&mut arrivals, self.parts.config.deliver_batch);
            if let Err(error) = self.deliver(&ids).await {
                let rest = arrivals.map(|arrival| arrival.tag);
                let tags: Vec<Tag> = tags.into_iter().chain(rest).collect();
                let _ = subscription.give_back(&tags).await;
                return Err(error);
            }
            if let Err(error) = subscription.acknowledge(&tags).await {
                // they come again and are found settled
                tracing::warn!(%error, "Deliveries were settled but not acknowledged");
            }
            delivered += ids.len();
        }
        drop(turn);
        Ok(delivered)
    }

    /// Makes deliveries and puts them in the postvak, in one batch; those for a webhook wait for a turn of
    /// [`Pipeline::push`], and hold nothing up. Ones that are settled already, or unknown, are left alone: a second
    /// copy from the broker does nothing.
    pub async fn deliver(&self, ids: &[Uuid]) -> Result<(), StoreError> {
        let parts = &self.parts;
        let mut seen = BTreeSet::new();
        let ids: Vec<Uuid> = ids.iter().copied().filter(|id| seen.insert(*id)).collect();
        let pushed: BTreeSet<OrgCode> = parts
            .store
            .webhooks()
            .await?
            .into_iter()
            .map(|(organisation, _)| organisation)
            .collect();
        let prepared = self.make_all(&ids, &pushed).await?;
        let mut settlements = self.unreadable(&prepared.unreadable);
        for (delivery, made, span) in prepared.made {
            settlements.push(span.in_scope(|| self.settled(&delivery, made))?);
        }
        self.settle(&settlements).await?;
        for (organisation, ids) in prepared.aside {
            self.waiting.add(&organisation, ids);
        }
        Ok(())
    }

    /// Settles a batch, once.
    async fn settle(&self, settlements: &[Settlement]) -> Result<(), StoreError> {
        if settlements.is_empty() {
            return Ok(());
        }
        let parts = &self.parts;
        let done = parts.store.settle(settlements, parts.clock.now()).await?;
        metrics::counter!("schakel_deliveries_settled_total").increment(done.len() as u64);
        Ok(())
    }

    /// Reads and makes deliveries, but sets aside those for some organisations. What cannot be read is found by
    /// halving the batch: one damaged value stops one delivery and no other.
    async fn make_all(
        &self,
        ids: &[Uuid],
        aside: &BTreeSet<OrgCode>,
    ) -> Result<Prepared, StoreError> {
        let mut prepared = Prepared::default();
        let mut batches = vec![ids];
        while let Some(batch) = batches.pop() {
            match self.make_batch(batch, aside, &mut prepared).await {
                Err(StoreError::Corrupt(_)) if batch.len() > 1 => {
                    let (first, second) = batch.split_at(batch.len() / 2);
                    batches.extend([second, first]);
                }
                Err(StoreError::Corrupt(why)) => {
                    for id in batch {
                        tracing::error!(delivery.id = %id, why, "A delivery cannot be read and is parked");
                    }
                    prepared.unreadable.extend(batch);
                }
                outcome => outcome?,
            }
        }
        Ok(prepared)
    }

    async fn make_batch(
        &self,
        ids: &[Uuid],
        aside: &BTreeSet<OrgCode>,
        prepared: &mut Prepared,
    ) -> Result<(), StoreError> {
        let mut deliveries = self.parts.store.deliveries(ids).await?;
        deliveries.retain(|delivery| {
            matches!(
                delivery.state,
                DeliveryState::Outbox | DeliveryState::Published
            )
        });
        let (set_aside, deliveries): (Vec<_>, Vec<_>) = deliveries
            .into_iter()
            .partition(|delivery| aside.contains(&delivery.recipient));
        if !deliveries.is_empty() {
            let loaded = self.load_for(&deliveries).await?;
            let bsns = self.bsns_for(&deliveries, &loaded).await?;
            let directory = self.directory();
            for delivery in deliveries {
                // The field `traceparent` makes it part of the trace of the request that caused it.
                let span = tracing::info_span!(
                    "deliver",
                    otel.kind = "consumer",
                    delivery.id = %delivery.id,
                    org = %delivery.recipient,
                    soort = %delivery.soort,
                    traceparent = delivery.traceparent.as_str(),
                );
                let made = span.in_scope(|| self.make(&delivery, &loaded, &bsns, &directory));
                prepared.made.push((delivery, made, span));
            }
        }
        for delivery in set_aside {
            let ids = prepared.aside.entry(delivery.recipient).or_default();
            ids.push(delivery.id);
        }
        Ok(())
    }

    /// What becomes of deliveries that cannot be read: they are parked, to be replayed once it is repaired.
    fn unreadable(&self, ids: &[Uuid]) -> Vec<Settlement> {
        ids.iter()
            .map(|id| Settlement {
                id: *id,
                claim: None,
                outcome: Outcome::Parked {
                    reason: UNREADABLE.to_owned(),
                },
                audit: Some(self.audit_of_delivery(*id, UNREADABLE, "schakel".to_owned())),
            })
            .collect()
    }

    fn settled(&self, delivery: &Delivery, made: Made) -> Result<Settlement, StoreError> {
        let (outcome, result) = match made {
            Made::Content(content_type, content, ground, lost) => {
                let content = self.seal(delivery.id, &ground, &content)?;
                (
                    Outcome::Ready {
                        content_type,
                        content,
                    },
                    lost.after("klaargezet"),
                )
            }
            Made::Withheld(reason) => (
                Outcome::Withheld {
                    reason: reason.to_owned(),
                },
                reason.to_owned(),
            ),
            Made::Unmappable(reason) => (
                Outcome::Parked {
                    reason: reason.to_owned(),
                },
                reason.to_owned(),
            ),
        };
        if !matches!(outcome, Outcome::Ready { .. }) {
            tracing::info!(delivery.id = %delivery.id, org = %delivery.recipient, reason = result, "Delivery was not handed over");
        }
        Ok(Settlement {
            id: delivery.id,
            claim: None,
            outcome,
            audit: Some(self.delivery_audit(delivery, &result)),
        })
    }

    fn seal(&self, id: Uuid, ground: &Ground, content: &[u8]) -> Result<Vec<u8>, StoreError> {
        self.parts
            .sealer
            .seal(&content_context(id, ground), content)
            .map_err(|error| StoreError::Unavailable(error.to_string()))
    }

    fn delivery_audit(&self, delivery: &Delivery, result: &str) -> AuditRow {
        self.audit_of_delivery(
            delivery.id,
            result,
            format!("schakel:{}", delivery.recipient),
        )
    }

    fn audit_of_delivery(&self, id: Uuid, result: &str, actor: String) -> AuditRow {
        AuditRow {
            at: self.parts.clock.now(),
            action: "aflevering.gemaakt".to_owned(),
            object: format!("aflevering/{id}"),
            result: result.to_owned(),
            origin: "worker".to_owned(),
            actor,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broker::Parcel;

    #[test]
    fn whole_parcels_are_taken_until_there_are_enough_deliveries() {
        for (sizes, most, expected) in [
            (vec![], 4, vec![]),
            (vec![1, 1, 1], 4, vec![(3, 3)]),
            (vec![3, 3, 3], 4, vec![(6, 2), (3, 1)]),
            (vec![9, 1], 4, vec![(9, 1), (1, 1)]),
            (vec![1, 1], 0, vec![(1, 1), (1, 1)]),
        ] {
            let mut number = 0;
            let arrivals: Vec<Arrival> = sizes
                .iter()
                .map(|size| {
                    number += 1;
                    Arrival {
                        parcel: Parcel {
                            deliveries: vec![Uuid::nil(); *size],
                            recipient: OrgCode::parse("aanbieder-a").expect("a code"),
                            traceparent: String::new(),
                        },
                        tag: Tag { epoch: 1, number },
                    }
                })
                .collect();
            let mut arrivals = arrivals.into_iter().peekable();
            let mut loads = Vec::new();
            while arrivals.peek().is_some() {
                let (ids, tags) = load(&mut arrivals, most);
                loads.push((ids.len(), tags.len()));
            }
            assert_eq!(loads, expected, "{sizes:?}");
        }
    }
}
