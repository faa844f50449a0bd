//! The statements that read the same on both databases. `$1` is the first argument on both; only batches differ.
//! `column || ''` keeps a condition from being looked up by, on both: the other one on that table names one row.

/// The columns of a delivery, as [`super::columns::delivery`] reads them.
macro_rules! delivery_columns {
    () => {
        "d.id, d.recipient, d.sender, d.message, d.soort, d.records, d.state, d.attempts, d.next_at, \
         d.claimed_until, d.lease_token, d.reason, d.content_type, d.traceparent, d.created_at, d.published_at, \
         d.ready_at, d.settled_at, d.rejected"
    };
}
pub(super) use delivery_columns;

/// The columns of a proposal, as [`super::columns::proposal`] reads them.
macro_rules! proposal_columns {
    () => {
        "p.id, p.record, p.kind, p.kandidaat, p.attribute, p.value, p.proposer, p.message, p.sent_at, p.at, p.state, \
         p.settled_at, p.settled_by"
    };
}
pub(super) use proposal_columns;

/// Whether the organisation `$1` shares a case of the kandidaat with the proposer, another.
macro_rules! shares_case {
    ($proposal:literal) => {
        concat!(
            $proposal,
            ".proposer <> $1 AND EXISTS (SELECT 1 FROM links l WHERE l.kandidaat = ",
            $proposal,
            ".kandidaat AND (l.opdrachtgever = $1 AND l.uitvoerder = ",
            $proposal,
            ".proposer OR l.uitvoerder = $1 AND l.opdrachtgever = ",
            $proposal,
            ".proposer))"
        )
    };
}

pub(super) const MESSAGE: &str = "SELECT id, reference, soort, mapping, sent_at, received_at, mapped_at, stored_at, \
     taken, refused, answer_status, answer FROM messages WHERE id = $1 AND sender || '' = $2";

pub(super) const DELIVERIES_OF_MESSAGE: &str = concat!(
    "SELECT ",
    delivery_columns!(),
    " FROM deliveries d WHERE d.message = $1 ORDER BY d.seq"
);

/// Without `before` from the newest on; with one that is unknown, nothing.
pub(super) const MESSAGES: &str = "SELECT id, reference, soort, received_at, taken, refused FROM messages \
     WHERE sender = $1 AND seq < COALESCE((SELECT seq FROM messages WHERE id = $2 AND sender || '' = $1), $3) \
     ORDER BY seq DESC LIMIT $4";

pub(super) const ORIGINAL: &str =
    "SELECT sender, soort, content_type, original FROM messages WHERE id = $1";

pub(super) const RECORDS_OF: &str = "SELECT kind, id, version, doc, sources FROM records \
     WHERE kind = $1 AND id > $2 ORDER BY id LIMIT $3";

pub(super) const VERSIONS: &str = "SELECT kind, record, version, message, sent_at, stored_at, applied, doc, \
     provenance FROM versions WHERE record = $1 ORDER BY version DESC LIMIT $2";

pub(super) const PROPOSAL: &str = concat!(
    "SELECT ",
    proposal_columns!(),
    " FROM proposals p WHERE p.id = $1"
);

/// As [`MESSAGES`]; `$5` is a state or null. What is not beside the organisation is no place to start from either.
pub(super) const PROPOSALS_BESIDE: &str = concat!(
    "SELECT ",
    proposal_columns!(),
    " FROM proposals p WHERE p.seq < COALESCE((SELECT b.seq FROM proposals b WHERE b.id = $2 AND ",
    shares_case!("b"),
    "), $3) AND ($5 IS NULL OR p.state = $5) AND ",
    shares_case!("p"),
    " ORDER BY p.seq DESC LIMIT $4"
);

pub(super) const DELIVERY_OF: &str = concat!(
    "SELECT ",
    delivery_columns!(),
    ", c.content FROM deliveries d LEFT JOIN contents c ON c.delivery = d.id WHERE d.id = $1 AND d.recipient || '' = $2"
);

/// As [`MESSAGES`]; `$5` is a state or null. A recipient sees what there was a ground for once: neither what still has to
/// be looked at nor what was withheld. What it may go on from is any delivery it saw, whatever became of it, so that a
/// list stays whole when its last one is replayed meanwhile; not one that was withheld.
pub(super) const DELIVERIES_OF: &str = concat!(
    "SELECT ",
    delivery_columns!(),
    " FROM deliveries d WHERE d.recipient = $1 \
     AND d.seq < COALESCE((SELECT b.seq FROM deliveries b WHERE b.id = $2 AND b.recipient || '' = $1 \
     AND b.state <> 'ingehouden'), $3) AND d.state || '' NOT IN ('teVerzenden', 'gepubliceerd', 'ingehouden') \
     AND ($5 IS NULL OR d.state = $5) ORDER BY d.seq DESC LIMIT $4"
);

/// Counts the states that are in the index `deliveries_open`, and nothing else; only of the outbox it reads more.
pub(super) const FIGURES: &str = "SELECT state, count(*) AS number, \
     min(CASE WHEN next_at <= $1 THEN next_at END) AS due, \
     (SELECT min(o.next_at) FROM deliveries o WHERE o.state = 'teVerzenden' AND o.next_at <= $1 \
     AND (o.published_at IS NULL OR o.published_at < o.next_at)) AS unpublished FROM deliveries \
     WHERE state IN ('teVerzenden', 'gepubliceerd', 'wordtAangeboden', 'klaar', 'uitgereikt', 'geparkeerd') \
     GROUP BY state";

/// `next_at` stays: since when a delivery is due is what the figures tell. The token stays too: what came of the push may
/// still be told, until another worker makes it again.
pub(super) const RECOVER_PUSHING: &str = "UPDATE deliveries SET state = 'teVerzenden', claimed_until = NULL \
     WHERE state = 'wordtAangeboden' AND claimed_until <= $1";

/// The token stays: whoever held the lapsed lease may still answer, until somebody else is given the delivery.
pub(super) const RECOVER_LEASED: &str = "UPDATE deliveries SET state = 'klaar', claimed_until = NULL \
     WHERE state = 'uitgereikt' AND claimed_until <= $1 AND attempts < $2";

pub(super) const RECOVER_PARKED: &str = "UPDATE deliveries SET state = 'geparkeerd', claimed_until = NULL, \
     settled_at = $1, reason = $3 WHERE state = 'uitgereikt' AND claimed_until <= $1 AND attempts >= $2";

pub(super) const ADD_KEY: &str = "INSERT INTO api_keys (id, org, name, hash, scopes, created_at, expires_at, \
     last_used_at, revoked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

pub(super) const KEY_BY_HASH: &str = "SELECT id, org, name, hash, scopes, created_at, expires_at, last_used_at, \
     revoked_at FROM api_keys WHERE hash = $1";

pub(super) const KEYS: &str = "SELECT id, org, name, hash, scopes, created_at, expires_at, last_used_at, \
     revoked_at FROM api_keys WHERE $1 IS NULL OR org = $1 ORDER BY created_at, id";

/// A key that was revoked before keeps its first moment.
pub(super) const REVOKE_KEY: &str =
    "UPDATE api_keys SET revoked_at = COALESCE(revoked_at, $2) WHERE id = $1";

pub(super) const SET_WEBHOOK: &str = "INSERT INTO webhooks (org, url, secret, set_at) VALUES ($1, $2, $3, $4) \
     ON CONFLICT (org) DO UPDATE SET url = excluded.url, secret = excluded.secret, set_at = excluded.set_at";

pub(super) const REMOVE_WEBHOOK: &str = "DELETE FROM webhooks WHERE org = $1";

pub(super) const DROP_WEBHOOK: &str = "DELETE FROM webhooks WHERE org = $1 AND set_at = $2";

pub(super) const WEBHOOKS: &str = "SELECT org, url, secret, set_at FROM webhooks ORDER BY org";

pub(super) const AUDIT_OF: &str = "SELECT at, action, object, result, origin, actor FROM audit \
     WHERE object = $1 ORDER BY seq LIMIT $2";

pub(super) const SCHEMA_VERSION: &str = "SELECT max(version) AS version FROM schema_versions";

/// Where a list starts when its `before` is not known: at the newest without one, at nothing with one.
pub(super) fn bound(before: Option<uuid::Uuid>) -> i64 {
    if before.is_none() { i64::MAX } else { 0 }
}
