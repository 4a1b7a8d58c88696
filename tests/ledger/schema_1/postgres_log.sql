-- Positions are given by the function that appends, under its lock, and never by a sequence: what a rolled-back
-- transaction took from a sequence is a gap for ever. recorded_at: microseconds since 1970 in UTC, as on SQLite.
CREATE TABLE {schema}.facts (
    position    bigint PRIMARY KEY CHECK (position > 0),
    version     bigint NOT NULL CHECK (version > 0),
    recorded_at bigint NOT NULL,
    stream      uuid   NOT NULL,
    topic       text   NOT NULL,
    state       bytea  NOT NULL,
    UNIQUE (stream, version)
);

-- Sealed bytes do not compress.
ALTER TABLE {schema}.facts ALTER COLUMN state SET STORAGE EXTERNAL;

-- One row, which counts the destroyed keys: every answer of the log carries it, so that a process learns in the same
-- round trip that a key which it has in memory is no more. No key, and nothing of one, stands here.
CREATE TABLE {schema}.keys_destroyed (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    count  bigint  NOT NULL
);

INSERT INTO {schema}.keys_destroyed (count) VALUES (0);

CREATE TABLE {schema}.format (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    kind   text    NOT NULL,
    number integer NOT NULL
);

INSERT INTO {schema}.format (kind, number) VALUES ({kind}, {number});
