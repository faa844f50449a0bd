use crate::canonical::OrgCode;
use crate::canonical::Personal;
use crate::pipeline::Pipeline;
use crate::pipeline::deliver::content_context;
use crate::store::AnswerOutcome;
use crate::store::AuditRow;
use crate::store::Delivery;
use crate::store::LeaseAnswer;
use crate::store::StoreError;
use jiff::SignedDuration;
use jiff::Timestamp;
use uuid::Uuid;

/// A delivery that was given out.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The delivery.
    pub delivery: Delivery,
    /// What is in it, in the recipient's own format.
    pub content: Personal<Vec<u8>>,
    /// The lease to confirm it with.
    pub token: Uuid,
    /// Until when it is the caller's.
    pub until: Timestamp,
}

/// Why mail could not be given out.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// The store is away.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Pipeline {
    /// Leases the oldest deliveries in a recipient's postvak. What is not confirmed before the lease lapses comes
    /// back. `limit` and `lease` are held to the configured maxima.
    pub async fn collect(
        &self,
        recipient: &OrgCode,
        actor: &str,
        limit: u32,
        lease: SignedDuration,
    ) -> Result<Vec<Mail>, CollectError> {
        let parts = &self.parts;
        let now = parts.clock.now();
        let longest = SignedDuration::from_secs(parts.config.lease_max_seconds.into());
        let lease = lease.clamp(SignedDuration::from_secs(1), longest);
        let until = now.checked_add(lease).unwrap_or(now);
        let token = parts.ids.next(now);
        let limit = limit.clamp(1, parts.config.collect_max);
        let leased = parts
            .store
            .lease(recipient, limit, now, until, token)
            .await?;
        let mut mail = Vec::with_capacity(leased.len());
        let mut audit = Vec::with_capacity(leased.len());
        for delivery in leased {
            let sealed = delivery.content.as_deref().unwrap_or_default();
            let content = parts
                .sealer
                .open(&content_context(delivery.id), sealed)
                .map_err(|error| {
                    StoreError::Corrupt(format!("delivery {}: {error}", delivery.id))
                })?;
            audit.push(AuditRow {
                at: now,
                action: "aflevering.uitgereikt".to_owned(),
                object: format!("aflevering/{}", delivery.id),
                result: "gelukt".to_owned(),
                origin: "api".to_owned(),
                actor: actor.to_owned(),
            });
            mail.push(Mail {
                delivery,
                content: Personal::new(content),
                token,
                until,
            });
        }
        if !audit.is_empty() {
            parts.store.audit(&audit).await?;
        }
        metrics::counter!("schakel_deliveries_leased_total").increment(mail.len() as u64);
        Ok(mail)
    }

    /// The content of a delivery that its recipient has leased or confirmed, for reading it again. `None` when there
    /// is no such delivery or it has no content yet.
    pub async fn content(
        &self,
        recipient: &OrgCode,
        actor: &str,
        id: Uuid,
    ) -> Result<Option<(String, Personal<Vec<u8>>)>, CollectError> {
        let Some(delivery) = self.parts.store.delivery_of(recipient, id).await? else {
            return Ok(None);
        };
        let (Some(content_type), Some(sealed)) = (delivery.content_type, delivery.content) else {
            return Ok(None);
        };
        let content = self
            .parts
            .sealer
            .open(&content_context(id), &sealed)
            .map_err(|error| StoreError::Corrupt(format!("delivery {id}: {error}")))?;
        self.parts
            .store
            .audit(&[AuditRow {
                at: self.parts.clock.now(),
                action: "aflevering.gelezen".to_owned(),
                object: format!("aflevering/{id}"),
                result: "gelukt".to_owned(),
                origin: "api".to_owned(),
                actor: actor.to_owned(),
            }])
            .await?;
        Ok(Some((content_type, Personal::new(content))))
    }

    /// Confirms or refuses leased deliveries; the outcomes are in the order of the answers.
    pub async fn answer(
        &self,
        recipient: &OrgCode,
        actor: &str,
        answers: &[LeaseAnswer],
    ) -> Result<Vec<AnswerOutcome>, CollectError> {
        let parts = &self.parts;
        let now = parts.clock.now();
        let outcomes = parts.store.answer(recipient, answers, now).await?;
        let audit: Vec<AuditRow> = answers
            .iter()
            .zip(&outcomes)
            .map(|(answer, outcome)| AuditRow {
                at: now,
                action: if answer.refusal.is_some() {
                    "aflevering.geweigerd".to_owned()
                } else {
                    "aflevering.bevestigd".to_owned()
                },
                object: format!("aflevering/{}", answer.id),
                result: match outcome {
                    AnswerOutcome::Done => "gelukt",
                    AnswerOutcome::Absent => "afwezig",
                    AnswerOutcome::Lost => "verlopen",
                }
                .to_owned(),
                origin: "api".to_owned(),
                actor: actor.to_owned(),
            })
            .collect();
        if !audit.is_empty() {
            parts.store.audit(&audit).await?;
        }
        Ok(outcomes)
    }

    /// Sends parked, refused or withheld deliveries again, under the same id. `owner` limits whose; `None` is the
    /// operator. Returns the ids that go again.
    pub async fn replay(
        &self,
        ids: &[Uuid],
        owner: Option<&OrgCode>,
        actor: &str,
    ) -> Result<Vec<Uuid>, CollectError> {
        let now = self.parts.clock.now();
        let audit = AuditRow {
            at: now,
            action: "aflevering.herhaald".to_owned(),
            object: "aflevering".to_owned(),
            result: "gelukt".to_owned(),
            origin: "api".to_owned(),
            actor: actor.to_owned(),
        };
        let again = self.parts.store.replay(ids, owner, now, &audit).await?;
        if !again.is_empty() {
            self.outbox_bell.notify_one();
        }
        Ok(again)
    }
}
