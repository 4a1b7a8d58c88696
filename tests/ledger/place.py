"""Where the store of a test is, on each engine, and what only somebody with the files or the database can do there."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Protocol
from uuid import UUID, uuid4

from tests.postgres import Cluster


class Place(Protocol):
    """The same for both engines, so that tests need not know which one they run on."""

    url: str
    key: Path

    def another(self) -> "Place":
        """Room for a second store."""
        ...

    def alter(self, statement: str, *values: object) -> None:
        """As somebody could who has the log and no key."""
        ...

    def wrapped_keys(self) -> dict[UUID, bytes]:
        """As they stand in their table now."""
        ...

    def mark_as_of_schema(self, number: int) -> None: ...

    def remove_keys(self) -> None: ...

    def take_keys_of(self, other: "Place") -> None:
        """A restore mixed up two stores: keys and key file are the other's now."""
        ...

    def content(self) -> bytes:
        """Every byte on the disk of the database and beside the key."""
        ...

    def empty(self) -> None:
        """Take every fact but the first out, and every key of a child, so that the same store can be filled anew."""
        ...


class SQLitePlace:
    def __init__(self, folder: Path, name: str = "zorgspoor") -> None:
        self.path = folder / f"{name}.db"
        self.url = f"sqlite:///{self.path}"
        self.key = self.path.with_suffix(".key")
        self.keys = self.path.with_suffix(".keys.db")

    def another(self) -> "SQLitePlace":
        return SQLitePlace(self.path.parent, "other")

    def alter(self, statement: str, *values: object) -> None:
        with closing(sqlite3.connect(self.path)) as connection:
            connection.execute(statement, values)
            connection.commit()

    def wrapped_keys(self) -> dict[UUID, bytes]:
        with closing(sqlite3.connect(self.keys)) as connection:
            return {
                UUID(bytes=stream): key for stream, key in connection.execute("SELECT stream, wrapped FROM stream_keys")
            }

    def mark_as_of_schema(self, number: int) -> None:
        self.alter(f"PRAGMA user_version = {number}")

    def remove_keys(self) -> None:
        self.keys.unlink()

    def take_keys_of(self, other: "Place") -> None:
        assert isinstance(other, SQLitePlace)
        other.keys.replace(self.keys)
        other.key.replace(self.key)

    def content(self) -> bytes:
        return b"".join(file.read_bytes() for file in self.path.parent.iterdir())

    def empty(self) -> None:
        self.alter("DELETE FROM facts WHERE position > 1")
        with closing(sqlite3.connect(self.keys)) as connection:
            connection.execute("DELETE FROM stream_keys")
            connection.commit()


class PostgresPlace:
    def __init__(self, cluster: Cluster, folder: Path) -> None:
        self.cluster = cluster
        self.schema = f"t{uuid4().hex[:16]}"
        self.key = folder / f"{self.schema}.key"
        self.url = cluster.url(self.schema, self.key)

    def another(self) -> "PostgresPlace":
        return PostgresPlace(self.cluster, self.key.parent)

    def alter(self, statement: str, *values: object) -> None:
        with self.cluster.connect() as connection:
            connection.execute(f"SET search_path = {self.schema}")
            connection.execute(statement.replace("?", "%s"), values or None)

    def wrapped_keys(self) -> dict[UUID, bytes]:
        rows = self.cluster.execute(f"TABLE {self.schema}_keys.stream_keys")
        return {stream: wrapped for stream, _, wrapped in rows}

    def mark_as_of_schema(self, number: int) -> None:
        self.alter("UPDATE format SET number = ?", number)

    def remove_keys(self) -> None:
        self.cluster.execute(f"DROP SCHEMA {self.schema}_keys CASCADE")

    def take_keys_of(self, other: "Place") -> None:
        assert isinstance(other, PostgresPlace)
        self.remove_keys()
        self.cluster.execute(f"ALTER SCHEMA {other.schema}_keys RENAME TO {self.schema}_keys")
        other.key.replace(self.key)

    def content(self) -> bytes:
        self.cluster.execute("CHECKPOINT")
        files = [*self.cluster.data.rglob("*"), self.cluster.folder / "log", *self.key.parent.iterdir()]
        return b"".join(file.read_bytes() for file in files if file.is_file())

    def empty(self) -> None:
        self.alter("DELETE FROM facts WHERE position > 1")
        self.cluster.execute(f"DELETE FROM {self.schema}_keys.stream_keys")  # noqa: S608  # our own name
