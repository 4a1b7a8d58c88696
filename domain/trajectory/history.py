"""All that is known of one child, in order of recording, and the states that it folds to.

As known at T: `history.known_at(T)`. As of T: `history.child(as_of=T)`. Both at once: `history.known_at(K).child(T)`.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from typing import Any, cast
from uuid import UUID

from domain.envelope import Recorded
from domain.fact import CareFact, ChildFact
from domain.field import Introduces, Receipt, marks, value_of
from domain.programme import Programmes
from domain.record import altered
from domain.trajectory.consent import ConsentGiven, ConsentRefused
from domain.trajectory.correction import EntryCorrected, EntryRetracted, corrected
from domain.trajectory.request import Erased
from domain.trajectory.state import Child, Introduced, Told
from domain.trajectory.subjects import SUBJECT_OF

OPENING = ("trajectory", "")
"""Under which the trajectory itself is named; nothing else can be called so."""


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

    @cached_property
    def erased(self) -> bool:
        """Erased: the key is destroyed, or about to be; that there were facts is all that is left."""
        return any(each.fact is None or isinstance(each.fact, Erased) for each in self.recorded)

    def known_at(self, at: datetime) -> "History":
        """Only what was recorded by then."""
        return altered(self, recorded=tuple(each for each in self.recorded if each.recorded_at <= at))

    def upto(self, version: int) -> "History":
        """Only the first facts of the stream, as a disclosure names them."""
        return altered(self, recorded=tuple(each for each in self.recorded if each.entry <= version))

    @property
    def last_at(self) -> datetime | None:
        """When the last thing happened of what stands."""
        return self.latest.last_at

    @cached_property
    def facts(self) -> Mapping[int, ChildFact]:
        """Entry -> the fact as it was told, whatever became of it since."""
        return {each.entry: cast(ChildFact, each.fact) for each in self.recorded if each.fact is not None}

    @cached_property
    def void(self) -> frozenset[int]:
        """Entries that were retracted; retracting a retraction restores what it retracted."""
        void: set[int] = set()
        for entry, fact in reversed(list(self.facts.items())):
            if isinstance(fact, EntryRetracted) and entry not in void:
                void.add(fact.entry)
        return frozenset(void)

    @cached_property
    def standing(self) -> Mapping[int, ChildFact]:
        """Entry -> the fact as it stands: corrected, and without what was retracted."""
        standing = {entry: fact for entry, fact in self.facts.items() if entry not in self.void}
        for fact in list(standing.values()):
            if isinstance(fact, EntryCorrected) and fact.entry in standing:
                standing[fact.entry] = corrected(standing[fact.entry], fact.changes)
        return standing

    @cached_property
    def corrections(self) -> Mapping[int, tuple[int, ...]]:
        """Entry -> the entries that corrected it and stand."""
        made = [(fact.entry, entry) for entry, fact in self.standing.items() if isinstance(fact, EntryCorrected)]
        return {about: tuple(entry for of, entry in made if of == about) for about, _ in made}

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """What stands, in order of occurrence, then entry."""
        envelopes = {each.entry: each for each in self.recorded}
        entries = (
            Entry(number, envelopes[number].recorded_at, envelopes[number].position, fact)
            for number, fact in self.standing.items()
        )
        return tuple(sorted(entries, key=lambda entry: entry.order))

    @cached_property
    def answers(self) -> Mapping[tuple[str, str], tuple[int, Receipt]]:
        """(actor's id, action_id) -> the entry that answered it, whatever became of that entry since."""
        return {(fact.by.id, fact.receipt.action_id): (entry, fact.receipt) for entry, fact in self.facts.items()}

    @cached_property
    def named(self) -> Mapping[tuple[str, str], Introduced]:
        """(kind, reference) -> what introduced it. A name stays taken, also when its entry was retracted.

        The trajectory itself was introduced by its first entry.
        """
        opening = {OPENING: introduced(1, self.facts[1])} if 1 in self.facts else {}
        return opening | {
            named: introduced(entry, fact) for entry, fact in self.facts.items() for named in introduced_by(fact)
        }

    @cached_property
    def latest(self) -> Child:
        """Everything known now, whenever it happened; of an erased child, only that it is erased."""
        if self.erased:
            return Child.unknown(self.stream, self.programmes).with_grounds(erased=True)
        return self._folded(self.entries)

    def child(self, as_of: datetime | None = None) -> Child:
        """The state as of an instant; None: of all that is known."""
        if as_of is None or self.erased or not self.entries or self.entries[-1].fact.occurred_at <= as_of:
            return self.latest
        return self._folded(each for each in self.entries if each.fact.occurred_at <= as_of)

    def _folded(self, entries: Iterable[Entry]) -> Child:
        told = tuple(entries)
        last_at = told[-1].fact.occurred_at if told else None
        return altered(fold(self.stream, told, self.programmes), told=self.told, last_at=last_at)

    @cached_property
    def told(self) -> tuple[Told, ...]:
        """Who told each entry, by entry."""
        return tuple(self.tell(entry, fact) for entry, fact in self.facts.items())

    def tell(self, entry: int, fact: ChildFact) -> Told:
        """Who told this entry, and what it is about."""
        irregular = isinstance(fact, CareFact) and bool(fact.irregular)
        about = self.facts.get(value_of(fact, "entry") or 0)
        return Told(
            entry,
            fact.occurred_at,
            fact.by,
            self.episode_of(fact),
            fact.TOPIC,
            irregular,
            entry in self.void,
            about.TOPIC if about else None,
            value_of(fact, "entry"),
        )

    def episode_of(self, fact: ChildFact) -> str | None:
        """The episode that a fact is in: its own, its referral's, or that of the entry which it is about."""
        told: int = value_of(fact, "entry") or 0
        if told in self.facts:
            return self.episode_of(self.facts[told])
        sent = self.named.get(("referral", value_of(fact, "referral") or ""))
        of_referral = value_of(self.facts[sent.entry], "episode") if sent else None
        episode: str | None = value_of(fact, "episode") or of_referral
        return episode

    @cached_property
    def remembered(self) -> dict[Hashable, Any]:
        """What others work out from nothing but this, and need not work out again: nothing that can be changed."""
        return {}

    @cached_property
    def persons(self) -> Mapping[str, str]:
        """Consent reference -> the one person who speaks under it, also where an entry was retracted."""
        said = (fact for fact in self.facts.values() if isinstance(fact, ConsentGiven | ConsentRefused))
        return {fact.consent: fact.person for fact in said}


def history_of(stream: UUID, programmes: Programmes, recorded: Iterable[Recorded]) -> History:
    """What a stream says, read whole. Of an erased child no content, also where its key is yet to be destroyed."""
    whole = tuple(recorded)
    if any(isinstance(each.fact, Erased) for each in whole):
        whole = tuple(map(_without_content, whole))
    return History(stream, programmes, whole)


def _without_content(recorded: Recorded) -> Recorded:
    """As it reads when the child's key is destroyed, which follows at once; what was opened before goes as well."""
    of_the_child = recorded.fact is not None and recorded.fact.SEALED_UNDER != "store"
    return altered(recorded, fact=None) if of_the_child else recorded


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
        known = altered(known, references={**known.references, (kind, reference): introduced(entry, fact)})
    if isinstance(fact, CareFact) and fact.irregular and fact.episode in known.episodes:
        known = known.with_episode(fact.episode, irregular=known.episodes[fact.episode].irregular + 1)
    return known


def introduced(entry: int, fact: ChildFact) -> Introduced:
    """Where a name that this fact gives comes from."""
    return Introduced(entry, fact.occurred_at, fact.receipt.content)


def introduced_by(fact: ChildFact) -> Iterable[tuple[str, str]]:
    """(kind, reference) of what a fact gave its name."""
    return ((kind, value_of(fact, name)) for name, kind in _naming_fields(type(fact)))


@cache
def _naming_fields(kind: type[ChildFact]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name, mark.kind)
        for name, field in kind.model_fields.items()
        for mark in marks(field)
        if isinstance(mark, Introduces)
    )
