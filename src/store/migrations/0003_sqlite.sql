-- How many batches were written: one row.
CREATE TABLE turns (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    number INTEGER NOT NULL
) STRICT;
INSERT INTO turns (one, number) VALUES (1, 0);
