-- The same tables as on PostgreSQL. Times are microseconds since 1970 (UTC), ids are 16 bytes. Tables with large
-- values keep a rowid and their large column last, so that lists do not read through it.

CREATE TABLE messages (
    seq           INTEGER PRIMARY KEY AUTOINCREMENT,
    id            BLOB NOT NULL UNIQUE,
    sender        TEXT NOT NULL,
    reference     TEXT NOT NULL,
    content_hash  BLOB NOT NULL,
    soort         TEXT NOT NULL,
    mapping       TEXT NOT NULL,
    content_type  TEXT NOT NULL,
    sent_at       INTEGER NOT NULL,
    received_at   INTEGER NOT NULL,
    mapped_at     INTEGER NOT NULL,
    stored_at     INTEGER NOT NULL,
    taken         INTEGER NOT NULL,
    refused       INTEGER NOT NULL,
    answer_status INTEGER NOT NULL,
    answer        TEXT NOT NULL,
    traceparent   TEXT NOT NULL,
    original      BLOB NOT NULL,
    UNIQUE (sender, reference)
) STRICT;
CREATE INDEX messages_newest ON messages (sender, seq);

CREATE TABLE records (
    id      BLOB NOT NULL UNIQUE,
    kind    TEXT NOT NULL,
    version INTEGER NOT NULL,
    doc     TEXT NOT NULL,
    sources TEXT NOT NULL
) STRICT;
CREATE INDEX records_kind ON records (kind, id);

CREATE TABLE versions (
    record     BLOB NOT NULL,
    version    INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    message    BLOB NOT NULL,
    sent_at    INTEGER NOT NULL,
    stored_at  INTEGER NOT NULL,
    applied    INTEGER NOT NULL,
    doc        TEXT NOT NULL,
    provenance TEXT NOT NULL,
    UNIQUE (record, version)
) STRICT;

-- The value first: it is a hash, so one look finds the rows of every issuer.
CREATE TABLE identities (
    value  BLOB NOT NULL,
    kind   TEXT NOT NULL,
    scheme TEXT NOT NULL,
    issuer TEXT NOT NULL,
    record BLOB NOT NULL,
    PRIMARY KEY (value, kind, scheme, issuer)
) STRICT, WITHOUT ROWID;

CREATE TABLE bsns (
    kandidaat BLOB NOT NULL PRIMARY KEY,
    sealed    BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE links (
    kandidaat     BLOB NOT NULL,
    kind          TEXT NOT NULL,
    record        BLOB NOT NULL,
    opdrachtgever TEXT NOT NULL,
    uitvoerder    TEXT NOT NULL,
    PRIMARY KEY (kandidaat, kind, record)
) STRICT, WITHOUT ROWID;

CREATE TABLE proposals (
    id        BLOB NOT NULL UNIQUE,
    record    BLOB NOT NULL,
    kind      TEXT NOT NULL,
    attribute TEXT NOT NULL,
    value     TEXT NOT NULL,
    proposer  TEXT NOT NULL,
    message   BLOB NOT NULL,
    at        INTEGER NOT NULL
) STRICT;
CREATE INDEX proposals_record ON proposals (record, at);

-- `records` holds the ids of the main records, 16 bytes each, in order: written once, never searched.
CREATE TABLE deliveries (
    seq           INTEGER PRIMARY KEY AUTOINCREMENT,
    id            BLOB NOT NULL UNIQUE,
    recipient     TEXT NOT NULL,
    sender        TEXT NOT NULL,
    message       BLOB NOT NULL,
    soort         TEXT NOT NULL,
    records       BLOB NOT NULL,
    state         TEXT NOT NULL,
    attempts      INTEGER NOT NULL,
    next_at       INTEGER NOT NULL,
    claimed_until INTEGER,
    lease_token   BLOB,
    reason        TEXT,
    content_type  TEXT,
    traceparent   TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    published_at  INTEGER,
    ready_at      INTEGER,
    settled_at    INTEGER
) STRICT;
CREATE INDEX deliveries_message ON deliveries (message);
CREATE INDEX deliveries_recipient ON deliveries (recipient, seq);
-- The relay, recovery and the figures read this one. Not partial as on PostgreSQL: SQLite does not see that one state
-- implies a list of states.
CREATE INDEX deliveries_open ON deliveries (state, seq, next_at);
CREATE INDEX deliveries_postvak ON deliveries (recipient, seq) WHERE state IN ('klaar', 'uitgereikt');

-- Apart from its delivery: a delivery changes state some four times, and its content need not be copied each time.
CREATE TABLE contents (
    delivery BLOB NOT NULL UNIQUE,
    content  BLOB NOT NULL
) STRICT;

CREATE TABLE api_keys (
    id           BLOB NOT NULL UNIQUE,
    org          TEXT NOT NULL,
    name         TEXT NOT NULL,
    hash         BLOB NOT NULL UNIQUE,
    scopes       TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    last_used_at INTEGER,
    revoked_at   INTEGER
) STRICT;

CREATE TABLE webhooks (
    org    TEXT NOT NULL PRIMARY KEY,
    url    TEXT NOT NULL,
    secret BLOB NOT NULL,
    set_at INTEGER NOT NULL
) STRICT;

CREATE TABLE audit (
    seq    INTEGER PRIMARY KEY AUTOINCREMENT,
    at     INTEGER NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    result TEXT NOT NULL,
    origin TEXT NOT NULL,
    actor  TEXT NOT NULL
) STRICT;
CREATE INDEX audit_object ON audit (object, seq);
