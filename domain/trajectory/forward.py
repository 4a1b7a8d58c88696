"""A child that is known already, and what was recorded of it since: the same as reading everything again, sooner.

Most facts say nothing about earlier entries: they are added to what was worked out. Those that happened after all that
is known are folded into the state that there is; one that happened earlier makes the state be folded again, when it is
asked for. What changes what earlier entries say makes everything be worked out again.
"""

from bisect import insort
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, TypeGuard

from domain.envelope import Recorded
from domain.fact import ChildFact
from domain.record import altered
from domain.trajectory.consent import ConsentGiven, ConsentRefused
from domain.trajectory.correction import EntryCorrected, EntryRetracted
from domain.trajectory.history import Entry, History, evolve, history_of, introduced, introduced_by
from domain.trajectory.request import Erased

REWRITING = (EntryCorrected, EntryRetracted, Erased)
"""Facts that change what earlier entries say."""


def read_on(history: History, recorded: Sequence[Recorded]) -> History:
    """The history with what came after it, in the order of the stream."""
    if "latest" not in vars(history) or any(isinstance(each.fact, Erased) for each in recorded):
        return _whole(history, recorded)
    for after in step_by_step(history, recorded):
        history = after
    return history


def step_by_step(history: History, recorded: Iterable[Recorded]) -> Iterator[History]:
    """The history after each of these. Use one before asking for the next: they share what is added to."""
    growing: Growing | None = None
    for each in recorded:
        if not _adds(each.fact, history):
            history, growing = _whole(history, [each]), None
        else:
            growing = growing or Growing(history)
            history = growing.more(history, each, each.fact)
        yield history


def _whole(history: History, recorded: Sequence[Recorded]) -> History:
    """With nothing worked out."""
    return history_of(history.stream, history.programmes, (*history.recorded, *recorded))


def _adds(fact: object, before: History) -> TypeGuard[ChildFact]:
    """Whether what was worked out before only grows by this fact: something stands, and goes on to stand as it does."""
    return (
        isinstance(fact, ChildFact) and not isinstance(fact, REWRITING) and not before.erased and bool(before.entries)
    )


class Growing:
    """What was worked out of a history (`cached_property`), and is added to.

    What nobody has asked for is left to be worked out then, but for what it takes to go on.
    """

    def __init__(self, history: History) -> None:
        known = vars(history)
        self._stays = {"erased": False} | {name: known[name] for name in ("void", "corrections") if name in known}
        self._grows: dict[str, dict[Any, Any]] = {"facts": {**history.facts}, "named": {**history.named}}
        self._grows |= {name: {**known[name]} for name in ("standing", "answers", "persons") if name in known}

    def more(self, before: History, recorded: Recorded, fact: ChildFact) -> History:
        """With one fact more."""
        entry = recorded.entry
        for name, grown in self._grows.items():
            grown.update(ADDED[name](entry, fact))
        after = History(before.stream, before.programmes, (*before.recorded, recorded))
        known = vars(after)
        known.update(self._stays)
        known.update(self._grows)
        known["entries"] = _with(before.entries, Entry(entry, recorded.recorded_at, recorded.position, fact))
        told = known["told"] = (*before.told, after.tell(entry, fact))
        if "latest" in vars(before) and known["entries"][-1].entry == entry:
            known["latest"] = altered(evolve(before.latest, entry, fact), told=told, last_at=fact.occurred_at)
        return after


Added = Callable[[int, ChildFact], Mapping[Any, Any]]


def _said(_: int, fact: ChildFact) -> Mapping[str, str]:
    return {fact.consent: fact.person} if isinstance(fact, ConsentGiven | ConsentRefused) else {}


ADDED: Mapping[str, Added] = {
    "facts": lambda entry, fact: {entry: fact},
    "standing": lambda entry, fact: {entry: fact},
    "answers": lambda entry, fact: {(fact.by.id, fact.receipt.action_id): (entry, fact.receipt)},
    "named": lambda entry, fact: {named: introduced(entry, fact) for named in introduced_by(fact)},
    "persons": _said,
}
"""By the name of what is worked out: what one fact adds to it."""


def _with(entries: tuple[Entry, ...], entry: Entry) -> tuple[Entry, ...]:
    """In the order of occurrence, then entry."""
    if entry.fact.occurred_at >= entries[-1].fact.occurred_at:
        return (*entries, entry)
    ordered = list(entries)
    insort(ordered, entry, key=attrgetter("order"))
    return tuple(ordered)
