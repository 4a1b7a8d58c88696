"""Wrapped keys in a SQLite file of their own, beside the log's.

Destroying a key must leave nothing of it in the files: `secure_delete`, an overwrite in place, and a write-ahead log
that is emptied at once. What a disk or its snapshots keep of overwritten blocks is beyond a program.
"""

import os
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from uuid import UUID

from ledger.errors import KeysNotFound, StoreUnavailable
from ledger.filelock import take
from ledger.keytable import Rewrapped
from ledger.sqlitefile import BUSY_TIMEOUT, KEYS, connect, created, identity, is_gone, translated

CHECK = "SELECT 1 FROM store_keys WHERE name = 'check' AND wrapped = ?"
FIND = "SELECT wrapped, destroyed FROM stream_keys WHERE stream = ?"
ADD = "INSERT INTO stream_keys (stream, destroyed, wrapped) VALUES (?, 0, ?) ON CONFLICT DO NOTHING"
BURY = "UPDATE stream_keys SET destroyed = 1, wrapped = zeroblob(length(wrapped)) WHERE stream = ?"
FORBID = "INSERT INTO stream_keys (stream, destroyed, wrapped) VALUES (?, 1, zeroblob(0))"
CHANGE = "INSERT INTO store_keys VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET wrapped = excluded.wrapped"
PAGE = "SELECT stream, wrapped FROM stream_keys WHERE stream > ? AND NOT destroyed ORDER BY stream LIMIT ?"
REPLACE = "UPDATE stream_keys SET wrapped = ? WHERE stream = ? AND wrapped = ? AND NOT destroyed"

AGAIN = 0.01
"""Seconds until it is tried again to empty the write-ahead log."""


class SQLiteKeyTable:
    """One connection, for one thread at a time: `Keys` sees to that."""

    def __init__(self, path: Path, *, busy_timeout: float = BUSY_TIMEOUT) -> None:
        if not path.exists():
            raise KeysNotFound(f"{path} is not there.")
        self._path = path
        self._busy_timeout = busy_timeout
        with translated(path):
            self._connection = connect(path, KEYS, busy_timeout=busy_timeout)
            self._connection.execute("PRAGMA secure_delete = ON")
        self._identity = identity(path)
        self._seen: tuple[int] | None = None
        self._destroyed = 0

    @classmethod
    def create(cls, path: Path, named: Mapping[str, bytes]) -> "SQLiteKeyTable":
        with created(path, KEYS) as connection:
            connection.executemany("INSERT INTO store_keys VALUES (?, ?)", named.items())
        return cls(path)

    def named(self) -> dict[str, bytes]:
        with self._using() as connection:
            return dict(connection.execute("SELECT name, wrapped FROM store_keys"))

    def find(self, streams: Collection[UUID]) -> dict[UUID, tuple[bytes, bool]]:
        with self._using() as connection:
            rows = ((stream, connection.execute(FIND, (stream.bytes,)).fetchone()) for stream in streams)
            return {stream: (row[0], bool(row[1])) for stream, row in rows if row}

    def add(self, wrapped: Mapping[UUID, bytes], check: bytes) -> Collection[UUID] | None:
        """Whoever gives the store another key needs the write lock as well, which is taken before anything is asked."""
        with self._writing() as connection:
            if not connection.execute(CHECK, (check,)).fetchone():
                return None
            rows = ((stream, connection.execute(ADD, (stream.bytes, key))) for stream, key in wrapped.items())
            return {stream for stream, added in rows if added.rowcount == 1}

    def destroy(self, stream: UUID) -> None:
        with self._writing() as connection:
            if not connection.execute(BURY, (stream.bytes,)).rowcount:
                connection.execute(FORBID, (stream.bytes,))
        if not self._emptied_write_ahead_log():
            raise StoreUnavailable(
                f"The key is destroyed, but its bytes may still stand in the write-ahead log of {self._path}.",
                "Another program reads the keys. Destroy this key again when it is done.",
            )

    def generation(self) -> int:
        """How many keys are destroyed, asked for only when another connection, of another process perhaps, has written.

        What this one destroys, who uses it knows. First the version, then the count: what comes in between is seen
        the next time.
        """
        with translated(self._path):
            version = self._connection.execute("PRAGMA data_version").fetchone()
            if version != self._seen:
                (self._destroyed,) = self._connection.execute("SELECT count FROM keys_destroyed").fetchone()
                self._seen = version
        return self._destroyed

    @contextmanager
    def alone(self) -> Iterator[None]:
        """A lock on the folder: the locks of SQLite itself would go if we opened its file once more and closed it."""
        descriptor = os.open(self._path.parent, os.O_RDONLY)
        try:
            take(descriptor, f"Another program gives a store in {self._path.parent.absolute()} a new key.")
            yield
        finally:
            os.close(descriptor)

    def change(self, named: Mapping[str, bytes], check: bytes) -> bool:
        with self._writing() as connection:
            if not connection.execute(CHECK, (check,)).fetchone():
                return False
            connection.executemany(CHANGE, named.items())
            return True

    def count(self) -> int:
        with self._using() as connection:
            number: int = connection.execute("SELECT count(*) FROM stream_keys WHERE NOT destroyed").fetchone()[0]
        return number

    def page(self, after: UUID | None, limit: int) -> Sequence[tuple[UUID, bytes]]:
        with self._using() as connection:
            rows = connection.execute(PAGE, (after.bytes if after else b"", limit))
            return [(UUID(bytes=stream), wrapped) for stream, wrapped in rows]

    def replace(self, rewrapped: Sequence[Rewrapped]) -> None:
        """In place, as all keys of a store are wrapped to the same length."""
        with self._writing() as connection:
            connection.executemany(REPLACE, [(now, stream.bytes, was) for stream, was, now in rewrapped])

    def compact(self) -> None:
        if not self._emptied_write_ahead_log():
            raise StoreUnavailable(
                f"Old wrappings of keys may still stand in the write-ahead log of {self._path}.",
                "Another program reads the keys. Run `zorgspoor keys rotate` again when it is done.",
            )

    def close(self) -> None:
        self._connection.close()

    def _emptied_write_ahead_log(self) -> bool:
        """SQLite waits for readers by itself, but not for somebody else who does the same at this moment."""
        until = monotonic() + self._busy_timeout
        with self._using() as connection:
            while connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                if monotonic() > until:
                    return False
                sleep(AGAIN)
        return True

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._using() as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

    @contextmanager
    def _using(self) -> Iterator[sqlite3.Connection]:
        if identity(self._path) != self._identity:
            raise is_gone(self._path)
        with translated(self._path):
            try:
                yield self._connection
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.rollback()
                raise
