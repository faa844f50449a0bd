-- How many batches were written: one row, that every writer locks. Room on its page keeps its changes in place.
CREATE TABLE turns (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    number BIGINT NOT NULL
) WITH (fillfactor = 10);
INSERT INTO turns (one, number) VALUES (1, 0);
