-- Proposals are settled, listed newest first, and known by the kandidaat they are about. An organisation has one open
-- proposal on an attribute of a record: its newest.

CREATE TABLE proposals_2 (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    id         BLOB NOT NULL UNIQUE,
    record     BLOB NOT NULL,
    kind       TEXT NOT NULL,
    kandidaat  BLOB NOT NULL,
    attribute  TEXT NOT NULL,
    value      TEXT NOT NULL,
    proposer   TEXT NOT NULL,
    message    BLOB NOT NULL,
    sent_at    INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    state      TEXT NOT NULL,
    settled_at INTEGER,
    settled_by TEXT
) STRICT;

INSERT INTO proposals_2 (id, record, kind, kandidaat, attribute, value, proposer, message, sent_at, at, state)
SELECT p.id, p.record, p.kind, COALESCE(unhex(replace(r.doc ->> 'kandidaat', '-', '')), p.record), p.attribute, p.value,
    p.proposer, p.message, COALESCE(m.sent_at, p.at), p.at, 'open'
FROM proposals p LEFT JOIN records r ON r.id = p.record LEFT JOIN messages m ON m.id = p.message ORDER BY p.at, p.id;

DROP TABLE proposals;
ALTER TABLE proposals_2 RENAME TO proposals;
CREATE INDEX proposals_record ON proposals (record, seq);

UPDATE proposals SET state = 'achterhaald', settled_at = at, settled_by = proposer
WHERE EXISTS (SELECT 1 FROM proposals later WHERE later.record = proposals.record AND later.seq > proposals.seq
    AND later.attribute = proposals.attribute AND later.proposer = proposals.proposer);
