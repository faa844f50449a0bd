//! The one task that writes what comes in. Messages that wait share a commit; each is answered after its own.
//!
//! Because it is a task of its own, a client that hangs up cancels nothing here: its message is stored (or not) and
//! the answer is found again under its reference.

mod message;
mod read;
mod rows;

pub(crate) use rows::again;

use crate::canonical::OrgCode;
use crate::pipeline::Pipeline;
use crate::pipeline::batch::rows::as_seen;
use crate::pipeline::batch::rows::stored;
use crate::pipeline::propose::Word;
use crate::pipeline::propose::audit_of_settled;
use crate::pipeline::propose::proposals_after;
use crate::pipeline::receive::Prepared;
use crate::pipeline::receive::Receipt;
use crate::pipeline::receive::ReceiveError;
use crate::store::SeenMessage;
use crate::store::StoreError;
use crate::store::Writes;
use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Weak;
use tokio::sync::mpsc;
use tokio::sync::oneshot;
use uuid::Uuid;

/// Status of an accepted push.
const ACCEPTED: u16 = 202;

/// A message that waits to be written, and who waits for it.
pub(crate) struct Job {
    pub message: Box<Prepared>,
    pub reply: oneshot::Sender<Result<Receipt, ReceiveError>>,
}

/// What a batch does, as far as it was decided.
#[derive(Default)]
struct Draft {
    writes: Writes,
    /// The records that changed.
    touched: HashSet<Uuid>,
    /// What was said to proposals, in order.
    words: Vec<Word>,
}

/// Takes what waits, writes it in one commit, answers, and again. Ends when the pipeline is gone.
pub(crate) async fn run(pipeline: Weak<Pipeline>, mut inbox: mpsc::Receiver<Job>) {
    let mut batch = Vec::new();
    loop {
        let most = pipeline
            .upgrade()
            .map_or(1, |pipeline| pipeline.parts.config.batch_max.max(1));
        if inbox.recv_many(&mut batch, most).await == 0 {
            return;
        }
        let Some(pipeline) = pipeline.upgrade() else {
            return;
        };
        metrics::histogram!("schakel_intake_batch_messages")
            .record(f64::from(u32::try_from(batch.len()).unwrap_or(u32::MAX)));
        pipeline.write_batch(std::mem::take(&mut batch)).await;
    }
}

impl Pipeline {
    async fn write_batch(&self, batch: Vec<Job>) {
        let (messages, replies): (Vec<_>, Vec<_>) = batch
            .into_iter()
            .map(|job| (job.message, job.reply))
            .unzip();
        let outcomes = match self.write(&messages).await {
            Err(error) if messages.len() > 1 && !may_pass(&error) => {
                // one message holds what the database will not take: find it, and let the others through
                tracing::warn!(
                    %error,
                    messages = messages.len(),
                    "Batch refused, writing one by one"
                );
                let mut outcomes = Vec::with_capacity(messages.len());
                for message in &messages {
                    let one = std::slice::from_ref(message);
                    outcomes.extend(self.write(one).await.unwrap_or_else(|e| failed(&e, one)));
                }
                outcomes
            }
            outcome => outcome.unwrap_or_else(|error| failed(&error, &messages)),
        };
        for (reply, outcome) in replies.into_iter().zip(outcomes) {
            // nobody waits any more when the client hung up; the message is stored all the same
            let _ = reply.send(outcome);
        }
        self.outbox_bell.notify_one();
    }

    /// One transaction for a batch of messages.
    async fn write(
        &self,
        messages: &[Box<Prepared>],
    ) -> Result<Vec<Result<Receipt, ReceiveError>>, StoreError> {
        let mut tx = self.parts.store.begin_intake().await?;
        let references: Vec<(OrgCode, String)> = messages
            .iter()
            .map(|message| (message.sender.code.clone(), message.reference.clone()))
            .collect();
        let mut seen: HashMap<(OrgCode, String), SeenMessage> = tx
            .seen(&references)
            .await?
            .into_iter()
            .map(|seen| ((seen.sender.clone(), seen.reference.clone()), seen))
            .collect();
        let mut view = self.read_view(tx.as_mut(), messages).await?;
        let directory = self.directory();
        let mut draft = Draft::default();
        let mut outcomes = Vec::with_capacity(messages.len());
        for (message, key) in messages.iter().zip(references) {
            if let Some(earlier) = seen.get(&key) {
                outcomes.push(again(earlier, &message.content_hash));
                continue;
            }
            let outcome = self.decide_message(message, &directory, &mut view, &mut draft);
            if outcome.is_ok() {
                seen.extend(draft.writes.messages.last().map(|row| (key, as_seen(row))));
            } else {
                draft.writes.audit.push(self.audit(message, "geweigerd"));
            }
            outcomes.push(outcome);
        }
        let mut writes = draft.writes;
        writes.proposals = proposals_after(tx.as_mut(), draft.words).await?;
        writes.audit.extend(audit_of_settled(&writes.proposals));
        writes.records = draft
            .touched
            .into_iter()
            .filter_map(|id| stored(id, &view).transpose())
            .collect::<Result<_, _>>()?;
        tx.write(&writes).await?;
        tx.commit().await?;
        Ok(outcomes)
    }
}

/// Whether the same write can succeed later: the store is away, not at odds with what is written.
const fn may_pass(error: &StoreError) -> bool {
    matches!(error, StoreError::Unavailable(_) | StoreError::Migration(_))
}

/// What senders are told of messages that could not be written. A message that the database refuses by itself would be
/// refused again: mapping and schema have passed it, so the fault is the gateway's and not the sender's, and asking
/// for a retry would have the sender try for ever.
fn failed(error: &StoreError, messages: &[Box<Prepared>]) -> Vec<Result<Receipt, ReceiveError>> {
    let ids: Vec<String> = messages.iter().map(|one| one.id.to_string()).collect();
    tracing::error!(%error, messages = ids.join(" "), "Messages could not be stored");
    let answer = if may_pass(error) {
        ReceiveError::Unavailable
    } else {
        ReceiveError::Internal
    };
    messages.iter().map(|_| Err(answer.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_store_that_is_away_asks_for_a_retry() {
        for (error, passes) in [
            (StoreError::Unavailable(String::new()), true),
            (StoreError::Migration(String::new()), true),
            (StoreError::Refused(String::new()), false),
            (StoreError::Corrupt(String::new()), false),
        ] {
            assert_eq!(may_pass(&error), passes, "{error}");
        }
    }
}
