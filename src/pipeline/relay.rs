use crate::broker::BrokerError;
use crate::broker::PARCEL_MAX;
use crate::broker::Parcel;
use crate::canonical::OrgCode;
use crate::pipeline::Pipeline;
use crate::store::OutboxItem;
use crate::store::StoreError;
use jiff::SignedDuration;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use tracing::Span;

/// What one turn of the relay did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Relayed {
    /// Taken from the outbox.
    pub due: usize,
    /// Confirmed by the broker and marked.
    pub published: usize,
    /// Not confirmed because the broker is away; they stay in the outbox.
    pub failed: usize,
    /// Not taken by the queue of their recipient; they stay in the outbox, and the recipient is left alone a while.
    pub refused: usize,
    /// Whether there may be more right away.
    pub more: bool,
}

/// The first time that a recipient whose queue refuses is left alone; doubled each time it refuses again.
const HOLD_FIRST: SignedDuration = SignedDuration::from_secs(1);
/// The longest.
const HOLD_MAX: SignedDuration = SignedDuration::from_mins(1);

/// Recipients whose queue refuses, and until when they are left alone: a full queue must not take the places of all
/// others in every turn.
#[derive(Debug, Default)]
pub(crate) struct Holds(BTreeMap<OrgCode, Hold>);

#[derive(Debug)]
struct Hold {
    until: Timestamp,
    wait: SignedDuration,
}

impl Holds {
    /// Who is left alone at this moment.
    fn held(&self, now: Timestamp) -> Vec<OrgCode> {
        let held = self.0.iter().filter(|(_, hold)| hold.until > now);
        held.map(|(organisation, _)| organisation.clone()).collect()
    }

    /// Notes whose queue refused something and whose took all.
    fn note(&mut self, refused: &BTreeSet<OrgCode>, took: &BTreeSet<OrgCode>, now: Timestamp) {
        self.0
            .retain(|organisation, _| !took.contains(organisation));
        for organisation in refused {
            let before = self.0.get(organisation).map(|hold| hold.wait);
            let wait = before.map_or(HOLD_FIRST, |wait| wait.saturating_mul(2).min(HOLD_MAX));
            let until = now.checked_add(wait).unwrap_or(now);
            self.0.insert(organisation.clone(), Hold { until, wait });
        }
    }
}

impl Pipeline {
    /// One turn: publishes what is due, waits for the broker's confirms, and marks what was confirmed. A crash
    /// between publishing and marking publishes again; delivery drops the second copy. A recipient whose queue
    /// refuses is left alone for a while, so that the others go on.
    pub async fn relay_once(&self) -> Result<Relayed, StoreError> {
        let parts = &self.parts;
        let limit = parts.config.relay_batch;
        // One moment for the whole turn: what comes due after it (a push that failed before this turn was over, and
        // is to be tried again) has not been published by this turn.
        let now = parts.clock.now();
        let held = self.holds().held(now);
        let due = parts.store.outbox_due(now, limit, &held).await?;
        if due.is_empty() {
            return Ok(Relayed::default());
        }
        let parcels = packed(&due);
        // One for each delivery, in the trace of the request that caused it: from the outbox to the broker's confirm.
        let spans: Vec<Span> = due.iter().map(span_of).collect();
        let mut outcomes = parts.broker.publish(&parcels).await;
        if outcomes.iter().any(Result::is_err) {
            self.retry_with_queues(&parcels, &mut outcomes).await;
        }
        drop(spans);
        let mut relayed = Relayed {
            due: due.len(),
            more: due.len() >= usize::try_from(limit).unwrap_or(usize::MAX),
            ..Relayed::default()
        };
        let mut confirmed = Vec::with_capacity(due.len());
        let (mut refused, mut took) = (BTreeSet::new(), BTreeSet::new());
        for (parcel, outcome) in parcels.iter().zip(&outcomes) {
            match outcome {
                Ok(()) => {
                    confirmed.extend(&parcel.deliveries);
                    if !took.contains(&parcel.recipient) {
                        took.insert(parcel.recipient.clone());
                    }
                }
                Err(BrokerError::Refused(_)) => {
                    relayed.refused += parcel.deliveries.len();
                    refused.insert(parcel.recipient.clone());
                }
                Err(BrokerError::Unavailable(_)) => relayed.failed += parcel.deliveries.len(),
            }
        }
        took.retain(|organisation| !refused.contains(organisation));
        self.holds().note(&refused, &took, now);
        if let Some(error) = outcomes.iter().find_map(|outcome| outcome.as_ref().err()) {
            tracing::warn!(%error, failed = relayed.failed, refused = relayed.refused, "Some deliveries were not published");
        }
        if !confirmed.is_empty() {
            parts.store.mark_published(&confirmed, now).await?;
        }
        relayed.published = confirmed.len();
        metrics::counter!("schakel_deliveries_published_total").increment(confirmed.len() as u64);
        Ok(relayed)
    }

    fn holds(&self) -> MutexGuard<'_, Holds> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A refused parcel may be for an organisation whose queue does not exist yet: make the queues, try those again.
    async fn retry_with_queues(
        &self,
        parcels: &[Parcel],
        outcomes: &mut [Result<(), BrokerError>],
    ) {
        let refused: Vec<usize> = outcomes
            .iter()
            .enumerate()
            .filter(|(_, outcome)| matches!(outcome, Err(BrokerError::Refused(_))))
            .map(|(index, _)| index)
            .collect();
        if refused.is_empty() {
            return;
        }
        let queues: BTreeSet<OrgCode> = refused
            .iter()
            .map(|index| parcels[*index].recipient.clone())
            .collect();
        let queues: Vec<OrgCode> = queues.into_iter().collect();
        if self.parts.broker.ensure(&queues).await.is_err() {
            return;
        }
        let again: Vec<Parcel> = refused
            .iter()
            .map(|index| parcels[*index].clone())
            .collect();
        let second = self.parts.broker.publish(&again).await;
        for (index, outcome) in refused.into_iter().zip(second) {
            outcomes[index] = outcome;
        }
    }
}

/// Puts together what goes to one recipient, in the order in which it is due.
fn packed(due: &[OutboxItem]) -> Vec<Parcel> {
    let mut parcels: Vec<Parcel> = Vec::new();
    let mut open: BTreeMap<&OrgCode, usize> = BTreeMap::new();
    for item in due {
        let room = open
            .get(&item.recipient)
            .and_then(|place| parcels.get_mut(*place));
        if let Some(parcel) = room.filter(|parcel| parcel.deliveries.len() < PARCEL_MAX) {
            parcel.deliveries.push(item.id);
            parcel.traceparent.clear();
        } else {
            open.insert(&item.recipient, parcels.len());
            let recipient = item.recipient.clone();
            parcels.push(Parcel::of(item.id, recipient, item.traceparent.clone()));
        }
    }
    parcels
}

fn span_of(item: &OutboxItem) -> Span {
    tracing::info_span!(
        "publish",
        otel.kind = "producer",
        delivery.id = %item.id,
        org = %item.recipient,
        traceparent = item.traceparent.as_str(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn what_goes_to_one_recipient_goes_together_in_order_and_no_more_than_fits() {
        let item = |number: usize, code: &str| OutboxItem {
            id: Uuid::from_u128(number as u128),
            recipient: OrgCode::parse(code).expect("a code"),
            traceparent: format!("trace {number}"),
        };
        for (codes, expected) in [
            (vec![], vec![]),
            (vec!["a"], vec![("a", vec![0], "trace 0")]),
            (
                vec!["a", "b", "a"],
                vec![("a", vec![0, 2], ""), ("b", vec![1], "trace 1")],
            ),
            (
                vec!["a"; PARCEL_MAX + 1],
                vec![
                    ("a", (0..PARCEL_MAX).collect(), ""),
                    ("a", vec![PARCEL_MAX], "trace 64"),
                ],
            ),
        ] {
            let due: Vec<OutboxItem> = codes
                .iter()
                .enumerate()
                .map(|(number, code)| item(number, code))
                .collect();
            let expected: Vec<Parcel> = expected
                .into_iter()
                .map(|(code, numbers, trace): (&str, Vec<usize>, &str)| Parcel {
                    deliveries: numbers
                        .iter()
                        .map(|number| Uuid::from_u128(*number as u128))
                        .collect(),
                    recipient: OrgCode::parse(code).expect("a code"),
                    traceparent: trace.to_owned(),
                })
                .collect();
            assert_eq!(packed(&due), expected, "{codes:?}");
        }
    }

    #[test]
    fn a_recipient_whose_queue_refuses_is_left_alone_longer_each_time_until_it_takes_all() {
        let org = |code: &str| OrgCode::parse(code).expect("a code");
        let refused = BTreeSet::from([org("a")]);
        let none = BTreeSet::new();
        let at = |seconds| Timestamp::from_second(seconds).expect("a moment");
        let mut holds = Holds::default();
        holds.note(&refused, &none, at(0));
        assert_eq!(holds.held(at(0)), [org("a")]);
        assert!(holds.held(at(1)).is_empty());
        holds.note(&refused, &none, at(1));
        assert_eq!(holds.held(at(2)), [org("a")]);
        assert!(holds.held(at(3)).is_empty());
        for _ in 0..20 {
            holds.note(&refused, &none, at(3));
        }
        assert!(holds.held(at(3 + 60)).is_empty(), "never longer than this");
        holds.note(&none, &refused, at(3));
        assert!(holds.held(at(3)).is_empty());
        holds.note(&refused, &none, at(3));
        assert!(holds.held(at(4)).is_empty(), "short again");
    }
}
