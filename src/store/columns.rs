//! Rows of either database, read by column name into what the gateway keeps.

use super::AuditRow;
use super::Delivery;
use super::DeliveryState;
use super::IdentityKey;
use super::IdentityRow;
use super::KeyRow;
use super::Link;
use super::MessageSummary;
use super::MessageView;
use super::Original;
use super::OutboxItem;
use super::ProposalRow;
use super::ProposalState;
use super::Rejection;
use super::SeenMessage;
use super::StoreError;
use super::StoreResult;
use super::StoredRecord;
use super::VersionRow;
use super::WebhookRow;
use super::failure::failed;
use super::id::Id;
use crate::canonical::Kind;
use crate::canonical::OrgCode;
use jiff::Timestamp;
use sqlx::Row;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

/// A row, by column name.
pub(super) trait Columns {
    fn text(&self, name: &str) -> StoreResult<String>;
    fn text_if(&self, name: &str) -> StoreResult<Option<String>>;
    fn number(&self, name: &str) -> StoreResult<i64>;
    fn number_if(&self, name: &str) -> StoreResult<Option<i64>>;
    fn bytes(&self, name: &str) -> StoreResult<Vec<u8>>;
    fn bytes_if(&self, name: &str) -> StoreResult<Option<Vec<u8>>>;
    fn flag(&self, name: &str) -> StoreResult<bool>;
    fn id(&self, name: &str) -> StoreResult<Uuid>;
    fn id_if(&self, name: &str) -> StoreResult<Option<Uuid>>;

    fn time(&self, name: &str) -> StoreResult<Timestamp> {
        moment(self.number(name)?, name)
    }

    fn time_if(&self, name: &str) -> StoreResult<Option<Timestamp>> {
        self.number_if(name)?.map(|at| moment(at, name)).transpose()
    }

    fn count(&self, name: &str) -> StoreResult<u32> {
        u32::try_from(self.number(name)?).map_err(|_| corrupt(name))
    }

    fn org(&self, name: &str) -> StoreResult<OrgCode> {
        OrgCode::parse(&self.text(name)?).map_err(|_| corrupt(name))
    }

    fn kind(&self, name: &str) -> StoreResult<Kind> {
        Kind::parse(&self.text(name)?).ok_or_else(|| corrupt(name))
    }

    fn state(&self, name: &str) -> StoreResult<DeliveryState> {
        DeliveryState::parse(&self.text(name)?).ok_or_else(|| corrupt(name))
    }
}

macro_rules! columns_of {
    ($row:ty) => {
        impl Columns for $row {
            fn text(&self, name: &str) -> StoreResult<String> {
                self.try_get(name).map_err(failed)
            }
            fn text_if(&self, name: &str) -> StoreResult<Option<String>> {
                self.try_get(name).map_err(failed)
            }
            fn number(&self, name: &str) -> StoreResult<i64> {
                self.try_get(name).map_err(failed)
            }
            fn number_if(&self, name: &str) -> StoreResult<Option<i64>> {
                self.try_get(name).map_err(failed)
            }
            fn bytes(&self, name: &str) -> StoreResult<Vec<u8>> {
                self.try_get(name).map_err(failed)
            }
            fn bytes_if(&self, name: &str) -> StoreResult<Option<Vec<u8>>> {
                self.try_get(name).map_err(failed)
            }
            fn flag(&self, name: &str) -> StoreResult<bool> {
                self.try_get(name).map_err(failed)
            }
            fn id(&self, name: &str) -> StoreResult<Uuid> {
                self.try_get::<Id, _>(name).map(|id| id.0).map_err(failed)
            }
            fn id_if(&self, name: &str) -> StoreResult<Option<Uuid>> {
                let id: Option<Id> = self.try_get(name).map_err(failed)?;
                Ok(id.map(|id| id.0))
            }
        }
    };
}
columns_of!(SqliteRow);
columns_of!(PgRow);

fn corrupt(name: &str) -> StoreError {
    StoreError::Corrupt(format!("column {name}"))
}

/// A moment as it is kept. Finer than a microsecond is not kept.
pub(super) fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

fn moment(at: i64, name: &str) -> StoreResult<Timestamp> {
    Timestamp::from_microsecond(at).map_err(|_| corrupt(name))
}

/// Reads every row with one of the functions below.
pub(super) fn all<R, T>(rows: &[R], read: impl Fn(&R) -> StoreResult<T>) -> StoreResult<Vec<T>> {
    rows.iter().map(read).collect()
}

pub(super) fn just_id(row: &impl Columns) -> StoreResult<Uuid> {
    row.id("id")
}

pub(super) fn seen(row: &impl Columns) -> StoreResult<SeenMessage> {
    Ok(SeenMessage {
        sender: row.org("sender")?,
        reference: row.text("reference")?,
        id: row.id("id")?,
        content_hash: row.bytes("content_hash")?,
        answer_status: status(row)?,
        answer: row.text("answer")?,
    })
}

fn status(row: &impl Columns) -> StoreResult<u16> {
    u16::try_from(row.number("answer_status")?).map_err(|_| corrupt("answer_status"))
}

pub(super) fn identity(row: &impl Columns) -> StoreResult<IdentityRow> {
    Ok(IdentityRow {
        key: IdentityKey {
            kind: row.kind("kind")?,
            scheme: row.text("scheme")?,
            value: row.bytes("value")?,
        },
        issuer: row.text("issuer")?,
        record: row.id("record")?,
    })
}

pub(super) fn record(row: &impl Columns) -> StoreResult<StoredRecord> {
    Ok(StoredRecord {
        kind: row.kind("kind")?,
        id: row.id("id")?,
        version: row.number("version")?,
        doc: row.text("doc")?,
        sources: row.text("sources")?,
    })
}

pub(super) fn link(row: &impl Columns) -> StoreResult<Link> {
    Ok(Link {
        kandidaat: row.id("kandidaat")?,
        kind: row.kind("kind")?,
        record: row.id("record")?,
        opdrachtgever: row.org("opdrachtgever")?,
        uitvoerder: row.org("uitvoerder")?,
    })
}

pub(super) fn version(row: &impl Columns) -> StoreResult<VersionRow> {
    Ok(VersionRow {
        kind: row.kind("kind")?,
        record: row.id("record")?,
        version: row.number("version")?,
        message: row.id("message")?,
        sent_at: row.time("sent_at")?,
        stored_at: row.time("stored_at")?,
        applied: row.flag("applied")?,
        doc: row.text("doc")?,
        provenance: row.text("provenance")?,
    })
}

pub(super) fn proposal(row: &impl Columns) -> StoreResult<ProposalRow> {
    Ok(ProposalRow {
        id: row.id("id")?,
        record: row.id("record")?,
        kind: row.kind("kind")?,
        kandidaat: row.id("kandidaat")?,
        attribute: row.text("attribute")?,
        value: row.text("value")?,
        proposer: row.org("proposer")?,
        message: row.id("message")?,
        sent_at: row.time("sent_at")?,
        at: row.time("at")?,
        state: ProposalState::parse(&row.text("state")?).ok_or_else(|| corrupt("state"))?,
        settled_at: row.time_if("settled_at")?,
        settled_by: row
            .text_if("settled_by")?
            .map(|code| OrgCode::parse(&code).map_err(|_| corrupt("settled_by")))
            .transpose()?,
    })
}

pub(super) fn bsn(row: &impl Columns) -> StoreResult<(Uuid, Vec<u8>)> {
    Ok((row.id("kandidaat")?, row.bytes("sealed")?))
}

pub(super) fn summary(row: &impl Columns) -> StoreResult<MessageSummary> {
    Ok(MessageSummary {
        id: row.id("id")?,
        reference: row.text("reference")?,
        soort: row.text("soort")?,
        received_at: row.time("received_at")?,
        taken: row.count("taken")?,
        refused: row.count("refused")?,
    })
}

pub(super) fn message(row: &impl Columns, deliveries: Vec<Delivery>) -> StoreResult<MessageView> {
    Ok(MessageView {
        summary: summary(row)?,
        mapping: row.text("mapping")?,
        sent_at: row.time("sent_at")?,
        mapped_at: row.time("mapped_at")?,
        stored_at: row.time("stored_at")?,
        answer_status: status(row)?,
        answer: row.text("answer")?,
        deliveries,
    })
}

pub(super) fn original(row: &impl Columns) -> StoreResult<Original> {
    Ok(Original {
        sender: row.org("sender")?,
        soort: row.text("soort")?,
        content_type: row.text("content_type")?,
        sealed: row.bytes("original")?,
    })
}

pub(super) fn outbox_item(row: &impl Columns) -> StoreResult<OutboxItem> {
    Ok(OutboxItem {
        id: row.id("id")?,
        recipient: row.org("recipient")?,
        traceparent: row.text("traceparent")?,
    })
}

/// A delivery in a list.
pub(super) fn delivery(row: &impl Columns) -> StoreResult<Delivery> {
    let records = row.bytes("records")?;
    Ok(Delivery {
        id: row.id("id")?,
        recipient: row.org("recipient")?,
        sender: row.org("sender")?,
        message: row.id("message")?,
        soort: row.text("soort")?,
        records: unpack(&records).ok_or_else(|| corrupt("records"))?,
        state: row.state("state")?,
        attempts: row.count("attempts")?,
        next_at: row.time("next_at")?,
        claimed_until: row.time_if("claimed_until")?,
        lease_token: row.id_if("lease_token")?,
        reason: row.text_if("reason")?,
        content_type: row.text_if("content_type")?,
        content: None,
        traceparent: row.text("traceparent")?,
        created_at: row.time("created_at")?,
        published_at: row.time_if("published_at")?,
        ready_at: row.time_if("ready_at")?,
        settled_at: row.time_if("settled_at")?,
        rejected: row
            .text_if("rejected")?
            .map(|list| serde_json::from_str(&list).map_err(|_| corrupt("rejected")))
            .transpose()?,
    })
}

/// What a recipient rejected, as one value.
pub(super) fn pack_rejected(rejected: &[Rejection]) -> String {
    serde_json::json!(rejected).to_string()
}

/// A delivery with its content, when it has any.
pub(super) fn delivery_with_content(row: &impl Columns) -> StoreResult<Delivery> {
    let content = row.bytes_if("content")?;
    Ok(Delivery {
        content,
        ..delivery(row)?
    })
}

/// Ids as one value, 16 bytes each.
pub(super) fn pack(ids: &[Uuid]) -> Vec<u8> {
    ids.iter().flat_map(|id| *id.as_bytes()).collect()
}

fn unpack(packed: &[u8]) -> Option<Vec<Uuid>> {
    let (ids, rest) = packed.as_chunks::<16>();
    rest.is_empty()
        .then(|| ids.iter().map(|id| Uuid::from_bytes(*id)).collect())
}

/// Scopes as one value: a JSON list.
pub(super) fn pack_scopes(scopes: &[String]) -> String {
    serde_json::Value::from(scopes.to_vec()).to_string()
}

pub(super) fn key(row: &impl Columns) -> StoreResult<KeyRow> {
    Ok(KeyRow {
        id: row.id("id")?,
        org: row.org("org")?,
        name: row.text("name")?,
        hash: row.bytes("hash")?,
        scopes: serde_json::from_str(&row.text("scopes")?).map_err(|_| corrupt("scopes"))?,
        created_at: row.time("created_at")?,
        expires_at: row.time_if("expires_at")?,
        last_used_at: row.time_if("last_used_at")?,
        revoked_at: row.time_if("revoked_at")?,
    })
}

pub(super) fn webhook(row: &impl Columns) -> StoreResult<(OrgCode, WebhookRow)> {
    Ok((
        row.org("org")?,
        WebhookRow {
            url: row.text("url")?,
            secret: row.bytes("secret")?,
            set_at: row.time("set_at")?,
        },
    ))
}

pub(super) fn audit(row: &impl Columns) -> StoreResult<AuditRow> {
    Ok(AuditRow {
        at: row.time("at")?,
        action: row.text("action")?,
        object: row.text("object")?,
        result: row.text("result")?,
        origin: row.text("origin")?,
        actor: row.text("actor")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_ids_come_back_in_order_and_a_damaged_value_does_not() {
        let ids = vec![Uuid::from_u128(3), Uuid::from_u128(1), Uuid::from_u128(2)];
        assert_eq!(unpack(&pack(&ids)), Some(ids.clone()));
        assert_eq!(unpack(&[]), Some(vec![]));
        assert_eq!(unpack(&pack(&ids)[1..]), None);
    }
}
