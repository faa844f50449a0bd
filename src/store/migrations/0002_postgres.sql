-- Proposals are settled, listed newest first, and known by the kandidaat they are about. An organisation has one open
-- proposal on an attribute of a record: its newest.

CREATE TABLE proposals_2 (
    seq        BIGINT GENERATED ALWAYS AS IDENTITY,
    id         UUID PRIMARY KEY,
    record     UUID NOT NULL,
    kind       TEXT COLLATE "C" NOT NULL,
    kandidaat  UUID NOT NULL,
    attribute  TEXT NOT NULL,
    value      TEXT NOT NULL,
    proposer   TEXT NOT NULL,
    message    UUID NOT NULL,
    sent_at    BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    state      TEXT COLLATE "C" NOT NULL,
    settled_at BIGINT,
    settled_by TEXT
);

INSERT INTO proposals_2 (id, record, kind, kandidaat, attribute, value, proposer, message, sent_at, at, state)
SELECT p.id, p.record, p.kind, COALESCE((r.doc::json ->> 'kandidaat')::uuid, p.record), p.attribute, p.value,
    p.proposer, p.message, COALESCE(m.sent_at, p.at), p.at, 'open'
FROM proposals p LEFT JOIN records r ON r.id = p.record LEFT JOIN messages m ON m.id = p.message ORDER BY p.at, p.id;

DROP TABLE proposals;
ALTER TABLE proposals_2 RENAME TO proposals;
CREATE INDEX proposals_record ON proposals (record, seq);
CREATE INDEX proposals_newest ON proposals (seq);

UPDATE proposals SET state = 'achterhaald', settled_at = at, settled_by = proposer
WHERE EXISTS (SELECT 1 FROM proposals later WHERE later.record = proposals.record AND later.seq > proposals.seq
    AND later.attribute = proposals.attribute AND later.proposer = proposals.proposer);
