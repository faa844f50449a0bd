//! Statements that `PostgreSQL` reads and changes in batches, a list being one array argument.
//!
//! A plan is made once per connection, perhaps when the tables are still empty, and kept. So no statement leaves the
//! choice of an index open: a condition that must not be looked up by is written on `column || ''`, which no index has.

use super::super::sql::delivery_columns;
use super::super::sql::proposal_columns;

pub(super) const SEEN: &str = "SELECT m.sender, m.reference, m.id, m.content_hash, m.answer_status, m.answer \
     FROM unnest($1::text[], $2::text[]) w (sender, reference) \
     JOIN messages m ON m.reference = w.reference AND m.sender || '' = w.sender";

pub(super) const IDENTIFY: &str = "SELECT i.kind, i.scheme, i.value, i.issuer, i.record \
     FROM unnest($1::bytea[], $2::text[], $3::text[]) w (value, kind, scheme) \
     JOIN identities i ON i.value = w.value AND i.kind = w.kind AND i.scheme = w.scheme";

/// [`SEEN`], [`IDENTIFY`] and the turn in one journey and of one moment: a row of the turn has no other column, one of
/// a message no `kind`.
pub(super) const LOOK: &str = "SELECT m.sender, m.reference, m.id, m.content_hash, m.answer_status, m.answer, \
     NULL::text AS kind, NULL::text AS scheme, NULL::bytea AS value, NULL::text AS issuer, NULL::uuid AS record, \
     NULL::int8 AS turn FROM unnest($1::text[], $2::text[]) w (sender, reference) \
     JOIN messages m ON m.reference = w.reference AND m.sender || '' = w.sender \
     UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, i.kind, i.scheme, i.value, i.issuer, i.record, NULL \
     FROM unnest($3::bytea[], $4::text[], $5::text[]) w (value, kind, scheme) \
     JOIN identities i ON i.value = w.value AND i.kind = w.kind AND i.scheme = w.scheme \
     UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, number \
     FROM turns WHERE one = 1";

pub(super) const RECORDS: &str =
    "SELECT kind, id, version, doc, sources FROM records WHERE id = ANY($1)";

pub(super) const LINKS: &str = "SELECT kandidaat, kind, record, opdrachtgever, uitvoerder FROM links \
     WHERE kandidaat = ANY($1) ORDER BY kandidaat, kind, record";

pub(super) const PROPOSALS: &str = concat!(
    "SELECT ",
    proposal_columns!(),
    " FROM proposals p WHERE p.record = ANY($1) ORDER BY p.seq"
);

pub(super) const BSNS: &str = "SELECT kandidaat, sealed FROM bsns WHERE kandidaat = ANY($1)";

pub(super) const DELIVERIES: &str = concat!(
    "SELECT ",
    delivery_columns!(),
    ", c.content FROM deliveries d LEFT JOIN contents c ON c.delivery = d.id WHERE d.id = ANY($1) ORDER BY d.seq"
);

pub(super) const OUTBOX_DUE: &str = "SELECT id, recipient, traceparent FROM deliveries \
     WHERE state = 'teVerzenden' AND next_at <= $1 AND recipient <> ALL($3::text[]) ORDER BY seq LIMIT $2";

/// One that went on in the meantime, or waits for another attempt, keeps its state. A list is looked up in the order of
/// ids, so it locks in that order, as [`CLAIM_PUSH`] does, and the two cannot wait for each other.
pub(super) const MARK_PUBLISHED: &str = "UPDATE deliveries SET published_at = $2, \
     state = CASE WHEN state = 'teVerzenden' AND next_at <= $2 THEN 'gepubliceerd' ELSE state END \
     WHERE id = ANY($1) AND (state || '' = 'teVerzenden' AND next_at + 0 <= $2 OR published_at IS NULL)";

/// Locks in the order of ids, as [`MARK_PUBLISHED`] does.
pub(super) const PUT_BACK: &str = "WITH back AS (SELECT id FROM deliveries WHERE id = ANY($1) \
     AND state || '' = 'gepubliceerd' ORDER BY id FOR UPDATE) \
     UPDATE deliveries d SET state = 'teVerzenden' FROM back WHERE d.id = back.id";

/// See [`super::super::Recovery`] on which.
pub(super) const RECOVER_PUBLISHED: &str = "WITH stuck AS (SELECT id FROM deliveries WHERE state = 'gepubliceerd' \
     AND (published_at < $2 AND published_at - next_at <= $1 - published_at OR published_at < $3) \
     ORDER BY seq LIMIT $4 FOR UPDATE SKIP LOCKED) \
     UPDATE deliveries d SET state = 'teVerzenden' FROM stuck WHERE d.id = stuck.id";

/// Takes the rows, and with what it took keeps the contents: one statement, one commit. It waits for a row that is
/// being changed: whoever marks it as published is soon done, and its parcel is here, not to come again.
pub(super) const CLAIM_PUSH: &str = "WITH free AS (SELECT d.id, w.content_type, w.content \
     FROM unnest($1::uuid[], $2::int8[], $3::text[], $4::bytea[]) w (id, attempts, content_type, content) \
     JOIN deliveries d ON d.id = w.id AND d.attempts + 0 = w.attempts \
     WHERE d.state || '' = 'gepubliceerd' OR d.state || '' = 'teVerzenden' AND d.next_at <= $5 \
     ORDER BY d.id FOR UPDATE OF d), \
     taken AS (UPDATE deliveries d SET state = 'wordtAangeboden', claimed_until = $6, lease_token = $7, \
     attempts = d.attempts + 1, content_type = free.content_type FROM free WHERE d.id = free.id \
     RETURNING d.id, free.content), \
     kept AS (INSERT INTO contents (delivery, content) SELECT id, content FROM taken \
     ON CONFLICT (delivery) DO UPDATE SET content = excluded.content) \
     SELECT id FROM taken";

/// Changes the rows, and from what it changed writes contents and audit: one statement, one commit. A claim is the last
/// one as long as its token is there.
pub(super) const SETTLE: &str = "WITH done AS (UPDATE deliveries d SET state = w.state, \
     next_at = CASE WHEN w.claim IS NULL THEN GREATEST(w.next_at, d.next_at) \
     ELSE COALESCE(w.next_at, d.next_at) END, reason = w.reason, \
     content_type = COALESCE(w.content_type, d.content_type), claimed_until = NULL, lease_token = NULL, \
     ready_at = COALESCE(w.ready_at, d.ready_at), settled_at = w.settled_at \
     FROM unnest($1::uuid[], $2::text[], $3::int8[], $4::text[], $5::text[], $6::bytea[], $7::int8[], $8::int8[], \
     $9::int8[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], \
     $15::uuid[]) w (id, state, next_at, reason, content_type, content, ready_at, settled_at, at, action, object, \
     result, origin, actor, claim) WHERE d.id = w.id \
     AND (w.claim IS NULL AND d.state || '' IN ('teVerzenden', 'gepubliceerd') \
     OR w.claim = d.lease_token AND d.state || '' IN ('teVerzenden', 'gepubliceerd', 'wordtAangeboden')) \
     RETURNING d.id, w.content, w.at, w.action, w.object, w.result, w.origin, w.actor), \
     kept AS (INSERT INTO contents (delivery, content) SELECT id, content FROM done WHERE content IS NOT NULL \
     ON CONFLICT (delivery) DO UPDATE SET content = excluded.content), \
     noted AS (INSERT INTO audit (at, action, object, result, origin, actor) \
     SELECT at, action, object, result, origin, actor FROM done WHERE at IS NOT NULL) \
     SELECT id FROM done";

/// The oldest that fit together, and the first one in any case. Two callers skip each other's rows instead of waiting
/// for them: also those that one of them has locked and leaves because they do not fit.
pub(super) const LEASE: &str = concat!(
    "WITH free AS (SELECT id, seq FROM deliveries WHERE recipient = $1 AND state IN ('klaar', 'uitgereikt') \
     AND (state = 'klaar' OR claimed_until <= $2) ORDER BY seq LIMIT $3 FOR UPDATE SKIP LOCKED), \
     sized AS (SELECT free.id, row_number() OVER oldest AS place, \
     sum(COALESCE(octet_length(c.content), 0)) OVER oldest AS total \
     FROM free LEFT JOIN contents c ON c.delivery = free.id WINDOW oldest AS (ORDER BY free.seq)), \
     d AS (UPDATE deliveries d SET state = 'uitgereikt', claimed_until = $4, lease_token = $5, \
     attempts = attempts + 1 FROM sized WHERE d.id = sized.id AND (sized.place = 1 OR sized.total <= $6) \
     RETURNING d.*) SELECT ",
    delivery_columns!(),
    ", c.content FROM d LEFT JOIN contents c ON c.delivery = d.id ORDER BY d.seq"
);

/// What was made for the recipient is forgotten: a replay maps again, under the rules of then.
pub(super) const WITHHOLD: &str = "WITH done AS (UPDATE deliveries d SET state = 'ingehouden', reason = w.reason, \
     content_type = NULL, claimed_until = NULL, lease_token = NULL, settled_at = $4 \
     FROM unnest($1::uuid[], $2::text[], $5::int8[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[]) \
     w (id, reason, at, action, object, result, origin, actor) \
     WHERE d.id = w.id AND d.lease_token = $3 AND d.state || '' = 'uitgereikt' \
     RETURNING d.id, w.at, w.action, w.object, w.result, w.origin, w.actor), \
     forgotten AS (DELETE FROM contents WHERE delivery IN (SELECT id FROM done)), \
     noted AS (INSERT INTO audit (at, action, object, result, origin, actor) \
     SELECT at, action, object, result, origin, actor FROM done) \
     SELECT id FROM done";

/// See `RECOVER_LEASED` on why a lapsed lease may still be answered.
pub(super) const ANSWER: &str = "UPDATE deliveries d SET \
     state = CASE WHEN w.refusal IS NULL THEN 'bevestigd' ELSE 'geweigerd' END, reason = w.refusal, \
     claimed_until = NULL, settled_at = $5 FROM unnest($1::uuid[], $2::uuid[], $3::text[]) w (id, token, refusal) \
     WHERE d.id = w.id AND d.recipient || '' = $4 AND d.lease_token = w.token \
     AND d.state || '' IN ('uitgereikt', 'klaar', 'geparkeerd') RETURNING d.id";

pub(super) const STANDING: &str = "SELECT id, state, lease_token, reason FROM deliveries WHERE id = ANY($1) AND recipient || '' = $2";

/// What was made for the recipient is forgotten: a replay maps again, under the rules of now. See `Store::replay` on
/// who may replay what.
pub(super) const REPLAY: &str = "WITH done AS (UPDATE deliveries SET state = 'teVerzenden', attempts = 0, \
     next_at = $2, claimed_until = NULL, lease_token = NULL, reason = NULL, content_type = NULL, \
     published_at = NULL, ready_at = NULL, settled_at = NULL, rejected = NULL WHERE id = ANY($1) \
     AND state || '' IN ('geparkeerd', 'geweigerd', 'ingehouden') \
     AND ($3 IS NULL OR sender = $3 OR (recipient = $3 AND state <> 'ingehouden')) \
     RETURNING id), \
     forgotten AS (DELETE FROM contents WHERE delivery IN (SELECT id FROM done)), \
     noted AS (INSERT INTO audit (at, action, object, result, origin, actor) \
     SELECT $4, $5, $6 || '/' || id::text, $7, $8, $9 FROM done) \
     SELECT id FROM done";

pub(super) const TOUCH_KEYS: &str = "UPDATE api_keys k SET last_used_at = greatest(k.last_used_at, w.at) \
     FROM unnest($1::uuid[], $2::int8[]) w (id, at) WHERE k.id = w.id";
