//! The one task that writes what comes in. Messages that wait share a commit; each is answered after its own.
//!
//! Because it is a task of its own, a client that hangs up cancels nothing here: its message is stored (or not) and
//! the answer is found again under its reference.

use crate::canonical::Contribution;
use crate::canonical::Kind;
use crate::canonical::OrgCode;
use crate::document::Fault;
use crate::document::Severity;
use crate::mapping::Element;
use crate::pipeline::Pipeline;
use crate::pipeline::answer::Answer;
use crate::pipeline::answer::ElementAnswer;
use crate::pipeline::decide::Accepted;
use crate::pipeline::decide::Scope;
use crate::pipeline::decide::decide;
use crate::pipeline::directory::Directory;
use crate::pipeline::faults;
use crate::pipeline::identify::derived;
use crate::pipeline::identify::keys;
use crate::pipeline::identify::log_id;
use crate::pipeline::receive::Prepared;
use crate::pipeline::receive::Receipt;
use crate::pipeline::receive::ReceiveError;
use crate::pipeline::route::Letterhead;
use crate::pipeline::route::Route;
use crate::pipeline::route::Stop;
use crate::pipeline::route::deliveries;
use crate::pipeline::route::route;
use crate::pipeline::view::Entry;
use crate::pipeline::view::View;
use crate::store::AuditRow;
use crate::store::IdentityKey;
use crate::store::IdentityRow;
use crate::store::IntakeTx;
use crate::store::MessageRow;
use crate::store::SeenMessage;
use crate::store::StoreError;
use crate::store::StoredRecord;
use crate::store::Writes;
use serde_json::Value;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Weak;
use tokio::sync::mpsc;
use tokio::sync::oneshot;
use uuid::Uuid;

/// How often records lead to further records: row, case, opdracht, its kandidaat.
const CLOSURE_ROUNDS: usize = 4;
/// Status of an accepted push.
const ACCEPTED: u16 = 202;

/// A message that waits to be written, and who waits for it.
pub(crate) struct Job {
    pub message: Box<Prepared>,
    pub reply: oneshot::Sender<Result<Receipt, ReceiveError>>,
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
            Err(StoreError::Refused(reason)) if messages.len() > 1 => {
                // one message holds what the database will not take: find it, and let the others through
                tracing::warn!(
                    reason,
                    messages = messages.len(),
                    "Batch refused, writing one by one"
                );
                let mut outcomes = Vec::with_capacity(messages.len());
                for message in &messages {
                    outcomes.extend(self.outcomes(std::slice::from_ref(message)).await);
                }
                outcomes
            }
            Ok(outcomes) => outcomes,
            Err(error) => unavailable(&error, messages.len()),
        };
        for (reply, outcome) in replies.into_iter().zip(outcomes) {
            // nobody waits any more when the client hung up; the message is stored all the same
            let _ = reply.send(outcome);
        }
        self.outbox_bell.notify_one();
    }

    async fn outcomes(&self, messages: &[Box<Prepared>]) -> Vec<Result<Receipt, ReceiveError>> {
        match self.write(messages).await {
            Ok(outcomes) => outcomes,
            Err(error) => unavailable(&error, messages.len()),
        }
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
        let mut writes = Writes::default();
        let mut touched: HashSet<Uuid> = HashSet::new();
        let mut outcomes = Vec::with_capacity(messages.len());
        for (message, key) in messages.iter().zip(references) {
            if let Some(earlier) = seen.get(&key) {
                outcomes.push(again(earlier, &message.content_hash));
                continue;
            }
            let outcome =
                self.decide_message(message, &directory, &mut view, &mut writes, &mut touched);
            if let Ok(receipt) = &outcome {
                seen.insert(key, as_seen(message, receipt)?);
            } else {
                writes.audit.push(self.audit(message, "geweigerd"));
            }
            outcomes.push(outcome);
        }
        writes.records = touched
            .into_iter()
            .filter_map(|id| stored(id, &view).transpose())
            .collect::<Result<_, _>>()?;
        tx.write(&writes).await?;
        tx.commit().await?;
        Ok(outcomes)
    }

    /// Reads every record that the messages may be about.
    async fn read_view(
        &self,
        tx: &mut dyn IntakeTx,
        messages: &[Box<Prepared>],
    ) -> Result<View, StoreError> {
        let sealer = &self.parts.sealer;
        let wanted: BTreeSet<IdentityKey> = messages
            .iter()
            .flat_map(|message| &message.elements)
            .filter(|element| !element.faults.iter().any(Fault::refuses))
            .flat_map(|element| &element.bundle.records)
            .flat_map(|(kind, record)| keys(sealer, *kind, record))
            .map(|(_, key)| key)
            .collect();
        let mut view = View::default();
        let wanted: Vec<IdentityKey> = wanted.into_iter().collect();
        for row in tx.identify(&wanted).await? {
            view.add_identity(row.key, row.issuer, row.record);
        }
        let mut next: BTreeSet<Uuid> = view.identified().copied().collect();
        let mut logs_asked = false;
        for _ in 0..CLOSURE_ROUNDS {
            let ids: Vec<Uuid> = next
                .iter()
                .filter(|id| !view.was_asked(id))
                .copied()
                .collect();
            if ids.is_empty() {
                break;
            }
            let found = tx.load(&ids).await?;
            view.add_records(&ids, &found)?;
            next = view
                .entries()
                .flat_map(|(id, entry)| related(*id, entry))
                .collect();
            if !logs_asked
                && view
                    .entries()
                    .any(|(_, entry)| entry.kind == Kind::Opdracht)
            {
                logs_asked = true;
                next.extend(self.log_ids(messages, &view));
            }
        }
        let kandidaten: Vec<Uuid> = view
            .entries()
            .filter(|(_, entry)| entry.kind == Kind::Kandidaat)
            .map(|(id, _)| *id)
            .collect();
        if !kandidaten.is_empty() {
            for link in tx.links(&kandidaten).await? {
                view.add_link(link);
            }
        }
        Ok(view)
    }

    /// The ids under which the logboekregels of these messages are on record, if they are.
    fn log_ids(&self, messages: &[Box<Prepared>], view: &View) -> Vec<Uuid> {
        let sealer = &self.parts.sealer;
        let overlay = view.overlay();
        let mut out = Vec::new();
        for message in messages {
            let key = message.mapping.record_key(Kind::Logboekregel);
            let mut repeats: HashMap<Uuid, u32> = HashMap::new();
            for element in &message.elements {
                let (Some(log), Some(opdracht)) = (
                    element.bundle.record(Kind::Logboekregel),
                    element.bundle.record(Kind::Opdracht),
                ) else {
                    continue;
                };
                let opdrachten = keys(sealer, Kind::Opdracht, opdracht)
                    .into_iter()
                    .flat_map(|(_, key)| overlay.identified(&key))
                    .map(|(_, id)| id);
                for opdracht in opdrachten {
                    let first = log_id(sealer, opdracht, key, log, 0);
                    let seen = repeats.entry(first).or_default();
                    out.push(log_id(sealer, opdracht, key, log, *seen));
                    *seen += 1;
                }
            }
        }
        out
    }

    /// Decides about each element of one message and adds what it writes.
    fn decide_message(
        &self,
        message: &Prepared,
        directory: &Directory,
        view: &mut View,
        writes: &mut Writes,
        touched: &mut HashSet<Uuid>,
    ) -> Result<Receipt, ReceiveError> {
        let now = self.parts.clock.now();
        let scope = Scope {
            directory,
            schemas: &self.parts.schemas,
            sealer: &self.parts.sealer,
            ids: self.parts.ids.as_ref(),
            now,
            sender: &message.sender,
            mapping: &message.mapping,
            by: Contribution {
                bericht: message.id,
                organisatie: message.sender.code.clone(),
                verzonden: message.sent_at,
                mapping: message.revision.clone(),
            },
        };
        let mut answer = Answer {
            id: message.id,
            referentie: message.reference.clone(),
            soort: message.soort.clone(),
            mapping: message.revision.clone(),
            ontvangen_op: message.received_at,
            totaal: message.elements.len(),
            opgenomen: 0,
            met_opmerkingen: 0,
            geweigerd: 0,
            opmerkingen: message.remarks.clone(),
            elementen: Vec::with_capacity(message.elements.len()),
        };
        let mut repeats = HashMap::new();
        let mut stops = Vec::new();
        for (index, element) in message.elements.iter().enumerate() {
            let decided = if element.faults.iter().any(Fault::refuses) {
                Err(Vec::new())
            } else {
                decide(&scope, element, view, &mut repeats)
            };
            let mut faults = element.faults.clone();
            let mut records = Vec::new();
            let taken = decided.is_ok();
            match decided {
                Ok(mut accepted) => {
                    faults.append(&mut accepted.remarks);
                    records = std::mem::take(&mut accepted.answers);
                    let route = take(accepted, view, writes, touched, &scope);
                    let (found, remark) = told(route, element, message.mapping.main());
                    stops.extend(found);
                    faults.extend(remark);
                    answer.opgenomen += 1;
                    answer.met_opmerkingen += usize::from(!faults.is_empty());
                }
                Err(found) => {
                    faults.extend(found);
                    answer.geweigerd += 1;
                }
            }
            answer.elementen.push(ElementAnswer {
                nummer: index + 1,
                plaats: element.place.clone(),
                opgenomen: taken,
                records,
                fouten: faults,
            });
        }
        if answer.opgenomen == 0 {
            let all = answer
                .elementen
                .into_iter()
                .flat_map(|element| element.fouten);
            return Err(ReceiveError::Invalid(
                answer.opmerkingen.into_iter().chain(all).collect(),
            ));
        }
        answer.trim();
        let head = Letterhead {
            ids: self.parts.ids.as_ref(),
            library: &self.parts.library,
            sender: &message.sender.code,
            message: message.id,
            traceparent: &message.traceparent,
            now,
        };
        writes.deliveries.extend(deliveries(stops, &head));
        writes.audit.push(self.audit(message, "opgenomen"));
        writes.messages.push(message_row(message, &answer, now));
        Ok(Receipt {
            id: message.id,
            status: ACCEPTED,
            answer,
            replayed: false,
        })
    }

    fn audit(&self, message: &Prepared, result: &str) -> AuditRow {
        AuditRow {
            at: self.parts.clock.now(),
            action: "bericht.ontvangen".to_owned(),
            object: format!("bericht/{}", message.id),
            result: result.to_owned(),
            origin: "api".to_owned(),
            actor: message.actor.clone(),
        }
    }
}

/// Takes over what an accepted element does, and says where its changes go.
fn take(
    accepted: Accepted,
    view: &mut View,
    writes: &mut Writes,
    touched: &mut HashSet<Uuid>,
    scope: &Scope<'_>,
) -> Route {
    touched.extend(accepted.records.keys());
    for (key, issuer, record) in &accepted.identities {
        writes.identities.push(IdentityRow {
            key: key.clone(),
            issuer: issuer.clone(),
            record: *record,
        });
    }
    writes.links.extend(accepted.links.iter().cloned());
    writes.versions.extend(accepted.versions);
    writes.bsns.extend(accepted.bsns);
    writes.proposals.extend(accepted.proposals);
    view.accept(accepted.records, accepted.identities, accepted.links);
    route(
        &accepted.changes,
        &view.overlay(),
        scope.directory,
        &scope.sender.code,
        scope.now,
    )
}

/// The stops of a route, or what the sender should know when there are none.
fn told(route: Route, element: &Element, main: Kind) -> (Vec<Stop>, Option<Fault>) {
    let remark = match route {
        Route::Stops(stops) => return (stops, None),
        Route::NoAgreement => Fault {
            severity: Severity::Remark,
            ..faults::no_agreement(main, element.place.clone())
        },
        Route::Held(reason) => {
            let attribute = if reason == "kandidaat.afgeschermd" {
                "/afgeschermd"
            } else {
                "/toestemming"
            };
            faults::held(reason, element.place_of(Kind::Kandidaat, attribute))
        }
        Route::OutsidePeriod => {
            faults::outside_period(element.place_of(Kind::Logboekregel, "/datum"))
        }
    };
    (Vec::new(), Some(remark))
}

/// The records that a record leads to: what it refers to, and what there is exactly one of for it.
fn related(id: Uuid, entry: &Entry) -> Vec<Uuid> {
    let mut out: Vec<Uuid> = ["kandidaat", "verwijzing", "opdracht"]
        .into_iter()
        .filter_map(|name| entry.reference(name))
        .collect();
    match entry.kind {
        Kind::Kandidaat => out.push(derived(Kind::Werkprofiel, id)),
        Kind::Verwijzing => out.push(derived(Kind::Opdracht, id)),
        Kind::Opdracht => out.push(derived(Kind::Trajectplan, id)),
        _ => {}
    }
    out
}

fn stored(id: Uuid, view: &View) -> Result<Option<StoredRecord>, StoreError> {
    let overlay = view.overlay();
    let Some(entry) = overlay.record(&id) else {
        return Ok(None);
    };
    let corrupt = |_| StoreError::Corrupt(format!("{} {id} cannot be written as JSON", entry.kind));
    Ok(Some(StoredRecord {
        kind: entry.kind,
        id,
        version: entry.version,
        doc: serde_json::to_string(&entry.record).map_err(corrupt)?,
        sources: serde_json::to_string(&entry.sources).map_err(corrupt)?,
    }))
}

fn message_row(message: &Prepared, answer: &Answer, now: jiff::Timestamp) -> MessageRow {
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    MessageRow {
        id: message.id,
        sender: message.sender.code.clone(),
        reference: message.reference.clone(),
        content_hash: message.content_hash.clone(),
        soort: message.soort.clone(),
        mapping: message.revision.clone(),
        content_type: message.content_type.clone(),
        sent_at: message.sent_at,
        received_at: message.received_at,
        mapped_at: message.mapped_at,
        stored_at: now,
        taken: count(answer.opgenomen),
        refused: count(answer.geweigerd),
        answer_status: ACCEPTED,
        answer: serde_json::to_value(answer)
            .unwrap_or(Value::Null)
            .to_string(),
        original: message.original.clone(),
        traceparent: message.traceparent.clone(),
    }
}

fn as_seen(message: &Prepared, receipt: &Receipt) -> Result<SeenMessage, StoreError> {
    Ok(SeenMessage {
        sender: message.sender.code.clone(),
        reference: message.reference.clone(),
        id: receipt.id,
        content_hash: message.content_hash.clone(),
        answer_status: receipt.status,
        answer: serde_json::to_string(&receipt.answer)
            .map_err(|_| StoreError::Corrupt("an answer cannot be written".to_owned()))?,
    })
}

/// The answer to a reference that was used before.
fn again(earlier: &SeenMessage, content_hash: &[u8]) -> Result<Receipt, ReceiveError> {
    if earlier.content_hash != content_hash {
        return Err(ReceiveError::Conflict {
            earlier: earlier.id,
        });
    }
    let answer = serde_json::from_str(&earlier.answer).map_err(|_| ReceiveError::Unavailable)?;
    Ok(Receipt {
        id: earlier.id,
        status: earlier.answer_status,
        answer,
        replayed: true,
    })
}

fn unavailable(error: &StoreError, messages: usize) -> Vec<Result<Receipt, ReceiveError>> {
    tracing::error!(%error, messages, "Messages could not be stored");
    (0..messages)
        .map(|_| Err(ReceiveError::Unavailable))
        .collect()
}
