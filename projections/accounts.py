"""Which sign-ins are linked to somebody of which trajectory, once that was confirmed; none of them stands in clear."""

from collections.abc import Iterator

from domain.trajectory.correction import EntryCorrected, EntryRetracted
from domain.trajectory.family import AccountUnlinked
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
    """By a later entry, also where that was retracted since."""
    return any(at > link.entry and _ends(fact, link) for at, fact in history.facts.items())


def _ends(fact: object, link: Link) -> bool:
    return isinstance(fact, AccountUnlinked) and (fact.person, fact.subject) == (link.person, link.subject)


def rows(history: History, given: Given) -> Iterator[Row]:
    for link in standing(history):
        yield Row(link.entry, (given.blind("account", link.subject),))


MODEL = OfChild("account", {"subject": BYTES}, (rows,), indexes=(("subject",),))
