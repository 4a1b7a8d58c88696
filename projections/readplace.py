"""The database of the read models, beside the log: a file of its own, or a schema of its own.

Nothing in it is lost for good, so its commits need not wait for the disk: a position and the rows up to it are one
transaction, and what a crash of the machine takes is projected again.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import Connection, Engine, QueuePool, Table, create_engine, event, inspect, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.schema import CreateSchema

from ledger.address import Database, Files, address_of
from ledger.errors import StoreUnavailable
from ledger.postgrespool import TRANSPORT

BUSY_SECONDS = 10.0
EMPTYING_SECONDS = 0.2
"""That whoever erases waits for those who read."""

CONNECTIONS = 4
"""Of one process to the read models."""

SCHEMA_SUFFIX = "_read"
FILE_SUFFIX = ".read.db"

WRITING = "zorgspoor_writes"

HINT = (
    "See whether the database runs, has room, and may be written to. Nothing in it is lost for good: if it lasts, stop "
    "all programs and remove it (the file with those beside it, or the schema); it is built anew from the log."
)

LATER, LOCK = "set_config('synchronous_commit', 'off', true)", "hashtextextended(:schema, 0)"
AMONG_OTHERS = text(f"SELECT {LATER}, pg_advisory_xact_lock_shared({LOCK})")
ALONE = text(f"SELECT {LATER}, pg_advisory_xact_lock({LOCK})")


class ReadPlace:
    """Connections to the database of the read models, made when they are needed."""

    def __init__(self, url: str) -> None:
        self._lingers = False
        address = address_of(url)
        if isinstance(address, Files):
            self.schema = None
            self.place = str(address.log.with_suffix(FILE_SUFFIX))
            self.engine = _sqlite(address.log.with_suffix(FILE_SUFFIX))
        else:
            self.schema = f"{address.schema}{SCHEMA_SUFFIX}"
            self.place = f"schema {self.schema} beside {address.place}"
            self.engine = _postgres(address)

    def exists(self) -> bool:
        """Whether there is such a database, with anything in it or not. Nothing is made."""
        if self.schema is None:
            return Path(self.place).exists()
        with self._told(), self.engine.connect() as connection:
            return inspect(connection).has_schema(self.schema)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """All that is read stands as it stood at one moment."""
        with self._told(), self.engine.connect() as connection:
            yield connection.execution_options(isolation_level="REPEATABLE READ") if self.schema else connection

    @contextmanager
    def writing(self, *, alone: bool = False) -> Iterator[Connection]:
        """All that is written stands, or nothing of it. `alone`: while nobody else writes (on SQLite always so)."""
        with self._told(), self.engine.connect() as connection:
            writing = connection.execution_options(**{WRITING: True})
            with writing.begin():
                if self.schema:
                    writing.execute(ALONE if alone else AMONG_OTHERS, {"schema": self.schema})
                yield writing
        if self._lingers:
            self._empty_write_ahead_log()

    def takes_hold(self, connection: Connection, table: Table) -> bool:
        """Nobody drops the table while this is read; False: somebody just did."""
        if self.schema is None:
            return True
        try:
            connection.execute(select(table.c.stream).limit(0))
        except ProgrammingError as error:
            if isinstance(error.orig, psycopg.errors.UndefinedTable):
                return False
            raise
        return True

    def forget_for_good(self) -> None:
        """What was deleted is not left in a file beside: on SQLite, in the write-ahead log (PostgreSQL vacuums).

        Where somebody still reads what there was, it goes after the next write.
        """
        if self.schema is None:
            self._lingers = True
            self._empty_write_ahead_log()

    def _empty_write_ahead_log(self) -> None:
        with self._told(), self.engine.connect() as connection:
            sqlite = connection.connection
            sqlite.execute(f"PRAGMA busy_timeout = {EMPTYING_SECONDS * 1000:.0f}")
            try:
                (busy, _, _) = sqlite.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                self._lingers = bool(busy)
            finally:
                sqlite.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000:.0f}")

    def make_schema(self, connection: Connection) -> None:
        """Only where it is missing: a role may have been given the schema, and no right to make others."""
        if self.schema and not inspect(connection).has_schema(self.schema):
            connection.execute(CreateSchema(self.schema, if_not_exists=True))

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What the database reports, in our words and without values. Rows that contradict each other are a defect."""
        kind = ""
        try:
            yield
        except (IntegrityError, psycopg.IntegrityError):
            raise
        except DBAPIError as error:
            kind = type(error.orig).__name__
        except (PoolTimeout, sqlite3.Error, psycopg.Error) as error:
            kind = type(error).__name__
        if kind:
            raise StoreUnavailable(f"The read models cannot be used ({kind}): {self.place}.", HINT)


def _sqlite(path: Path) -> Engine:
    def connect() -> sqlite3.Connection:
        try:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            raise sqlite3.OperationalError("unable to open database file") from error
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "secure_delete = ON"):
                connection.execute(f"PRAGMA {pragma}")
        except BaseException:
            connection.close()
            raise
        return connection

    engine = create_engine(
        "sqlite://", creator=connect, poolclass=QueuePool, pool_size=CONNECTIONS, max_overflow=0, hide_parameters=True
    )

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        """A writer takes the lock at once: one that reads first may find it taken when it comes to write."""
        writes = connection.get_execution_options().get(WRITING)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgres(address: Database) -> Engine:
    conninfo = make_conninfo("", **{**TRANSPORT, **conninfo_to_dict(address.conninfo)})

    def connect() -> psycopg.Connection[Any]:
        return psycopg.connect(conninfo)

    return create_engine(
        "postgresql+psycopg://",
        creator=connect,
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_pre_ping=True,
        hide_parameters=True,
    )
