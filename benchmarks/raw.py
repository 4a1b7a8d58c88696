"""The floor: rows that are sealed already, written by plain SQL into a table like ours, with the same indexes."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from time import time_ns
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from psycopg.sql import SQL, Identifier

from benchmarks.place import PostgresPlace, SQLitePlace, Stores
from benchmarks.workload import BATCH, Children
from ledger.address import Database, Files

Row = tuple[int, Any, int, str, int, bytes]

INSERT = "INSERT INTO facts (position, stream, version, topic, recorded_at, state) VALUES (?, ?, ?, ?, ?, ?)"
POSTGRES_INSERT: LiteralString = """INSERT INTO raw.facts (position, stream, version, topic, recorded_at, state)
    VALUES (%s, %s, %s, %s, %s, %s)"""
COPY: LiteralString = "COPY raw.facts (position, stream, version, topic, recorded_at, state) FROM STDIN (FORMAT BINARY)"
TYPES = ("int8", "uuid", "int8", "text", "int8", "bytea")


class Rows:
    """Rows for a table of its own, with the topic and the sealed body of a row of ours."""

    def __init__(self, topic: str, state: bytes, stream: Callable[[UUID], Any]) -> None:
        self._sealed = topic, state
        self._stream = stream
        self._children = Children.new()
        self._position = 0

    def next(self, count: int = 1) -> Iterator[Row]:
        topic, state = self._sealed
        child, versions = self._children.next(count)
        stream, at = self._stream(child), time_ns() // 1000
        for version in versions:
            self._position += 1
            yield self._position, stream, version, topic, at, state


class SQLiteRaw:
    """One INSERT, or executemany within one transaction."""

    def __init__(self, place: SQLitePlace, stores: Stores, like: str) -> None:
        address = stores.address(like)
        assert isinstance(address, Files)
        with closing(place.connect(address.log)) as ours:
            ((table,),) = ours.execute("SELECT sql FROM sqlite_master WHERE name = 'facts'")
            topic, state = ours.execute("SELECT topic, state FROM facts ORDER BY position DESC LIMIT 1").fetchone()
        self._connection: sqlite3.Connection = place.connect(place.folder / "raw.db")
        self._connection.execute(table)
        self._rows = Rows(topic, state, lambda stream: stream.bytes)
        self.bytes = len(state)

    def singly(self, operations: int) -> None:
        for _ in range(operations):
            (row,) = self._rows.next()
            self._connection.execute(INSERT, row)

    def together(self, operations: int) -> None:
        for _ in range(operations):
            rows = list(self._rows.next(BATCH))
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany(INSERT, rows)
            self._connection.execute("COMMIT")

    def close(self) -> None:
        self._connection.close()


class PostgresRaw:
    """One prepared INSERT, or COPY in the binary format."""

    def __init__(self, place: PostgresPlace, stores: Stores, like: str) -> None:
        address = stores.address(like)
        assert isinstance(address, Database)
        self._connection: psycopg.Connection[tuple[Any, ...]] = place.connect()
        names = {"like": Identifier(address.schema)}
        self._connection.execute("CREATE SCHEMA raw")
        self._connection.execute(SQL("CREATE TABLE raw.facts (LIKE {like}.facts INCLUDING ALL)").format(**names))
        last = SQL("SELECT topic, state FROM {like}.facts ORDER BY position DESC LIMIT 1").format(**names)
        ((topic, state),) = self._connection.execute(last).fetchall()
        self._cursor = self._connection.cursor(binary=True)
        self._rows = Rows(topic, state, lambda stream: stream)
        self.bytes = len(state)

    def singly(self, operations: int) -> None:
        for _ in range(operations):
            (row,) = self._rows.next()
            self._cursor.execute(POSTGRES_INSERT, row, prepare=True)

    def together(self, operations: int) -> None:
        for _ in range(operations):
            with self._cursor.copy(COPY) as copy:
                copy.set_types(TYPES)
                for row in self._rows.next(BATCH):
                    copy.write_row(row)

    def close(self) -> None:
        self._connection.close()

    def backends(self) -> dict[str, list[int]]:
        """The server's processes: the one behind this connection, and those of our stores."""
        own = self._connection.info.backend_pid
        ours = self._connection.execute("SELECT pid FROM pg_stat_activity WHERE application_name = 'zorgspoor'")
        return {"raw": [own], "Zorgspoor": [pid for (pid,) in ours]}
