"""Wrapped keys in a SQLite file of their own, beside the log's.

Destroying a key must leave nothing of it in the files: `secure_delete`, an overwrite in place, and a write-ahead log
that is emptied at once. What a disk or its snapshots keep of overwritten blocks is beyond a program.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from ledger.errors import KeysNotFound, StoreUnavailable
from ledger.sqlitefile import BUSY_TIMEOUT, KEYS, connect, created, translated


class SQLiteKeyTable:
    """One connection, for one thread at a time: `Keys` sees to that."""

    def __init__(self, path: Path, *, busy_timeout: float = BUSY_TIMEOUT) -> None:
        if not path.exists():
            raise KeysNotFound(f"{path} is not there.")
        self._path = path
        with translated(path):
            self._connection = connect(path, KEYS, busy_timeout=busy_timeout)
            self._connection.execute("PRAGMA secure_delete = ON")

    @classmethod
    def create(cls, path: Path, named: Mapping[str, bytes]) -> "SQLiteKeyTable":
        with created(path, KEYS) as connection:
            connection.executemany("INSERT INTO store_keys VALUES (?, ?)", named.items())
        return cls(path)

    def named(self) -> dict[str, bytes]:
        with self._using() as connection:
            return dict(connection.execute("SELECT name, wrapped FROM store_keys"))

    def find(self, stream: UUID) -> tuple[bytes, bool] | None:
        """The wrapped key, and whether it is destroyed (the bytes are zero then)."""
        with self._using() as connection:
            row = connection.execute("SELECT wrapped, destroyed FROM stream_keys WHERE stream = ?", (stream.bytes,))
            found = row.fetchone()
        return (found[0], bool(found[1])) if found else None

    def add(self, stream: UUID, wrapped: bytes) -> bool:
        """Whether it was added, durably; False: there is a key or a tombstone, which stands."""
        with self._using() as connection:
            added = connection.execute(
                "INSERT INTO stream_keys (stream, destroyed, wrapped) VALUES (?, 0, ?) ON CONFLICT DO NOTHING",
                (stream.bytes, wrapped),
            )
            return added.rowcount == 1

    def destroy(self, stream: UUID) -> None:
        """Put a tombstone in place of the key, or where one could come; may be repeated."""
        with self._using() as connection:
            connection.execute("BEGIN IMMEDIATE")
            overwritten = connection.execute(
                "UPDATE stream_keys SET destroyed = 1, wrapped = zeroblob(length(wrapped)) WHERE stream = ?",
                (stream.bytes,),
            )
            if not overwritten.rowcount:
                insert = "INSERT INTO stream_keys (stream, destroyed, wrapped) VALUES (?, 1, zeroblob(0))"
                connection.execute(insert, (stream.bytes,))
            connection.execute("COMMIT")
            self._empty_write_ahead_log(connection)

    def generation(self) -> int:
        """SQLite's own: it changes when another connection (of another process, perhaps) has written."""
        with translated(self._path):
            version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        return version

    def close(self) -> None:
        self._connection.close()

    def _empty_write_ahead_log(self, connection: sqlite3.Connection) -> None:
        (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise StoreUnavailable(
                f"The key is destroyed, but its bytes may still stand in the write-ahead log of {self._path}.",
                "Another program reads the keys. Destroy this key again when it is done.",
            )

    @contextmanager
    def _using(self) -> Iterator[sqlite3.Connection]:
        with translated(self._path):
            try:
                yield self._connection
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.rollback()
                raise
