"""All that is known of one child, in order of recording, and the states that it folds to.

As known at T: `history.known_at(T)`. As of T: `history.child(as_of=T)`. Both at once: `history.known_at(K).child(T)`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import cast
from uuid import UUID

from domain.envelope import Recorded
from domain.fact import CareFact, ChildFact
from domain.field import Introduces, Receipt, marks
from domain.programme import Programmes
from domain.trajectory.state import Child, Introduced
from domain.trajectory.subjects import SUBJECT_OF


@dataclass(frozen=True)
class Entry:
    """One fact as it stands: what happened, with the number of the entry that tells it."""

    entry: int
    recorded_at: datetime
    position: int
    fact: ChildFact

    @property
    def order(self) -> tuple[datetime, int]:
        return self.fact.occurred_at, self.entry


@dataclass(frozen=True)
class History:
    """What one child's stream says. `version`: how many facts the stream holds, to append after unmoved."""

    stream: UUID
    programmes: Programmes
    recorded: tuple[Recorded, ...]

    @property
    def version(self) -> int:
        return self.recorded[-1].entry if self.recorded else 0

    @property
    def erased(self) -> bool:
        """The child's key is destroyed: that there were facts is all that is left."""
        return any(each.fact is None for each in self.recorded)

    def known_at(self, at: datetime) -> "History":
        """Only what was recorded by then."""
        return replace(self, recorded=tuple(each for each in self.recorded if each.recorded_at <= at))

    def upto(self, version: int) -> "History":
        """Only the first facts of the stream, as a disclosure names them."""
        return replace(self, recorded=tuple(each for each in self.recorded if each.entry <= version))

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """What stands, in order of occurrence, then entry."""
        entries = (
            Entry(each.entry, each.recorded_at, each.position, cast(ChildFact, each.fact))
            for each in self.recorded
            if each.fact is not None
        )
        return tuple(sorted(entries, key=lambda entry: entry.order))

    @cached_property
    def answers(self) -> Mapping[tuple[str, str], tuple[int, Receipt]]:
        """(actor's id, action_id) -> the entry that answered it, whatever became of that entry since."""
        facts = ((each.entry, cast(ChildFact, each.fact)) for each in self.recorded if each.fact is not None)
        return {(fact.by.id, fact.receipt.action_id): (entry, fact.receipt) for entry, fact in facts}

    @cached_property
    def latest(self) -> Child:
        """Everything known now, whenever it happened; of an erased child, only that it is erased."""
        if self.erased:
            return Child.unknown(self.stream, self.programmes).with_grounds(erased=True)
        return fold(self.stream, self.entries, self.programmes)

    def child(self, as_of: datetime | None = None) -> Child:
        """The state as of an instant; None: of all that is known."""
        if as_of is None or self.erased or not self.entries or self.entries[-1].fact.occurred_at <= as_of:
            return self.latest
        return fold(self.stream, (each for each in self.entries if each.fact.occurred_at <= as_of), self.programmes)


def fold(stream: UUID, entries: Iterable[Entry], programmes: Programmes) -> Child:
    """The state that facts add up to, in the order given. Total: any order of occurrence folds."""
    child = Child.unknown(stream, programmes)
    for each in entries:
        child = evolve(child, each.entry, each.fact)
    return child


def evolve(child: Child, entry: int, fact: ChildFact) -> Child:
    """The child after one more fact."""
    known: Child = SUBJECT_OF[type(fact)].evolve(child, entry, fact)
    for kind, reference in introduced_by(fact):
        introduced = Introduced(entry, fact.occurred_at, fact.receipt.content)
        known = replace(known, references={**known.references, (kind, reference): introduced})
    if isinstance(fact, CareFact) and fact.irregular and fact.episode in known.episodes:
        known = known.with_episode(fact.episode, irregular=known.episodes[fact.episode].irregular + 1)
    return known


def introduced_by(fact: ChildFact) -> Iterable[tuple[str, str]]:
    """(kind, reference) of what a fact gave its name."""
    return (
        (mark.kind, getattr(fact, name))
        for name, field in type(fact).model_fields.items()
        for mark in marks(field)
        if isinstance(mark, Introduces)
    )
