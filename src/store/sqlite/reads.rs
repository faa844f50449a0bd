//! Statements that `SQLite` reads and changes in batches, a list being one JSON argument. `CROSS JOIN` keeps the
//! list outside and the lookup by key inside, whatever the planner believes about the tables; `+column` is not looked up by.

use super::super::sql::delivery_columns;
use super::super::sql::proposal_columns;

pub(super) const SEEN: &str = "SELECT m.sender, m.reference, m.id, m.content_hash, m.answer_status, m.answer \
     FROM json_each($1) j CROSS JOIN messages m ON m.sender = j.value ->> 0 AND m.reference = j.value ->> 1";

pub(super) const IDENTIFY: &str = "SELECT i.kind, i.scheme, i.value, i.issuer, i.record FROM json_each($1) j \
     CROSS JOIN identities i ON i.value = unhex(j.value ->> 0) AND i.kind = j.value ->> 1 AND i.scheme = j.value ->> 2";

pub(super) const TURN: &str = "SELECT number FROM turns WHERE one = 1";

pub(super) const RECORDS: &str = "SELECT r.kind, r.id, r.version, r.doc, r.sources FROM json_each($1) j \
     CROSS JOIN records r ON r.id = unhex(j.value)";

pub(super) const LINKS: &str = "SELECT l.kandidaat, l.kind, l.record, l.opdrachtgever, l.uitvoerder FROM json_each($1) j \
     CROSS JOIN links l ON l.kandidaat = unhex(j.value) ORDER BY l.kandidaat, l.kind, l.record";

pub(super) const PROPOSALS: &str = concat!(
    "SELECT ",
    proposal_columns!(),
    " FROM json_each($1) j CROSS JOIN proposals p ON p.record = unhex(j.value) ORDER BY p.seq"
);

pub(super) const BSNS: &str = "SELECT b.kandidaat, b.sealed FROM json_each($1) j \
     CROSS JOIN bsns b ON b.kandidaat = unhex(j.value)";

pub(super) const DELIVERIES: &str = concat!(
    "SELECT ",
    delivery_columns!(),
    ", c.content FROM json_each($1) j CROSS JOIN deliveries d ON d.id = unhex(j.value) \
     LEFT JOIN contents c ON c.delivery = d.id ORDER BY d.seq"
);

pub(super) const OUTBOX_DUE: &str = "SELECT id, recipient, traceparent FROM deliveries \
     WHERE state = 'teVerzenden' AND next_at <= $1 AND +recipient NOT IN (SELECT value FROM json_each($3)) \
     ORDER BY seq LIMIT $2";

/// One that went on in the meantime, or waits for another attempt, keeps its state.
pub(super) const MARK_PUBLISHED: &str = "UPDATE deliveries SET published_at = $2, \
     state = CASE WHEN state = 'teVerzenden' AND next_at <= $2 THEN 'gepubliceerd' ELSE state END \
     WHERE id IN (SELECT unhex(value) FROM json_each($1)) \
     AND (+state = 'teVerzenden' AND +next_at <= $2 OR published_at IS NULL)";

pub(super) const PUT_BACK: &str = "UPDATE deliveries SET state = 'teVerzenden' \
     WHERE id IN (SELECT unhex(value) FROM json_each($1)) AND +state = 'gepubliceerd'";

/// See [`super::super::Recovery`] on which.
pub(super) const RECOVER_PUBLISHED: &str = "UPDATE deliveries SET state = 'teVerzenden' WHERE seq IN ( \
     SELECT seq FROM deliveries WHERE state = 'gepubliceerd' \
     AND (published_at < $2 AND published_at - next_at <= $1 - published_at OR published_at < $3) \
     ORDER BY seq LIMIT $4)";

/// One element a claim: id, attempts, content type.
pub(super) const CLAIM_PUSH: &str = "UPDATE deliveries SET state = 'wordtAangeboden', claimed_until = $3, \
     lease_token = $4, attempts = attempts + 1, content_type = j.value ->> 2 FROM json_each($1) j \
     WHERE deliveries.id = unhex(j.value ->> 0) AND attempts = j.value ->> 1 \
     AND (+deliveries.state = 'gepubliceerd' OR +deliveries.state = 'teVerzenden' AND next_at <= $2) \
     RETURNING deliveries.id";

/// One element a settlement: id, state, next moment, reason, content type, moments of ready and settled, claim. A
/// claim is the last one as long as its token is there.
pub(super) const SETTLE: &str = "UPDATE deliveries SET state = j.value ->> 1, \
     next_at = CASE WHEN j.value ->> 7 IS NULL THEN max(next_at, COALESCE(j.value ->> 2, next_at)) \
     ELSE COALESCE(j.value ->> 2, next_at) END, reason = j.value ->> 3, \
     content_type = COALESCE(j.value ->> 4, content_type), claimed_until = NULL, lease_token = NULL, \
     ready_at = COALESCE(j.value ->> 5, ready_at), settled_at = j.value ->> 6 FROM json_each($1) j \
     WHERE deliveries.id = unhex(j.value ->> 0) \
     AND (+deliveries.state IN ('teVerzenden', 'gepubliceerd') AND j.value ->> 7 IS NULL \
     OR +deliveries.state IN ('teVerzenden', 'gepubliceerd', 'wordtAangeboden') \
     AND +deliveries.lease_token = unhex(j.value ->> 7)) RETURNING deliveries.id";

/// The oldest that fit together, and the first one in any case. Of a content only its length is read.
pub(super) const LEASE: &str = "UPDATE deliveries SET state = 'uitgereikt', claimed_until = $4, lease_token = $5, \
     attempts = attempts + 1 WHERE seq IN (SELECT seq FROM (SELECT free.seq, row_number() OVER oldest AS place, \
     sum(COALESCE(length(c.content), 0)) OVER oldest AS total FROM ( \
     SELECT seq, id FROM deliveries INDEXED BY deliveries_postvak \
     WHERE recipient = $1 AND state IN ('klaar', 'uitgereikt') AND (+state = 'klaar' OR claimed_until <= $2) \
     ORDER BY seq LIMIT $3) free LEFT JOIN contents c ON c.delivery = free.id WINDOW oldest AS (ORDER BY free.seq)) \
     WHERE place = 1 OR total <= $6) RETURNING id";

/// One element a delivery: id, reason.
pub(super) const WITHHOLD: &str = "UPDATE deliveries SET state = 'ingehouden', reason = j.value ->> 1, \
     content_type = NULL, claimed_until = NULL, lease_token = NULL, settled_at = $3 FROM json_each($1) j \
     WHERE deliveries.id = unhex(j.value ->> 0) AND deliveries.lease_token = $2 \
     AND +deliveries.state = 'uitgereikt' RETURNING deliveries.id";

/// One element an answer: id, token, refusal. See `RECOVER_LEASED` on why a lapsed lease may still be answered.
pub(super) const ANSWER: &str = "UPDATE deliveries SET \
     state = CASE WHEN j.value ->> 2 IS NULL THEN 'bevestigd' ELSE 'geweigerd' END, reason = j.value ->> 2, \
     claimed_until = NULL, settled_at = $3 FROM json_each($1) j \
     WHERE deliveries.id = unhex(j.value ->> 0) AND +deliveries.recipient = $2 \
     AND deliveries.lease_token = unhex(j.value ->> 1) \
     AND +deliveries.state IN ('uitgereikt', 'klaar', 'geparkeerd') RETURNING deliveries.id";

pub(super) const STANDING: &str = "SELECT d.id, d.state, d.lease_token, d.reason FROM json_each($1) j \
     CROSS JOIN deliveries d ON d.id = unhex(j.value) WHERE +d.recipient = $2";

/// See `Store::replay` on who may replay what.
pub(super) const REPLAY: &str = "UPDATE deliveries SET state = 'teVerzenden', attempts = 0, next_at = $2, \
     claimed_until = NULL, lease_token = NULL, reason = NULL, content_type = NULL, published_at = NULL, \
     ready_at = NULL, settled_at = NULL, rejected = NULL \
     WHERE id IN (SELECT unhex(value) FROM json_each($1)) AND +state IN ('geparkeerd', 'geweigerd', 'ingehouden') \
     AND ($3 IS NULL OR sender = $3 OR (recipient = $3 AND +state <> 'ingehouden')) \
     RETURNING id";

pub(super) const FORGET_CONTENTS: &str =
    "DELETE FROM contents WHERE delivery IN (SELECT unhex(value) FROM json_each($1))";

/// One element a key: id, moment.
pub(super) const TOUCH_KEYS: &str = "UPDATE api_keys SET last_used_at = max(COALESCE(last_used_at, 0), j.value ->> 1) \
     FROM json_each($1) j WHERE api_keys.id = unhex(j.value ->> 0)";
