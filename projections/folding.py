"""What a page of the log changes in the rows of read models: a fold, child by child, fact by fact."""

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from domain.envelope import Recorded
from domain.programme import Programmes
from domain.trajectory.forward import step_by_step
from domain.trajectory.history import History
from ledger.store import Store
from projections.models import OF_CHILD, OF_FACT
from projections.readmodel import EVER, FactRow, Given, OfChild, Row

KEPT_FACTS = 50_000
"""Facts of children that a projector keeps in memory with what they fold to; others are read from the log again."""

OF_A_CHILD = "trajectory."
"""What the topics of facts in children's streams begin with."""

KEPT = tuple(model for model in OF_CHILD if model.kept)
CURRENT = tuple(model for model in OF_CHILD if not model.kept)

Rows = Mapping[int, Row]


@dataclass(frozen=True, slots=True)
class Folded:
    """A child, and its rows as they stand: by read model, by key. `stages`: what each came to on the way to them."""

    history: History
    rows: Mapping[str, Rows]
    stages: Mapping[str, list[object]]


class Version(NamedTuple):
    """A row from one position until another; EVER: it stands."""

    since: int
    until: int
    row: Row


@dataclass
class ChildChanges:
    """What becomes of the rows of one child: which end where, and which are new."""

    ended: dict[int, int] = field(default_factory=dict)
    """Key -> where a row that stood before has ended."""
    made: dict[int, Version] = field(default_factory=dict)
    """Key -> a row that stands."""
    between: list[Version] = field(default_factory=list)
    """Rows that began and ended meanwhile."""

    def becomes(self, before: Rows, after: Rows, position: int) -> None:
        """The rows are others from this position on."""
        for key in before.keys() - after.keys():
            self._end(key, position)
        for key, row in after.items():
            if before.get(key) != row:
                if key in before:
                    self._end(key, position)
                self.made[key] = Version(position, EVER, row)

    def _end(self, key: int, position: int) -> None:
        if key in self.made:
            made = self.made.pop(key)
            self.between.append(made._replace(until=position))
        else:
            self.ended[key] = position


@dataclass
class Changes:
    """What a page of the log changes. `erased`: children of whom every row goes."""

    children: dict[tuple[str, UUID], ChildChanges] = field(default_factory=dict)
    facts: dict[str, list[tuple[int, FactRow]]] = field(default_factory=lambda: defaultdict(list))
    erased: list[UUID] = field(default_factory=list)
    folded: dict[UUID, Folded] = field(default_factory=dict)


class Folding:
    """Folds pages of the log, in their order. Children are kept in memory, as far as they fit."""

    def __init__(self, store: Store, programmes: Programmes, given: Given, *, kept_facts: int = KEPT_FACTS) -> None:
        self._store = store
        self._programmes = programmes
        self._given = given
        self._kept_facts = kept_facts
        self._known = OrderedDict[UUID, Folded]()
        self._facts = 0
        self._destroyed = store.keys_destroyed()

    def changes(self, page: Sequence[Recorded]) -> Changes:
        """What these facts, which follow what was folded before, change."""
        self._forget_if_erased()
        changes = Changes()
        of_children = defaultdict[UUID, list[Recorded]](list)
        for each in page:
            if each.topic.startswith(OF_A_CHILD):
                of_children[each.stream].append(each)
            self._of_fact(each, changes)
        for stream, before in self._before(of_children).items():
            advance(before, of_children[stream], self._given, changes)
        return changes

    def stands(self, changes: Changes) -> None:
        """The changes are in the tables: go on from there."""
        for stream, folded in changes.folded.items():
            self._drop(stream)
            if not folded.history.erased:
                self._known[stream] = folded
                self._facts += folded.history.version
        while self._facts > self._kept_facts and self._known:
            self._drop(next(iter(self._known)))

    def _of_fact(self, recorded: Recorded, changes: Changes) -> None:
        for model in OF_FACT:
            if recorded.topic in model.topics:
                rows = model.rows(recorded, self._given)
                changes.facts[model.name] += [(recorded.position, row) for row in rows]

    def _before(self, page: Mapping[UUID, Sequence[Recorded]]) -> dict[UUID, Folded]:
        """The children of a page as they stood before it; those that are not in memory are read at once."""
        known = {stream: self._known[stream] for stream in page if self._fits(stream, page[stream])}
        new = {stream for stream, facts in page.items() if facts[0].entry == 1}
        cold = [stream for stream in page if stream not in known and stream not in new]
        told = self._store.streams(cold) if cold else {}
        for stream in page.keys() - known.keys():
            earlier = [each for each in told.get(stream, ()) if each.entry < page[stream][0].entry]
            known[stream] = stood(History(stream, self._programmes, tuple(earlier)), self._given)
        return {stream: known[stream] for stream in page}

    def _fits(self, stream: UUID, facts: Sequence[Recorded]) -> bool:
        folded = self._known.get(stream)
        return folded is not None and folded.history.version + 1 == facts[0].entry

    def _forget_if_erased(self) -> None:
        destroyed = self._store.keys_destroyed()
        if destroyed != self._destroyed:
            self._destroyed = destroyed
            self._known.clear()
            self._facts = 0

    def _drop(self, stream: UUID) -> None:
        folded = self._known.pop(stream, None)
        self._facts -= folded.history.version if folded else 0


def stood(history: History, given: Given) -> Folded:
    """A child and all its rows, folded from everything that is known of it."""
    moving = Moving(given, {model.name: {} for model in OF_CHILD}, {model.name: [] for model in OF_CHILD})
    moving.to(OF_CHILD, history, 0)
    return Folded(history, moving.rows, moving.stages)


def advance(before: Folded, facts: Iterable[Recorded], given: Given, changes: Changes) -> None:
    """What more facts of one child change: fact by fact where versions are kept, else at the end."""
    history, stream = before.history, before.history.stream
    moving = Moving(given, dict(before.rows), dict(before.stages))
    _ = history.latest  # from here on it is folded forward
    for after in step_by_step(history, facts):
        history = after
        moving.to(KEPT, history, history.recorded[-1].position)
    moving.to(CURRENT, history, history.recorded[-1].position)
    changes.folded[stream] = Folded(history, moving.rows, moving.stages)
    if history.erased:
        changes.erased.append(stream)
    else:
        changes.children |= {(name, stream): each for name, each in moving.changed.items()}


@dataclass
class Moving:
    """The rows of one child on their way from one version of it to another."""

    given: Given
    rows: dict[str, Rows]
    stages: dict[str, list[object]]
    changed: dict[str, ChildChanges] = field(default_factory=lambda: defaultdict(ChildChanges))

    def to(self, models: Iterable[OfChild], history: History, position: int) -> None:
        """Rows are made anew as far as anything that they are made of is another."""
        for model in models:
            rows = self._made(model, history)
            if rows is not None and rows != (before := self.rows[model.name]):
                self.rows[model.name] = rows
                self.changed[model.name].becomes(before, rows, position)

    def _made(self, model: OfChild, found: Any) -> Rows | None:
        """None: they are the same as before."""
        before = self.stages[model.name]
        for number, stage in enumerate(model.stages[:-1]):
            found = stage(found, self.given)
            if number < len(before) and found == before[number]:
                return None
            before = self.stages[model.name] = [*before[:number], found, *before[number + 1 :]]
        return {row.key: row for row in model.stages[-1](found, self.given)}
