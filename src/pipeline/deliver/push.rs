//! Pushing to webhooks: one turn at a time for an organisation, claimed just before, settled as each push is done.
//!
//! What an endpoint says decides what follows:
//!
//! - taken: confirmed; refused or no answer: again on schedule, and parked after the last attempt;
//! - no answer on a whole turn: what else waits for it is not tried now, but comes due again a little later;
//! - 410 Gone: the webhook is removed, with an audit row, and this delivery and all after it go to the postvak.

use super::PushTurn;
use crate::canonical::OrgCode;
use crate::canonical::Personal;
use crate::outbound::Push as WebhookPush;
use crate::outbound::PushOutcome;
use crate::outbound::Webhook;
use crate::pipeline::Pipeline;
use crate::pipeline::make::Ground;
use crate::pipeline::make::Lost;
use crate::pipeline::make::Made;
use crate::pipeline::schedule::Next;
use crate::store::AuditRow;
use crate::store::Delivery;
use crate::store::Outcome;
use crate::store::PushClaim;
use crate::store::Settlement;
use crate::store::StoreError;
use crate::store::WebhookRow;
use async_trait::async_trait;
use bytes::Bytes;
use jiff::SignedDuration;
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tracing::Instrument;
use tracing::Span;
use uuid::Uuid;

/// How often settling a push is tried while the store is away: one that is not settled is made again.
const SETTLE_TRIES: u32 = 7;
/// The wait after the first try, doubled each time: three seconds in all.
const SETTLE_WAIT: Duration = Duration::from_millis(50);
/// Longest that deliveries are left alone because the endpoint gave no answer on others.
const ALONE_MAX: SignedDuration = SignedDuration::from_mins(5);
/// Most deliveries that wait and are changed in one statement.
const WAITING_BATCH: usize = 500;

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

/// The sealing context of an organisation's webhook secret.
pub(crate) fn webhook_context(org: &OrgCode) -> String {
    format!("webhook:{org}")
}

/// A delivery that was made and is to be pushed.
struct Ready {
    delivery: Delivery,
    content_type: String,
    content: Vec<u8>,
    ground: Ground,
    lost: Lost,
    span: Span,
}

/// Where to push.
struct Target {
    url: String,
    secret: Personal<String>,
    set_at: Timestamp,
}

/// What came of one push.
struct Pushed {
    settlement: Settlement,
    outcome: PushOutcome,
    attempt: u32,
}

impl Pipeline {
    /// Waits for the next organisation with something to push and room for it. Cancel-safe; for one caller at a time.
    pub async fn next_push(&self) -> PushTurn {
        self.waiting.next().await
    }

    /// Pushes everything that waits now, one turn after the other. The worker has turns side by side.
    pub async fn push_waiting(self: &Arc<Self>) -> Result<(), StoreError> {
        while let Some(mut turn) = self.waiting.try_next() {
            self.push(&mut turn).await?;
        }
        Ok(())
    }

    /// Puts what waits for webhooks back in the outbox, so that another gateway, or this one after a start, publishes it
    /// at once: nobody else knows that it waited here. For a stop, when nothing more is taken from the broker. What it
    /// does not come to, when the store is away, is found by recovery. Returns how many went back.
    pub async fn leave_waiting(&self) -> Result<u64, StoreError> {
        let mut back = 0;
        for batch in self.waiting.take_all().chunks(WAITING_BATCH) {
            back += self.parts.store.put_back(batch).await?;
        }
        if back > 0 {
            tracing::info!(
                deliveries = back,
                "What waited for webhooks is in the outbox again"
            );
        }
        Ok(back)
    }

    /// Makes the pushes of one turn and settles each when it is done. When the store is away, what was not pushed
    /// yet goes back to its line with the error; the organisation has its next turn once this one is dropped.
    pub async fn push(self: &Arc<Self>, turn: &mut PushTurn) -> Result<(), StoreError> {
        let outcome = self.push_turn(turn).await;
        if outcome.is_err() {
            turn.put_back();
        }
        outcome
    }

    async fn push_turn(self: &Arc<Self>, turn: &mut PushTurn) -> Result<(), StoreError> {
        let prepared = self.make_all(turn.deliveries(), &BTreeSet::new()).await?;
        let mut settlements = self.unreadable(&prepared.unreadable);
        let webhook = self.webhook_of(turn.organisation()).await?;
        let target = webhook
            .as_ref()
            .map(|row| self.target(turn.organisation(), row));
        let mut ready = Vec::new();
        for (delivery, made, span) in prepared.made {
            match (made, &target) {
                (Made::Content(content_type, content, ground, lost), Some(Some(_))) => {
                    ready.push(Ready {
                        delivery,
                        content_type,
                        content,
                        ground,
                        lost,
                        span,
                    });
                }
                (Made::Content(..), Some(None)) => settlements.push(self.secretless(&delivery)),
                (made, _) => settlements.push(span.in_scope(|| self.settled(&delivery, made))?),
            }
        }
        self.settle(&settlements).await?;
        let Some(target) = target.flatten().filter(|_| !ready.is_empty()) else {
            return Ok(());
        };
        let claim = self.parts.ids.next(self.parts.clock.now());
        let claimed = self.claim(&ready, claim).await?;
        ready.retain(|one| claimed.contains(&one.delivery.id));
        if !ready.is_empty() {
            self.push_ready(turn, ready, target, claim).await;
        }
        Ok(())
    }

    async fn webhook_of(&self, organisation: &OrgCode) -> Result<Option<WebhookRow>, StoreError> {
        let webhooks = self.parts.store.webhooks().await?;
        let mut own = webhooks.into_iter().filter(|(org, _)| org == organisation);
        Ok(own.next().map(|(_, row)| row))
    }

    /// Where to push, unless the secret does not open.
    fn target(&self, organisation: &OrgCode, webhook: &WebhookRow) -> Option<Target> {
        let opened = self
            .parts
            .sealer
            .open(&webhook_context(organisation), &webhook.secret)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok());
        if opened.is_none() {
            tracing::error!(org = %organisation, "A webhook secret does not open");
        }
        Some(Target {
            url: webhook.url.clone(),
            secret: Personal::new(opened?),
            set_at: webhook.set_at,
        })
    }

    /// What becomes of a delivery whose webhook has a secret that does not open.
    fn secretless(&self, delivery: &Delivery) -> Settlement {
        let reason = "webhook.geheim";
        Settlement {
            id: delivery.id,
            claim: None,
            outcome: Outcome::Parked {
                reason: reason.to_owned(),
            },
            audit: Some(self.delivery_audit(delivery, reason)),
        }
    }

    /// Claims pushes, so that no other worker makes them too, and keeps what they will send.
    async fn claim(&self, ready: &[Ready], token: Uuid) -> Result<BTreeSet<Uuid>, StoreError> {
        let parts = &self.parts;
        let now = parts.clock.now();
        let hold = SignedDuration::from_secs(parts.config.push_claim_seconds.into());
        let until = now.checked_add(hold).unwrap_or(now);
        let claims = ready
            .iter()
            .map(|one| {
                Ok(PushClaim {
                    id: one.delivery.id,
                    attempts: one.delivery.attempts,
                    content_type: one.content_type.clone(),
                    content: self.seal(one.delivery.id, &one.ground, &one.content)?,
                })
            })
            .collect::<Result<Vec<_>, StoreError>>()?;
        let claimed = parts.store.claim_push(&claims, now, until, token).await?;
        Ok(claimed.into_iter().collect())
    }

    /// Makes claimed pushes side by side. What is done together is settled together; a push that hangs holds no
    /// outcome of another back.
    async fn push_ready(
        self: &Arc<Self>,
        turn: &mut PushTurn,
        ready: Vec<Ready>,
        target: Target,
        claim: Uuid,
    ) {
        let target = Arc::new(target);
        let mut running = JoinSet::new();
        for one in ready {
            let (pipeline, target) = (Arc::clone(self), Arc::clone(&target));
            let span = one.span.clone();
            let push = async move { pipeline.push_one(one, &target, claim).await };
            running.spawn(push.instrument(span));
        }
        let mut silent = true;
        let mut alone_until = None;
        while let Some(first) = running.join_next().await {
            let mut done: Vec<Pushed> = first.into_iter().collect();
            while let Some(more) = running.try_join_next() {
                done.extend(more);
            }
            let gone = |one: &Pushed| matches!(one.outcome, PushOutcome::Gone);
            if done.iter().any(gone) && !self.switch_off(turn.organisation(), target.set_at).await {
                for one in done.iter_mut().filter(|one| gone(one)) {
                    one.settlement.outcome = self.again(&one.outcome, one.attempt, None);
                }
            }
            silent &= done.iter().all(|one| no_answer(&one.outcome));
            for one in &done {
                if let Outcome::Retry { next_at, .. } = &one.settlement.outcome {
                    alone_until = alone_until.max(Some(*next_at));
                }
            }
            let settlements: Vec<Settlement> = done.into_iter().map(|one| one.settlement).collect();
            if let Err(error) = self.settle_at_last(&settlements).await {
                tracing::warn!(%error, pushes = settlements.len(), "Pushes could not be settled and are made again");
            }
        }
        if silent {
            self.leave_alone(turn, alone_until).await;
        }
        self.outbox_bell.notify_one(); // what goes to the postvak after all, goes now
    }

    async fn push_one(&self, one: Ready, target: &Target, claim: Uuid) -> Pushed {
        let parts = &self.parts;
        let delivery = one.delivery;
        let push = WebhookPush {
            url: &target.url,
            secret: &target.secret,
            delivery: delivery.id,
            soort: &delivery.soort,
            content_type: &one.content_type,
            traceparent: &delivery.traceparent,
            body: Personal::new(Bytes::from(one.content)),
        };
        let outcome = parts.webhooks.push(push, parts.clock.now()).await;
        let (result, attempt) = (outcome.as_str(), delivery.attempts + 1);
        tracing::info!(outcome = result, "Pushed to a webhook");
        Pushed {
            settlement: Settlement {
                id: delivery.id,
                claim: Some(claim),
                outcome: self.after_push(&outcome, attempt),
                audit: Some(self.delivery_audit(&delivery, &one.lost.after(result))),
            },
            outcome,
            attempt,
        }
    }

    /// What follows an attempt: taken, again later, or parked.
    fn after_push(&self, outcome: &PushOutcome, attempt: u32) -> Outcome {
        match outcome {
            PushOutcome::Accepted => Outcome::Pushed,
            // it has no webhook any more when it comes again
            PushOutcome::Gone => Outcome::Retry {
                next_at: self.parts.clock.now(),
                reason: reason_of(outcome),
            },
            PushOutcome::Unsendable(_) => Outcome::Parked {
                reason: reason_of(outcome),
            },
            PushOutcome::RetryAfter(wait) => {
                self.again(outcome, attempt, SignedDuration::try_from(*wait).ok())
            }
            _ => self.again(outcome, attempt, None),
        }
    }

    /// Again on schedule, or parked after the last attempt.
    fn again(&self, outcome: &PushOutcome, attempt: u32, asked: Option<SignedDuration>) -> Outcome {
        let now = self.parts.clock.now();
        let chance = self.parts.ids.below(u64::from(u32::MAX));
        let reason = reason_of(outcome);
        match self.parts.config.schedule.next(attempt, asked, chance) {
            Next::After(wait) => Outcome::Retry {
                next_at: now.checked_add(wait).unwrap_or(now),
                reason,
            },
            Next::Park => Outcome::Parked { reason },
        }
    }

    /// Removes a webhook whose endpoint says that it is gone, unless the organisation set another in the meantime.
    /// `false` when the store is away and it may still be there.
    async fn switch_off(&self, organisation: &OrgCode, set_at: Timestamp) -> bool {
        let audit = AuditRow {
            at: self.parts.clock.now(),
            action: "webhook.uitgezet".to_owned(),
            object: format!("organisatie/{organisation}"),
            result: PushOutcome::Gone.as_str().to_owned(),
            origin: "worker".to_owned(),
            actor: format!("schakel:{organisation}"),
        };
        let store = &self.parts.store;
        match store.drop_webhook(organisation, set_at, &audit).await {
            Ok(true) => {
                tracing::warn!(org = %organisation, "A webhook answered that it is gone and was removed");
            }
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(%error, "A webhook that is gone could not be removed");
                return false;
            }
        }
        true
    }

    /// What else waits for an endpoint that gives no answer is not tried now. It comes due again by itself, without
    /// an attempt being counted.
    async fn leave_alone(&self, turn: &mut PushTurn, until: Option<Timestamp>) {
        let now = self.parts.clock.now();
        let latest = now.checked_add(ALONE_MAX).unwrap_or(now);
        let next_at = until.map_or(latest, |until| until.min(latest));
        let rest: Vec<Settlement> = turn
            .take_rest()
            .into_iter()
            .map(|id| Settlement {
                id,
                claim: None, // one that another worker is pushing is none of these
                outcome: Outcome::Retry {
                    next_at,
                    reason: "webhook.geenAntwoord".to_owned(),
                },
                audit: None,
            })
            .collect();
        for batch in rest.chunks(WAITING_BATCH) {
            if let Err(error) = self.parts.store.settle(batch, now).await {
                // they stay published, and recovery brings them again
                tracing::warn!(%error, "Deliveries for a webhook without an answer could not be put off");
                return;
            }
        }
    }

    /// Settles pushes that were made: worth some patience, for what is not settled is pushed again.
    async fn settle_at_last(&self, settlements: &[Settlement]) -> Result<(), StoreError> {
        let mut wait = SETTLE_WAIT;
        for _ in 1..SETTLE_TRIES {
            match self.settle(settlements).await {
                Err(StoreError::Unavailable(_)) => tokio::time::sleep(wait).await,
                outcome => return outcome,
            }
            wait *= 2;
        }
        self.settle(settlements).await
    }
}

fn reason_of(outcome: &PushOutcome) -> String {
    format!("webhook.{}", outcome.as_str())
}

/// Whether nobody answered: the endpoint is away, hangs, or is not where it may be.
const fn no_answer(outcome: &PushOutcome) -> bool {
    matches!(
        outcome,
        PushOutcome::TimedOut | PushOutcome::Unreachable(_) | PushOutcome::AddressRefused
    )
}
