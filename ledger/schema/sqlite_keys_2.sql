-- One row, which counts the destroyed keys: processes forget what they have in memory when it is another number, and no
-- longer whenever somebody else mints a key. Triggers count, so that software of number 1 that still runs does as well.
CREATE TABLE keys_destroyed (
    single INTEGER PRIMARY KEY CHECK (single = 1),
    count  INTEGER NOT NULL
) STRICT;

INSERT INTO keys_destroyed SELECT 1, count(*) FROM stream_keys WHERE destroyed;

CREATE TRIGGER key_destroyed AFTER UPDATE OF destroyed ON stream_keys WHEN new.destroyed
BEGIN
    UPDATE keys_destroyed SET count = count + 1;
END;

CREATE TRIGGER key_forbidden AFTER INSERT ON stream_keys WHEN new.destroyed
BEGIN
    UPDATE keys_destroyed SET count = count + 1;
END;
