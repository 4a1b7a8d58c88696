"""A connection to PostgreSQL that breaks: what is said of an append is what is there."""

import signal
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from time import monotonic, sleep
from uuid import uuid4

import psycopg
import pytest

from ledger.errors import OutcomeUnknown, StoreUnavailable
from ledger.postgreserrors import lost
from ledger.postgresschema import LOCK
from ledger.store import Store
from tests.ledger.notes import FACTS, new_child, note
from tests.ledger.place import PostgresPlace
from tests.ledger.test_many_processes import assert_whole
from tests.ledger.wire import Cut, Wire
from tests.postgres import Cluster

WAITING = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'advisory' AND query LIKE %s"


@pytest.fixture
def wire(postgres: Cluster) -> Iterator[Wire]:
    with Wire(postgres.port) as wire:
        yield wire


@pytest.fixture
def wired(postgres_store: Store, postgres_place: PostgresPlace, wire: Wire) -> Iterator[Store]:
    """The store as seen over the wire; `postgres_store` sees it directly."""
    url = postgres_place.cluster.url(postgres_place.schema, postgres_place.key, wire.port)
    with Store.open(url, facts=FACTS) as store:
        yield store


@contextmanager
def locked(place: PostgresPlace) -> Iterator[None]:
    """Somebody else appends, and takes long."""
    with place.cluster.connect() as other:
        other.execute(f"SELECT pg_advisory_lock({LOCK}, '{place.schema}.facts'::regclass::oid::integer)")
        yield


def waiting(place: PostgresPlace) -> int:
    """The server process that waits for the lock of the log."""
    until = monotonic() + 10
    while monotonic() < until:
        if found := place.cluster.execute(WAITING, f"%{place.schema}%append%"):
            [(pid,)] = found
            return int(pid)
        sleep(0.01)
    raise AssertionError("nobody waits")


@pytest.mark.parametrize("lost", ["request", "answer"])
def test_an_append_that_lost_its_connection_stands_exactly_once(
    postgres_store: Store, wired: Store, wire: Wire, lost: Cut
) -> None:
    """Before the database got it, or after it committed and before it could say so."""
    child = new_child(wired)
    wire.lose_next = lost
    saved = wired.save([note(child, 2), note(child, 3)], unmoved={child: 1})
    assert postgres_store.stream(child)[1:] == saved
    assert [fact.position for fact in saved] == [3, 4]
    assert_whole(postgres_store)


def test_what_the_database_still_does_for_a_lost_connection_is_ended_first(
    postgres_store: Store, postgres_place: PostgresPlace, wired: Store, wire: Wire
) -> None:
    """It would otherwise commit after somebody was told that nothing stands, or beside the second attempt."""
    child = new_child(wired)
    with ThreadPoolExecutor(1) as pool:
        with locked(postgres_place):
            saving = pool.submit(wired.save, [note(child, 2)])
            before = waiting(postgres_place)
            wire.hang_up()
            while waiting(postgres_place) == before:
                sleep(0.01)
        assert saving.result()[0].position == 3
    assert [fact.entry for fact in postgres_store.stream(child)] == [1, 2]
    assert_whole(postgres_store)


def test_while_nobody_can_say_what_became_of_an_append_that_is_said(
    postgres_store: Store, wired: Store, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither success nor failure is made up; when the database is back, the stream says which it was."""
    monkeypatch.setattr("ledger.postgresoutcome.SECONDS", 0.2)
    child = new_child(wired)
    wire.dead, wire.lose_next = True, "answer"
    with pytest.raises(OutcomeUnknown) as unknown:
        wired.save([note(child, 2)])
    assert "Read again" in unknown.value.hint
    wire.dead = False
    assert [fact.entry for fact in wired.stream(child)] == [1, 2]
    assert wired.save([note(child, 3)])[0].position == 4


def test_a_terminated_append_is_sent_again(postgres_store: Store, postgres_place: PostgresPlace) -> None:
    """An operator ended the connection while it waited."""
    child = new_child(postgres_store)
    with ThreadPoolExecutor(1) as pool:
        with locked(postgres_place):
            saving: Future[object] = pool.submit(postgres_store.save, [note(child, 2)])
            before = waiting(postgres_place)
            postgres_place.cluster.execute("SELECT pg_terminate_backend(%s)", before)
            while waiting(postgres_place) == before:
                sleep(0.01)
        saving.result()
    assert_whole(postgres_store)


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_after_a_restart_of_the_database_the_service_goes_on(
    postgres_store: Store, postgres_place: PostgresPlace, mode: str
) -> None:
    """With reads, appends and new keys, without anybody restarting it."""
    child = new_child(postgres_store)
    postgres_place.cluster.restart(mode)
    assert postgres_store.stream(child)[0].fact
    postgres_place.cluster.restart(mode)
    postgres_store.save([note(child, 2)])
    postgres_place.cluster.restart(mode)
    new_child(postgres_store)
    assert_whole(postgres_store)


def test_a_crash_amid_appends_loses_nothing_acknowledged(postgres_store: Store, postgres_place: PostgresPlace) -> None:
    """Four threads write while the server is killed; what each was told is what is there."""
    told = list[int]()

    def work(_: int) -> None:
        for _ in range(25):
            child = uuid4()
            try:
                told.extend(fact.position for fact in postgres_store.save([note(child, 1), note(child, 2)]))
            except OutcomeUnknown:
                raise  # the database was back within seconds: it could be asked
            except StoreUnavailable:
                sleep(0.05)

    with ThreadPoolExecutor(4) as pool:
        working = [pool.submit(work, each) for each in range(4)]
        while len(told) < 30:
            sleep(0.005)
        postgres_place.cluster.restart("immediate")
        for each in working:
            each.result()
    assert len(told) == len(set(told))
    assert set(told) | {1} == set(range(1, postgres_store.last().position + 1))
    assert_whole(postgres_store)


def test_a_connection_that_was_given_to_somebody_else_in_between_is_made_anew(postgres_store: Store) -> None:
    """A pooler that is set wrongly takes away what was prepared, and our settings with it."""
    child, pool = new_child(postgres_store), postgres_store._log.pool  # type: ignore[attr-defined]
    with pool.session() as session:
        session.connection.execute("DISCARD ALL")
    assert postgres_store.save([note(child, 2)])[0].position == 3
    assert_whole(postgres_store)


def test_an_interrupted_append_is_cancelled_in_the_database(
    postgres_store: Store, postgres_place: PostgresPlace
) -> None:
    """Ctrl-C while it waits: who interrupted it is not surprised afterwards, and the next one goes on."""
    child = new_child(postgres_store)

    def interrupt() -> None:
        waiting(postgres_place)
        signal.raise_signal(signal.SIGINT)

    with locked(postgres_place), ThreadPoolExecutor(1) as pool:
        interrupting = pool.submit(interrupt)
        with pytest.raises(KeyboardInterrupt):
            postgres_store.save([note(child, 2)])
        interrupting.result()
        until = monotonic() + 10
        while postgres_place.cluster.execute(WAITING, f"%{postgres_place.schema}%append%"):
            assert monotonic() < until
            sleep(0.01)
    assert postgres_store.version(child) == 1
    assert postgres_store.save([note(child, 2)])[0].position == 3


@pytest.mark.parametrize(
    ("error", "unknown"),
    [
        (psycopg.OperationalError("server closed the connection"), True),
        (psycopg.DatabaseError("lost synchronization with server"), True),
        (psycopg.errors.AdminShutdown(), True),
        (psycopg.errors.InvalidSqlStatementName(), True),
        (psycopg.ProgrammingError("cannot adapt type"), False),
        (psycopg.errors.DiskFull(), False),
        (psycopg.errors.LockNotAvailable(), False),
    ],
)
def test_what_the_server_did_not_say_is_not_known(error: psycopg.Error, unknown: bool) -> None:
    """Only an error that the server reports, or one before anything was sent, means that nothing stands."""
    assert lost(error) is unknown
