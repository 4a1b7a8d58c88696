"""When PostgreSQL refuses: said clearly, nothing half written, and it goes on by itself when the cause is gone."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ledger.errors import StoreUnavailable
from ledger.store import Store
from tests import postgres as cluster_of_tests
from tests.ledger.notes import PLANTED, new_child, note, reopen
from tests.ledger.place import PostgresPlace
from tests.ledger.test_lost_connections import locked
from tests.postgres import ROLE, Cluster

RECONNECT = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'zorgspoor'"


@contextmanager
def role_with(cluster: Cluster, setting: str, value: str) -> Iterator[None]:
    """A default that an operator gave our role, in force for new connections."""
    cluster.execute(f"ALTER ROLE {ROLE} SET {setting} = {value}")
    cluster.execute(RECONNECT)
    try:
        yield
    finally:
        cluster.execute(f"ALTER ROLE {ROLE} RESET {setting}")
        cluster.execute(RECONNECT)


def test_a_stopped_database_is_said(postgres_store: Store, postgres_place: PostgresPlace) -> None:
    """Reads and appends alike, with where it should be; afterwards they go on."""
    child = new_child(postgres_store)
    postgres_place.cluster.stop()
    try:
        for use in (postgres_store.last, lambda: postgres_store.stream(child), lambda: reopen(postgres_place.url)):
            with pytest.raises(StoreUnavailable, match=r"cannot be reached.*127\.0\.0\.1") as refused:
                use()
            assert "Check that it runs" in refused.value.hint
    finally:
        postgres_place.cluster.start()
    assert postgres_store.save([note(child, 2)])[0].position == 3


def test_a_locked_log_refuses_appends_and_still_reads(postgres_store: Store, postgres_place: PostgresPlace) -> None:
    """Another program holds its lock."""
    child = new_child(postgres_store)
    with reopen(postgres_place.url, busy_timeout=0.05) as store:
        with locked(postgres_place):
            with pytest.raises(StoreUnavailable, match="locked") as refused:
                store.save([note(child, 2)])
            assert "find that program" in refused.value.hint
            assert [fact.entry for fact in store.stream(child)] == [1]
        assert store.save([note(child, 2)])[0].position == 3


def test_a_read_only_database_refuses_appends_and_still_reads(
    postgres_store: Store, postgres_place: PostgresPlace
) -> None:
    """It is a standby, or an operator made it so."""
    child = new_child(postgres_store)
    with role_with(postgres_place.cluster, "default_transaction_read_only", "on"):
        with pytest.raises(StoreUnavailable, match="read-only"):
            postgres_store.save([note(child, 2)])
        assert [fact.entry for fact in postgres_store.stream(child)] == [1]
    assert postgres_store.save([note(child, 2)])[0].position == 3


@pytest.mark.parametrize("right", ["INSERT", "SELECT"])
def test_a_lost_right_is_said(postgres_store: Store, postgres_place: PostgresPlace, right: str) -> None:
    """And given back, it goes on."""
    child = new_child(postgres_store)
    postgres_place.alter(f"REVOKE {right} ON facts FROM {ROLE}")
    with pytest.raises(StoreUnavailable, match="does not let its user") as refused:
        postgres_store.save([note(child, 2)])
    assert "rights" in refused.value.hint
    postgres_place.alter(f"GRANT {right} ON facts TO {ROLE}")
    assert postgres_store.save([note(child, 2)])[0].position == 3


def test_a_full_disk_refuses_the_whole_append(postgres_store: Store, postgres_place: PostgresPlace) -> None:
    """Nothing of an append that does not fit is there, and smaller ones go on. Here large bodies have no room."""
    child = new_child(postgres_store)
    query = "SELECT pg_relation_filepath(reltoastrelid) FROM pg_class WHERE oid = %s::regclass"
    [(file,)] = postgres_place.cluster.execute(query, f"{postgres_place.schema}.facts")
    large = postgres_place.cluster.data / file
    postgres_place.cluster.execute("CHECKPOINT")
    large.rename(aside := large.with_suffix(".aside"))
    large.symlink_to("/dev/full")
    try:
        postgres_place.cluster.execute(RECONNECT)
        with pytest.raises(StoreUnavailable, match="full") as refused:
            postgres_store.save([note(child, 2), note(child, 3, PLANTED * 500)])
        assert "Make room" in refused.value.hint
        assert postgres_store.version(child) == 1
        assert postgres_store.save([note(child, 2)])[0].position == 3
    finally:
        postgres_place.cluster.execute(RECONNECT)
        large.unlink()
        aside.rename(large)
    assert postgres_store.save([note(child, 3, PLANTED * 500)])[0].position == 4


def test_a_removed_log_is_said(postgres_store: Store, postgres_place: PostgresPlace) -> None:
    """Somebody dropped it under a running service."""
    postgres_place.alter("DROP TABLE facts CASCADE")
    with pytest.raises(StoreUnavailable, match="gone"):
        postgres_store.last()


def test_no_connection_left_is_said(postgres_store: Store, postgres_place: PostgresPlace) -> None:
    """More processes than the database was made for."""
    postgres_place.cluster.execute(RECONNECT)
    postgres_place.cluster.execute(f"ALTER ROLE {ROLE} CONNECTION LIMIT 0")
    try:
        with pytest.raises(StoreUnavailable, match="too many connections"):
            postgres_store.last()
    finally:
        postgres_place.cluster.execute(f"ALTER ROLE {ROLE} CONNECTION LIMIT -1")
    assert postgres_store.last().position == 1


def test_a_closed_store_says_so(postgres_store: Store) -> None:
    """A service that stops refuses, rather than to connect again."""
    child = new_child(postgres_store)
    postgres_store.close()
    for use in (lambda: postgres_store.version(child), lambda: postgres_store.save([note(child, 2)])):
        with pytest.raises(StoreUnavailable, match="closed"):
            use()


@pytest.mark.parametrize("chosen", ["off", "local", "remote_write", "on"])
def test_commits_wait_for_the_disk_whatever_the_default(
    postgres_store: Store, postgres_place: PostgresPlace, chosen: str
) -> None:
    """synchronous_commit: an acknowledged fact survives a power cut, and the loss of a primary with a standby."""
    with role_with(postgres_place.cluster, "synchronous_commit", chosen):
        new_child(postgres_store)
        with postgres_store._log.pool.session() as session:  # type: ignore[attr-defined]
            assert session.connection.execute("SHOW synchronous_commit").fetchone() == ("on",)


def test_a_database_that_does_not_wait_for_its_disk_is_refused(
    postgres_store: Store, postgres_place: PostgresPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fsync off: what it acknowledges, a power cut takes away."""
    monkeypatch.setitem(cluster_of_tests.SETTINGS, "fsync", "off")
    postgres_place.cluster.restart()
    try:
        with pytest.raises(StoreUnavailable, match="fsync"):
            new_child(postgres_store)
    finally:
        monkeypatch.undo()
        postgres_place.cluster.restart()
    new_child(postgres_store)


def test_one_save_is_one_round_trip(postgres_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the first fact of a child has a second one, for its key; and reading a stream is one."""
    child, pool = new_child(postgres_store), postgres_store._log.pool  # type: ignore[attr-defined]
    sent, borrow = list[object](), pool._borrow

    def count() -> object:
        sent.append(1)
        return borrow()

    monkeypatch.setattr(pool, "_borrow", count)
    postgres_store.save([note(child, 2), note(child, 3)], unmoved={child: 1})
    assert len(sent) == 1
    postgres_store.stream(child)
    assert len(sent) == 2


def test_keys_that_its_user_may_not_vacuum_are_said(postgres_store: Store, postgres_place: PostgresPlace) -> None:
    """The tombstone stands, and the operator learns that the old row may still be there."""
    child, table = new_child(postgres_store), f"{postgres_place.schema}_keys.stream_keys"
    postgres_place.alter(f"ALTER TABLE {table} OWNER TO postgres")
    postgres_place.alter(f"GRANT ALL ON {table} TO {ROLE}")
    with pytest.raises(StoreUnavailable, match="is destroyed, but"):
        postgres_store.keys.destroy(child)
    assert postgres_store.stream(child)[0].fact is None
    postgres_place.alter(f"ALTER TABLE {table} OWNER TO {ROLE}")
    postgres_store.keys.destroy(child)
