"""The log in a schema of a PostgreSQL database.

Every append takes the lock of this log and holds it until its transaction has ended, so positions are 1..N whatever
fails. No reader ever sees position n + 1 before n, and one that reads on from the last position it saw misses nothing:

* PostgreSQL makes a transaction visible (ProcArrayEndTransaction) before it lets go of its locks (CommitTransaction in
  src/backend/access/transam/xact.c). Whoever holds the lock therefore comes after everything that was given positions
  before it, and a snapshot in which it is visible is younger still.
* Our reads are single statements under READ COMMITTED: one snapshot each.
* A standby replays commits in the order of the primary's write-ahead log, which is that of the lock.
* Before a transaction becomes visible it is flushed to disk (synchronous_commit, which every connection of ours sets,
  and fsync, without which we do not start), so what a reader saw is there after a crash as well.

The lock is an advisory one, which belongs to the log's table: unlike a lock on the table itself it stands in the way of
neither reads nor VACUUM, backups or a new index. Who follows the log is told by NOTIFY, but seldom: see
ledger/postgreswatch.py.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, LiteralString, cast
from uuid import UUID

import psycopg
from eventsourcing.persistence import StoredEvent
from psycopg.types.numeric import Int8

from ledger.errors import LedgerError, Moved, StoreUnavailable
from ledger.keytable import Generation
from ledger.log import Head, Instants, Log, LoggedEvent, Row, Rows, expected_versions, instant_of, instants_of
from ledger.postgresarrays import Bigints, Byteas, Texts, Uuids, bigints, texts, uuids
from ledger.postgrescall import BIGINT, Call, bigint
from ledger.postgresoutcome import settled
from ledger.postgrespool import ConnectionLost, Pool
from ledger.postgresql import statement
from ledger.postgresschema import LOG, Schemas, created, recognise
from ledger.postgreswatch import PostgresWatch
from ledger.tail import LogSubscription

EVER = 2**63 - 1

ONE = (Uuids.ELEMENT, Bigints.ELEMENT, Texts.ELEMENT, Byteas.ELEMENT, Uuids.ELEMENT, *(Bigints.ELEMENT,) * 3)
MANY = (Uuids.OID, Bigints.OID, Texts.OID, Byteas.OID, Uuids.OID, Bigints.OID, Bigints.OID, Bigints.ELEMENT)
"""Types of their values, in the order of their parameters."""
ATTEMPTS = 2
"""An append that certainly did not happen, because the connection was dead, is sent once more."""

APPEND_ONE: LiteralString = "SELECT {schema}.append_one($1, $2, $3, $4, $5, $6, $7, $8)"
APPEND_MANY: LiteralString = "SELECT {schema}.append_many($1, $2, $3, $4, $5, $6, $7, $8)"
HEAD: LiteralString = "SELECT position, recorded_at FROM {schema}.facts ORDER BY position DESC LIMIT 1"
VERSION: LiteralString = """SELECT version FROM {schema}.facts
    WHERE stream = %b ORDER BY version DESC LIMIT 1"""
RECOVERING: LiteralString = "SELECT pg_is_in_recovery()"
ROWS: LiteralString = """SELECT position, stream, version, topic, recorded_at, state,
    (SELECT count FROM {schema}.keys_destroyed) FROM {schema}.facts """
STREAM: LiteralString = ROWS + "WHERE stream = %b AND version > %b AND version <= %b ORDER BY version LIMIT %b"
BACKWARDS: LiteralString = ROWS + "WHERE stream = %b AND version > %b AND version <= %b ORDER BY version DESC LIMIT %b"
PAGE: LiteralString = ROWS + "WHERE position >= %b AND position <= %b ORDER BY position LIMIT %b"
STREAMS: LiteralString = ROWS + "WHERE stream = ANY (%b) ORDER BY stream, version"
BY_STREAM: LiteralString = (
    ROWS
    + """WHERE (stream, version) > (%b, %b) AND stream <= %b AND position <= %b
    ORDER BY stream, version LIMIT %b"""
)
POSITIONS: LiteralString = ROWS + "WHERE position = ANY (%b) ORDER BY position"
PAGE_OF_TOPICS: LiteralString = (
    ROWS + "WHERE position >= %b AND position <= %b AND topic = ANY (%b) ORDER BY position LIMIT %b"
)


class PostgresLog(Log):
    """One append is one round trip, and so is one read."""

    def __init__(self, pool: Pool, schemas: Schemas, generation: Generation) -> None:
        recognise(pool, schemas.log, LOG)
        self.schema = schemas.log
        self.pool = pool
        self._generation = generation
        self._statements = dict[LiteralString, bytes]()
        self._names = schemas.names
        self._append_one = Call(b"append_one", statement(APPEND_ONE, **schemas.names), ONE)
        self._append_many = Call(b"append_many", statement(APPEND_MANY, **schemas.names), MANY)
        self.watch = PostgresWatch(pool, schemas)

    @classmethod
    def create(cls, pool: Pool, schemas: Schemas, generation: Generation) -> "PostgresLog":
        with created(pool, schemas, LOG):
            pass
        return cls(pool, schemas, generation)

    def append(
        self,
        rows: Rows,
        *,
        unmoved: Mapping[UUID, int] = {},
        recorded_at: Instants | None = None,
        keys_at: int | None = None,
    ) -> Head:
        """Raises `OutcomeUnknown` if the connection was lost and the database cannot be asked what became of it."""
        keys = None if keys_at is None else BIGINT.pack(keys_at)
        several = recorded_at is not None and not isinstance(recorded_at, datetime)
        instants = instants_of(recorded_at, len(rows) if several else 1)
        if len(rows) == 1 and len(others := _others(rows[0], unmoved)) <= 1:
            return self._appended(self._append_one, (*_one(rows[0], others, instants[0]), keys), rows, keys_at)
        expected = expected_versions(rows, unmoved)
        return self._appended(self._append_many, (*_many(rows, expected, instants), keys), rows, keys_at)

    def _appended(self, call: Call, values: Sequence[bytes | None], rows: Rows, keys_at: int | None) -> Head:
        lost: ConnectionLost | None = None
        for _ in range(ATTEMPTS):
            try:
                last, at, moved, destroyed = self.pool.call(call, values)
            except psycopg.errors.IntegrityError:
                raise Moved(*{cast(UUID, row.originator_id) for row in rows}) from None
            except ConnectionLost as broken:
                lost = broken
                if stands := settled(self.pool, self._names, broken, rows):
                    self.watch.ring(stands.position)
                    return stands
            else:
                if moved is not None:
                    raise Moved(*sorted({UUID(each) for each in moved.decode().split()}))
                self._generation.told(bigint(destroyed), keys_at)
                self.watch.ring(bigint(last))
                return Head(bigint(last), instant_of(bigint(at)))
        assert lost
        raise lost.refusal from lost

    def version(self, stream: UUID) -> int:
        rows = self._run(VERSION, stream)
        return cast(int, rows[0][0]) if rows else 0

    def head(self) -> Head | None:
        rows = self._run(HEAD)
        return Head(rows[0][0], instant_of(rows[0][1])) if rows else None

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
        values = [Int8(gt or 0), _or_ever(lte), _or_ever(limit)]
        return self._rows(BACKWARDS if desc else STREAM, originator_id, *values)

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
        first = Int8((start or 0) if inclusive_of_start else (start or 0) + 1)
        if topics:
            return self._rows(PAGE_OF_TOPICS, first, _or_ever(stop), texts(topics), Int8(limit))
        return self._rows(PAGE, first, _or_ever(stop), Int8(limit))

    def select_streams(self, streams: Collection[UUID]) -> Sequence[LoggedEvent]:
        return self._rows(STREAMS, uuids(streams))

    def select_by_stream(
        self, after: tuple[UUID, int], last: UUID, upto_position: int, limit: int
    ) -> Sequence[LoggedEvent]:
        stream, version = after
        return self._rows(BY_STREAM, stream, Int8(version), last, Int8(upto_position), Int8(limit))

    def select_positions(self, positions: Collection[int]) -> Sequence[LoggedEvent]:
        return self._rows(POSITIONS, bigints(positions))

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> LogSubscription:
        """For the library's own runners; see `Tail`."""
        return LogSubscription(self, gt, topics)

    def behind(self, position: int) -> LedgerError:
        """A standby may be late; it has not lost anything."""
        if self._run(RECOVERING) == [(True,)]:
            return StoreUnavailable(f"A standby has not yet what was read from the primary: {self.pool.place}.")
        return super().behind(position)

    def close(self) -> None:
        self.watch.close()
        self.pool.close()

    def _rows(self, text: LiteralString, *values: Any) -> list[LoggedEvent]:
        rows = self._run(text, *values)
        if rows:
            self._generation.told(rows[-1][-1])
        return [
            LoggedEvent(stream, version, topic, state, position, instant_of(recorded_at))
            for position, stream, version, topic, recorded_at, state, _ in rows
        ]

    def _run(self, text: LiteralString, *values: Any) -> list[tuple[Any, ...]]:
        return self.pool.repeatable(self._statement(text), values)

    def _statement(self, text: LiteralString) -> bytes:
        found = self._statements.get(text)
        if found is None:
            found = self._statements[text] = statement(text, **self._names)
        return found


def _others(row: Row | StoredEvent, unmoved: Mapping[UUID, int]) -> dict[UUID, int]:
    """What must not have moved but the stream that is written to. Raises `Moved` where that cannot be."""
    stream, before = cast(UUID, row.originator_id), row.originator_version - 1
    if unmoved.get(stream, before) != before:
        raise Moved(stream)
    return {other: version for other, version in unmoved.items() if other != stream}


def _one(row: Row | StoredEvent, others: Mapping[UUID, int], instant: int) -> Sequence[bytes | None]:
    other = next(iter(others.items()), None)
    return (
        cast(UUID, row.originator_id).bytes,
        BIGINT.pack(row.originator_version),
        row.topic.encode(),
        row.state,
        other and other[0].bytes,
        other and BIGINT.pack(other[1]),
        BIGINT.pack(instant),
    )


def _many(rows: Rows, expected: set[tuple[UUID, int]], instants: list[int]) -> Sequence[bytes]:
    return (
        uuids(cast(UUID, row.originator_id) for row in rows),
        bigints(row.originator_version for row in rows),
        texts(row.topic for row in rows),
        Byteas.of(row.state for row in rows),
        uuids(stream for stream, _ in expected),
        bigints(version for _, version in expected),
        bigints(instants),
    )


def _or_ever(number: int | None) -> Int8:
    return Int8(EVER if number is None else number)
