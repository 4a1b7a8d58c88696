"""Facts come back as they went in, also those that older software recorded."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.envelope import Unrecorded
from domain.fact import Fact
from ledger.store import Store
from ledger.topics import Topics
from tests.ledger.notes import ANNA, FACTS, NOON, Note, Opened, create, note, opened
from tests.ledger.place import Place, PostgresPlace, SQLitePlace

EARLY, LATE = datetime(1901, 1, 1), datetime(9998, 12, 31)  # noqa: DTZ001  # hypothesis adds the time zones


OLDEST_SAMPLE = (
    b'{"occurred_at":"2026-11-02T12:00:00Z",'
    b'"by":{"id":"anna","role":"coordinator","organisation":"centre"},"body":"hi"}'
)
"""A stored body of test.note.0, which had its text under `body` and no tags."""

text = st.text(st.characters(codec="utf-8"))
notes = st.builds(
    Note,
    occurred_at=st.datetimes(EARLY, LATE, timezones=st.timezones()),
    by=st.just(ANNA),
    text=text,
    tags=st.lists(text).map(tuple),
    weight=st.none() | st.floats(allow_nan=False, allow_infinity=False),
)


def rename(body: dict[str, Any]) -> dict[str, Any]:
    """Version 0 had its text under `body`."""
    text = body.pop("body")
    return {**body, "text": text}


def tag(body: dict[str, Any]) -> dict[str, Any]:
    """Version 1 had no tags."""
    return {**body, "tags": ["old"]}


UPCASTERS = {"test.note.0": ("test.note.1", rename), "test.note.1": (Note.TOPIC, tag)}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One store for all examples."""
    folder = tmp_path_factory.mktemp("kept")
    place: Place = SQLitePlace(folder)
    if request.param == "postgresql":
        place = PostgresPlace(request.getfixturevalue("postgres"), folder)
    with create(place.url) as store:
        yield store


@given(fact=notes)
def test_a_fact_comes_back_as_it_went_in(kept: Store, fact: Note) -> None:
    """Whatever people write: the whole way through encoding, sealing, storing and back."""
    child = uuid4()
    [saved] = kept.save([Unrecorded(child, 1, fact)])
    assert kept.stream(child) == [saved]
    assert saved.fact == fact


def test_an_old_body_is_read_through_every_upcaster_on_the_way() -> None:
    """From the oldest shape, step by step, into the class of today."""
    topics = Topics(FACTS, UPCASTERS)
    assert topics.decode("test.note.0", OLDEST_SAMPLE) == Note(occurred_at=NOON, by=ANNA, text="hi", tags=("old",))
    assert topics.current("test.note.0") is Note


def test_an_old_row_keeps_its_topic(place: Place) -> None:
    """What stands in the log is not rewritten."""

    class OldNote(Fact):
        """A note as older software recorded it."""

        TOPIC: ClassVar[str] = "test.note.0"
        body: str

    child = uuid4()
    facts: dict[str, type[Fact]] = {OldNote.TOPIC: OldNote, Opened.TOPIC: Opened}
    with Store.create(place.url, facts=facts, opened=opened) as old:
        old.save([Unrecorded(child, 1, OldNote(occurred_at=NOON, by=ANNA, body="hi"))])
    with Store.open(place.url, facts=FACTS, upcasters=UPCASTERS) as new:
        new.save([note(child, 2)])
        first, second = new.stream(child)
    assert (first.topic, first.fact) == ("test.note.0", Note(occurred_at=NOON, by=ANNA, text="hi", tags=("old",)))
    assert second.topic == Note.TOPIC


@pytest.mark.parametrize("upcasters", [{"a": ("b", tag)}, {"a": ("b", tag), "b": ("a", tag)}])
def test_upcasters_that_lead_nowhere_are_refused_at_the_start(upcasters: dict[str, Any]) -> None:
    """To a topic that nobody knows, or round in a circle."""
    with pytest.raises(ValueError, match="no registered fact"):
        Topics(FACTS, upcasters)


def test_a_fact_is_registered_under_its_own_topic() -> None:
    """Another one would be recorded and never found."""
    with pytest.raises(ValueError, match=r"Note is registered under 'test.other.1'"):
        Topics({"test.other.1": Note})


def test_none_is_left_out_and_must_be_the_default() -> None:
    """Otherwise a None would come back as another value."""

    class Unsafe(Fact):
        """None is not its default."""

        TOPIC: ClassVar[str] = "test.unsafe.1"
        store: UUID | None = UUID(int=0)

    with pytest.raises(ValueError, match=r"Unsafe.store may be None"):
        Topics({Unsafe.TOPIC: Unsafe})
    assert b"weight" not in Topics(FACTS).encode(note(uuid4(), 1).fact)
