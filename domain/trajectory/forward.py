"""A child that is known already, and what was recorded of it since: the same as reading everything again, sooner.

Most facts happened after all that is known: they are folded into what there is. One that happened earlier, or that
changes how an earlier one stands, makes everything be folded again, when it is asked for.
"""

from collections.abc import Sequence
from typing import TypeGuard

from domain.envelope import Recorded
from domain.fact import ChildFact
from domain.record import altered
from domain.trajectory.consent import ConsentGiven, ConsentRefused
from domain.trajectory.correction import EntryCorrected, EntryRetracted
from domain.trajectory.history import Entry, History, evolve, introduced, introduced_by
from domain.trajectory.request import Erased

REWRITING = (EntryCorrected, EntryRetracted, Erased)
"""Facts that change what earlier entries say."""


def read_on(history: History, recorded: Sequence[Recorded]) -> History:
    """The history with what came after it, in the order of the stream."""
    whole = (*history.recorded, *recorded)
    if any(isinstance(each.fact, Erased) for each in recorded):
        return History(history.stream, history.programmes, tuple(map(_without_content, whole)))
    if "latest" not in vars(history):
        return History(history.stream, history.programmes, whole)
    for each in recorded:
        history = _one_more(history, each)
    return history


def _without_content(recorded: Recorded) -> Recorded:
    """As it reads when the child's key is destroyed, which follows at once; what was opened before goes as well."""
    of_the_child = recorded.fact is not None and recorded.fact.SEALED_UNDER != "store"
    return altered(recorded, fact=None) if of_the_child else recorded


def _one_more(before: History, recorded: Recorded) -> History:
    known = History(before.stream, before.programmes, (*before.recorded, recorded))
    fact = recorded.fact
    if "latest" in vars(before) and _follows(fact, before):
        vars(known).update(_worked_out(before, recorded, fact))
        told = vars(known)["told"] = (*before.told, known.tell(recorded.entry, fact))
        child = evolve(before.latest, recorded.entry, fact)
        vars(known)["latest"] = altered(child, told=told, last_at=fact.occurred_at)
    return known


def _follows(fact: object, before: History) -> TypeGuard[ChildFact]:
    if not isinstance(fact, ChildFact) or isinstance(fact, REWRITING) or before.erased:
        return False
    last_at = before.latest.last_at
    return last_at is not None and fact.occurred_at >= last_at


def _worked_out(before: History, recorded: Recorded, fact: ChildFact) -> dict[str, object]:
    """The cached properties of `History`, from what they were before and one more fact."""
    entry = recorded.entry
    said = {fact.consent: fact.person} if isinstance(fact, ConsentGiven | ConsentRefused) else {}
    return {
        "erased": False,
        "facts": {**before.facts, entry: fact},
        "void": before.void,
        "standing": {**before.standing, entry: fact},
        "corrections": before.corrections,
        "entries": (*before.entries, Entry(entry, recorded.recorded_at, recorded.position, fact)),
        "answers": {**before.answers, (fact.by.id, fact.receipt.action_id): (entry, fact.receipt)},
        "named": {**before.named, **dict.fromkeys(introduced_by(fact), introduced(entry, fact))},
        "persons": {**before.persons, **said},
    }
