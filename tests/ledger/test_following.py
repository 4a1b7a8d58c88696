"""Following the log: every fact once and in order, from whatever process it comes, until somebody says stop."""

import gc
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import pytest
from eventsourcing.persistence import ProgrammingError

from domain.envelope import Recorded
from ledger.errors import Rewound, StoreUnavailable
from ledger.log import LoggedEvent
from ledger.store import Store
from ledger.tail import Tail
from tests.ledger.notes import Note, Opened, aside, new_child, note, reopen
from tests.ledger.place import Place, PostgresPlace
from tests.ledger.test_many_processes import ROOT, assert_whole, writer
from tests.ledger.test_tailing import WRITERS, facts_in

SOON = 20.0
"""Seconds within which a test gives up, on however busy a machine."""


def until(true: Callable[[], object]) -> None:
    end = monotonic() + SOON
    while not true():
        assert monotonic() < end
        sleep(0.01)


@contextmanager
def followed(store: Store, after: int, *topics: str) -> Iterator[list[int]]:
    """The positions that a follower in a thread of its own has seen so far."""
    seen = list[int]()
    with ThreadPoolExecutor(1) as pool:
        with store.follow(after, topics) as tail:
            following = pool.submit(collect, tail, seen)
            yield seen
        following.result(SOON)


def collect(tail: Tail[Recorded], seen: list[int]) -> None:
    for page in tail:
        seen.extend(fact.position for fact in page)


def watching() -> list[threading.Thread]:
    """The threads that look for what other processes append."""
    return [thread for thread in threading.enumerate() if thread.name == "zorgspoor-watch"]


def take(tail: Tail[Recorded], count: int) -> list[int]:
    seen = list[int]()
    while len(seen) < count:
        seen.extend(fact.position for fact in next(tail))
    return seen


@pytest.mark.parametrize("appends", [50, pytest.param(500, marks=[pytest.mark.long, pytest.mark.timeout(600)])])
def test_followers_miss_nothing_of_four_processes_and_see_nothing_twice(
    store: Store, place: Place, appends: int
) -> None:
    """Pages for a projector, and the library's subscription, side by side (3 500 facts; 40 200 in the long test)."""
    last, subscribed = 1 + WRITERS * facts_in(appends), list[int]()
    with followed(store, 0) as seen, store._log.subscribe(gt=1) as subscription:
        writers = [writer("batches", place.url, appends) for _ in range(WRITERS)]
        while not subscribed or subscribed[-1] < last:
            subscribed.append(next(subscription).id)
        until(lambda: seen[-1] >= last)
        assert [process.wait() for process in writers] == [0] * WRITERS
    for process in writers:
        process.communicate()
    assert seen == list(range(1, last + 1))
    assert subscribed == list(range(2, last + 1))
    assert_whole(store)


def test_a_follower_begins_with_what_is_there(store: Store) -> None:
    """From the position after the one it names, in pages, and then waits."""
    for _ in range(4):
        new_child(store)
    with store.follow(2) as tail:
        assert [fact.position for fact in next(tail)] == [3, 4, 5]
        child = new_child(store)
        [fact] = next(tail)
    assert (fact.stream, fact.position, type(fact.fact)) == (child, 6, Note)


def test_a_follower_of_topics_sees_no_others(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many lie between: it goes over each stretch of the log once."""
    monkeypatch.setattr("ledger.tail.SPAN", 2)
    monkeypatch.setattr("ledger.tail.PAGE", 3)
    child, contact = new_child(store), uuid4()
    store.save([note(child, version) for version in range(2, 9)])
    with store.follow(0, ["test.opened.1", "test.aside.1"]) as tail:
        assert take(tail, 1) == [1]
        store.save([aside(contact, version, child) for version in range(1, 6)])
        store.save([note(child, 9)])
        assert take(tail, 5) == [10, 11, 12, 13, 14]


def test_what_has_none_of_the_topics_is_gone_over_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rare topic in a long log."""
    monkeypatch.setattr("ledger.tail.SPAN", 2)
    child, starts, select = new_child(store), list[int](), store._log.select_notifications
    store.save([note(child, version) for version in range(2, 9)])

    def selected(start: int | None, *rest: Any, **named: Any) -> Sequence[LoggedEvent]:
        starts.append(start or 0)
        return select(start, *rest, **named)

    monkeypatch.setattr(store._log, "select_notifications", selected)
    with followed(store, 0, "none") as seen:
        until(lambda: 8 in starts)
        new_child(store)
        until(lambda: 9 in starts)
    assert (seen, starts) == ([], [0, 2, 4, 6, 8, 9])


def test_another_thread_stops_a_follower_that_waits(store: Store) -> None:
    """At once, and for good; so does closing the store."""
    with ThreadPoolExecutor(2) as pool:
        one, other = store.follow(1), store.follow(1)
        waiting = [pool.submit(list[Any], tail) for tail in (one, other)]
        sleep(0.1)
        one.stop()
        assert waiting[0].result(SOON) == []
        assert not waiting[1].done()
        store.close()
        assert waiting[1].result(SOON) == []
    with pytest.raises(StoreUnavailable, match="closed"):
        store.follow()


def test_nothing_is_left_of_a_follower_that_was_stopped(store: Store, place: Place) -> None:
    """Neither threads nor connections; of files SQLite keeps one or two open to use them again."""
    files = list[int]()
    for _ in range(6):
        tails = [store.follow() for _ in range(5)]
        assert [len(next(tail)) for tail in tails] == [1] * 5
        assert len(watching()) == 1
        for tail in tails:
            tail.stop()
        until(lambda: not watching())
        files.append(open_files())
    assert files[-1] <= files[0] + 2
    if isinstance(place, PostgresPlace):
        [(listening,)] = place.cluster.execute("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
        assert listening == 0


def open_files() -> int:
    """Descriptors of this process."""
    return len(os.listdir("/dev/fd"))  # noqa: PTH208  # only how many


def test_a_follower_that_was_dropped_is_let_go_of(store: Store) -> None:
    """Somebody forgot to stop it."""
    tail = store.follow()
    next(tail)
    del tail
    gc.collect()
    until(lambda: not watching())


def test_a_forgotten_follower_does_not_keep_the_process_alive(store: Store, place: Place) -> None:
    """It ends as if nobody followed."""
    program = "tail = reopen(sys.argv[1]).follow(); print(len(next(tail)))"
    command = [sys.executable, "-c", f"import sys; from tests.ledger.notes import reopen; {program}", place.url]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SOON, check=False)  # noqa: S603
    assert (done.returncode, done.stdout, done.stderr) == (0, "1\n", "")


def test_without_any_waking_a_fact_is_only_late(store: Store, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever happens to the thread that watches: a follower looks by itself now and then."""
    monkeypatch.setattr("ledger.tail.POLL", 0.2)
    monkeypatch.setattr(type(store._log.watch), "look", lambda _, rest: rest(60))
    with reopen(place.url) as other, store.follow() as tail:
        assert take(tail, 1) == [1]
        new_child(other)
        assert take(tail, 1) == [2]


def test_a_watcher_that_fails_begins_anew(store: Store, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """What failed once may work the next time, and its followers look meanwhile."""
    monkeypatch.setattr("ledger.watch.RETRY", 0.01)
    kind, failed = type(store._log.watch), list[int]()
    look = kind.look

    def fail(*arguments: object) -> None:
        monkeypatch.setattr(kind, "look", look)
        failed.append(1)
        raise OSError

    monkeypatch.setattr(kind, "look", fail)
    with reopen(place.url) as other, store.follow() as tail:
        new_child(other)
        assert take(tail, 2) == [1, 2]
        until(lambda: failed and watching())


def test_a_log_that_lost_what_was_read_from_it_is_refused(store: Store, place: Place) -> None:
    """A backup was restored under the service; read on silently, what was worked out from it would be wrong."""
    child = new_child(store)
    with store.follow() as tail, store.follow(0, ["test.note.2"]) as of_topic:
        take(tail, 2)
        take(of_topic, 1)
        place.alter("DELETE FROM facts WHERE position = 2")
        for each in (tail, of_topic):
            with pytest.raises(Rewound, match="Position 2") as refused:
                next(each)
            assert "from the beginning" in refused.value.hint
        store.save([note(child, 1, "another")])
        with pytest.raises(Rewound):
            next(tail)


def test_an_erased_child_follows_without_content(store: Store, place: Place) -> None:
    """Whoever destroyed the key: what was not given yet is given sealed for good."""
    with reopen(place.url) as other, store.follow() as tail:
        [first] = next(tail)
        child = new_child(other)
        other.keys.destroy(child)
        [erased] = next(tail)
    assert isinstance(first.fact, Opened)
    assert (erased.stream, erased.topic, erased.fact) == (child, Note.TOPIC, None)


def test_what_cannot_be_read_is_raised_and_not_passed_over(store: Store, place: Place) -> None:
    """The follower stays where it is, whoever asks again."""
    new_child(store)
    place.alter("UPDATE facts SET state = ? WHERE position = 2", b"")
    with store.follow(1) as tail:
        for _ in range(2):
            with pytest.raises(Exception, match="position 2"):
                next(tail)


def test_a_subscription_keeps_the_contract_of_the_library(store: Store) -> None:
    """A context manager, an iterator, and stop."""
    new_child(store)
    subscription = store._log.subscribe(topics=["test.note.2"])
    with pytest.raises(ProgrammingError):
        subscription.__exit__()
    with subscription:
        assert iter(subscription) is subscription
        assert (first := next(subscription)).id == 2
        assert first.topic == "test.note.2"
        with pytest.raises(ProgrammingError):
            subscription.__enter__()
        subscription.stop()
        assert list(subscription) == []
    with store._log.subscribe() as again:
        assert next(again).id == 1
