"""Connections to the log's file, for one writer and many readers: the event sourcing library's datastore and pool."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from eventsourcing.persistence import ConnectionPoolClosedError
from eventsourcing.sqlite import SQLiteConnection, SQLiteConnectionPool, SQLiteCursor, SQLiteDatastore

from ledger.errors import StoreUnavailable
from ledger.sqlitefile import LOG, connect, translated


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
    """The library's datastore, with errors in our words, and writers that take the lock first (BEGIN IMMEDIATE).

    Writers of this process take turns on one connection that is kept for them, not in the pool: its writer lock stays
    taken for ever if a connection cannot be made.
    """

    def __init__(self, path: Path, busy_timeout: float) -> None:
        super().__init__(str(path))
        self.pool: Pool = Pool(path, busy_timeout)
        self._turn = Lock()
        self._writer: SQLiteConnection | None = None

    @contextmanager
    def transaction(self, *, commit: bool) -> Iterator[SQLiteCursor]:
        with translated(self.pool.path), self._writing() if commit else self._reading() as cursor:
            yield cursor

    @contextmanager
    def _reading(self) -> Iterator[SQLiteCursor]:
        """One statement sees one state of the log, without a transaction around it."""
        connection = self.pool.get_connection()
        try:
            yield connection.cursor()
        finally:
            self.pool.put_connection(connection)

    @contextmanager
    def _writing(self) -> Iterator[SQLiteCursor]:
        if not self._turn.acquire(timeout=self.pool.busy_timeout):
            raise StoreUnavailable(f"Too many writers wait for the store: {self.pool.path}.")
        try:
            connection = self._connected_writer()
            try:
                cursor = connection.cursor()
                cursor.execute("BEGIN IMMEDIATE")
                yield cursor
                connection.commit()
            except BaseException:
                _undo(connection)
                raise
        finally:
            self._turn.release()

    def _connected_writer(self) -> SQLiteConnection:
        if self.pool.closed:
            raise ConnectionPoolClosedError
        if self._writer is None or self._writer.closed:
            self._writer = self.pool.connect()
        return self._writer

    def close(self) -> None:
        with self._turn:
            if self._writer is not None:
                self._writer.close()
        super().close()


def _undo(connection: SQLiteConnection) -> None:
    try:
        connection.rollback()
    except sqlite3.Error:
        connection.close()
