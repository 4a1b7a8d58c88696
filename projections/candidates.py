"""Which children can stand on a list, in its order, page by page: codes and opaque ids; nothing is shown yet."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, and_, false, func, literal, or_, select, true, tuple_

from ledger.log import microseconds
from projections import caseload, consent_state, doubles, oversight, relations
from projections.caseload import IN_FOLLOW_UP, OPEN
from projections.readmodel import EVER
from projections.readstore import Reading
from projections.relations import ANYBODY, MUNICIPALITY, Relation


class Spot(NamedTuple):
    """Where a child stands in a list."""

    part: int
    rank: int
    stream: UUID


class Scope(NamedTuple):
    """Whose list: the relations that make a child a candidate, at an instant, as known at a position."""

    relations: Sequence[Relation]
    at: datetime
    position: int


Candidates = Callable[[Reading, Scope, Spot | None, int], Sequence[Spot]]
"""The first so many after a spot."""


def on_caseload(reading: Reading, scope: Scope, after: Spot | None, limit: int) -> list[Spot]:
    """Children with something open, what is due soonest first; then those in follow-up."""
    table, at = reading.table(caseload.MODEL), microseconds(scope.at)
    stands = (*_stood(table, scope, reading), _related(reading, scope, table))
    spots: list[Spot] = []
    for part, runs in ((OPEN, true()), (IN_FOLLOW_UP, table.c.rank > at)):
        if len(spots) < limit and (after is None or after.part <= part):
            since = after if after and after.part == part else None
            in_part = (*stands, table.c.part == part, runs)
            spots += _page(reading, _each_once(table, in_part, table.c.rank), since, limit - len(spots), part)
    return spots


def at_school(reading: Reading, scope: Scope, after: Spot | None, limit: int) -> list[Spot]:
    """Every child of the viewer's school."""
    schools = [each for each in scope.relations if each[0] == relations.SCHOOL]
    return related(reading, scope._replace(relations=schools), after, limit)


def related(reading: Reading, scope: Scope, after: Spot | None, limit: int) -> list[Spot]:
    """Every candidate there is."""
    table = reading.table(relations.MODEL)
    return _page(reading, _each_once(table, (_relation(reading, scope),)), after, limit)


def waiting(*rules: str) -> Candidates:
    """Children of whom something waits for somebody, what is due soonest first."""

    def found(reading: Reading, scope: Scope, after: Spot | None, limit: int) -> list[Spot]:
        table = reading.table(oversight.MODEL)
        stands = (table.c.rule.in_(rules), _related(reading, scope, table))
        return _page(reading, _soonest(table, stands, table.c.due), after, limit)

    return found


def lapsing(before: datetime) -> Candidates:
    """Children whose consent ends by itself before an instant; the first time that it does may be over by now."""

    def found(reading: Reading, scope: Scope, after: Spot | None, limit: int) -> list[Spot]:
        table = reading.table(consent_state.MODEL)
        within = table.c.lapses_at <= microseconds(before)
        stands = (*_stood(table, scope, reading), within, _related(reading, scope, table))
        return _page(reading, _each_once(table, stands, table.c.lapses_at), after, limit)

    return found


def called(blind: bytes) -> Candidates:
    """Dossiers with this BSN."""

    def found(reading: Reading, scope: Scope, after: Spot | None, limit: int) -> list[Spot]:
        table = reading.table(doubles.MODEL)
        stands = (table.c.blind == blind, _related(reading, scope, table))
        return _page(reading, _each_once(table, stands), after, limit)

    return found


def doubled(reading: Reading, scope: Scope, after: Spot | None, limit: int) -> list[Spot]:
    """Dossiers with a BSN that another one has as well: for those who oversee all of them.

    To anybody else one would tell of another that they may not know of.
    """
    if {kind for kind, _ in scope.relations} != {ANYBODY}:
        return []
    table = reading.table(doubles.MODEL)
    more = select(table.c.blind).group_by(table.c.blind).having(func.count() > 1)
    return _page(reading, _each_once(table, (table.c.blind.in_(more), _related(reading, scope, table))), after, limit)


def _stood(table: Table, scope: Scope, reading: Reading) -> tuple[ColumnElement[bool], ...]:
    """The versions of rows that stood at the position."""
    if scope.position >= reading.position:
        return (table.c.until_position == EVER,)
    return (table.c.since_position <= scope.position, table.c.until_position > scope.position)


def _related(reading: Reading, scope: Scope, table: Table) -> ColumnElement[bool]:
    """Which rows are of candidates: a municipality's and everybody's without a look at the relations."""
    kinds = {kind for kind, _ in scope.relations}
    if kinds == {ANYBODY}:
        return true()
    if kinds == {MUNICIPALITY} and "municipality" in table.c:
        return table.c.municipality.in_([value.decode() for _, value in scope.relations])
    relation = reading.table(relations.MODEL)
    return table.c.stream.in_(select(relation.c.stream).where(_relation(reading, scope)))


def _relation(reading: Reading, scope: Scope) -> ColumnElement[bool]:
    table, at = reading.table(relations.MODEL), microseconds(scope.at)
    is_one = (and_(table.c.kind == kind, table.c.value == value) for kind, value in scope.relations)
    return and_(or_(false(), *is_one), table.c.since <= at, table.c.until > at, *_stood(table, scope, reading))


class Ranked(NamedTuple):
    """A query for (rank, child), each child once, and what it is ordered by."""

    query: Select[int, bytes]
    rank: ColumnElement[int]
    stream: ColumnElement[bytes]


def _each_once(table: Table, stands: Iterable[ColumnElement[bool]], rank: ColumnElement[int] | None = None) -> Ranked:
    """Children with such a row, where all rows of a child have one rank: an index may give them in their order."""
    ranked = literal(0) if rank is None else rank
    return Ranked(select(ranked, table.c.stream).where(*stands).distinct(), ranked, table.c.stream)


def _soonest(table: Table, stands: Iterable[ColumnElement[bool]], rank: ColumnElement[int]) -> Ranked:
    """Children with such a row, by the first of their ranks."""
    query = select(func.min(rank).label("rank"), table.c.stream.label("stream")).where(*stands)
    each = query.group_by(table.c.stream).subquery()
    return Ranked(select(each.c.rank, each.c.stream), each.c.rank, each.c.stream)


def _page(reading: Reading, found: Ranked, after: Spot | None, limit: int, part: int = 0) -> list[Spot]:
    """The first so many after a spot."""
    query, rank, stream = found
    if after is not None:
        query = query.where(tuple_(rank, stream) > (after.rank, after.stream.bytes))
    rows = reading.rows(query.order_by(rank, stream).limit(limit))
    return [Spot(part, each[0], UUID(bytes=each[1])) for each in rows]
