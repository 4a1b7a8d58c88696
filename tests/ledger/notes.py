"""A few small facts to keep, with planted personal text, and a store to keep them in."""

from datetime import UTC, datetime
from typing import ClassVar
from uuid import UUID, uuid4

from consent_policy.grounds import Actor
from domain.envelope import Unrecorded
from domain.fact import Fact, SealedUnder
from ledger.store import Store

ANNA = Actor(id="anna", role="coordinator", organisation="centre")
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
PLANTED = "Sproetje slaapt slecht"


class Note(Fact):
    """Something personal about a child."""

    TOPIC: ClassVar[str] = "test.note.2"
    text: str
    tags: tuple[str, ...] = ()
    weight: float | None = None


class Aside(Note):
    """Something personal about a child, in another stream."""

    TOPIC: ClassVar[str] = "test.aside.1"
    SEALED_UNDER: ClassVar[SealedUnder] = "subject"


class Opened(Fact):
    """The store was made."""

    TOPIC: ClassVar[str] = "test.opened.1"
    SEALED_UNDER: ClassVar[SealedUnder] = "store"
    store: UUID


FACTS: dict[str, type[Fact]] = {fact.TOPIC: fact for fact in (Note, Aside, Opened)}


def opened(store: UUID) -> Opened:
    return Opened(occurred_at=NOON, by=ANNA, store=store)


def note(stream: UUID, version: int, text: str = PLANTED) -> Unrecorded:
    return Unrecorded(stream, version, Note(occurred_at=NOON, by=ANNA, text=text))


def aside(stream: UUID, version: int, subject: UUID, text: str = PLANTED) -> Unrecorded:
    return Unrecorded(stream, version, Aside(occurred_at=NOON, by=ANNA, text=text), subject)


def create(url: str) -> Store:
    return Store.create(url, facts=FACTS, opened=opened)


def reopen(url: str, *, busy_timeout: float = 5.0) -> Store:
    return Store.open(url, facts=FACTS, busy_timeout=busy_timeout)


def new_child(store: Store) -> UUID:
    """A child with one note."""
    child = uuid4()
    store.save([note(child, 1)])
    return child
