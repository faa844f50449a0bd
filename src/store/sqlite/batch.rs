//! Many rows in one statement. A statement costs a trip to the database's thread, so a batch is a few statements of
//! many rows: `INSERT` with a row of arguments each, and lists to search by as one JSON argument.

use super::super::AuditRow;
use super::super::IdentityKey;
use super::super::StoreResult;
use super::super::Verdict;
use super::super::Writes;
use super::super::checks::last_of_each;
use super::super::columns::micros;
use super::super::columns::pack;
use super::super::columns::pack_rejected;
use super::super::failure::failed;
use super::super::id::Id;
use super::super::settling;
use crate::canonical::OrgCode;
use jiff::Timestamp;
use sqlx::QueryBuilder;
use sqlx::Sqlite;
use sqlx::SqliteConnection;
use sqlx::query_builder::Separated;
use std::fmt::Write as _;
use uuid::Uuid;

/// Arguments in one statement: `SQLite` takes 32,766.
const ARGUMENTS_MAX: usize = 30_000;

/// Statements that are ready to run.
#[derive(Default)]
pub(super) struct Batch {
    statements: Vec<QueryBuilder<Sqlite>>,
}

impl Batch {
    /// Everything an intake transaction writes.
    pub(super) fn of(writes: &Writes) -> Self {
        let mut batch = Self {
            statements: vec![QueryBuilder::new(
                "UPDATE turns SET number = number + 1 WHERE one = 1",
            )],
        };
        batch.messages(writes);
        batch.records(writes);
        batch.facts(writes);
        batch.deliveries(writes);
        batch.verdicts(&writes.verdicts);
        batch.audit(&writes.audit);
        batch
    }

    /// `insert` names table and columns; `end` is what follows the rows.
    pub(super) fn add<T>(
        &mut self,
        insert: &'static str,
        rows: &[T],
        end: &'static str,
        bind: impl Fn(&mut Separated<'_, Sqlite, &'static str>, &T),
    ) {
        let columns = insert.matches(',').count() + 1;
        for chunk in rows.chunks(ARGUMENTS_MAX / columns) {
            let mut statement = QueryBuilder::new(insert);
            statement.push_values(chunk, |mut row, value| bind(&mut row, value));
            statement.push(end);
            self.statements.push(statement);
        }
    }

    pub(super) async fn execute(self, conn: &mut SqliteConnection) -> StoreResult<()> {
        for mut statement in self.statements {
            // Its text differs with the number of rows: not worth a place in the statement cache.
            statement
                .build()
                .persistent(false)
                .execute(&mut *conn)
                .await
                .map_err(failed)?;
        }
        Ok(())
    }

    fn messages(&mut self, writes: &Writes) {
        self.add(
            "INSERT INTO messages (id, sender, reference, content_hash, soort, mapping, content_type, sent_at, \
             received_at, mapped_at, stored_at, taken, refused, answer_status, answer, traceparent, original) ",
            &writes.messages,
            "",
            |row, it| {
                row.push_bind(Id(it.id))
                    .push_bind(it.sender.as_str())
                    .push_bind(it.reference.as_str())
                    .push_bind(it.content_hash.as_slice())
                    .push_bind(it.soort.as_str())
                    .push_bind(it.mapping.as_str())
                    .push_bind(it.content_type.as_str())
                    .push_bind(micros(it.sent_at))
                    .push_bind(micros(it.received_at))
                    .push_bind(micros(it.mapped_at))
                    .push_bind(micros(it.stored_at))
                    .push_bind(i64::from(it.taken))
                    .push_bind(i64::from(it.refused))
                    .push_bind(i64::from(it.answer_status))
                    .push_bind(it.answer.as_str())
                    .push_bind(it.traceparent.as_str())
                    .push_bind(it.original.as_slice());
            },
        );
    }

    fn records(&mut self, writes: &Writes) {
        self.add(
            "INSERT INTO records (id, kind, version, doc, sources) ",
            &last_of_each(&writes.records, |row| row.id),
            " ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, version = excluded.version, \
             doc = excluded.doc, sources = excluded.sources",
            |row, it| {
                row.push_bind(Id(it.id))
                    .push_bind(it.kind.as_str())
                    .push_bind(it.version)
                    .push_bind(it.doc.as_str())
                    .push_bind(it.sources.as_str());
            },
        );
        self.add(
            "INSERT INTO versions (record, version, kind, message, sent_at, stored_at, applied, doc, provenance) ",
            &writes.versions,
            "",
            |row, it| {
                row.push_bind(Id(it.record))
                    .push_bind(it.version)
                    .push_bind(it.kind.as_str())
                    .push_bind(Id(it.message))
                    .push_bind(micros(it.sent_at))
                    .push_bind(micros(it.stored_at))
                    .push_bind(it.applied)
                    .push_bind(it.doc.as_str())
                    .push_bind(it.provenance.as_str());
            },
        );
    }

    fn facts(&mut self, writes: &Writes) {
        self.add(
            "INSERT INTO identities (value, kind, scheme, issuer, record) ",
            &writes.identities,
            " ON CONFLICT DO NOTHING",
            |row, it| {
                row.push_bind(it.key.value.as_slice())
                    .push_bind(it.key.kind.as_str())
                    .push_bind(it.key.scheme.as_str())
                    .push_bind(it.issuer.as_str())
                    .push_bind(Id(it.record));
            },
        );
        self.add(
            "INSERT INTO bsns (kandidaat, sealed) ",
            &last_of_each(&writes.bsns, |row| row.0),
            " ON CONFLICT (kandidaat) DO UPDATE SET sealed = excluded.sealed",
            |row, it| {
                row.push_bind(Id(it.0)).push_bind(it.1.as_slice());
            },
        );
        self.add(
            "INSERT INTO links (kandidaat, kind, record, opdrachtgever, uitvoerder) ",
            &writes.links,
            " ON CONFLICT DO NOTHING",
            |row, it| {
                row.push_bind(Id(it.kandidaat))
                    .push_bind(it.kind.as_str())
                    .push_bind(Id(it.record))
                    .push_bind(it.opdrachtgever.as_str())
                    .push_bind(it.uitvoerder.as_str());
            },
        );
        self.add(
            "INSERT INTO proposals (id, record, kind, kandidaat, attribute, value, proposer, message, sent_at, at, \
             state, settled_at, settled_by) ",
            &writes.proposals,
            " ON CONFLICT (id) DO UPDATE SET state = excluded.state, settled_at = excluded.settled_at, \
             settled_by = excluded.settled_by WHERE proposals.state = 'open'",
            |row, it| {
                row.push_bind(Id(it.id))
                    .push_bind(Id(it.record))
                    .push_bind(it.kind.as_str())
                    .push_bind(Id(it.kandidaat))
                    .push_bind(it.attribute.as_str())
                    .push_bind(it.value.as_str())
                    .push_bind(it.proposer.as_str())
                    .push_bind(Id(it.message))
                    .push_bind(micros(it.sent_at))
                    .push_bind(micros(it.at))
                    .push_bind(it.state.as_str())
                    .push_bind(it.settled_at.map(micros))
                    .push_bind(it.settled_by.as_ref().map(OrgCode::as_str));
            },
        );
    }

    fn deliveries(&mut self, writes: &Writes) {
        self.add(
            "INSERT INTO deliveries (id, recipient, sender, message, soort, records, state, attempts, next_at, \
             traceparent, created_at) ",
            &writes.deliveries,
            "",
            |row, it| {
                row.push_bind(Id(it.id))
                    .push_bind(it.recipient.as_str())
                    .push_bind(it.sender.as_str())
                    .push_bind(Id(it.message))
                    .push_bind(it.soort.as_str())
                    .push_bind(pack(&it.records))
                    .push_bind(it.state.as_str())
                    .push_bind(i64::from(it.attempts))
                    .push_bind(micros(it.next_at))
                    .push_bind(it.traceparent.as_str())
                    .push_bind(micros(it.created_at));
            },
        );
    }

    fn verdicts(&mut self, verdicts: &[Verdict]) {
        for it in last_of_each(verdicts, |one| one.delivery) {
            let mut statement =
                QueryBuilder::new("UPDATE deliveries SET claimed_until = NULL, state = ");
            statement
                .push_bind(it.state().as_str())
                .push(", reason = ")
                .push_bind(it.refusal.as_deref())
                .push(", rejected = ")
                .push_bind(pack_rejected(&it.rejected))
                .push(", settled_at = ")
                .push_bind(micros(it.at))
                .push(" WHERE id = ")
                .push_bind(Id(it.delivery))
                .push(" AND recipient || '' = ")
                .push_bind(it.recipient.as_str());
            self.statements.push(statement);
        }
    }

    pub(super) fn audit(&mut self, rows: &[AuditRow]) {
        self.add(
            "INSERT INTO audit (at, action, object, result, origin, actor) ",
            rows,
            "",
            |row, it| {
                row.push_bind(micros(it.at))
                    .push_bind(it.action.as_str())
                    .push_bind(it.object.as_str())
                    .push_bind(it.result.as_str())
                    .push_bind(it.origin.as_str())
                    .push_bind(it.actor.as_str());
            },
        );
    }
}

/// A sorted JSON list without doubles, to search by.
fn list<T: serde::Serialize + Ord>(mut items: Vec<T>) -> String {
    items.sort_unstable();
    items.dedup();
    serde_json::json!(items).to_string()
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
            // Writing to a text does not fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// Ids as a JSON list of hexadecimal texts.
pub(super) fn ids(ids: &[Uuid]) -> String {
    list(ids.iter().map(|id| id.simple().to_string()).collect())
}

/// Codes of organisations as a JSON list of texts.
pub(super) fn codes(organisations: &[OrgCode]) -> String {
    list(organisations.iter().map(OrgCode::as_str).collect())
}

pub(super) fn pairs(references: &[(OrgCode, String)]) -> String {
    list(
        references
            .iter()
            .map(|(sender, reference)| (sender.as_str(), reference))
            .collect(),
    )
}

pub(super) fn keys(keys: &[IdentityKey]) -> String {
    list(
        keys.iter()
            .map(|key| (hex(&key.value), key.kind.as_str(), key.scheme.as_str()))
            .collect(),
    )
}

/// Keys and the moments of their last use.
pub(super) fn touched(used: &[(Uuid, Timestamp)]) -> String {
    let used = settling::last_used(used).into_iter();
    list(used.map(|(id, at)| (id.simple().to_string(), at)).collect())
}
