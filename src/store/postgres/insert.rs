//! What an intake transaction writes: one statement a table, a column being one array argument.

use super::super::AuditRow;
use super::super::Writes;
use super::super::checks::last_of_each;
use super::super::columns::micros;
use super::super::columns::pack;
use super::super::id::Id;
use super::Statement;
use crate::canonical::OrgCode;

const MESSAGES: &str = "INSERT INTO messages (id, sender, reference, content_hash, soort, mapping, content_type, \
     sent_at, received_at, mapped_at, stored_at, taken, refused, answer_status, answer, traceparent, original) \
     SELECT id, sender, reference, content_hash, soort, mapping, content_type, sent_at, received_at, mapped_at, \
     stored_at, taken, refused, answer_status, answer, traceparent, original \
     FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[], $5::text[], $6::text[], $7::text[], $8::int8[], \
     $9::int8[], $10::int8[], $11::int8[], $12::int8[], $13::int8[], $14::int8[], $15::text[], $16::text[], \
     $17::bytea[]) WITH ORDINALITY t (id, sender, reference, content_hash, soort, mapping, content_type, sent_at, \
     received_at, mapped_at, stored_at, taken, refused, answer_status, answer, traceparent, original, nr) ORDER BY nr";

const RECORDS: &str = "INSERT INTO records (id, kind, version, doc, sources) \
     SELECT * FROM unnest($1::uuid[], $2::text[], $3::int8[], $4::text[], $5::text[]) \
     ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, version = excluded.version, doc = excluded.doc, \
     sources = excluded.sources";

const VERSIONS: &str = "INSERT INTO versions (record, version, kind, message, sent_at, stored_at, applied, doc, \
     provenance) SELECT * FROM unnest($1::uuid[], $2::int8[], $3::text[], $4::uuid[], $5::int8[], $6::int8[], \
     $7::bool[], $8::text[], $9::text[])";

const IDENTITIES: &str = "INSERT INTO identities (value, kind, scheme, issuer, record) \
     SELECT * FROM unnest($1::bytea[], $2::text[], $3::text[], $4::text[], $5::uuid[]) ON CONFLICT DO NOTHING";

const BSNS: &str = "INSERT INTO bsns (kandidaat, sealed) SELECT * FROM unnest($1::uuid[], $2::bytea[]) \
     ON CONFLICT (kandidaat) DO UPDATE SET sealed = excluded.sealed";

const LINKS: &str = "INSERT INTO links (kandidaat, kind, record, opdrachtgever, uitvoerder) \
     SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[]) ON CONFLICT DO NOTHING";

const PROPOSALS: &str = "INSERT INTO proposals (id, record, kind, kandidaat, attribute, value, proposer, message, \
     sent_at, at, state, settled_at, settled_by) SELECT id, record, kind, kandidaat, attribute, value, proposer, \
     message, sent_at, at, state, settled_at, settled_by FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], \
     $5::text[], $6::text[], $7::text[], $8::uuid[], $9::int8[], $10::int8[], $11::text[], $12::int8[], $13::text[]) \
     WITH ORDINALITY t (id, record, kind, kandidaat, attribute, value, proposer, message, sent_at, at, state, \
     settled_at, settled_by, nr) ORDER BY nr ON CONFLICT (id) DO UPDATE SET state = excluded.state, \
     settled_at = excluded.settled_at, settled_by = excluded.settled_by WHERE proposals.state = 'open'";

const DELIVERIES: &str = "INSERT INTO deliveries (id, recipient, sender, message, soort, records, state, attempts, \
     next_at, traceparent, created_at) SELECT id, recipient, sender, message, soort, records, state, attempts, \
     next_at, traceparent, created_at FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::text[], \
     $6::bytea[], $7::text[], $8::int8[], $9::int8[], $10::text[], $11::int8[]) WITH ORDINALITY t (id, recipient, \
     sender, message, soort, records, state, attempts, next_at, traceparent, created_at, nr) ORDER BY nr";

const AUDIT: &str = "INSERT INTO audit (at, action, object, result, origin, actor) \
     SELECT at, action, object, result, origin, actor FROM unnest($1::int8[], $2::text[], $3::text[], $4::text[], \
     $5::text[], $6::text[]) WITH ORDINALITY t (at, action, object, result, origin, actor, nr) ORDER BY nr";

/// The statements of a batch; tables without rows have none.
pub(super) fn statements(writes: &Writes) -> Vec<Statement> {
    [
        some(&writes.messages).map(|_| messages(writes)),
        some(&writes.records).map(|_| records(writes)),
        some(&writes.versions).map(|_| versions(writes)),
        some(&writes.identities).map(|_| identities(writes)),
        some(&writes.bsns).map(|_| bsns(writes)),
        some(&writes.links).map(|_| links(writes)),
        some(&writes.proposals).map(|_| proposals(writes)),
        some(&writes.deliveries).map(|_| deliveries(writes)),
        some(&writes.audit).map(audit),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn some<T>(rows: &[T]) -> Option<&[T]> {
    (!rows.is_empty()).then_some(rows)
}

/// One column of the rows as an array.
fn column<'a, R, T>(rows: &'a [R], value: impl Fn(&'a R) -> T) -> Vec<T> {
    rows.iter().map(value).collect()
}

fn messages(writes: &Writes) -> Statement {
    let rows = &writes.messages;
    sqlx::query(MESSAGES)
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

fn records(writes: &Writes) -> Statement {
    let rows = &last_of_each(&writes.records, |row| row.id);
    sqlx::query(RECORDS)
        .bind(column(rows, |it| Id(it.id)))
        .bind(column(rows, |it| it.kind.as_str()))
        .bind(column(rows, |it| it.version))
        .bind(column(rows, |it| it.doc.as_str()))
        .bind(column(rows, |it| it.sources.as_str()))
}

fn versions(writes: &Writes) -> Statement {
    let rows = &writes.versions;
    sqlx::query(VERSIONS)
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

fn identities(writes: &Writes) -> Statement {
    let rows = &writes.identities;
    sqlx::query(IDENTITIES)
        .bind(column(rows, |it| it.key.value.as_slice()))
        .bind(column(rows, |it| it.key.kind.as_str()))
        .bind(column(rows, |it| it.key.scheme.as_str()))
        .bind(column(rows, |it| it.issuer.as_str()))
        .bind(column(rows, |it| Id(it.record)))
}

fn bsns(writes: &Writes) -> Statement {
    let rows = &last_of_each(&writes.bsns, |row| row.0);
    sqlx::query(BSNS)
        .bind(column(rows, |it| Id(it.0)))
        .bind(column(rows, |it| it.1.as_slice()))
}

fn links(writes: &Writes) -> Statement {
    let rows = &writes.links;
    sqlx::query(LINKS)
        .bind(column(rows, |it| Id(it.kandidaat)))
        .bind(column(rows, |it| it.kind.as_str()))
        .bind(column(rows, |it| Id(it.record)))
        .bind(column(rows, |it| it.opdrachtgever.as_str()))
        .bind(column(rows, |it| it.uitvoerder.as_str()))
}

fn proposals(writes: &Writes) -> Statement {
    let rows = &writes.proposals;
    sqlx::query(PROPOSALS)
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

fn deliveries(writes: &Writes) -> Statement {
    let rows = &writes.deliveries;
    sqlx::query(DELIVERIES)
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

pub(super) fn audit(rows: &[AuditRow]) -> Statement {
    sqlx::query(AUDIT)
        .bind(column(rows, |it| micros(it.at)))
        .bind(column(rows, |it| it.action.as_str()))
        .bind(column(rows, |it| it.object.as_str()))
        .bind(column(rows, |it| it.result.as_str()))
        .bind(column(rows, |it| it.origin.as_str()))
        .bind(column(rows, |it| it.actor.as_str()))
}
