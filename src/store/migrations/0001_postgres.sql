-- Times are microseconds since 1970 (UTC), so that both databases keep exactly the same value. Sealed bytes are not
-- compressible: EXTERNAL spares the attempt. Documents are TEXT, not jsonb: nothing queries inside them.

CREATE TABLE messages (
    seq           BIGINT GENERATED ALWAYS AS IDENTITY,
    id            UUID PRIMARY KEY,
    sender        TEXT COLLATE "C" NOT NULL,
    reference     TEXT COLLATE "C" NOT NULL,
    content_hash  BYTEA NOT NULL,
    soort         TEXT NOT NULL,
    mapping       TEXT NOT NULL,
    content_type  TEXT NOT NULL,
    sent_at       BIGINT NOT NULL,
    received_at   BIGINT NOT NULL,
    mapped_at     BIGINT NOT NULL,
    stored_at     BIGINT NOT NULL,
    taken         BIGINT NOT NULL,
    refused       BIGINT NOT NULL,
    answer_status BIGINT NOT NULL,
    answer        TEXT NOT NULL,
    traceparent   TEXT NOT NULL,
    original      BYTEA NOT NULL,
    CONSTRAINT messages_reference UNIQUE (reference, sender)
);
ALTER TABLE messages ALTER COLUMN original SET STORAGE EXTERNAL;
CREATE INDEX messages_newest ON messages (sender, seq);

-- Replaced in place with every version: room on the page keeps those updates out of the indexes (HOT).
CREATE TABLE records (
    id      UUID PRIMARY KEY,
    kind    TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    doc     TEXT NOT NULL,
    sources TEXT NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX records_kind ON records (kind, id);

CREATE TABLE versions (
    record     UUID NOT NULL,
    version    BIGINT NOT NULL,
    kind       TEXT COLLATE "C" NOT NULL,
    message    UUID NOT NULL,
    sent_at    BIGINT NOT NULL,
    stored_at  BIGINT NOT NULL,
    applied    BOOLEAN NOT NULL,
    doc        TEXT NOT NULL,
    provenance TEXT NOT NULL,
    PRIMARY KEY (record, version)
);

-- The value first: it is a hash, so one look finds the rows of every issuer.
CREATE TABLE identities (
    value  BYTEA NOT NULL,
    kind   TEXT COLLATE "C" NOT NULL,
    scheme TEXT COLLATE "C" NOT NULL,
    issuer TEXT COLLATE "C" NOT NULL,
    record UUID NOT NULL,
    PRIMARY KEY (value, kind, scheme, issuer)
);

CREATE TABLE bsns (
    kandidaat UUID PRIMARY KEY,
    sealed    BYTEA NOT NULL
);

CREATE TABLE links (
    kandidaat     UUID NOT NULL,
    kind          TEXT COLLATE "C" NOT NULL,
    record        UUID NOT NULL,
    opdrachtgever TEXT NOT NULL,
    uitvoerder    TEXT NOT NULL,
    PRIMARY KEY (kandidaat, kind, record)
);

CREATE TABLE proposals (
    id        UUID PRIMARY KEY,
    record    UUID NOT NULL,
    kind      TEXT COLLATE "C" NOT NULL,
    attribute TEXT NOT NULL,
    value     TEXT NOT NULL,
    proposer  TEXT NOT NULL,
    message   UUID NOT NULL,
    at        BIGINT NOT NULL
);
CREATE INDEX proposals_record ON proposals (record, at);

-- `records` holds the ids of the main records, 16 bytes each, in order: written once, never searched.
-- `seq` is the order of writing. Intake holds a lock from its first read to its commit, so it is also the order in
-- which deliveries become visible.
CREATE TABLE deliveries (
    seq           BIGINT GENERATED ALWAYS AS IDENTITY,
    id            UUID PRIMARY KEY,
    recipient     TEXT COLLATE "C" NOT NULL,
    sender        TEXT COLLATE "C" NOT NULL,
    message       UUID NOT NULL,
    soort         TEXT NOT NULL,
    records       BYTEA NOT NULL,
    state         TEXT COLLATE "C" NOT NULL,
    attempts      BIGINT NOT NULL,
    next_at       BIGINT NOT NULL,
    claimed_until BIGINT,
    lease_token   UUID,
    reason        TEXT,
    content_type  TEXT,
    traceparent   TEXT NOT NULL,
    created_at    BIGINT NOT NULL,
    published_at  BIGINT,
    ready_at      BIGINT,
    settled_at    BIGINT
) WITH (autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX deliveries_message ON deliveries (message);
CREATE INDEX deliveries_recipient ON deliveries (recipient, seq);
-- The relay, recovery and the figures read this one; finished deliveries are not in it.
CREATE INDEX deliveries_open ON deliveries (state, seq, next_at)
    WHERE state IN ('teVerzenden', 'gepubliceerd', 'wordtAangeboden', 'klaar', 'uitgereikt', 'geparkeerd');
-- The last index of its table: on an empty one, where all cost the same, the planner takes the last.
CREATE INDEX deliveries_postvak ON deliveries (recipient, seq) WHERE state IN ('klaar', 'uitgereikt');

-- Apart from its delivery: a delivery changes state some four times, and its content need not be copied each time.
CREATE TABLE contents (
    delivery UUID PRIMARY KEY,
    content  BYTEA NOT NULL
);
ALTER TABLE contents ALTER COLUMN content SET STORAGE EXTERNAL;

CREATE TABLE api_keys (
    id           UUID PRIMARY KEY,
    org          TEXT COLLATE "C" NOT NULL,
    name         TEXT NOT NULL,
    hash         BYTEA NOT NULL CONSTRAINT api_keys_hash UNIQUE,
    scopes       TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT,
    last_used_at BIGINT,
    revoked_at   BIGINT
) WITH (fillfactor = 50);

CREATE TABLE webhooks (
    org    TEXT COLLATE "C" PRIMARY KEY,
    url    TEXT NOT NULL,
    secret BYTEA NOT NULL,
    set_at BIGINT NOT NULL
);

CREATE TABLE audit (
    seq    BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at     BIGINT NOT NULL,
    action TEXT NOT NULL,
    object TEXT COLLATE "C" NOT NULL,
    result TEXT NOT NULL,
    origin TEXT NOT NULL,
    actor  TEXT NOT NULL
);
CREATE INDEX audit_object ON audit (object, seq);
