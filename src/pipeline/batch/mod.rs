//! The one task that writes what comes in. Messages that wait share a commit; each is answered after its own.
//!
//! A batch is read and decided while the one before it is being written, by the records as that one leaves them. It is
//! written only when that went as decided and nobody else wrote in between; else it is decided anew.
//!
//! Because it is a task of its own, a client that hangs up cancels nothing here: its message is stored (or not) and
//! the answer is found again under its reference.

mod full_set;
mod left;
mod message;
mod read;
mod rows;

pub(crate) use rows::again;

use crate::canonical::OrgCode;
use crate::pipeline::Pipeline;
use crate::pipeline::batch::left::Left;
use crate::pipeline::batch::read::Reading;
use crate::pipeline::batch::rows::as_seen;
use crate::pipeline::batch::rows::stored;
use crate::pipeline::propose::Word;
use crate::pipeline::propose::audit_of_settled;
use crate::pipeline::propose::settled;
use crate::pipeline::receive::Prepared;
use crate::pipeline::receive::Receipt;
use crate::pipeline::receive::ReceiveError;
use crate::pipeline::view::Entry;
use crate::store::Looked;
use crate::store::SeenMessage;
use crate::store::StoreError;
use crate::store::Writes;
use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::Weak;
use tokio::sync::mpsc;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
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

/// Takes what waits, writes it in one commit, answers, and again: while one batch is being written the next is read
/// and decided. Ends when the pipeline is gone.
pub(crate) async fn run(pipeline: Weak<Pipeline>, mut inbox: mpsc::Receiver<Job>) {
    let mut ahead: Option<Writing> = None;
    loop {
        let most = pipeline
            .upgrade()
            .map_or(1, |pipeline| pipeline.parts.config.batch_max.max(1));
        let batch = gather(&mut inbox, ahead.as_mut(), most).await;
        let Some(pipeline) = pipeline.upgrade().filter(|_| !batch.is_empty()) else {
            return;
        };
        metrics::histogram!("schakel_intake_batch_messages")
            .record(f64::from(u32::try_from(batch.len()).unwrap_or(u32::MAX)));
        ahead = Some(pipeline.write_batch(batch, ahead).await);
    }
}

/// A batch that is being written.
struct Writing {
    state: State,
    messages: usize,
    /// What it wrote, for the batch that is decided before this one can be read.
    left: Option<Left>,
}

/// Ends with the turn that the write made, or with none when it did not go as it was decided.
enum State {
    Running(JoinHandle<Option<i64>>),
    Ended(Option<i64>),
}

impl Writing {
    /// Waits for the end. May be given up and called again.
    async fn end(&mut self) -> Option<i64> {
        match &mut self.state {
            State::Running(task) => {
                let turn = task.await.unwrap_or(None);
                self.state = State::Ended(turn);
                turn
            }
            State::Ended(turn) => *turn,
        }
    }
}

/// The next batch; empty at the end. Beside a batch that is being written, the next one waits for that to be done or
/// for as many messages: a batch of few that were just there first would cost as much as one of many.
async fn gather(
    inbox: &mut mpsc::Receiver<Job>,
    ahead: Option<&mut Writing>,
    most: usize,
) -> Vec<Job> {
    let mut batch = Vec::new();
    if let Some(ahead) = ahead {
        let enough = ahead.messages.clamp(1, most);
        while batch.len() < enough {
            let room = most - batch.len();
            tokio::select! {
                _ = ahead.end() => break,
                count = inbox.recv_many(&mut batch, room) => if count == 0 {
                    break;
                },
            }
        }
    }
    if batch.is_empty() {
        inbox.recv_many(&mut batch, most).await;
    }
    batch
}

/// What a batch writes, and what its senders are told once it is written.
struct Plan {
    /// The turn it was read at.
    turn: i64,
    writes: Arc<Writes>,
    outcomes: Vec<Outcome>,
    /// The records that it changes, as they are afterwards.
    changed: HashMap<Uuid, Entry>,
}

type Outcome = Result<Receipt, ReceiveError>;

impl Pipeline {
    /// Decides about a batch, waits for the one ahead of it, and starts to write.
    async fn write_batch(self: &Arc<Self>, batch: Vec<Job>, ahead: Option<Writing>) -> Writing {
        let (messages, replies): (Vec<_>, Vec<_>) = batch
            .into_iter()
            .map(|job| (job.message, job.reply))
            .unzip();
        let mut plan = match ahead {
            None => self.plan_beside(&messages, None).await,
            Some(mut ahead) => {
                let planned = self.plan_beside(&messages, ahead.left.take()).await;
                match ahead.end().await {
                    Some(turn) => planned.map(|plan| Plan { turn, ..plan }),
                    // what was decided goes by something that did not happen
                    None => self.plan_beside(&messages, None).await,
                }
            }
        };
        let left = plan.as_mut().ok().map(|plan| Left {
            changed: std::mem::take(&mut plan.changed),
            writes: Arc::clone(&plan.writes),
        });
        let pipeline = Arc::clone(self);
        Writing {
            messages: messages.len(),
            left,
            state: State::Running(tokio::spawn(async move {
                let (outcomes, turn) = pipeline.carry_out(&messages, plan).await;
                for (reply, outcome) in replies.into_iter().zip(outcomes) {
                    // nobody waits any more when the client hung up; the message is stored all the same
                    let _ = reply.send(outcome);
                }
                pipeline.outbox_bell.notify_one();
                turn
            })),
        }
    }

    /// Writes what was decided. When that is no longer what should be written, decides and writes with the turn held.
    async fn carry_out(
        &self,
        messages: &[Box<Prepared>],
        plan: Result<Plan, StoreError>,
    ) -> (Vec<Outcome>, Option<i64>) {
        let written = match plan {
            Ok(plan) => {
                let written = self.parts.store.write_after(plan.turn, &plan.writes).await;
                written.map(|turn| turn.map(|turn| (plan.outcomes, Some(turn))))
            }
            Err(error) => Err(error),
        };
        match written {
            Ok(Some(written)) => written,
            Err(error) if may_pass(&error) => (failed(&error, messages), None),
            Ok(None) | Err(_) => (self.write_held(messages).await, None),
        }
    }

    /// Reads, decides and writes with the turn held from the start; what cannot be written together, one by one.
    async fn write_held(&self, messages: &[Box<Prepared>]) -> Vec<Outcome> {
        let error = match self.write(messages).await {
            Ok(outcomes) => return outcomes,
            Err(error) => error,
        };
        if messages.len() == 1 || may_pass(&error) {
            return failed(&error, messages);
        }
        // one message holds what the database will not take: find it, and let the others through
        tracing::warn!(%error, messages = messages.len(), "Batch refused, writing one by one");
        let mut outcomes = Vec::with_capacity(messages.len());
        for message in messages {
            let one = std::slice::from_ref(message);
            outcomes.extend(self.write(one).await.unwrap_or_else(|e| failed(&e, one)));
        }
        outcomes
    }

    /// One transaction for a batch of messages.
    async fn write(&self, messages: &[Box<Prepared>]) -> Result<Vec<Outcome>, StoreError> {
        let mut tx = self.parts.store.begin_intake().await?;
        let keys = self.wanted_keys(messages);
        let looked = Looked {
            turn: 0,
            seen: tx.seen(&references(messages)).await?,
            known: tx.identify(&keys).await?,
        };
        let reading = &mut Reading::Within(tx.as_mut());
        let plan = self.plan(messages, looked, reading, None).await?;
        tx.write(&plan.writes).await?;
        tx.commit().await?;
        Ok(plan.outcomes)
    }

    /// Reads and decides while others may write; the write will tell whether they did.
    async fn plan_beside(
        &self,
        messages: &[Box<Prepared>],
        left: Option<Left>,
    ) -> Result<Plan, StoreError> {
        let store = self.parts.store.as_ref();
        let keys = self.wanted_keys(messages);
        let references = references(messages);
        let mut looked = store.look(&references, &keys).await?;
        if let Some(left) = &left {
            left.add_to(&mut looked, &references, &keys);
        }
        let reading = &mut Reading::Beside(store);
        self.plan(messages, looked, reading, left).await
    }

    /// Decides about a batch of messages.
    async fn plan(
        &self,
        messages: &[Box<Prepared>],
        looked: Looked,
        reading: &mut Reading<'_>,
        mut left: Option<Left>,
    ) -> Result<Plan, StoreError> {
        let mut seen: HashMap<(OrgCode, String), SeenMessage> = looked
            .seen
            .into_iter()
            .map(|seen| ((seen.sender.clone(), seen.reference.clone()), seen))
            .collect();
        let mut view = self
            .read_view(reading, messages, looked.known, left.as_mut())
            .await?;
        let directory = self.directory();
        let mut draft = Draft::default();
        let mut outcomes = Vec::with_capacity(messages.len());
        for (message, key) in messages.iter().zip(references(messages)) {
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
        let changed = view.take(draft.touched);
        let mut writes = draft.writes;
        let earlier = reading.proposals(&draft.words, left.as_ref()).await?;
        writes.proposals = settled(earlier, draft.words);
        writes.audit.extend(audit_of_settled(&writes.proposals));
        let applied = writes.versions.iter().filter(|version| version.applied);
        let written: HashMap<(Uuid, i64), &str> = applied
            .map(|version| ((version.record, version.version), version.doc.as_str()))
            .collect();
        writes.records = changed
            .iter()
            .map(|(id, entry)| stored(*id, entry, &written))
            .collect::<Result<_, _>>()?;
        Ok(Plan {
            turn: looked.turn,
            writes: Arc::new(writes),
            outcomes,
            changed,
        })
    }
}

/// How the messages call themselves.
fn references(messages: &[Box<Prepared>]) -> Vec<(OrgCode, String)> {
    let reference = |message: &Prepared| (message.sender.code.clone(), message.reference.clone());
    messages.iter().map(|message| reference(message)).collect()
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
