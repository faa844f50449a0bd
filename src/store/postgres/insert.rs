//! What an intake transaction writes: one statement for all tables, a column being one array argument.

use super::super::AuditRow;
use super::super::Delivery;
use super::super::IdentityRow;
use super::super::Link;
use super::super::MessageRow;
use super::super::ProposalRow;
use super::super::StoredRecord;
use super::super::Verdict;
use super::super::VersionRow;
use super::super::Writes;
use super::super::checks::last_of_each;
use super::super::columns::micros;
use super::super::columns::pack;
use super::super::columns::pack_rejected;
use super::super::id::Id;
use super::Statement;
use crate::canonical::OrgCode;
use sqlx::AssertSqlSafe;
use std::sync::LazyLock;
use uuid::Uuid;

/// A table and the columns that arrive as arrays.
struct Table {
    name: &'static str,
    columns: &'static [(&'static str, &'static str)],
    /// Whether the rows are numbered (`seq`) in the order in which they were written.
    ordered: bool,
    conflict: &'static str,
}

const MESSAGES: Table = Table {
    name: "messages",
    columns: &[
        ("id", "uuid"),
        ("sender", "text"),
        ("reference", "text"),
        ("content_hash", "bytea"),
        ("soort", "text"),
        ("mapping", "text"),
        ("content_type", "text"),
        ("sent_at", "int8"),
        ("received_at", "int8"),
        ("mapped_at", "int8"),
        ("stored_at", "int8"),
        ("taken", "int8"),
        ("refused", "int8"),
        ("answer_status", "int8"),
        ("answer", "text"),
        ("traceparent", "text"),
        ("original", "bytea"),
    ],
    ordered: true,
    conflict: "",
};

const RECORDS: Table = Table {
    name: "records",
    columns: &[
        ("id", "uuid"),
        ("kind", "text"),
        ("version", "int8"),
        ("doc", "text"),
        ("sources", "text"),
    ],
    ordered: false,
    conflict: "ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, version = excluded.version, \
         doc = excluded.doc, sources = excluded.sources",
};

const VERSIONS: Table = Table {
    name: "versions",
    columns: &[
        ("record", "uuid"),
        ("version", "int8"),
        ("kind", "text"),
        ("message", "uuid"),
        ("sent_at", "int8"),
        ("stored_at", "int8"),
        ("applied", "bool"),
        ("doc", "text"),
        ("provenance", "text"),
    ],
    ordered: false,
    conflict: "",
};

const IDENTITIES: Table = Table {
    name: "identities",
    columns: &[
        ("value", "bytea"),
        ("kind", "text"),
        ("scheme", "text"),
        ("issuer", "text"),
        ("record", "uuid"),
    ],
    ordered: false,
    conflict: "ON CONFLICT DO NOTHING",
};

const BSNS: Table = Table {
    name: "bsns",
    columns: &[("kandidaat", "uuid"), ("sealed", "bytea")],
    ordered: false,
    conflict: "ON CONFLICT (kandidaat) DO UPDATE SET sealed = excluded.sealed",
};

const LINKS: Table = Table {
    name: "links",
    columns: &[
        ("kandidaat", "uuid"),
        ("kind", "text"),
        ("record", "uuid"),
        ("opdrachtgever", "text"),
        ("uitvoerder", "text"),
    ],
    ordered: false,
    conflict: "ON CONFLICT DO NOTHING",
};

const PROPOSALS: Table = Table {
    name: "proposals",
    columns: &[
        ("id", "uuid"),
        ("record", "uuid"),
        ("kind", "text"),
        ("kandidaat", "uuid"),
        ("attribute", "text"),
        ("value", "text"),
        ("proposer", "text"),
        ("message", "uuid"),
        ("sent_at", "int8"),
        ("at", "int8"),
        ("state", "text"),
        ("settled_at", "int8"),
        ("settled_by", "text"),
    ],
    ordered: true,
    conflict: "ON CONFLICT (id) DO UPDATE SET state = excluded.state, settled_at = excluded.settled_at, \
         settled_by = excluded.settled_by WHERE proposals.state = 'open'",
};

const DELIVERIES: Table = Table {
    name: "deliveries",
    columns: &[
        ("id", "uuid"),
        ("recipient", "text"),
        ("sender", "text"),
        ("message", "uuid"),
        ("soort", "text"),
        ("records", "bytea"),
        ("state", "text"),
        ("attempts", "int8"),
        ("next_at", "int8"),
        ("traceparent", "text"),
        ("created_at", "int8"),
    ],
    ordered: true,
    conflict: "",
};

const AUDIT: Table = Table {
    name: "audit",
    columns: &[
        ("at", "int8"),
        ("action", "text"),
        ("object", "text"),
        ("result", "text"),
        ("origin", "text"),
        ("actor", "text"),
    ],
    ordered: true,
    conflict: "",
};

/// Every table of a batch, in the order in which [`write`] gives the columns.
static BATCH: LazyLock<String> = LazyLock::new(|| {
    let tables = [
        MESSAGES, RECORDS, VERSIONS, IDENTITIES, BSNS, LINKS, PROPOSALS, DELIVERIES,
    ];
    let mut given = 0;
    let mut parts = vec!["turn AS (UPDATE turns SET number = number + 1 WHERE one = 1)".to_owned()];
    for table in &tables {
        parts.push(format!(
            "in_{} AS ({})",
            table.name,
            table.insert(&mut given)
        ));
    }
    parts.push(format!("said AS ({})", verdict(&mut given)));
    format!("WITH {} {}", parts.join(", "), AUDIT.insert(&mut given))
});

/// What recipients say of deliveries that are there already. `given` as for a table.
fn verdict(given: &mut usize) -> String {
    let of = ["uuid", "text", "text", "text", "text", "int8"];
    let arrays = of.map(|of| {
        *given += 1;
        format!("${given}::{of}[]")
    });
    format!(
        "UPDATE deliveries d SET claimed_until = NULL, state = v.state, reason = v.reason, rejected = v.rejected, \
         settled_at = v.at FROM unnest({}) v (id, recipient, state, reason, rejected, at) \
         WHERE d.id = v.id AND d.recipient || '' = v.recipient",
        arrays.join(", ")
    )
}

static ONLY_AUDIT: LazyLock<String> = LazyLock::new(|| AUDIT.insert(&mut 0));

impl Table {
    /// `given` counts the arguments before these.
    fn insert(&self, given: &mut usize) -> String {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| *name).collect();
        let arrays: Vec<String> = self
            .columns
            .iter()
            .map(|(_, of)| {
                *given += 1;
                format!("${given}::{of}[]")
            })
            .collect();
        let (name, names, arrays) = (self.name, names.join(", "), arrays.join(", "));
        let order = if self.ordered { "ORDER BY nr" } else { "" };
        let conflict = self.conflict;
        format!(
            "INSERT INTO {name} ({names}) SELECT {names} FROM unnest({arrays}) WITH ORDINALITY t ({names}, nr) \
             {order} {conflict}"
        )
    }
}

/// Everything a batch writes, as one statement: one journey to the database, whatever it holds.
pub(super) fn write(writes: &Writes) -> Statement {
    let statement = sqlx::query(AssertSqlSafe(BATCH.as_str()));
    let statement = messages(statement, &writes.messages);
    let statement = records(statement, &last_of_each(&writes.records, |row| row.id));
    let statement = versions(statement, &writes.versions);
    let statement = identities(statement, &writes.identities);
    let statement = bsns(statement, &last_of_each(&writes.bsns, |row| row.0));
    let statement = links(statement, &writes.links);
    let statement = proposals(statement, &writes.proposals);
    let statement = deliveries(statement, &writes.deliveries);
    let verdicts = last_of_each(&writes.verdicts, |row| row.delivery);
    let statement = verdicts_of(statement, &verdicts);
    audited(statement, &writes.audit)
}

/// Audit entries of their own.
pub(super) fn audit(rows: &[AuditRow]) -> Statement {
    audited(sqlx::query(AssertSqlSafe(ONLY_AUDIT.as_str())), rows)
}

/// One column of the rows as an array.
fn column<'a, R, T>(rows: &'a [R], value: impl Fn(&'a R) -> T) -> Vec<T> {
    rows.iter().map(value).collect()
}

fn messages(statement: Statement, rows: &[MessageRow]) -> Statement {
    statement
        .bind(column(rows, |it| Id(it.id)))
        .bind(column(rows, |it| it.sender.as_str()))
        .bind(column(rows, |it| it.reference.as_str()))
        .bind(column(rows, |it| it.content_hash.as_slice()))
        .bind(column(rows, |it| it.soort.as_str()))
        .bind(column(rows, |it| it.mapping.as_str()))
        .bind(column(rows, |it| it.content_type.as_str()))
        .bind(column(rows, |it| micros(it.sent_at)))
        .bind(column(rows, |it| micros(it.received_at)))
        .bind(column(rows, |it| micros(it.mapped_at)))
        .bind(column(rows, |it| micros(it.stored_at)))
        .bind(column(rows, |it| i64::from(it.taken)))
        .bind(column(rows, |it| i64::from(it.refused)))
        .bind(column(rows, |it| i64::from(it.answer_status)))
        .bind(column(rows, |it| it.answer.as_str()))
        .bind(column(rows, |it| it.traceparent.as_str()))
        .bind(column(rows, |it| it.original.as_slice()))
}

fn records(statement: Statement, rows: &[&StoredRecord]) -> Statement {
    statement
        .bind(column(rows, |it| Id(it.id)))
        .bind(column(rows, |it| it.kind.as_str()))
        .bind(column(rows, |it| it.version))
        .bind(column(rows, |it| it.doc.as_str()))
        .bind(column(rows, |it| it.sources.as_str()))
}

fn versions(statement: Statement, rows: &[VersionRow]) -> Statement {
    statement
        .bind(column(rows, |it| Id(it.record)))
        .bind(column(rows, |it| it.version))
        .bind(column(rows, |it| it.kind.as_str()))
        .bind(column(rows, |it| Id(it.message)))
        .bind(column(rows, |it| micros(it.sent_at)))
        .bind(column(rows, |it| micros(it.stored_at)))
        .bind(column(rows, |it| it.applied))
        .bind(column(rows, |it| it.doc.as_str()))
        .bind(column(rows, |it| it.provenance.as_str()))
}

fn identities(statement: Statement, rows: &[IdentityRow]) -> Statement {
    statement
        .bind(column(rows, |it| it.key.value.as_slice()))
        .bind(column(rows, |it| it.key.kind.as_str()))
        .bind(column(rows, |it| it.key.scheme.as_str()))
        .bind(column(rows, |it| it.issuer.as_str()))
        .bind(column(rows, |it| Id(it.record)))
}

fn bsns(statement: Statement, rows: &[&(Uuid, Vec<u8>)]) -> Statement {
    statement
        .bind(column(rows, |it| Id(it.0)))
        .bind(column(rows, |it| it.1.as_slice()))
}

fn links(statement: Statement, rows: &[Link]) -> Statement {
    statement
        .bind(column(rows, |it| Id(it.kandidaat)))
        .bind(column(rows, |it| it.kind.as_str()))
        .bind(column(rows, |it| Id(it.record)))
        .bind(column(rows, |it| it.opdrachtgever.as_str()))
        .bind(column(rows, |it| it.uitvoerder.as_str()))
}

fn proposals(statement: Statement, rows: &[ProposalRow]) -> Statement {
    statement
        .bind(column(rows, |it| Id(it.id)))
        .bind(column(rows, |it| Id(it.record)))
        .bind(column(rows, |it| it.kind.as_str()))
        .bind(column(rows, |it| Id(it.kandidaat)))
        .bind(column(rows, |it| it.attribute.as_str()))
        .bind(column(rows, |it| it.value.as_str()))
        .bind(column(rows, |it| it.proposer.as_str()))
        .bind(column(rows, |it| Id(it.message)))
        .bind(column(rows, |it| micros(it.sent_at)))
        .bind(column(rows, |it| micros(it.at)))
        .bind(column(rows, |it| it.state.as_str()))
        .bind(column(rows, |it| it.settled_at.map(micros)))
        .bind(column(rows, |it| {
            it.settled_by.as_ref().map(OrgCode::as_str)
        }))
}

fn deliveries(statement: Statement, rows: &[Delivery]) -> Statement {
    statement
        .bind(column(rows, |it| Id(it.id)))
        .bind(column(rows, |it| it.recipient.as_str()))
        .bind(column(rows, |it| it.sender.as_str()))
        .bind(column(rows, |it| Id(it.message)))
        .bind(column(rows, |it| it.soort.as_str()))
        .bind(column(rows, |it| pack(&it.records)))
        .bind(column(rows, |it| it.state.as_str()))
        .bind(column(rows, |it| i64::from(it.attempts)))
        .bind(column(rows, |it| micros(it.next_at)))
        .bind(column(rows, |it| it.traceparent.as_str()))
        .bind(column(rows, |it| micros(it.created_at)))
}

fn verdicts_of(statement: Statement, rows: &[&Verdict]) -> Statement {
    statement
        .bind(column(rows, |it| Id(it.delivery)))
        .bind(column(rows, |it| it.recipient.as_str()))
        .bind(column(rows, |it| it.state().as_str()))
        .bind(column(rows, |it| it.refusal.as_deref()))
        .bind(column(rows, |it| pack_rejected(&it.rejected)))
        .bind(column(rows, |it| micros(it.at)))
}

fn audited(statement: Statement, rows: &[AuditRow]) -> Statement {
    statement
        .bind(column(rows, |it| micros(it.at)))
        .bind(column(rows, |it| it.action.as_str()))
        .bind(column(rows, |it| it.object.as_str()))
        .bind(column(rows, |it| it.result.as_str()))
        .bind(column(rows, |it| it.origin.as_str()))
        .bind(column(rows, |it| it.actor.as_str()))
}
