"""What must stand in the tables of read models: worked out from the log alone, prefix by prefix, each folded anew.

Nothing here is shared with the code that projects: streams are read one by one, and what changes from one version of a
child to the next is found by comparing all of its rows. Bodies are opened and compared in clear.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select

from api.main import App
from domain.envelope import Recorded
from domain.trajectory.history import History
from projections.models import OF_CHILD, OF_FACT
from projections.readmodel import EVER, Given, OfChild, Row
from projections.readstore import Reading, ReadStore, opened_body

Key = tuple[object, ...]
Tables = dict[str, dict[Key, tuple[object, ...]]]
"""By read model, by primary key: what else stands in the row."""


@dataclass
class Fold:
    """What the log folds to, at whatever position. It is read once, when this is made. `only`: of these children."""

    app: App
    only: Collection[UUID] | None = None
    log: list[Recorded] = field(init=False)
    children: dict[UUID, tuple[Recorded, ...]] = field(init=False)
    _given: Given = field(init=False)
    _rows: dict[tuple[str, UUID, int], dict[int, Row]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        store = self.app.store
        self.log = store.log(limit=1_000_000) if self.only is None else []
        streams = self.only or {each.stream: None for each in self.log if each.topic.startswith("trajectory.")}
        self.children = {stream: tuple(store.stream(stream)) for stream in streams}
        self._given = Given(store.keys.blind, self.app.policies)

    @property
    def last(self) -> int:
        return self.app.store.last().position if self.only else self.log[-1].position

    def not_yet_erased(self, position: int) -> frozenset[UUID]:
        """Children who are erased, of whom that is not projected yet: what their rows were cannot be known any more."""
        facts_of = self.children.items()
        gone = (stream for stream, facts in facts_of if any(each.fact is None for each in facts))
        return frozenset(stream for stream in gone if self.children[stream][-1].position > position)

    def tables(self, position: int | None = None) -> Tables:
        """As they stand once everything up to a position is projected."""
        upto = self.last if position is None else position
        tables: Tables = {model.name: dict(self._of_child(model, upto)) for model in OF_CHILD}
        for facts in OF_FACT:
            told = [each for each in self.log if each.position <= upto and each.topic in facts.topics]
            rows = ((each.position, row) for each in told for row in facts.rows(each, self._given))
            tables[facts.name] = {(at, row.key): row.values for at, row in rows}
        return tables

    def _of_child(self, model: OfChild, upto: int) -> Iterable[tuple[Key, tuple[object, ...]]]:
        for stream, facts in self.children.items():
            known = sum(each.position <= upto for each in facts)
            if model.kept:
                yield from self._versions(model, stream, known)
            elif known:
                for key, row in self.rows(model, stream, known).items():
                    yield (stream, key), (*row.values, row.body)

    def _versions(self, model: OfChild, stream: UUID, known: int) -> Iterable[tuple[Key, tuple[object, ...]]]:
        """Each row with the positions between which it held."""
        positions = [each.position for each in self.children[stream]]
        prefixes = [self.rows(model, stream, count) for count in range(1, known + 1)]
        for key in {key for rows in prefixes for key in rows}:
            since = 0
            for count, rows in enumerate(prefixes):
                before = prefixes[count - 1].get(key) if count else None
                if rows.get(key) == before:
                    continue
                if before is not None:
                    yield (stream, key, since), (positions[count], *before.values, before.body)
                since = positions[count]
            if stands := prefixes[-1].get(key):
                yield (stream, key, since), (EVER, *stands.values, stands.body)

    def rows(self, model: OfChild, stream: UUID, count: int) -> dict[int, Row]:
        """Of a child of whom only so many facts are known: all rows that may be asked for, as they are worked out."""
        if (model.name, stream, count) not in self._rows:
            history = History(stream, self.app.programmes, self.children[stream][:count])
            whole = count == len(self.children[stream])
            for each in OF_CHILD:
                if each.kept or each is model or whole:
                    self._rows[each.name, stream, count] = {row.key: row for row in each.rows(history, self._given)}
        return self._rows[model.name, stream, count]


def standing(reading: Reading, app: App, but: Collection[UUID] = ()) -> Tables:
    """What stands in the tables, with every body opened; `but`: without these children."""
    tables: Tables = {}
    for model in OF_CHILD:
        rows = (row for row in reading.rows(select(reading.table(model))) if UUID(bytes=row.stream) not in but)
        tables[model.name] = dict(_of_child(model, row, app) for row in rows)
    for facts in OF_FACT:
        told = [tuple(each) for each in reading.rows(select(reading.table(facts)))]
        tables[facts.name] = {row[:2]: row[2:] for row in told}
    return tables


def _of_child(model: OfChild, row: Any, app: App) -> tuple[Key, tuple[object, ...]]:
    values = tuple(getattr(row, name) for name in model.columns)
    body = None if row.body is None else opened_body(app.store.keys, model, row)
    stream = UUID(bytes=row.stream)
    if model.kept:
        return (stream, row.key, row.since_position), (row.until_position, *values, body)
    return (stream, row.key), (*values, body)


def assert_fold(app: App, reads: ReadStore | None = None, fold: Fold | None = None, *, whole: bool = True) -> Fold:
    """Every row of every table is what the log folds to at the position of the read models, and no row is missing.

    `whole`: and that is the end of the log.
    """
    told = fold or Fold(app)
    with (reads or app.reads.store).reading() as reading:
        position = reading.position
        there = standing(reading, app, told.not_yet_erased(position))
    assert not whole or position == told.last
    for name, rows in told.tables(position).items():
        assert_same(name, rows, there[name])
    return told


def assert_fold_of(app: App, children: Collection[UUID]) -> None:
    """Of these children, where there are too many to look at."""
    fold, ids = Fold(app, children), [child.bytes for child in children]
    expected = fold.tables()
    with app.reads.store.reading() as reading:
        assert reading.position == fold.last
        for model in OF_CHILD:
            table = reading.table(model)
            rows = reading.rows(select(table).where(table.c.stream.in_(ids)))
            assert_same(model.name, expected[model.name], dict(_of_child(model, row, app) for row in rows))


def assert_same(name: str, expected: Mapping[Key, object], there: Mapping[Key, object]) -> None:
    """Says which rows differ, in place of all that there are."""
    missing = {key: expected[key] for key in expected.keys() - there.keys()}
    beyond = {key: there[key] for key in there.keys() - expected.keys()}
    other = {key: (expected[key], there[key]) for key in expected.keys() & there.keys() if expected[key] != there[key]}
    assert (missing, beyond, other) == ({}, {}, {}), name
