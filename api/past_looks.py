"""Looks as they stand in the log: found by their id or read in order, and what each of them asked."""

from collections.abc import Iterator
from uuid import UUID

from api.look import ABOUT, Question
from api.main import App
from domain.disclosure import LOOKS, Disclosed, Look, Shown
from domain.envelope import Recorded
from ledger.errors import FactUnreadable, SealBroken
from projections.view import View

BrokenLook = SealBroken | FactUnreadable
"""A look whose row was altered: so much is known of it."""

FoundLook = Recorded | BrokenLook


class NoSuchDisclosure(LookupError):
    """There is no look with this id in the log."""


def look_called(app: App, disclosure: UUID) -> Recorded:
    """The look with this id. Raises NoSuchDisclosure."""
    for recorded in app.store.stream(disclosure):
        if isinstance(recorded.fact, Look):
            return recorded
    raise NoSuchDisclosure


def looks_after(app: App, position: int, limit: int) -> list[FoundLook]:
    """The next looks in the log. One that cannot be read keeps nobody from reading those before and after it."""
    try:
        return list(app.store.log(position, limit, LOOKS))
    except (SealBroken, FactUnreadable):
        return list(_one_by_one(app, position, limit))


def _one_by_one(app: App, position: int, limit: int) -> Iterator[FoundLook]:
    """Up to and with the first that cannot be read."""
    for _ in range(limit):
        try:
            found = app.store.log(position, 1, LOOKS)
        except (SealBroken, FactUnreadable) as error:
            yield error
            return
        for each in found:
            position = each.position
            yield each


def shown_in(look: Recorded) -> tuple[Shown, ...]:
    """The children of whom something was shown."""
    return look.fact.shown if isinstance(look.fact, Disclosed) else ()


def about_of(fact: Look) -> UUID:
    """The disclosure that a reveal is about. ValueError where it names none."""
    (named,) = fact.filters
    return UUID(named.removeprefix(ABOUT))


def question_of(fact: Look, view: View, about: UUID | None = None) -> Question:
    """What was asked; `about`: the disclosure whose content was asked for."""
    return Question(
        view,
        fact.by,
        fact.purpose,
        fact.door,
        fact.as_of,
        fact.known_at,
        fact.reason,
        fact.recipient,
        () if about else fact.filters,
        about,
    )
