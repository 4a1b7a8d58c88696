"""One order of positions 1..N, versions without gaps, and a recorded_at that never runs backwards."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from eventsourcing.persistence import StoredEvent

from ledger.engine import engine_of
from ledger.errors import Moved
from ledger.store import Store
from tests.ledger.notes import NOON, new_child, note
from tests.ledger.place import Place


def positions(store: Store) -> list[int]:
    """Of all facts, in the order of the log."""
    return [fact.position for fact in store.log(limit=100_000)]


def test_positions_are_contiguous_from_one_after_appends_that_failed(store: Store) -> None:
    """An append that is refused leaves no gap, neither in the log nor in a stream."""
    child = new_child(store)
    for _ in range(3):
        with pytest.raises(Moved):
            store.save([note(uuid4(), 1), note(child, 1)])
        store.save([note(child, store.version(child) + 1)])
    assert positions(store) == [1, 2, 3, 4, 5]
    assert [fact.entry for fact in store.stream(child)] == [1, 2, 3, 4]


def test_facts_of_one_append_stand_beside_each_other(store: Store) -> None:
    """What was decided at once is recorded at once: consecutive positions and the same instant."""
    child = uuid4()
    saved = store.save([note(child, 1, "one"), note(child, 2, "two")])
    assert [fact.position for fact in saved] == [2, 3]
    assert saved[0].recorded_at == saved[1].recorded_at
    assert store.stream(child) == saved


def test_a_stream_that_moved_refuses_the_append_and_is_named(store: Store) -> None:
    """What was decided on an older version of a child is decided again."""
    child, other = new_child(store), new_child(store)
    with pytest.raises(Moved) as moved:
        store.save([note(child, 2)], unmoved={other: 0, child: 1})
    assert moved.value.streams == (other,)
    assert store.version(child) == 1


def test_a_stream_that_must_not_exist_yet_has_version_zero(store: Store) -> None:
    """A new child is only new once."""
    child = uuid4()
    store.save([note(child, 1)], unmoved={child: 0})
    with pytest.raises(Moved):
        store.save([note(child, 1)], unmoved={child: 0})


def test_a_version_that_would_leave_a_gap_is_refused(store: Store) -> None:
    """Versions of a stream are contiguous, even if the caller is mistaken."""
    with pytest.raises(Moved):
        store.save([note(new_child(store), 3)])
    with pytest.raises(ValueError, match="not contiguous"):
        store.save([note(child := uuid4(), 1), note(child, 3)])


def test_an_empty_append_records_nothing(store: Store) -> None:
    """Some actions change nothing."""
    assert store.save([]) == []
    assert store.last().position == 1


def test_a_stream_is_read_on_from_a_version(store: Store) -> None:
    """What is known already need not be read again."""
    child = new_child(store)
    store.save([note(child, 2)])
    assert [fact.entry for fact in store.stream(child, after=1)] == [2]
    assert [fact.entry for fact in store.stream(child, limit=1)] == [1]
    assert store.stream(child, after=2) == []


def test_the_log_reads_in_pages(store: Store) -> None:
    """A projector reads on from where it was."""
    for _ in range(4):
        new_child(store)
    assert [fact.position for fact in store.log(after=1, limit=3)] == [2, 3, 4]
    assert [fact.position for fact in store.log(after=4, limit=3)] == [5]
    assert store.log(after=5) == []


def test_recorded_at_never_runs_backwards(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that is set back does not put a fact before the one that it follows."""
    child, ahead = new_child(store), store.last().recorded_at + timedelta(days=1)
    for version, clock in enumerate((ahead, NOON, ahead + timedelta(seconds=1)), 2):
        monkeypatch.setattr("ledger.log.time_ns", lambda at=clock: int(at.timestamp()) * 1_000_000_000)
        store.save([note(child, version)])
    instants = [fact.recorded_at for fact in store.log()]
    assert instants == sorted(instants)
    assert instants[-2] == instants[-3]
    assert instants[-1] > instants[-2]


def test_a_simulated_clock_gives_the_instant_to_the_microsecond(place: Place) -> None:
    """A store with the clock of its imports records when they say, and not before what it has."""
    log = engine_of(place.url).create_log()
    at, stream = NOON + timedelta(microseconds=1), uuid4()
    log.append([StoredEvent(stream, 1, "t", b"")], recorded_at=at)
    log.append([StoredEvent(stream, 2, "t", b"")], recorded_at=NOON)
    assert [event.recorded_at for event in log.select_events(stream)] == [at, at]
    with pytest.raises(TypeError):
        log.append([StoredEvent(stream, 3, "t", b"")], recorded_at=datetime(2026, 11, 2))  # noqa: DTZ001
    log.close()


def test_the_recorder_keeps_the_contract_of_the_library(place: Place) -> None:
    """The library's own classes read backwards, by topic and between bounds."""
    log, stream = engine_of(place.url).create_log(), uuid4()
    assert log.max_notification_id() == 0
    events = [StoredEvent(stream, version, f"t{version % 2}", b"") for version in range(1, 6)]
    assert list(log.insert_events(events)) == [1, 2, 3, 4, 5]
    assert [e.originator_version for e in log.select_events(stream, gt=1, lte=4, desc=True, limit=2)] == [4, 3]
    assert [e.id for e in log.select_notifications(2, 10, stop=4)] == [2, 3, 4]
    assert [e.id for e in log.select_notifications(1, 10, topics=["t1"], inclusive_of_start=False)] == [3, 5]
    assert log.max_notification_id() == 5
    log.close()


def test_threads_take_turns(store: Store) -> None:
    """A service with many requests at once keeps one order, and reads while it writes."""

    def work(_: int) -> None:
        child = new_child(store)
        store.save([note(child, 2)], unmoved={child: 1})
        assert [fact.entry for fact in store.stream(child)] == [1, 2]

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(work, range(60)))
    assert positions(store) == list(range(1, 122))
