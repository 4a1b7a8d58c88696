"""The log in one SQLite file: a thin subclass of the event sourcing library's recorder."""

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from eventsourcing.sqlite import SQLiteApplicationRecorder

from ledger.errors import Moved
from ledger.log import Head, Instants, Log, LoggedEvent, Rows, expected_versions, instant_of, instants_of, not_before
from ledger.sqlitefile import BUSY_TIMEOUT, LOG, created
from ledger.sqlitepool import Datastore
from ledger.sqlitewatch import SQLiteWatch
from ledger.tail import LogSubscription

Asked = sqlite3.Connection | sqlite3.Cursor

EVER = 2**63 - 1
VALUES = 500
"""Streams asked for in one statement; SQLite takes at least 999 values."""

INSERT = "INSERT INTO facts (position, stream, version, topic, recorded_at, state) VALUES (?,?,?,?,?,?)"
HEAD = "SELECT position, recorded_at FROM facts ORDER BY position DESC LIMIT 1"
VERSION = "SELECT version FROM facts WHERE stream = ? ORDER BY version DESC LIMIT 1"
STREAM = """SELECT position, stream, version, topic, recorded_at, state FROM facts
    WHERE stream = ? AND version > ? AND version <= ? ORDER BY version LIMIT ?"""
STREAM_BACKWARDS = STREAM.replace("BY version", "BY version DESC")
PAGE = """SELECT position, stream, version, topic, recorded_at, state FROM facts
    WHERE position >= ? AND position <= ? ORDER BY position LIMIT ?"""
STREAMS = """SELECT position, stream, version, topic, recorded_at, state FROM facts
    WHERE stream IN ({}) ORDER BY stream, version"""
BY_STREAM = """SELECT position, stream, version, topic, recorded_at, state FROM facts
    WHERE (stream, version) > (?, ?) AND stream <= ? AND position <= ? ORDER BY stream, version LIMIT ?"""
POSITIONS = """SELECT position, stream, version, topic, recorded_at, state FROM facts
    WHERE position IN (SELECT value FROM json_each(?)) ORDER BY position"""
PAGE_OF_TOPICS = PAGE.replace("ORDER", "AND topic IN (SELECT value FROM json_each(?)) ORDER")


class SQLiteLog(Log, SQLiteApplicationRecorder):
    """Positions are given out under the write lock, so they are contiguous whatever fails and whoever else writes."""

    datastore: Datastore

    def __init__(self, path: Path, *, busy_timeout: float = BUSY_TIMEOUT) -> None:
        super().__init__(Datastore(path, busy_timeout), events_table_name="facts")
        self.watch = SQLiteWatch(path, busy_timeout)

    @classmethod
    def create(cls, path: Path) -> "SQLiteLog":
        with created(path, LOG):
            pass
        return cls(path)

    def append(
        self,
        rows: Rows,
        *,
        unmoved: Mapping[UUID, int] = {},
        recorded_at: Instants | None = None,
        keys_at: int | None = None,
    ) -> Head:
        """`keys_at` adds nothing here: that no key was destroyed is asked of the file just before they are used."""
        expected = expected_versions(rows, unmoved)
        instants = instants_of(recorded_at, len(rows))
        try:
            with self.datastore.turn as connection:
                _refuse_moved(connection, expected)
                position, at = _head(connection) or (0, 0)
                instants = not_before(at, instants, recorded_at)
                inserted = [
                    (number, cast(UUID, row.originator_id).bytes, row.originator_version, row.topic, instant, row.state)
                    for number, (row, instant) in enumerate(zip(rows, instants, strict=True), position + 1)
                ]
                connection.executemany(INSERT, inserted)
        except sqlite3.IntegrityError:
            raise Moved(*{stream for stream, _ in expected}) from None
        self.watch.ring(inserted[-1][0])
        return Head(inserted[-1][0], instant_of(instants[-1]))

    def version(self, stream: UUID) -> int:
        with self.datastore.reading() as cursor:
            return _version(cursor, stream)

    def head(self) -> Head | None:
        with self.datastore.reading() as cursor:
            last = _head(cursor)
        return Head(last[0], instant_of(last[1])) if last else None

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[LoggedEvent]:
        """The rows of one stream, by version."""
        stream = cast(UUID, originator_id).bytes
        values = [stream, gt or 0, EVER if lte is None else lte, -1 if limit is None else limit]
        return self._select(STREAM_BACKWARDS if desc else STREAM, values)

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[LoggedEvent]:
        """A page of the rows of all streams, by position."""
        first = (start or 0) if inclusive_of_start else (start or 0) + 1
        values = [first, EVER if stop is None else stop]
        if topics:
            return self._select(PAGE_OF_TOPICS, [*values, json.dumps(list(topics)), limit])
        return self._select(PAGE, [*values, limit])

    def select_streams(self, streams: Collection[UUID]) -> Sequence[LoggedEvent]:
        chosen = [each.bytes for each in streams]
        parts = [chosen[first : first + VALUES] for first in range(0, len(chosen), VALUES)]
        found = (self._select(STREAMS.format(", ".join("?" * len(part))), part) for part in parts)
        return [row for rows in found for row in rows]

    def select_by_stream(
        self, after: tuple[UUID, int], last: UUID, upto_position: int, limit: int
    ) -> Sequence[LoggedEvent]:
        return self._select(BY_STREAM, [after[0].bytes, after[1], last.bytes, upto_position, limit])

    def select_positions(self, positions: Collection[int]) -> Sequence[LoggedEvent]:
        return self._select(POSITIONS, [json.dumps(list(positions))])

    def _select(self, statement: str, values: list[Any]) -> list[LoggedEvent]:
        with self.datastore.reading() as cursor:
            cursor.execute(statement, values)
            rows = cursor.fetchall()
        streams = {stream: UUID(bytes=stream) for stream in {row[1] for row in rows}}
        return [
            LoggedEvent(streams[stream], version, topic, state, position, instant_of(recorded_at))
            for position, stream, version, topic, recorded_at, state in rows
        ]

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> LogSubscription:
        """For the library's own runners; see `Tail`."""
        return LogSubscription(self, gt, topics)

    def close(self) -> None:
        self.watch.close()
        self.datastore.close()


def _refuse_moved(connection: sqlite3.Connection, expected: Iterable[tuple[UUID, int]]) -> None:
    moved = [stream for stream, version in expected if _version(connection, stream) != version]
    if moved:
        raise Moved(*sorted(set(moved)))


def _version(asked: Asked, stream: UUID) -> int:
    row = asked.execute(VERSION, (stream.bytes,)).fetchone()
    return cast(int, row[0]) if row else 0


def _head(asked: Asked) -> tuple[int, int] | None:
    return cast(tuple[int, int] | None, asked.execute(HEAD).fetchone())
