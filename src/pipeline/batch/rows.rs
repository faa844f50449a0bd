//! What a batch reads and writes, as rows of the store.

use crate::pipeline::answer::Answer;
use crate::pipeline::batch::ACCEPTED;
use crate::pipeline::receive::Prepared;
use crate::pipeline::receive::Receipt;
use crate::pipeline::receive::ReceiveError;
use crate::pipeline::view::Entry;
use crate::store::MessageRow;
use crate::store::SeenMessage;
use crate::store::StoreError;
use crate::store::StoredRecord;
use std::collections::HashMap;
use uuid::Uuid;

/// The record as its newest version was written just now; what is not in there is written out here.
pub(super) fn stored(
    id: Uuid,
    entry: &Entry,
    written: &HashMap<(Uuid, i64), &str>,
) -> Result<StoredRecord, StoreError> {
    let corrupt = |_| StoreError::Corrupt(format!("{} {id} cannot be written as JSON", entry.kind));
    let doc = match written.get(&(id, entry.version)) {
        Some(doc) => (*doc).to_owned(),
        None => serde_json::to_string(&entry.record).map_err(corrupt)?,
    };
    Ok(StoredRecord {
        kind: entry.kind,
        id,
        version: entry.version,
        doc,
        sources: serde_json::to_string(&entry.sources).map_err(corrupt)?,
    })
}

pub(super) fn message_row(message: &Prepared, answer: &Answer, now: jiff::Timestamp) -> MessageRow {
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
        answer: serde_json::to_string(answer).unwrap_or_default(),
        original: message.original.clone(),
        traceparent: message.traceparent.clone(),
    }
}

/// A message that was just decided, as a later one of the same batch finds it.
pub(super) fn as_seen(row: &MessageRow) -> SeenMessage {
    SeenMessage {
        sender: row.sender.clone(),
        reference: row.reference.clone(),
        id: row.id,
        content_hash: row.content_hash.clone(),
        answer_status: row.answer_status,
        answer: row.answer.clone(),
    }
}

/// The answer to a reference that was used before.
pub(crate) fn again(earlier: &SeenMessage, content_hash: &[u8]) -> Result<Receipt, ReceiveError> {
    if earlier.content_hash != content_hash {
        return Err(ReceiveError::Conflict {
            earlier: earlier.id,
        });
    }
    let answer = serde_json::from_str(&earlier.answer).map_err(|_| ReceiveError::Internal)?;
    Ok(Receipt {
        id: earlier.id,
        status: earlier.answer_status,
        answer,
        replayed: true,
    })
}
