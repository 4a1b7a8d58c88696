"""Where read models are kept and asked: which generation is read, how far it is, and what stands in it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from threading import Condition
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Executable, Row, Select, Table, bindparam, delete, insert, inspect, select, update
from sqlalchemy.schema import CreateTable

from domain.envelope import Recorded
from ledger.errors import LedgerError, StoreUnavailable
from ledger.keys import Keys
from ledger.log import LoggedEvent
from ledger.seal import DoesNotOpen, place
from projections.models import OF_CHILD
from projections.readmodel import OfChild, ReadModel
from projections.readplace import ReadPlace
from projections.tables import Generations, Tables

TRIES = 10
"""How often it is asked anew which generation is read, where that one was just replaced; once is rare."""

HERE_SECONDS = 0.05
"""Between two looks at how far a projector of this process is; it says so itself, unless it fails."""


class Behind(StoreUnavailable):
    """The read models have not yet what is asked for."""

    hint = "Ask again in a moment; if it lasts, see whether a projector runs."


class ReplacedByOther(LedgerError):
    """Other software built read models of its own meanwhile."""

    hint = "Start this program again; `zorgspoor rebuild` builds those of this version."


class RowBroken(LedgerError):
    """A row is not as it was written. The log is not touched by that."""

    hint = "Keep the read models for investigation, and run `zorgspoor rebuild`: they are built anew from the log."


class Generation(NamedTuple):
    """One generation of tables. `position`: up to where of the log; `mark`: which fact stands there."""

    number: int
    position: int
    mark: str


def mark_of(recorded: Recorded) -> str:
    """Which fact stands at a position. After an older log was put back, another one of the same stream may."""
    return _mark(recorded.stream, recorded.entry, recorded.recorded_at)


def is_at(row: LoggedEvent | None, mark: str) -> bool:
    """Whether it is the fact of this mark that stands in a row of the log."""
    return row is not None and _mark(row.originator_id, row.originator_version, row.recorded_at) == mark


def _mark(stream: UUID | str, entry: int, recorded_at: datetime) -> str:
    return f"{stream}/{entry}/{recorded_at.isoformat()}"


@dataclass(frozen=True)
class Reading:
    """One state of the read models, up to a position of the log. `mark`: which fact stood there."""

    connection: Connection
    tables: Tables
    position: int
    mark: str

    def table(self, model: ReadModel) -> Table:
        return self.tables[model]

    def rows(self, query: Executable) -> Sequence[Row[*tuple[Any, ...]]]:
        return self.connection.execute(query).all()


class ReadStore:
    """The read models of one store. `fingerprint`: of everything beside the log that their rows follow from."""

    def __init__(self, url: str, fingerprint: str) -> None:
        self.place = ReadPlace(url)
        self.fingerprint = fingerprint
        self._generations = Generations(self.place.schema)
        self._arrivals = Condition()
        self._here = 0
        self._made = False
        self._seen = False

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """Raises `Behind` where nothing has been built yet."""
        with self.place.reading() as connection:
            for _ in range(TRIES):
                if found := self._held(connection):
                    yield Reading(connection, self.tables(found.number), found.position, found.mark)
                    return
        raise Behind("The read models are replaced each time that they are asked.")

    def _held(self, connection: Connection) -> Generation | None:
        """The generation that is read, which stays until this is over; None: it went before one could take hold of it.

        (On SQLite whoever reads goes on reading what there was.)
        """
        found = self.live_in(connection)
        if found is None:
            raise Behind("The read models are being built.")
        if self.place.takes_hold(connection, self.tables(found.number).gate):
            return found
        connection.rollback()
        return None

    def live(self) -> Generation | None:
        """The generation that is read; None: there is none of this software. Raises `ReplacedByOther`."""
        with self.place.reading() as connection:
            return self.live_in(connection)

    def position(self) -> int:
        """Up to where of the log the read models are; 0: nowhere."""
        found = self.live()
        return found.position if found else 0

    def tables(self, number: int) -> Tables:
        return self._generations.tables(number)

    def begin(self) -> Generation:
        """A new generation, empty and without indexes (see `index`), beside those that there are."""
        table = self._generations.table
        with self.place.writing(alone=True) as connection:
            self.place.make_schema(connection)
            self._generations.metadata.create_all(connection)
            values = {"fingerprint": self.fingerprint, "position": 0, "mark": "", "live": False}
            given = connection.execute(insert(table).values(values)).inserted_primary_key
            assert given is not None
            number = given[0]
            for made in self.tables(number).of.values():
                connection.execute(CreateTable(made))
        return Generation(number, 0, "")

    def index(self, number: int) -> None:
        """What rows of a generation are looked up by: made when the rows are there, as it takes longer as they come."""
        for table in self.tables(number).of.values():
            with self.place.writing() as connection:
                for index in table.indexes:
                    index.create(connection)

    def of(self, number: int, connection: Connection) -> Generation | None:
        """A generation as it stands; None: it was given up."""
        table = self._generations.table
        query = select(table.c.number, table.c.position, table.c.mark).where(table.c.number == number)
        found = connection.execute(query).one_or_none()
        return Generation(*found) if found else None

    def move(self, connection: Connection, before: Generation, position: int, mark: str) -> bool:
        """Say that a generation is at another position; False: somebody else moved it first."""
        values = {"of": before.number, "before": before.position, "after": position, "at": mark}
        return connection.execute(self._moved, values).rowcount == 1

    def swap(self, to: Generation, connection: Connection) -> None:
        """Read this generation from now on, and drop all others. Only while nobody else writes."""
        table = self._generations.table
        others = connection.execute(select(table.c.number).where(table.c.number != to.number)).scalars().all()
        connection.execute(delete(table).where(table.c.number != to.number))
        connection.execute(update(table).values(live=True))
        for number in others:
            tables = self.tables(number)
            tables.gate.drop(connection, checkfirst=True)
            tables.metadata.drop_all(connection)

    def purge(self, children: Sequence[UUID]) -> None:
        """See `forget_children`; nothing of them is left in a file beside, either."""
        with self.place.writing(alone=True) as connection:
            if inspect(connection).has_table(self._generations.table.name, schema=self.place.schema):
                self.forget_children(connection, children)
        self.place.forget_for_good()

    def forget_children(self, connection: Connection, children: Sequence[UUID]) -> None:
        """Every row about these children goes, from generations that are being built as well."""
        numbers = connection.execute(select(self._generations.table.c.number)).scalars().all()
        there = set(inspect(connection).get_table_names(schema=self.place.schema))
        for table in (self.tables(number)[model] for number in numbers for model in OF_CHILD):
            if table.name in there:
                gone = delete(table).where(table.c.stream.in_([child.bytes for child in children]))
                connection.execute(gone)

    def live_in(self, connection: Connection) -> Generation | None:
        """See `live`."""
        there = self._generations.table.name
        self._made = self._made or inspect(connection).has_table(there, schema=self.place.schema)
        if not self._made:
            return None
        found = connection.execute(self._live).one_or_none()
        if found and found.fingerprint == self.fingerprint:
            self._seen = True
            return Generation(found.number, found.position, found.mark)
        if self._seen:
            raise ReplacedByOther("Other software has replaced the read models that this program reads.")
        return None

    @cached_property
    def _live(self) -> Select[int, int, str, str]:
        """Made once, as are others that are asked often: to make it takes longer than to ask it."""
        table = self._generations.table
        return select(table.c.number, table.c.position, table.c.mark, table.c.fingerprint).where(table.c.live)

    @cached_property
    def _moved(self) -> Executable:
        table = self._generations.table
        there = update(table).where(table.c.number == bindparam("of"), table.c.position == bindparam("before"))
        return there.values(position=bindparam("after"), mark=bindparam("at"))

    def arrived(self, position: int) -> None:
        """A projector of this process has reached a position."""
        with self._arrivals:
            self._here = position
            self._arrivals.notify_all()

    def wait(self, position: int, elsewhere: float = 0) -> None:
        """Until a projector of this process says that it got on; `elsewhere`: so long where none is on the way."""
        with self._arrivals:
            seconds = HERE_SECONDS if 0 < self._here < position else elsewhere
            if seconds:
                self._arrivals.wait(seconds)

    def close(self) -> None:
        self.place.close()


def sealed(keys: Keys, model: OfChild, stream: UUID, key: int, since: int, body: bytes | None) -> bytes | None:
    """A body as it stands in the table; `since`: 0 where no versions are kept. Raises `KeyDestroyed`."""
    return None if body is None else keys.get(stream).seal(body, _place(model, stream, key, since))


def opened(keys: Keys, model: OfChild, stream: UUID, key: int, since: int, body: bytes) -> bytes:
    try:
        return keys.get(stream).open(body, _place(model, stream, key, since))
    except DoesNotOpen:
        raise RowBroken(
            f"A row of {model.name} does not open: it was altered, or stands where it was not put."
        ) from None


def opened_body(keys: Keys, model: OfChild, row: Row[*tuple[Any, ...]]) -> bytes:
    """What a row of the table holds sealed. Raises `KeyDestroyed`."""
    since = row.since_position if model.kept else 0
    return opened(keys, model, UUID(bytes=row.stream), row.key, since, row.body)


def _place(model: OfChild, stream: UUID, key: int, since: int) -> bytes:
    return place(stream, since, f"read.{model.name}.{key}")
