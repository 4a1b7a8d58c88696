"""What is personal is sealed in every file, and in no error."""

import traceback
from pathlib import Path
from uuid import uuid4

import pytest

from domain.envelope import Unrecorded
from domain.fact import Fact
from ledger.errors import FactUnreadable, KeyMissing, LedgerError, NotEncodable, SealBroken, UnknownTopic
from ledger.store import Store
from tests.ledger.notes import ANNA, FACTS, NOON, PLANTED, Note, Opened, aside, new_child, note
from tests.ledger.place import Place, PostgresPlace


def everything_said(error: BaseException) -> str:
    """The traceback with all causes and contexts, also those that are suppressed, and what our frames still hold."""
    said = "".join(traceback.format_exception(error)) + repr(error)
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    said += "".join(repr(frame.f_locals) for frame in frames if frame.f_globals["__name__"].startswith("ledger."))
    return said + "".join(everything_said(e) for e in (error.__cause__, error.__context__) if e)


def test_personal_text_stands_in_no_file(store: Store, place: Place) -> None:
    """Neither text nor actor nor the child whom a fact in another stream is about."""
    child, contact = new_child(store), uuid4()
    store.save([aside(contact, 1, child)])
    store.save([note(child, 2)])
    content = place.content()
    for planted in (PLANTED, "Sproetje", f'"{ANNA.id}"', "occurred_at"):
        assert planted.encode() not in content
    states = [event.state for event in store._log.select_events(contact)]
    assert child.bytes not in states[0]


def test_no_file_of_a_store_can_be_read_by_others(sqlite_store: Store, tmp_path: Path) -> None:
    """Also not the ones that SQLite puts beside them."""
    new_child(sqlite_store)
    assert {file.stat().st_mode & 0o077 for file in tmp_path.iterdir()} == {0}


def test_no_dump_of_the_log_contains_keys_or_content(postgres_store: Store, postgres_place: PostgresPlace) -> None:
    """A backup of the log's schema has the facts, and nothing that opens them, destroyed or not."""
    store, place = postgres_store, postgres_place
    children = [new_child(store) for _ in range(3)]
    wrapped = list(place.wrapped_keys().values())
    store.keys.destroy(children[0])
    dumped = place.cluster.dump(place.schema)
    assert all(str(child) in dumped for child in children)
    for hidden in (*wrapped, *store.keys._table.named().values(), PLANTED.encode(), ANNA.id.encode()):
        assert hidden.hex() not in dumped
        assert hidden not in dumped.encode()
    assert wrapped[-1].hex() in place.cluster.dump(f"{place.schema}_keys")


@pytest.mark.parametrize("byte", [0, 5, 40, -1])
def test_a_body_that_was_edited_does_not_open(store: Store, place: Place, byte: int) -> None:
    """The error names the place and no content."""
    child = new_child(store)
    state = bytearray(store._log.select_notifications(2, 1)[0].state)
    state[byte] ^= 1
    place.alter("UPDATE facts SET state = ? WHERE position = 2", bytes(state))
    with pytest.raises(SealBroken, match=f"position 2 .stream {child}, version 1.") as broken:
        store.log()
    assert PLANTED not in everything_said(broken.value)


@pytest.mark.parametrize("state", [b"", b"\x01", b"\x01" + bytes(12), bytes(100)])
def test_a_body_that_was_cut_off_does_not_open(store: Store, place: Place, state: bytes) -> None:
    """Also where nothing of a seal is left."""
    new_child(store)
    place.alter("UPDATE facts SET state = ? WHERE position = 2", state)
    with pytest.raises(SealBroken):
        store.log()


@pytest.mark.parametrize(
    "change", ["SET version = 7 WHERE position = 2", "SET topic = 'test.aside.1' WHERE position = 2"]
)
def test_a_body_opens_only_where_it_was_recorded(store: Store, place: Place, change: str) -> None:
    """Stream, version and topic are sealed with it."""
    new_child(store)
    place.alter(f"UPDATE facts {change}")
    with pytest.raises(SealBroken):
        store.log()


def test_swapped_rows_do_not_open(store: Store, place: Place) -> None:
    """Two facts of the same child cannot change places."""
    child = new_child(store)
    store.save([note(child, 2)])
    one, two = (event.state for event in store._log.select_events(child))
    place.alter("UPDATE facts SET state = ? WHERE position = 2", two)
    place.alter("UPDATE facts SET state = ? WHERE position = 3", one)
    with pytest.raises(SealBroken):
        store.stream(child)


def test_a_fact_that_is_not_of_its_type_is_not_recorded(store: Store) -> None:
    """And the error, unlike pydantic's, does not repeat its values."""
    wrong = Note.model_construct(None, occurred_at=NOON, by=ANNA, text={PLANTED: PLANTED})  # type: ignore[arg-type]
    with pytest.raises(NotEncodable) as refused:
        store.save([Unrecorded(new_child(store), 2, wrong)])
    assert PLANTED not in "".join(traceback.format_exception(refused.value))
    assert refused.value.__context__ is None
    assert store.last().position == 2


def test_a_body_that_is_not_its_topic_is_named_without_its_content(store: Store, place: Place) -> None:
    """A class that lost a field without a new topic, in software that is newer than the store."""

    class Shrunk(Fact):
        """A note without its text."""

        TOPIC = Note.TOPIC

    new_child(store)
    with (
        Store.open(place.url, facts=FACTS | {Note.TOPIC: Shrunk}) as newer,
        pytest.raises(FactUnreadable, match=r"position 2 is no test.note.2: extra_forbidden") as unreadable,
    ):
        newer.log()
    assert PLANTED not in everything_said(unreadable.value)


def test_an_upcaster_that_fails_says_nothing_of_the_body(store: Store, place: Place) -> None:
    """Whatever it raises is left out."""

    class Renamed(Note):
        """A note under a new topic."""

        TOPIC = "test.note.3"

    def fail(body: dict[str, object]) -> dict[str, object]:
        raise LookupError(body["text"])

    new_child(store)
    facts: dict[str, type[Fact]] = {Opened.TOPIC: Opened, Renamed.TOPIC: Renamed}
    newer = Store.open(place.url, facts=facts, upcasters={Note.TOPIC: (Renamed.TOPIC, fail)})
    with newer, pytest.raises(FactUnreadable, match="LookupError") as unreadable:
        newer.log()
    assert PLANTED not in everything_said(unreadable.value)


def test_no_key_no_record(store: Store) -> None:
    """A fact about a child who is not there yet cannot be sealed, and is not recorded in the clear either."""
    with pytest.raises(KeyMissing):
        store.save([aside(uuid4(), 1, uuid4())])
    with pytest.raises(ValueError, match="none is given"):
        store.save([Unrecorded(uuid4(), 1, aside(uuid4(), 1, uuid4()).fact)])


def test_a_topic_that_nobody_knows_is_an_error(store: Store, place: Place) -> None:
    """Older software does not guess what newer software recorded, nor records what it could not read back."""
    new_child(store)
    with Store.open(place.url, facts={Opened.TOPIC: Opened}) as older:
        with pytest.raises(UnknownTopic, match=r"test\.note\.2"):
            older.log()
        with pytest.raises(UnknownTopic):
            older.save([note(uuid4(), 1)])


def test_every_error_has_a_hint() -> None:
    """The operator reads what to do."""
    kinds: list[type[LedgerError]] = [LedgerError, *LedgerError.__subclasses__()]
    assert all(kind.hint for kind in kinds)
