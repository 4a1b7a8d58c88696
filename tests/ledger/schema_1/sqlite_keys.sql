CREATE TABLE store_keys (
    name    TEXT PRIMARY KEY,
    wrapped BLOB NOT NULL
) STRICT;

-- Rows are only ever added at the end and overwritten in place, so that no second copy of a wrapped key is left in
-- a page when the tree grows: `number` keeps the order of minting, and a tombstone has the size of the key it hides.
CREATE TABLE stream_keys (
    number    INTEGER PRIMARY KEY,
    stream    BLOB    NOT NULL UNIQUE CHECK (length(stream) = 16),
    destroyed INTEGER NOT NULL CHECK (destroyed IN (0, 1)),
    wrapped   BLOB    NOT NULL
) STRICT
