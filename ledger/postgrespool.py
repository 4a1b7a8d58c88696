"""Connections to PostgreSQL: a few for each process, each statement a transaction of its own, durable when it returns.

A pooler in between must keep one server connection per client connection (session pooling): prepared statements,
settings and the identity of the backend belong to the connection.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from queue import Empty, SimpleQueue
from typing import Any, Self

import psycopg
from psycopg.abc import RV, PQGen
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import Row
from psycopg.sql import Literal

from ledger.errors import StoreUnavailable
from ledger.postgresarrays import register
from ledger.postgrescall import Answer, Call, Caller
from ledger.postgreserrors import lost, unavailable, unreachable
from ledger.postgresql import script

OLDEST = 140000
"""pg_terminate_backend(pid, timeout) came with PostgreSQL 14."""

STATEMENT_SECONDS = 60
"""What a statement may take: the largest import appends in well under a second."""

ANSWER_SECONDS = STATEMENT_SECONDS + 5.0
"""What an answer may take: by then the server has given up by itself, so nobody is there, or something in between keeps
the connection alive and passes nothing on, which TCP does not notice."""

TRANSPORT = {
    "application_name": "zorgspoor",
    "connect_timeout": "5",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
"""A network that swallows packets is noticed within seconds, not after the two hours that TCP waits by default; the
address may say otherwise."""


@dataclass(frozen=True, slots=True)
class Backend:
    """The server's process behind a connection. Numbers of processes are used again; together with the start, not."""

    pid: int
    started: datetime


class ConnectionLost(Exception):
    """The connection broke while a statement was under way, which `backend` may have carried out, or may still."""

    def __init__(self, backend: Backend, refusal: StoreUnavailable) -> None:
        super().__init__(str(refusal))
        self.backend = backend
        self.refusal = refusal


class Connection(psycopg.Connection[Row]):
    """A connection that does not wait for ever."""

    patience: float | None = None
    """Seconds; None: as long as it takes."""

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        return super().wait(gen, interval, self.patience if timeout is None else timeout)


@dataclass(frozen=True, slots=True)
class Session:
    """One connection, and who serves it."""

    connection: Connection[tuple[Any, ...]]
    cursor: psycopg.Cursor[tuple[Any, ...]]
    caller: Caller
    backend: Backend


class Pool:
    """At most `size` connections, made when they are needed. The one used last is used first, so few stay warm.

    Of one process: a process that forks makes its own afterwards.
    """

    def __init__(self, conninfo: str, place: str, *, size: int, busy_timeout: float) -> None:
        self.place = place
        self.busy_timeout = busy_timeout
        self._conninfo = make_conninfo("", **{**TRANSPORT, **conninfo_to_dict(conninfo)})
        self._free = SimpleQueue[None]()
        for _ in range(size):
            self._free.put(None)
        self._idle = deque[Session]()
        self._closed = False

    def run(self, query: bytes, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of one statement. Raises `StoreUnavailable` if it had no effect, `ConnectionLost` if it may have."""
        with self.session() as session:
            result = session.cursor.execute(query, values, prepare=True).pgresult
            return session.cursor.fetchall() if result and result.nfields else []

    def call(self, call: Call, values: Sequence[bytes | None]) -> Answer:
        """As `run`, for the one record of what is called often."""
        self._wait_for_one()
        try:
            session = self._borrow()
            try:
                answer = session.caller.call(call, values)
            except BaseException as error:
                self._failed(session, error)
                raise
            self._idle.append(session)
            return answer
        finally:
            self._give_back()

    def repeatable(self, query: bytes, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """As `run`, for what may be done twice: after a restart of the database it goes on by itself."""
        try:
            return self.run(query, values)
        except ConnectionLost:
            self.forget()
        try:
            return self.run(query, values)
        except ConnectionLost as again:
            raise again.refusal from again

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A connection in autocommit mode, with errors in our words."""
        self._wait_for_one()
        try:
            session = self._borrow()
            try:
                yield session
            except BaseException as error:
                self._failed(session, error)
                raise
            self._idle.append(session)
        finally:
            self._give_back()

    @contextmanager
    def apart(self) -> Iterator[Connection[tuple[Any, ...]]]:
        """A connection beside those that are shared, closed in the end: for what belongs to a connection."""
        if self._closed:
            raise StoreUnavailable(f"The store is closed: {self.place}.")
        session = self._connect()
        try:
            yield session.connection
        except psycopg.Error as error:
            raise unavailable(error, self.place) from error
        finally:
            session.connection.close()

    def forget(self) -> None:
        """Let go of the connections that nobody uses: what broke one of them has broken others."""
        while self._idle:
            self._idle.pop().connection.close()

    def close(self) -> None:
        self._closed = True
        self.forget()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _wait_for_one(self) -> None:
        try:
            self._free.get(timeout=self.busy_timeout)
        except Empty:
            raise StoreUnavailable(f"Too many wait for the store: {self.place}.") from None

    def _give_back(self) -> None:
        self._free.put(None)
        if self._closed:
            self.forget()

    def _borrow(self) -> Session:
        if self._closed:
            raise StoreUnavailable(f"The store is closed: {self.place}.")
        try:
            return self._idle.pop()
        except IndexError:
            session = self._connect()
        session.connection.patience = ANSWER_SECONDS
        return session

    def _failed(self, session: Session, error: BaseException) -> None:
        """A connection on which something failed is given back only if the server said so, and is ready again.

        Raises `ConnectionLost` or `StoreUnavailable` for what psycopg reports, but for broken rules of a table.
        """
        if isinstance(error, psycopg.errors.IntegrityError):
            self._idle.append(session)
        elif isinstance(error, psycopg.Error):
            refusal = unavailable(error, self.place)
            if lost(error) or session.connection.broken:
                session.connection.close()
                raise ConnectionLost(session.backend, refusal) from error
            self._idle.append(session)
            raise refusal from error
        else:
            with suppress(psycopg.Error):
                session.connection.cancel()
            session.connection.close()

    def _connect(self) -> Session:
        try:
            connection = Connection[tuple[Any, ...]].connect(self._conninfo, autocommit=True)
        except psycopg.Error as error:
            raise unreachable(error, self.place) from error
        try:
            return self._prepared(connection)
        except BaseException as error:
            connection.close()
            if isinstance(error, psycopg.Error):
                raise unavailable(error, self.place) from error
            raise

    def _prepared(self, connection: Connection[tuple[Any, ...]]) -> Session:
        if connection.info.server_version < OLDEST:
            raise StoreUnavailable(f"{self.place} is older than PostgreSQL 14.", "Use a newer PostgreSQL.")
        register(connection)
        settings = script(
            "postgres_session.sql",
            lock_timeout=Literal(str(round(self.busy_timeout * 1000))),
            statement_timeout=Literal(str(STATEMENT_SECONDS * 1000)),
        )
        [(*_, durable, pid, started)] = connection.execute(settings).fetchall()
        if not durable:
            raise StoreUnavailable(
                f"{self.place} runs with fsync off: what it acknowledges may be lost.",
                "Set fsync = on, and restart it.",
            )
        caller = Caller(connection.pgconn, ANSWER_SECONDS)
        return Session(connection, connection.cursor(binary=True), caller, Backend(pid, started))
