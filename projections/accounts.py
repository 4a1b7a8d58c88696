"""Which sign-ins are linked to somebody of which trajectory, once that was confirmed; none of them stands in clear."""

from collections.abc import Iterator

from domain.trajectory.correction import EntryCorrected, EntryRetracted
from domain.trajectory.family import AccountLinked, AccountUnlinked
from domain.trajectory.history import History
from domain.trajectory.oversight import EntryConfirmed
from domain.trajectory.state import Link
from projections.readmodel import BYTES, Given, OfChild, Row


def standing(history: History) -> Iterator[Link]:
    """Every link that somebody else has confirmed since the last was said about it, and that nobody ended since.

    What was confirmed is what the entry said then: one that was corrected, or retracted and restored, is made anew. So
    is one that was ended, whatever instant that happened at.
    """
    if history.erased:
        return
    for link in history.latest.accounts:
        confirmed = (at for at, fact in history.standing.items() if _confirms(fact, link))
        if max(confirmed, default=0) > max(_said_about(history, link.entry)) and not _ended(history, link):
            yield link


def _confirms(fact: object, link: Link) -> bool:
    return isinstance(fact, EntryConfirmed) and fact.entry == link.entry


def _said_about(history: History, entry: int) -> Iterator[int]:
    """The entry, and all that ever changed what it says, or whether it stands."""
    yield entry
    for at, fact in history.facts.items():
        if isinstance(fact, EntryCorrected | EntryRetracted) and fact.entry == entry:
            yield from _said_about(history, at)


def _ended(history: History, link: Link) -> bool:
    """By a later entry, also where that was retracted since; one that names no account of theirs ends them all."""
    told = {(fact.person, fact.subject) for fact in history.facts.values() if isinstance(fact, AccountLinked)}
    known = told | {(each.person, each.subject) for each in history.latest.accounts}
    ending = [fact for at, fact in history.facts.items() if at > link.entry and isinstance(fact, AccountUnlinked)]
    return any(
        fact.person == link.person and (fact.subject == link.subject or (fact.person, fact.subject) not in known)
        for fact in ending
    )


def rows(history: History, given: Given) -> Iterator[Row]:
    for link in standing(history):
        yield Row(link.entry, (given.blind("account", link.subject),))


MODEL = OfChild("account", {"subject": BYTES}, (rows,), indexes=(("subject",),))
