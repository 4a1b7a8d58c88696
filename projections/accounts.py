"""Which sign-ins are linked to somebody of which trajectory, once that was confirmed; none of them stands in clear."""

from collections.abc import Iterator

from domain.trajectory.family import AccountLinked
from domain.trajectory.history import History
from domain.trajectory.oversight import EntryConfirmed
from projections.readmodel import BYTES, Given, OfChild, Row


def standing(history: History) -> Iterator[tuple[str, str]]:
    """(the person's reference, the subject of the sign-in) of every link that stands and was confirmed."""
    return ((person, subject) for _, subject, person in _standing(history))


def _standing(history: History) -> Iterator[tuple[int, str, str]]:
    """A correction may name another account: what was confirmed is what stood when it was."""
    if history.erased or not history.latest.accounts:
        return
    confirmed = {fact.entry: at for at, fact in history.standing.items() if isinstance(fact, EntryConfirmed)}
    for person, entry in history.latest.accounts:
        linked, corrected = history.standing.get(entry), history.corrections.get(entry, ())
        if isinstance(linked, AccountLinked) and confirmed.get(entry, 0) > max(corrected, default=0):
            yield entry, linked.subject, person


def rows(history: History, given: Given) -> Iterator[Row]:
    for entry, subject, _ in _standing(history):
        yield Row(entry, (given.blind("account", subject),))


MODEL = OfChild("account", {"subject": BYTES}, (rows,), indexes=(("subject",),))
