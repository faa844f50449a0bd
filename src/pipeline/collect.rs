use crate::canonical::OrgCode;
use crate::canonical::Personal;
use crate::pipeline::Pipeline;
use crate::pipeline::deliver::UNREADABLE;
use crate::pipeline::make::Bsns;
use crate::pipeline::make::Made;
use crate::store::AnswerOutcome;
use crate::store::AuditRow;
use crate::store::Delivery;
use crate::store::LeaseAnswer;
use crate::store::StoreError;
use crate::store::Withholding;
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

/// A content type and content.
type Content = (String, Personal<Vec<u8>>);
/// What is handed over, or why nothing.
type Handed = Result<Content, &'static str>;

/// How often is looked behind what was withheld for something to give out; the recipient asks again.
const WITHHELD_ROUNDS: usize = 20;

impl Pipeline {
    /// Leases the oldest deliveries in a recipient's postvak. What is not confirmed before the lease lapses comes
    /// back. What there is no ground for any more is withheld instead. `limit` and `lease` are held to the configured
    /// maxima, and so is the size of all together: it may be fewer than there are.
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
        let bytes_max = parts.config.collect_bytes_max;
        for _ in 0..WITHHELD_ROUNDS {
            let leased = parts
                .store
                .lease(recipient, limit, bytes_max, now, until, token)
                .await?;
            let mut mail = Vec::with_capacity(leased.len());
            let mut withheld = Vec::new();
            for (delivery, handed) in self.hand_over(leased).await? {
                match handed {
                    Ok((content_type, content)) => mail.push(Mail {
                        delivery: Delivery {
                            content_type: Some(content_type),
                            ..delivery
                        },
                        content,
                        token,
                        until,
                    }),
                    Err(reason) => withheld.push(Withholding {
                        id: delivery.id,
                        reason: reason.to_owned(),
                        audit: audit(now, "aflevering.ingehouden", delivery.id, reason, actor),
                    }),
                }
            }
            if !withheld.is_empty() {
                parts.store.withhold(token, &withheld, now).await?;
                tracing::info!(org = %recipient, deliveries = withheld.len(), "Deliveries in the postvak were withheld");
            }
            // behind what was withheld there may be something to give out; each turn leaves less
            if !mail.is_empty() || withheld.is_empty() {
                let given: Vec<AuditRow> = mail
                    .iter()
                    .map(|one| {
                        audit(
                            now,
                            "aflevering.uitgereikt",
                            one.delivery.id,
                            "gelukt",
                            actor,
                        )
                    })
                    .collect();
                if !given.is_empty() {
                    parts.store.audit(&given).await?;
                }
                metrics::counter!("schakel_deliveries_leased_total").increment(mail.len() as u64);
                return Ok(mail);
            }
        }
        Ok(Vec::new())
    }

    /// The content of a delivery in a recipient's postvak, for reading it again. `None` when there is no such
    /// delivery, when it has no content yet, and when there is no ground for it any more.
    pub async fn content(
        &self,
        recipient: &OrgCode,
        actor: &str,
        id: Uuid,
    ) -> Result<Option<Content>, CollectError> {
        let Some(delivery) = self.parts.store.delivery_of(recipient, id).await? else {
            return Ok(None);
        };
        if delivery.content_type.is_none() || delivery.content.is_none() {
            return Ok(None);
        }
        let handed = self.hand_over(vec![delivery]).await?;
        let Some((_, Ok(content))) = handed.into_iter().next() else {
            return Ok(None);
        };
        let now = self.parts.clock.now();
        let read = audit(now, "aflevering.gelezen", id, "gelukt", actor);
        self.parts.store.audit(&[read]).await?;
        Ok(Some(content))
    }

    /// What each delivery's recipient gets of it now, or why nothing: as it was made, or made anew where the rules
    /// changed. One that cannot be read is withheld and stops no other.
    async fn hand_over(
        &self,
        deliveries: Vec<Delivery>,
    ) -> Result<Vec<(Delivery, Handed)>, StoreError> {
        let mut handed = Vec::with_capacity(deliveries.len());
        match self.hand_over_together(&deliveries).await {
            Err(StoreError::Corrupt(_)) => {
                for delivery in &deliveries {
                    let alone = std::slice::from_ref(delivery);
                    match self.hand_over_together(alone).await {
                        Err(StoreError::Corrupt(why)) => {
                            tracing::error!(delivery.id = %delivery.id, why, "A delivery cannot be read and is withheld");
                            handed.push(Err(UNREADABLE));
                        }
                        other => handed.extend(other?),
                    }
                }
            }
            other => handed = other?,
        }
        Ok(deliveries.into_iter().zip(handed).collect())
    }

    async fn hand_over_together(&self, deliveries: &[Delivery]) -> Result<Vec<Handed>, StoreError> {
        let loaded = self.load_for(deliveries).await?;
        let directory = self.directory();
        let made: Vec<_> = deliveries
            .iter()
            .map(|delivery| self.as_made(delivery, &loaded, &directory))
            .collect();
        let bsns = if made.iter().all(Option::is_some) {
            Bsns::new()
        } else {
            self.bsns_for(deliveries, &loaded).await?
        };
        let handed = deliveries.iter().zip(made).map(|(delivery, made)| {
            let anew = || self.make_anew(delivery, &loaded, &bsns, &directory);
            match made.unwrap_or_else(anew) {
                Made::Content(content_type, content, ..) => {
                    Ok((content_type, Personal::new(content)))
                }
                Made::Withheld(reason) | Made::Unmappable(reason) => Err(reason),
            }
        });
        Ok(handed.collect())
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
        let said: Vec<AuditRow> = answers
            .iter()
            .zip(&outcomes)
            .map(|(answer, outcome)| {
                let action = if answer.refusal.is_some() {
                    "aflevering.geweigerd"
                } else {
                    "aflevering.bevestigd"
                };
                let result = match outcome {
                    AnswerOutcome::Done => "gelukt",
                    AnswerOutcome::Absent => "afwezig",
                    AnswerOutcome::Lost => "verlopen",
                };
                audit(now, action, answer.id, result, actor)
            })
            .collect();
        if !said.is_empty() {
            parts.store.audit(&said).await?;
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

fn audit(now: Timestamp, action: &str, delivery: Uuid, result: &str, actor: &str) -> AuditRow {
    AuditRow {
        at: now,
        action: action.to_owned(),
        object: format!("aflevering/{delivery}"),
        result: result.to_owned(),
        origin: "api".to_owned(),
        actor: actor.to_owned(),
    }
}
