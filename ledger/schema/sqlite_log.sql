CREATE TABLE facts (
    position    INTEGER PRIMARY KEY,
    stream      BLOB    NOT NULL CHECK (length(stream) = 16),
    version     INTEGER NOT NULL CHECK (version > 0),
    topic       TEXT    NOT NULL,
    recorded_at INTEGER NOT NULL,
    state       BLOB    NOT NULL,
    UNIQUE (stream, version)
) STRICT;
