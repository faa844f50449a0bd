use crate::broker::Subscription;
use crate::broker::Tag;
use crate::canonical::OrgCode;
use crate::canonical::Personal;
use crate::outbound::Push as WebhookPush;
use crate::outbound::PushOutcome;
use crate::outbound::Webhook;
use crate::pipeline::Pipeline;
use crate::pipeline::make::Made;
use crate::pipeline::make::content_context;
use crate::pipeline::schedule::Next;
use crate::pipeline::trace::continue_from;
use crate::store::AuditRow;
use crate::store::Delivery;
use crate::store::DeliveryState;
use crate::store::Outcome;
use crate::store::PushClaim;
use crate::store::Settlement;
use crate::store::StoreError;
use crate::store::WebhookRow;
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream;
use jiff::SignedDuration;
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::time::Duration;
use tracing::Instrument;
use uuid::Uuid;

/// Makes one webhook attempt. The real one is [`Webhook`]; a simulation has its own.
#[async_trait]
pub trait Webhooks: Send + Sync {
    /// Makes one attempt; `now` is its moment.
    async fn push(&self, push: WebhookPush<'_>, now: Timestamp) -> PushOutcome;
}

#[async_trait]
impl Webhooks for Webhook {
    async fn push(&self, push: WebhookPush<'_>, now: Timestamp) -> PushOutcome {
        Self::push(self, push, now).await
    }
}

impl Pipeline {
    /// One turn of a worker: takes what the broker has, makes it, settles it, and only then acknowledges. Returns how
    /// many arrived.
    ///
    /// When the store is away nothing is acknowledged: the arrivals go back to the broker with the error.
    pub async fn deliver_once(
        &self,
        subscription: &mut dyn Subscription,
        patience: Duration,
    ) -> Result<usize, StoreError> {
        let arrivals = subscription
            .next(self.parts.config.deliver_batch, patience)
            .await;
        if arrivals.is_empty() {
            return Ok(0);
        }
        let ids: Vec<Uuid> = arrivals
            .iter()
            .map(|arrival| arrival.parcel.delivery)
            .collect();
        let tags: Vec<Tag> = arrivals.iter().map(|arrival| arrival.tag).collect();
        match self.deliver(&ids).await {
            Ok(()) => {
                if let Err(error) = subscription.acknowledge(&tags).await {
                    // they come again and are found settled
                    tracing::warn!(%error, "Deliveries were settled but not acknowledged");
                }
                Ok(ids.len())
            }
            Err(error) => {
                let _ = subscription.give_back(&tags).await;
                Err(error)
            }
        }
    }

    /// Makes and settles deliveries. Ones that are settled already, or unknown, are left alone: a second copy from the
    /// broker does nothing.
    pub async fn deliver(&self, ids: &[Uuid]) -> Result<(), StoreError> {
        let parts = &self.parts;
        let mut seen = BTreeSet::new();
        let ids: Vec<Uuid> = ids.iter().copied().filter(|id| seen.insert(*id)).collect();
        let deliveries: Vec<Delivery> = parts
            .store
            .deliveries(&ids)
            .await?
            .into_iter()
            .filter(|delivery| {
                matches!(
                    delivery.state,
                    DeliveryState::Outbox | DeliveryState::Published
                )
            })
            .collect();
        if deliveries.is_empty() {
            return Ok(());
        }
        let loaded = self.load_for(&deliveries).await?;
        let bsns = self.bsns_for(&deliveries, &loaded).await?;
        let directory = self.directory();
        let webhooks: HashMap<OrgCode, WebhookRow> =
            parts.store.webhooks().await?.into_iter().collect();
        let mut settlements = Vec::new();
        let mut pushes = Vec::new();
        for delivery in deliveries {
            let span = tracing::info_span!("deliver", delivery.id = %delivery.id, org = %delivery.recipient, soort = %delivery.soort);
            continue_from(&span, &delivery.traceparent);
            let made = span.in_scope(|| self.make(&delivery, &loaded, &bsns, &directory));
            match (made, webhooks.get(&delivery.recipient)) {
                (Made::Content(content_type, content), Some(webhook)) => {
                    pushes.push((delivery, webhook.clone(), content_type, content, span));
                }
                (made, _) => settlements.push(self.settled(&delivery, made)?),
            }
        }
        settlements.extend(self.push_all(pushes).await?);
        let done = parts.store.settle(&settlements, parts.clock.now()).await?;
        metrics::counter!("schakel_deliveries_settled_total").increment(done.len() as u64);
        Ok(())
    }

    fn settled(&self, delivery: &Delivery, made: Made) -> Result<Settlement, StoreError> {
        let (outcome, result) = match made {
            Made::Content(content_type, content) => {
                let content = self.seal(delivery.id, &content)?;
                (
                    Outcome::Ready {
                        content_type,
                        content,
                    },
                    "klaargezet",
                )
            }
            Made::Withheld(reason) => (
                Outcome::Withheld {
                    reason: reason.to_owned(),
                },
                reason,
            ),
            Made::Unmappable(reason) => (
                Outcome::Parked {
                    reason: reason.to_owned(),
                },
                reason,
            ),
        };
        if !matches!(outcome, Outcome::Ready { .. }) {
            tracing::info!(delivery.id = %delivery.id, org = %delivery.recipient, reason = result, "Delivery was not handed over");
        }
        Ok(Settlement {
            id: delivery.id,
            outcome,
            audit: Some(self.delivery_audit(delivery, result)),
        })
    }

    fn seal(&self, id: Uuid, content: &[u8]) -> Result<Vec<u8>, StoreError> {
        self.parts
            .sealer
            .seal(&content_context(id), content)
            .map_err(|error| StoreError::Unavailable(error.to_string()))
    }

    fn delivery_audit(&self, delivery: &Delivery, result: &str) -> AuditRow {
        AuditRow {
            at: self.parts.clock.now(),
            action: "aflevering.gemaakt".to_owned(),
            object: format!("aflevering/{}", delivery.id),
            result: result.to_owned(),
            origin: "worker".to_owned(),
            actor: format!("schakel:{}", delivery.recipient),
        }
    }

    /// Pushes to webhooks, some at a time, each claimed first so that no other worker pushes it too.
    async fn push_all(
        &self,
        pushes: Vec<(Delivery, WebhookRow, String, Vec<u8>, tracing::Span)>,
    ) -> Result<Vec<Settlement>, StoreError> {
        if pushes.is_empty() {
            return Ok(Vec::new());
        }
        let parts = &self.parts;
        let now = parts.clock.now();
        let hold = SignedDuration::from_secs(parts.config.push_claim_seconds.into());
        let until = now.checked_add(hold).unwrap_or(now);
        let claims = pushes
            .iter()
            .map(|(delivery, _, content_type, content, _)| {
                Ok(PushClaim {
                    id: delivery.id,
                    attempts: delivery.attempts,
                    content_type: content_type.clone(),
                    content: self.seal(delivery.id, content)?,
                })
            })
            .collect::<Result<Vec<_>, StoreError>>()?;
        let claimed: BTreeSet<Uuid> = parts
            .store
            .claim_push(&claims, now, until)
            .await?
            .into_iter()
            .collect();
        stream::iter(
            pushes
                .into_iter()
                .filter(|push| claimed.contains(&push.0.id)),
        )
        .map(|(delivery, webhook, content_type, content, span)| {
            async move {
                self.push_one(delivery, &webhook, content_type, content)
                    .await
            }
            .instrument(span)
        })
        .buffer_unordered(parts.config.pushes_at_once.max(1))
        .collect::<Vec<_>>()
        .await
        .into_iter()
        .collect()
    }

    async fn push_one(
        &self,
        delivery: Delivery,
        webhook: &WebhookRow,
        content_type: String,
        content: Vec<u8>,
    ) -> Result<Settlement, StoreError> {
        let parts = &self.parts;
        let secret = parts
            .sealer
            .open(&webhook_context(&delivery.recipient), &webhook.secret)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .map(Personal::new)
            .ok_or_else(|| StoreError::Corrupt("a webhook secret does not open".to_owned()))?;
        let push = WebhookPush {
            url: &webhook.url,
            secret: &secret,
            delivery: delivery.id,
            soort: &delivery.soort,
            content_type: &content_type,
            traceparent: &delivery.traceparent,
            body: Personal::new(Bytes::from(content)),
        };
        let outcome = parts.webhooks.push(push, parts.clock.now()).await;
        let attempt = delivery.attempts + 1;
        let result = outcome.as_str();
        let outcome = self.after_push(&outcome, attempt);
        Ok(Settlement {
            id: delivery.id,
            outcome,
            audit: Some(self.delivery_audit(&delivery, result)),
        })
    }

    /// What follows an attempt: taken, again later, or parked.
    fn after_push(&self, outcome: &PushOutcome, attempt: u32) -> Outcome {
        let asked = match outcome {
            PushOutcome::Accepted => return Outcome::Pushed,
            PushOutcome::Unsendable(_) | PushOutcome::Gone => {
                return Outcome::Parked {
                    reason: format!("webhook.{}", outcome.as_str()),
                };
            }
            PushOutcome::RetryAfter(wait) => SignedDuration::try_from(*wait).ok(),
            _ => None,
        };
        let now = self.parts.clock.now();
        let chance = self.parts.ids.below(u64::from(u32::MAX));
        match self.parts.config.schedule.next(attempt, asked, chance) {
            Next::After(wait) => Outcome::Retry {
                next_at: now.checked_add(wait).unwrap_or(now),
                reason: format!("webhook.{}", outcome.as_str()),
            },
            Next::Park => Outcome::Parked {
                reason: format!("webhook.{}", outcome.as_str()),
            },
        }
    }
}

/// The sealing context of an organisation's webhook secret.
pub(crate) fn webhook_context(org: &OrgCode) -> String {
    format!("webhook:{org}")
}
