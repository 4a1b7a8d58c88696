"""Which sign-ins are linked to somebody of which trajectory, once that was confirmed; none of them stands in clear."""

from collections.abc import Iterator

from domain.trajectory.family import AccountLinked
from domain.trajectory.history import History
from projections.readmodel import BYTES, Given, OfChild, Row


def standing(history: History) -> Iterator[tuple[str, str]]:
    """(the person's reference, the subject of the sign-in) of every link that stands and was confirmed."""
    return ((person, subject) for _, subject, person in _standing(history))


def _standing(history: History) -> Iterator[tuple[int, str, str]]:
    child = history.latest
    for person, entry in child.accounts if not history.erased else ():
        linked = history.standing.get(entry)
        if entry in child.confirmed and isinstance(linked, AccountLinked):
            yield entry, linked.subject, person


def rows(history: History, given: Given) -> Iterator[Row]:
    for entry, subject, _ in _standing(history):
        yield Row(entry, (given.blind("account", subject),))


MODEL = OfChild("account", {"subject": BYTES}, (rows,), indexes=(("subject",),))
