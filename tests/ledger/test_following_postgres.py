"""Following a log over whatever happens to PostgreSQL: it goes on by itself, after the last fact it gave."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from time import sleep

import pytest
from psycopg.sql import SQL, Identifier

from ledger.errors import OutcomeUnknown, StoreUnavailable
from ledger.postgresschema import channel
from ledger.store import Store
from tests.ledger.notes import FACTS, new_child, note, reopen
from tests.ledger.place import PostgresPlace
from tests.ledger.test_following import followed, take, until
from tests.ledger.wire import Wire
from tests.postgres import Cluster

WATCHERS = "FROM pg_stat_activity WHERE usename = 'zorgspoor' AND query LIKE %s AND pid <> pg_backend_pid()"
ASLEEP = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock' AND granted"


@pytest.fixture
def wire(postgres: Cluster) -> Iterator[Wire]:
    with Wire(postgres.port) as wire:
        yield wire


@pytest.fixture
def other(postgres_store: Store, postgres_place: PostgresPlace) -> Iterator[Store]:
    """Another process, as far as the followers of `postgres_store` can tell."""
    with reopen(postgres_place.url) as store:
        yield store


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_follower_goes_on_after_restarts(
    postgres_store: Store, postgres_place: PostgresPlace, other: Store, mode: str
) -> None:
    """Amid appends and reads, and without anything twice."""
    with followed(postgres_store, 0) as seen:
        for _ in range(2):
            with ThreadPoolExecutor(1) as pool:
                writing = pool.submit(write, other, 40)
                sleep(0.1)
                postgres_place.cluster.restart(mode)
                writing.result()
        until(lambda: seen[-1] == postgres_store.last().position)
    assert seen == list(range(1, len(seen) + 1))
    assert len(seen) == 81


def write(store: Store, times: int) -> None:
    """As a service does: what is refused because the database is away is tried again, and nothing else."""
    while times:
        try:
            new_child(store)
        except OutcomeUnknown:
            raise  # the database was back within seconds: it could be asked
        except StoreUnavailable:
            sleep(0.02)
        else:
            times -= 1


def test_a_terminated_watcher_is_back_by_itself(
    postgres_store: Store, postgres_place: PostgresPlace, other: Store
) -> None:
    """An operator ended its connection."""
    with postgres_store.follow(1) as tail:
        new_child(other)
        assert take(tail, 1) == [2]
        for position in (3, 4):
            asleep(postgres_place)
            postgres_place.cluster.execute(f"SELECT pg_terminate_backend(pid, 5000) {WATCHERS}", "%max(position)%")
            new_child(other)
            assert take(tail, 1) == [position]
        asleep(postgres_place)


def asleep(place: PostgresPlace) -> None:
    """A watcher waits to be told."""
    until(lambda: place.cluster.execute(ASLEEP) == [(1,)])


def test_only_sleepers_are_notified(postgres_store: Store, postgres_place: PostgresPlace, other: Store) -> None:
    """NOTIFY lets the commits of all stores wait for each other; while nobody sleeps none is sent."""
    with postgres_place.cluster.connect() as listening:
        listening.execute(SQL("LISTEN {}").format(Identifier(channel(postgres_place.schema))))
        new_child(other)
        assert list(listening.notifies(timeout=0.2)) == []
        with postgres_store.follow(2) as tail:
            asleep(postgres_place)
            new_child(other)
            assert [told.payload for told in listening.notifies(timeout=5, stop_after=1)] == [""]
            assert take(tail, 1) == [3]
        until(lambda: postgres_place.cluster.execute(ASLEEP) == [(0,)])
        new_child(other)
        assert list(listening.notifies(timeout=0.2)) == []


def test_who_lies_down_amid_an_append_sees_it(
    postgres_store: Store, postgres_place: PostgresPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No wake-up is lost between the last look and sleep, so nobody has to wait for the slow poll: a hundred times."""
    monkeypatch.setattr("ledger.postgreswatch.POLL", 60)
    monkeypatch.setattr("ledger.tail.POLL", 60)
    monkeypatch.setattr("ledger.postgreswatch.AWAKE", 0.0)
    with reopen(postgres_place.url) as other, postgres_store.follow(1) as tail:
        for position in range(2, 102):
            sleep(position % 7 / 1000)
            new_child(other)
            assert take(tail, 1) == [position]


def test_a_network_that_swallows_everything_is_found_out(
    postgres_store: Store, postgres_place: PostgresPlace, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Something in between keeps connections alive and passes nothing on: TCP sees nothing wrong with it."""
    monkeypatch.setattr("ledger.postgrespool.ANSWER_SECONDS", 0.5)
    monkeypatch.setattr("ledger.postgreswatch.PATIENCE", 0.5)
    url = postgres_place.cluster.url(postgres_place.schema, postgres_place.key, wire.port)
    with Store.open(url, facts=FACTS) as store, followed(store, 0) as seen:
        until(lambda: seen == [1])
        wire.swallow()
        child = new_child(postgres_store)
        until(lambda: seen == [1, 2])
        wire.swallow()
        assert store.save([note(child, 2)])[0].position == 3
        until(lambda: seen == [1, 2, 3])


def test_while_the_database_is_away_a_follower_says_why(postgres_store: Store, postgres_place: PostgresPlace) -> None:
    """A service can tell its operator; nothing has to be restarted."""
    with ThreadPoolExecutor(1) as pool, postgres_store.follow(1) as tail:
        waiting = pool.submit(take, tail, 1)
        postgres_place.cluster.stop()
        try:
            until(lambda: tail.trouble)
            assert "cannot be reached" in str(tail.trouble)
        finally:
            postgres_place.cluster.start()
        until(lambda: tail.trouble is None)
        new_child(postgres_store)
        assert waiting.result(20) == [2]
