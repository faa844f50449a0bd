-- What the recipient rejected of a delivery in its retour: a JSON list; empty where it took everything, NULL where it
-- sent none.
ALTER TABLE deliveries ADD COLUMN rejected TEXT;
