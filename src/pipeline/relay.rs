use crate::broker::Parcel;
use crate::canonical::OrgCode;
use crate::pipeline::Pipeline;
use crate::store::StoreError;
use std::collections::BTreeSet;
use uuid::Uuid;

/// What one turn of the relay did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Relayed {
    /// Taken from the outbox.
    pub due: usize,
    /// Confirmed by the broker and marked.
    pub published: usize,
    /// Not confirmed; they stay in the outbox.
    pub failed: usize,
    /// Whether there may be more right away.
    pub more: bool,
}

impl Pipeline {
    /// One turn: publishes what is due, waits for the broker's confirms, and marks what was confirmed. A crash
    /// between publishing and marking publishes again; delivery drops the second copy.
    pub async fn relay_once(&self) -> Result<Relayed, StoreError> {
        let parts = &self.parts;
        let limit = parts.config.relay_batch;
        // One moment for the whole turn: what comes due after it (a push that failed before this turn was over, and
        // is to be tried again) has not been published by this turn.
        let now = parts.clock.now();
        let due = parts.store.outbox_due(now, limit).await?;
        if due.is_empty() {
            return Ok(Relayed::default());
        }
        let parcels: Vec<Parcel> = due
            .iter()
            .map(|item| Parcel {
                delivery: item.id,
                recipient: item.recipient.clone(),
                traceparent: item.traceparent.clone(),
            })
            .collect();
        let mut outcomes = parts.broker.publish(&parcels).await;
        if outcomes.iter().any(Result::is_err) {
            self.retry_with_queues(&parcels, &mut outcomes).await;
        }
        let confirmed: Vec<Uuid> = parcels
            .iter()
            .zip(&outcomes)
            .filter(|(_, outcome)| outcome.is_ok())
            .map(|(parcel, _)| parcel.delivery)
            .collect();
        if let Some(error) = outcomes.iter().find_map(|outcome| outcome.as_ref().err()) {
            tracing::warn!(%error, failed = parcels.len() - confirmed.len(), "Some deliveries were not published");
        }
        if !confirmed.is_empty() {
            parts.store.mark_published(&confirmed, now).await?;
        }
        metrics::counter!("schakel_deliveries_published_total").increment(confirmed.len() as u64);
        Ok(Relayed {
            due: due.len(),
            published: confirmed.len(),
            failed: due.len() - confirmed.len(),
            more: due.len() >= usize::try_from(limit).unwrap_or(usize::MAX),
        })
    }

    /// A refused parcel may be for an organisation whose queue does not exist yet: make the queues, try those again.
    async fn retry_with_queues(
        &self,
        parcels: &[Parcel],
        outcomes: &mut [Result<(), crate::broker::BrokerError>],
    ) {
        let refused: Vec<usize> = outcomes
            .iter()
            .enumerate()
            .filter(|(_, outcome)| matches!(outcome, Err(crate::broker::BrokerError::Refused(_))))
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
