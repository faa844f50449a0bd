use crate::adapters;
use crate::canonical::Kind;
use crate::canonical::OrgCode;
use crate::document::Document;
use crate::document::Fault;
use crate::document::Wire;
use crate::isolation::ReadError;
use crate::isolation::Rows;
use crate::mapping::Decoded;
use crate::mapping::Direction;
use crate::mapping::Element;
use crate::mapping::Envelope;
use crate::mapping::Mapping;
use crate::pipeline::Pipeline;
use crate::pipeline::answer::Answer;
use crate::pipeline::batch::Job;
use crate::pipeline::batch::again;
use crate::pipeline::bsns::Bsns;
use crate::pipeline::decide::unknown_uitvoerders;
use crate::pipeline::directory::Organisation;
use crate::pipeline::faults;
use crate::pipeline::verdict::Judged;
use crate::privacy::holds_text;
use crate::privacy::suspicion;
use crate::schema::Completeness;
use crate::schema::Schemas;
use crate::sealing::content_hash;
use bytes::Bytes;
use jiff::SignedDuration;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::oneshot;
use uuid::Uuid;

/// What the schema says of an attribute that is not there.
const REQUIRED: &str = "schema.verplicht";

/// From this size on, decoding leaves the async threads.
const HEAVY_BYTES: usize = 128 * 1024;
/// Blocks of rows that wait to be mapped.
const BLOCKS: usize = 4;

/// Longest reference, in characters (StUF allows 40; systems with UUIDs and prefixes need more).
const REFERENCE_MAX: usize = 200;
/// How far a sender's clock may be ahead. A message from the far future would make every later one "older".
pub(crate) const AHEAD_MAX: SignedDuration = SignedDuration::from_hours(24);

/// A message as it was pushed.
pub struct Push {
    /// Whose key it came with.
    pub sender: OrgCode,
    /// Organisation and key id, for the audit.
    pub actor: String,
    /// What it claims to be: the soort of one of the sender's mappings, or `canoniek`.
    pub soort: String,
    /// As sent.
    pub content_type: String,
    /// The `Idempotency-Key`; used as the reference when the message holds none of its own.
    pub idempotency_key: Option<String>,
    /// When the sender says it was sent; used when the message itself does not say.
    pub sent_at: Option<Timestamp>,
    /// The bytes.
    pub body: Bytes,
    /// W3C trace context, empty if none.
    pub traceparent: String,
}

/// The answer to a push that was taken, wholly or in part.
#[derive(Debug, Clone, PartialEq)]
pub struct Receipt {
    /// The message.
    pub id: Uuid,
    /// HTTP status of the first answer.
    pub status: u16,
    /// What became of each element.
    pub answer: Answer,
    /// Whether this is the answer to an earlier push of the same.
    pub replayed: bool,
}

/// Why a push was not taken. Nothing of it is stored.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ReceiveError {
    /// Nothing in it could be taken; every fault with its place.
    #[error("nothing in the message could be taken")]
    Invalid(Vec<Fault>),
    /// It holds no reference of its own and came without an `Idempotency-Key`.
    #[error("the message has no reference")]
    NoReference,
    /// The sender has no mapping of this soort that reads.
    #[error("there is no such soort for this organisation")]
    UnknownSoort,
    /// The content type is not one the mapping reads.
    #[error("the content type does not fit the soort")]
    UnsupportedType {
        /// What it reads.
        expected: &'static str,
    },
    /// Too many bytes.
    #[error("the message is too large")]
    TooLarge {
        /// The cap.
        max_bytes: usize,
    },
    /// The same reference was used before with other content.
    #[error("the reference was used before with other content")]
    Conflict {
        /// The earlier message.
        earlier: Uuid,
    },
    /// The caller's organisation is not registered.
    #[error("the organisation is not registered")]
    UnknownOrganisation,
    /// Too much is waiting.
    #[error("too much is waiting")]
    Busy,
    /// The gateway cannot store it, now or later; the operator has to look.
    #[error("the message cannot be stored")]
    Internal,
    /// The store (or the child that reads workbooks) is away.
    #[error("the message could not be stored now")]
    Unavailable,
}

/// A message that was decoded, mapped and validated, ready for the one writing task.
pub(crate) struct Prepared {
    pub id: Uuid,
    pub sender: Arc<Organisation>,
    pub actor: String,
    pub soort: String,
    pub content_type: String,
    pub reference: String,
    pub content_hash: Vec<u8>,
    pub mapping: Arc<Mapping>,
    pub revision: String,
    pub elements: Vec<Element>,
    pub remarks: Vec<Fault>,
    pub sent_at: Timestamp,
    pub received_at: Timestamp,
    pub mapped_at: Timestamp,
    pub original: Vec<u8>,
    pub traceparent: String,
    /// Of a retour to a delivery: what it comes to. It has no elements then.
    pub judged: Option<Judged>,
}

impl ReceiveError {
    /// Whether it is about what was sent, so that the same message could have been taken under another mapping.
    const fn is_of_content(&self) -> bool {
        match self {
            Self::Invalid(_)
            | Self::UnknownSoort
            | Self::UnsupportedType { .. }
            | Self::NoReference => true,
            Self::TooLarge { .. }
            | Self::Conflict { .. }
            | Self::UnknownOrganisation
            | Self::Busy
            | Self::Internal
            | Self::Unavailable => false,
        }
    }
}

impl Pipeline {
    /// Takes a message in: decodes, maps, validates, and stores it with everything that follows from it in one
    /// transaction, shared with other messages under load. Returns only after its own commit.
    ///
    /// The same reference with the same content gets the first answer again; with other content, a conflict.
    pub async fn receive(&self, push: Push) -> Result<Receipt, ReceiveError> {
        let outcome = self.receive_inner(push).await;
        let result = match &outcome {
            Ok(receipt) if receipt.replayed => "herhaald",
            Ok(receipt) if receipt.answer.waits_for_somebody() => "te_beoordelen",
            Ok(_) => "opgenomen",
            Err(ReceiveError::Invalid(_)) => "geweigerd",
            Err(ReceiveError::Conflict { .. }) => "conflict",
            Err(ReceiveError::Busy | ReceiveError::Unavailable) => "niet_beschikbaar",
            Err(ReceiveError::Internal) => "mislukt",
            Err(_) => "onjuist",
        };
        metrics::counter!("schakel_messages_received_total", "result" => result).increment(1);
        outcome
    }

    async fn receive_inner(&self, push: Push) -> Result<Receipt, ReceiveError> {
        let (sender, key) = (push.sender.clone(), push.idempotency_key.clone());
        let (soort, body) = (push.soort.clone(), push.body.clone());
        let mut reference = None;
        let prepared = match self.prepare(push, &mut reference).await {
            Ok(prepared) => prepared,
            Err(refusal) => {
                let Some(reference) = reference.or(key).filter(|_| refusal.is_of_content()) else {
                    return Err(refusal);
                };
                let hash = content_hash(&[soort.as_bytes(), &body]);
                return self.first_answer(sender, reference, &hash, refusal).await;
            }
        };
        let (reply, answered) = oneshot::channel();
        self.jobs
            .try_send(Job {
                message: Box::new(prepared),
                reply,
            })
            .map_err(|_| ReceiveError::Busy)?;
        answered.await.unwrap_or(Err(ReceiveError::Unavailable))
    }

    /// The first answer to a message that was taken before, word for word the same, and would be refused now: a
    /// mapping that became stricter takes nothing back. Asked only then, so that a message that is fine pays nothing.
    /// With other content than before, the sender hears of both: what is wrong with it, and that it needs a reference of
    /// its own.
    async fn first_answer(
        &self,
        sender: OrgCode,
        reference: String,
        content_hash: &[u8],
        refusal: ReceiveError,
    ) -> Result<Receipt, ReceiveError> {
        let seen = match self.parts.store.seen(&[(sender, reference)]).await {
            Ok(seen) => seen,
            Err(error) => {
                // it may have been taken before: a refusal could be wrong
                tracing::warn!(%error, "Whether a message was taken before could not be looked up");
                return Err(ReceiveError::Unavailable);
            }
        };
        let same = seen.iter().find(|one| one.content_hash == content_hash);
        match (same, refusal) {
            (Some(earlier), _) => again(earlier, content_hash),
            (None, ReceiveError::Invalid(mut found)) if !seen.is_empty() => {
                found.push(faults::reference_used());
                Err(ReceiveError::Invalid(found))
            }
            (None, refusal) => Err(refusal),
        }
    }

    /// Decodes, maps and checks a message. Tells its own reference as soon as it is read.
    async fn prepare(
        &self,
        push: Push,
        reference: &mut Option<String>,
    ) -> Result<Prepared, ReceiveError> {
        let parts = &self.parts;
        let received_at = parts.clock.now();
        let directory = self.directory();
        let sender = directory
            .organisation(&push.sender)
            .cloned()
            .ok_or(ReceiveError::UnknownOrganisation)?;
        let mapping = self.inbound(&push.sender, &push.soort)?;
        if !adapters::accepts(mapping.wire(), &push.content_type) {
            return Err(ReceiveError::UnsupportedType {
                expected: adapters::content_type(mapping.wire()),
            });
        }
        if push.body.len() > parts.limits.bytes {
            return Err(ReceiveError::TooLarge {
                max_bytes: parts.limits.bytes,
            });
        }
        let mut decoded = match self.decode(&mapping, &push.body).await {
            Err(ReceiveError::Invalid(mut faults)) => {
                mapping.veil(&mut faults);
                return Err(ReceiveError::Invalid(faults));
            }
            other => other?,
        };
        let elements = &mut decoded.elements;
        mapping.veil(&mut decoded.faults);
        mapping.veil(elements.iter_mut().flat_map(|element| &mut element.faults));
        reference.clone_from(&decoded.envelope.reference);
        let envelope = &decoded.envelope;
        for (named, place) in envelope.sender.iter().chain(&envelope.inner_sender) {
            if directory.find(named).map(|org| &org.code) != Some(&push.sender) {
                decoded.faults.push(faults::other_sender(place.clone()));
            }
        }
        if decoded.faults.iter().any(Fault::refuses) {
            for element in &mut decoded.elements {
                let unknown = unknown_uitvoerders(&directory, element);
                element.faults.extend(unknown);
            }
            return Err(ReceiveError::Invalid(all_faults(decoded)));
        }
        let mut judged = None;
        if !mapping.answers().is_empty() {
            let retour = self.judge_retour(&push.sender, &mapping, &mut decoded);
            judged = Some(retour.await?);
            decoded.elements.clear();
        } else if decoded.elements.is_empty() {
            return Err(ReceiveError::Invalid(vec![faults::empty()]));
        }
        let mut remarks = decoded.faults;
        let reference = decoded
            .envelope
            .reference
            .or(push.idempotency_key)
            .ok_or(ReceiveError::NoReference)?;
        let sent_at = decoded
            .envelope
            .sent_at
            .or(push.sent_at)
            .unwrap_or(received_at);
        check_envelope(&reference, sent_at, received_at)?;
        let id = parts.ids.next(received_at);
        let original = parts
            .sealer
            .seal(&original_context(id), &push.body)
            .map_err(|_| ReceiveError::Unavailable)?;
        remarks.retain(|fault| !fault.refuses());
        Ok(Prepared {
            id,
            sender,
            actor: push.actor,
            content_hash: content_hash(&[push.soort.as_bytes(), &push.body]),
            soort: push.soort,
            content_type: push.content_type,
            reference,
            revision: revision_of(&mapping),
            mapping,
            elements: decoded.elements,
            remarks,
            sent_at,
            received_at,
            mapped_at: parts.clock.now(),
            original,
            traceparent: push.traceparent,
            judged,
        })
    }

    pub(crate) fn inbound(
        &self,
        sender: &OrgCode,
        soort: &str,
    ) -> Result<Arc<Mapping>, ReceiveError> {
        let library = &self.parts.library;
        let mapping = if soort == library.canonical().id().1 {
            Some(library.canonical())
        } else {
            library.inbound(sender.as_str(), soort)
        };
        mapping
            .filter(|mapping| mapping.direction() != Direction::Out)
            .cloned()
            .ok_or(ReceiveError::UnknownSoort)
    }

    /// Bytes to a tree.
    pub(crate) async fn document(
        &self,
        mapping: &Arc<Mapping>,
        body: &Bytes,
    ) -> Result<Document, ReceiveError> {
        let parts = &self.parts;
        if *mapping.wire() == Wire::Excel {
            let read = parts.workbooks.read(body.clone(), &parts.limits).await;
            read.map_err(unread)
        } else if body.len() >= HEAVY_BYTES {
            let (mapping, body, limits) = (mapping.clone(), body.clone(), parts.limits.clone());
            let decode = move || adapters::decode_apart(&body, mapping.wire(), &limits);
            tokio::task::spawn_blocking(decode)
                .await
                .map_err(|_| ReceiveError::Unavailable)?
                .map_err(ReceiveError::Invalid)
        } else {
            adapters::decode_apart(body, mapping.wire(), &parts.limits)
                .map_err(ReceiveError::Invalid)
        }
    }

    /// Bytes to checked elements; every fault is with its element.
    async fn decode(&self, mapping: &Arc<Mapping>, body: &Bytes) -> Result<Decoded, ReceiveError> {
        let parts = &self.parts;
        if mapping.book().is_some() {
            return self.decode_workbook(mapping.clone(), body).await;
        }
        let document = self.document(mapping, body).await?;
        if body.len() >= HEAVY_BYTES {
            let (mapping, schemas) = (mapping.clone(), parts.schemas.clone());
            tokio::task::spawn_blocking(move || read(&mapping, &document, &schemas))
                .await
                .map_err(|_| ReceiveError::Unavailable)
        } else {
            Ok(read(mapping, &document, &parts.schemas))
        }
    }

    /// The same for a workbook, which is never held as a tree: its rows are mapped as they come.
    async fn decode_workbook(
        &self,
        mapping: Arc<Mapping>,
        body: &Bytes,
    ) -> Result<Decoded, ReceiveError> {
        let parts = &self.parts;
        let length = body.len() as u64;
        let opened = parts.workbooks.open(&**body, length, &parts.limits).await;
        let mut workbook = opened.map_err(unread)?;
        let (names, hidden) = (workbook.sheets().to_vec(), workbook.hidden().to_vec());
        let (give, mut take) = tokio::sync::mpsc::channel::<Rows>(BLOCKS);
        let (ask, asked) = tokio::sync::oneshot::channel();
        let schemas = parts.schemas.clone();
        let map = tokio::task::spawn_blocking(move || {
            let mut book = mapping.book()?;
            ask.send(book.choose(&names, &hidden)).ok()?;
            let mut all = Decoded::default();
            while let Some(Rows { sheet, rows }) = take.blocking_recv() {
                all.append(book.rows(sheet, rows));
            }
            all.append(book.end());
            // as of a document that is refused before a row is read
            if all.faults.iter().any(Fault::refuses) {
                all.elements.clear();
                all.envelope = Envelope::default();
            }
            judge(&mapping, &mut all.elements, &schemas);
            Some(all)
        });
        let sheets = asked.await.map_err(|_| ReceiveError::Unavailable)?;
        workbook.choose(&sheets).await.map_err(unread)?;
        while let Some(rows) = workbook.next().await.map_err(unread)? {
            give.send(rows)
                .await
                .map_err(|_| ReceiveError::Unavailable)?;
        }
        // The next one may have its turn, and no more rows come.
        drop((workbook, give));
        let decoded = map.await.map_err(|_| ReceiveError::Unavailable)?;
        decoded.ok_or(ReceiveError::Unavailable)
    }
}

fn unread(error: ReadError) -> ReceiveError {
    match error {
        ReadError::Faults(faults) => ReceiveError::Invalid(faults),
        ReadError::Unavailable(_) => ReceiveError::Unavailable,
    }
}

/// Holds a reference and a moment of sending to what can be ordered and found again.
fn check_envelope(reference: &str, sent_at: Timestamp, now: Timestamp) -> Result<(), ReceiveError> {
    let mut found = Vec::new();
    let length = reference.chars().count();
    if length == 0 || length > REFERENCE_MAX || reference.chars().any(char::is_control) {
        found.push(faults::bad_reference(REFERENCE_MAX));
    }
    let latest = now.checked_add(AHEAD_MAX).unwrap_or(now);
    if sent_at > latest {
        found.push(faults::sent_in_the_future());
    }
    if found.is_empty() {
        Ok(())
    } else {
        Err(ReceiveError::Invalid(found))
    }
}

/// The sealing context of a message's original bytes.
pub(crate) fn original_context(message: Uuid) -> String {
    format!("original:{message}")
}

/// Reads a document by a mapping and checks every element against the schemas and against the others.
#[must_use]
pub fn read(mapping: &Mapping, document: &Document, schemas: &Schemas) -> Decoded {
    let mut decoded = mapping.decode(document);
    judge(mapping, &mut decoded.elements, schemas);
    decoded
}

/// Checks all elements of a file against the schemas and against each other.
fn judge(mapping: &Mapping, elements: &mut [Element], schemas: &Schemas) {
    check_each(mapping, elements, schemas);
    refuse_other_totals(elements);
    if let elements @ [_, _, ..] = &mut *elements {
        let mut bsns = Bsns::default();
        for element in elements.iter() {
            bsns.see(element);
        }
        bsns.refuse(elements);
    }
}

/// Whether elements that a mapping reads can be judged one by one, and for their BSNs ([`Bsns`]): not the lines of a
/// claim, which make up a total together.
#[must_use]
pub fn judged_apart(mapping: &Mapping) -> bool {
    !mapping.fills(Kind::Declaratie)
}

/// Checks elements, each on its own, against the schemas.
pub fn check_each(mapping: &Mapping, elements: &mut [Element], schemas: &Schemas) {
    for element in elements {
        check(mapping, element, schemas);
    }
}

fn check(mapping: &Mapping, element: &mut Element, schemas: &Schemas) {
    let mut found = Vec::new();
    for (kind, record) in &element.bundle.records {
        let is_suspect = |attribute: &_, text: &_| suspicion(attribute, text).is_some();
        let (violations, any_suspect) =
            schemas.validate_texts(*kind, record, Completeness::Partial, is_suspect);
        for violation in violations {
            if violation.code == REQUIRED && element.is_refused_at(*kind, &violation.pointer) {
                continue;
            }
            found.push(Fault {
                code: violation.code.into(),
                severity: crate::document::Severity::Refused,
                place: mapping.place_of(element, *kind, &violation.pointer),
                sentence: violation.sentence,
                times: 1,
            });
        }
        if !any_suspect {
            continue;
        }
        for attribute in schemas.attributes(*kind) {
            if !holds_text(attribute) {
                continue;
            }
            for (pointer, text) in texts(record, &attribute.path) {
                if suspicion(attribute, text).is_some() {
                    found.push(faults::text_held(element.place_of(*kind, &pointer)));
                }
            }
        }
    }
    element.faults.extend(found);
}

/// The texts at a schema path (`doelen/*/omschrijving`), each with its pointer.
fn texts<'a>(record: &'a crate::canonical::Record, path: &str) -> Vec<(String, &'a str)> {
    fn walk<'a>(
        value: &'a Value,
        mut steps: std::str::Split<'_, char>,
        pointer: String,
        out: &mut Vec<(String, &'a str)>,
    ) {
        let Some(step) = steps.next() else {
            if let Value::String(text) = value {
                out.push((pointer, text));
            }
            return;
        };
        match (step, value) {
            ("*", Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    walk(item, steps.clone(), format!("{pointer}/{index}"), out);
                }
            }
            (name, Value::Object(members)) => {
                if let Some(member) = members.get(name) {
                    walk(member, steps, format!("{pointer}/{name}"), out);
                }
            }
            _ => {}
        }
    }
    let mut out = Vec::new();
    let mut steps = path.split('/');
    if let Some(first) = steps.next()
        && let Some(value) = record.get(first)
    {
        walk(value, steps, format!("/{first}"), &mut out);
    }
    out
}

/// A claim whose lines do not make up the total it names (domain 2.11): nobody can know which of the two is right, so no
/// line is taken. Where a line cannot be read, that is said of the line, and the total is not looked at. A line that is
/// there twice, under one reference, is one line.
fn refuse_other_totals(elements: &mut [Element]) {
    let number = |element: &Element, attribute: &str| {
        let record = element.bundle.record(Kind::Declaratie)?;
        record.get(attribute)?.as_u64()
    };
    let mut claims: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, element) in elements.iter().enumerate() {
        if let Some(claim) = element.bundle.text(Kind::Declaratie, "nummer") {
            claims.entry(claim.to_owned()).or_default().push(index);
        }
    }
    for lines in claims.into_values() {
        let amounts: Option<BTreeSet<(Option<&str>, u64)>> = lines
            .iter()
            .map(|line| {
                let element = &elements[*line];
                let reference = element.bundle.text(Kind::Declaratie, "referentie");
                Some((reference, number(element, "bedrag")?))
            })
            .collect();
        let Some(amounts) = amounts else { continue };
        let amounts = amounts.into_iter().map(|(_, amount)| amount);
        let total = amounts.fold(0, u64::saturating_add);
        for line in lines {
            let named = number(&elements[line], "totaalBedrag");
            if named.is_some_and(|named| named != total) {
                let place = elements[line].place_of(Kind::Declaratie, "/totaalBedrag");
                elements[line].faults.push(faults::other_total(place));
            }
        }
    }
}

fn all_faults(decoded: Decoded) -> Vec<Fault> {
    let of_elements = decoded
        .elements
        .into_iter()
        .flat_map(|element| element.faults);
    decoded.faults.into_iter().chain(of_elements).collect()
}

/// How a mapping and its revision are named in records, answers and messages: `uwv/sonar@3f2a…`.
pub(super) fn revision_of(mapping: &Mapping) -> String {
    let (organisatie, soort) = mapping.id();
    let revision = mapping.revision();
    if organisatie.is_empty() {
        format!("{soort}@{revision}")
    } else {
        format!("{organisatie}/{soort}@{revision}")
    }
}
