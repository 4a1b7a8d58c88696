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
from sqlalchemy import Connection, Engine, QueuePool, create_engine, event, inspect
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.schema import CreateSchema

from ledger.address import Database, Files, address_of
from ledger.errors import StoreUnavailable
from ledger.postgrespool import TRANSPORT

BUSY_SECONDS = 10.0
CONNECTIONS = 4
"""Of one process to the read models."""

SCHEMA_SUFFIX = "_read"
FILE_SUFFIX = ".read.db"

WRITING = "zorgspoor_writes"


class ReadPlace:
    """Connections to the database of the read models, made when they are needed."""

    def __init__(self, url: str) -> None:
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
    def writing(self) -> Iterator[Connection]:
        """All that is written stands, or nothing of it."""
        with self._told(), self.engine.connect() as connection:
            writing = connection.execution_options(**{WRITING: True})
            with writing.begin():
                if self.schema:
                    writing.exec_driver_sql("SET LOCAL synchronous_commit = off")
                yield writing

    def forget_for_good(self) -> None:
        """What was deleted is not left in a file beside: on SQLite, in the write-ahead log (PostgreSQL vacuums)."""
        if self.schema is None:
            with self.engine.connect() as connection:
                connection.rollback()
                connection.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def make_schema(self, connection: Connection) -> None:
        """Only where it is missing: a role may have been given the schema, and no right to make others."""
        if self.schema and not inspect(connection).has_schema(self.schema):
            connection.execute(CreateSchema(self.schema, if_not_exists=True))

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What the database reports, in our words and without values."""
        try:
            yield
        except IntegrityError:
            raise
        except (DBAPIError, PoolTimeout) as error:
            kind = type(error.orig).__name__ if isinstance(error, DBAPIError) else type(error).__name__
            raise StoreUnavailable(f"The read models cannot be used ({kind}): {self.place}.") from _without_values(
                error
            )


def _without_values(error: Exception) -> Exception | None:
    """The error of the database itself; SQLAlchemy's repeats the values of the statement."""
    return error.orig if isinstance(error, DBAPIError) and isinstance(error.orig, OperationalError) else None


def _sqlite(path: Path) -> Engine:
    def connect() -> sqlite3.Connection:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "secure_delete = ON"):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    engine = create_engine(
        "sqlite://", creator=connect, poolclass=QueuePool, pool_size=CONNECTIONS, max_overflow=0
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
        "postgresql+psycopg://", creator=connect, pool_size=CONNECTIONS, max_overflow=0, pool_pre_ping=True
    )
