CREATE TABLE {keys}.store_keys (
    name    text PRIMARY KEY,
    wrapped bytea NOT NULL
);

-- Half of every page stays free, so that a tombstone, which has the size of the key that it hides, finds room in the
-- page of that key; then the page is compacted over the key's bytes when the dead row goes (ledger/postgreskeys.py).
CREATE TABLE {keys}.stream_keys (
    stream    uuid    PRIMARY KEY,
    destroyed boolean NOT NULL,
    wrapped   bytea   NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE {keys}.format (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    kind   text    NOT NULL,
    number integer NOT NULL
);

INSERT INTO {keys}.format (kind, number) VALUES ({kind}, {number});
