"""Where contenders write: a folder for SQLite, or a private PostgreSQL cluster; both durable as in production."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Protocol, Self

import psycopg

from api.main import App, Settings, build, create
from benchmarks.child import clock
from ledger.address import Database, Files, address_of
from tests.postgres import Cluster, cluster

POSTGRES = {"shared_buffers": "1GB", "max_wal_size": "4GB", "checkpoint_timeout": "15min"}
"""As an operator sets them; both kinds of contenders have them. Durability is as the cluster of the tests has it."""

SQLITE_DURABLE = ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL")


class Place(Protocol):
    """One engine."""

    @property
    def engine(self) -> str: ...

    @property
    def folder(self) -> Path: ...

    def url(self, name: str) -> str: ...


@dataclass(frozen=True)
class SQLitePlace:
    folder: Path
    engine: str = "SQLite"

    def url(self, name: str) -> str:
        return f"sqlite:///{self.folder / name}.db"

    def connect(self, file: Path) -> sqlite3.Connection:
        """In autocommit mode; commits are on disk when they return."""
        connection = sqlite3.connect(file, isolation_level=None)
        for pragma in SQLITE_DURABLE:
            connection.execute(pragma)
        return connection


@dataclass(frozen=True)
class PostgresPlace:
    folder: Path
    cluster: Cluster
    engine: str = "PostgreSQL"

    def url(self, name: str) -> str:
        return self.cluster.url(name, self.folder / f"{name}.key")

    @property
    def elsewhere(self) -> "PostgresPlace":
        """The same for another process, which cannot stop the server."""
        return replace(self, cluster=Cluster(self.cluster.programs, self.cluster.folder, self.cluster.port))

    def connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        """As the superuser, in autocommit mode, with the server's defaults: what it acknowledges is on disk."""
        return self.cluster.connect()


@contextmanager
def sqlite_place() -> Iterator[SQLitePlace]:
    folder = Path(mkdtemp(prefix="zorgspoor-bench-"))
    try:
        yield SQLitePlace(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postgres_place() -> Iterator[PostgresPlace]:
    with sqlite_place() as keys, cluster(**POSTGRES) as running:
        yield PostgresPlace(keys.folder, running)


@dataclass
class Stores:
    """The stores of one measurement, closed together."""

    place: Place
    _opened: ExitStack = field(default_factory=ExitStack)

    def create(self, name: str) -> App:
        return self._closing(create(Settings(self.place.url(name)), clock=clock))

    def open(self, name: str) -> App:
        """Once more, by a process that knows nothing yet."""
        return self._closing(build(Settings(self.place.url(name)), clock))

    def address(self, name: str) -> Files | Database:
        return address_of(self.place.url(name))

    def _closing(self, app: App) -> App:
        self._opened.callback(app.store.close)
        return app

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()
