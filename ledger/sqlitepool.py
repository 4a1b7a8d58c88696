"""Connections to the log's file, for one writer and many readers."""

import sqlite3
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from types import TracebackType

from eventsourcing.sqlite import SQLiteDatastore

from ledger.errors import StoreUnavailable
from ledger.sqlitefile import LOG, connect, identity, is_gone, refusal, translated

LASTING = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT}
"""Errors that a connection may go on to have when their cause is gone."""


class Datastore(SQLiteDatastore):
    """The library's datastore, with connections that are durable, recognise their file, and report in our words."""

    def __init__(self, path: Path, busy_timeout: float) -> None:
        super().__init__(str(path))
        self.path = path
        self.turn = Turn(path, busy_timeout, self._read_anew)
        self._busy_timeout = busy_timeout
        self._idle = deque[sqlite3.Connection]()
        self._identity = identity(path)
        self._closed = False

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Cursor]:
        """One statement sees one state of the log, without a transaction around it."""
        self._refuse_another_file()
        with translated(self.path):
            idle = self._idle
            connection = self._borrowed(idle)
            try:
                yield connection.cursor()
            except BaseException:
                connection.close()
                raise
            idle.append(connection)
            if self._closed or idle is not self._idle:
                _let_go(idle)

    def close(self) -> None:
        self._closed = True
        self.turn.close()
        _let_go(self._idle)
        super().close()

    def _borrowed(self, idle: deque[sqlite3.Connection]) -> sqlite3.Connection:
        if self._closed:
            raise StoreUnavailable(f"The store is closed: {self.path}.")
        try:
            return idle.pop()
        except IndexError:
            return connect(self.path, LOG, busy_timeout=self._busy_timeout)

    def _refuse_another_file(self) -> None:
        """Once; then the one that is there is read."""
        there = identity(self.path)
        if there != self._identity:
            self._identity = there
            self._read_anew()
            raise is_gone(self.path)

    def _read_anew(self) -> None:
        """Connections of one process to one file share what they know of it; those in use end when they are done."""
        old, self._idle = self._idle, deque()
        _let_go(old)


def _let_go(idle: deque[sqlite3.Connection]) -> None:
    while idle:
        idle.pop().close()


class Turn:
    """`with turn as connection:` is a transaction that has the write lock from its beginning; all or nothing stands.

    Writers of this process take turns on one connection that is kept for them.
    """

    def __init__(self, path: Path, busy_timeout: float, of_no_use: Callable[[], None]) -> None:
        self._path = path
        self._busy_timeout = busy_timeout
        self._of_no_use = of_no_use
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = None
        self._identity = identity(path)
        self._closed = False

    def __enter__(self) -> sqlite3.Connection:
        if not self._lock.acquire(timeout=self._busy_timeout):
            raise StoreUnavailable(f"Too many writers wait for the store: {self._path}.")
        try:
            self._refuse_another_file()
            connection = self._connection or self._connected()
            connection.execute("BEGIN IMMEDIATE")
        except BaseException as error:
            self._undo()
            self._forget_if_of_no_use(error)
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
                self._forget_if_of_no_use(error)
            if isinstance(error, sqlite3.Error) and not isinstance(error, sqlite3.IntegrityError):
                raise refusal(error, self._path) from error
        finally:
            self._lock.release()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._let_go()

    def _refuse_another_file(self) -> None:
        """What is written to a file that was taken away is lost. Once; then the one that is there is written to."""
        there = identity(self._path)
        if there != self._identity:
            self._identity = there
            self._let_go()
            raise is_gone(self._path)

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

    def _forget_if_of_no_use(self, error: BaseException) -> None:
        """What was opened while it could only be read stays so, though its rights are given back."""
        if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF in LASTING:
            self._let_go()
            self._of_no_use()

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
