"""Connections to the log's file, for one writer and many readers: the event sourcing library's datastore and pool."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from types import TracebackType

from eventsourcing.sqlite import SQLiteConnection, SQLiteConnectionPool, SQLiteDatastore

from ledger.errors import StoreUnavailable
from ledger.sqlitefile import LOG, connect, refusal, translated


class Pool(SQLiteConnectionPool):
    """The library's pool, with connections that are durable and recognise their file."""

    def __init__(self, path: Path, busy_timeout: float) -> None:
        super().__init__(db_name=str(path))
        self.path = path
        self.busy_timeout = busy_timeout

    def connect(self) -> SQLiteConnection:
        connection = connect(self.path, LOG, busy_timeout=self.busy_timeout)
        return SQLiteConnection(connection, max_age=self.max_age)

    _create_connection = connect


class Datastore(SQLiteDatastore):
    """The library's datastore, for reading; with errors in our words. `turn` is for writing."""

    def __init__(self, path: Path, busy_timeout: float) -> None:
        super().__init__(str(path))
        self.pool: Pool = Pool(path, busy_timeout)
        self.turn = Turn(path, busy_timeout)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Cursor]:
        """One statement sees one state of the log, without a transaction around it."""
        with translated(self.pool.path):
            connection = self.pool.get_connection()
            try:
                with connection.cursor() as cursor:
                    yield cursor
            finally:
                self.pool.put_connection(connection)

    def close(self) -> None:
        self.turn.close()
        super().close()


class Turn:
    """`with turn as connection:` is a transaction that has the write lock from its beginning; all or nothing stands.

    Writers of this process take turns on one connection that is kept for them.
    """

    def __init__(self, path: Path, busy_timeout: float) -> None:
        self._path = path
        self._busy_timeout = busy_timeout
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = None
        self._closed = False

    def __enter__(self) -> sqlite3.Connection:
        if not self._lock.acquire(timeout=self._busy_timeout):
            raise StoreUnavailable(f"Too many writers wait for the store: {self._path}.")
        try:
            connection = self._connection or self._connected()
            connection.execute("BEGIN IMMEDIATE")
        except BaseException as error:
            self._lock.release()
            if isinstance(error, sqlite3.Error):
                raise refusal(error, self._path) from error
            raise
        return connection

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        assert self._connection
        try:
            if error is None:
                self._connection.execute("COMMIT")
        except BaseException as failed:
            self._undo()
            if isinstance(failed, sqlite3.Error):
                raise refusal(failed, self._path) from failed
            raise
        else:
            if error is not None:
                self._undo()
            if isinstance(error, sqlite3.Error) and not isinstance(error, sqlite3.IntegrityError):
                raise refusal(error, self._path) from error
        finally:
            self._lock.release()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._let_go()

    def _connected(self) -> sqlite3.Connection:
        if self._closed:
            raise StoreUnavailable(f"The store is closed: {self._path}.")
        self._connection = connect(self._path, LOG, busy_timeout=self._busy_timeout)
        return self._connection

    def _undo(self) -> None:
        """A connection that cannot even undo is not used again."""
        try:
            if self._connection and self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error:
            self._let_go()

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
