"""A child's key that was wrapped by the old store key, and comes while the store gets its new one."""

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep
from typing import Any
from uuid import UUID, uuid4

import pytest

from ledger.keytable import KeyTable
from ledger.postgresarrays import Byteas, uuids
from ledger.postgreskeys import PostgresKeyTable
from ledger.store import Store
from tests.ledger.notes import new_child, note, reopen
from tests.ledger.place import Place, PostgresPlace
from tests.ledger.rotations import opened_by, rotate, secrets_in
from tests.ledger.test_many_processes import assert_whole

LOCKED = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE %s"


def before(table: KeyTable, name: str, act: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    """Something happens once, just before the table does this."""
    method, done = getattr(table, name), list[object]()

    def late(*arguments: Any) -> Any:
        if not done:
            done.append(act())
        return method(*arguments)

    monkeypatch.setattr(table, name, late)


def test_what_was_wrapped_before_and_comes_after_a_rotation_is_refused(
    store: Store, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process wraps; the whole rotation passes; the process inserts: nothing comes, and it wraps anew."""
    new_child(store)
    old, said, add = secrets_in(place.key), list[object](), store.keys._table.add

    def late(wrapped: Mapping[UUID, bytes], check: bytes) -> Collection[UUID] | None:
        if not said:
            with reopen(place.url) as other:
                rotate(other)
        said.append(add(wrapped, check))
        return said[-1]  # type: ignore[return-value]

    monkeypatch.setattr(store.keys._table, "add", late)
    child = new_child(store)
    assert said == [None, {child}]
    assert opened_by(old, store, place) == 0
    with reopen(place.url) as again:
        assert_whole(again)


@pytest.mark.parametrize("step", ["change", "replace", "compact"])
def test_a_child_that_comes_between_two_steps_is_kept(
    store: Store, place: Place, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Recorded by a process with the old key in memory, before or after the store's own keys are wrapped anew."""
    new_child(store)
    old = secrets_in(place.key)
    with reopen(place.url) as other:
        before(store.keys._table, step, lambda: [new_child(other) for _ in range(3)], monkeypatch)
        rotate(store)
    assert len(place.wrapped_keys()) == 4
    assert opened_by(old, store, place) == 0
    with reopen(place.url) as again:
        assert_whole(again)


@pytest.mark.parametrize("step", ["change", "page", "compact"])
def test_what_the_old_key_wrapped_is_refused_once_the_check_is_changed(
    store: Store, place: Place, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """The statement itself compares: what was wrapped at the start comes before that, and never after."""
    new_child(store)
    check, said = store.keys._table.named()["check"], list[object]()
    with reopen(place.url) as other:
        child = uuid4()
        wrapped = other.keys._store_key.wrap([(bytes(32), b"stream/" + child.bytes)], (check, b"store/check"))
        before(
            store.keys._table, step, lambda: said.append(other.keys._table.add({child: wrapped[0]}, check)), monkeypatch
        )
        rotate(store)
    assert said == [{child} if step == "change" else None]


def test_an_insert_that_is_under_way_is_waited_for(postgres_store: Store, postgres_place: PostgresPlace) -> None:
    """Its snapshot is from before the change: whoever changes the check waits for it, and then finds its row."""
    place, table, child = postgres_place, postgres_store.keys._table, uuid4()
    assert isinstance(table, PostgresKeyTable)
    old, check = secrets_in(place.key), table.named()["check"]
    wrapped = postgres_store.keys._store_key.wrap([(bytes(32), b"stream/" + child.bytes)])
    with ThreadPoolExecutor(1) as pool, table._pool.session() as session:
        with session.connection.transaction():
            assert _added(session, table, child, wrapped[0], check) == (True, [child])
            rotating = pool.submit(rotate, postgres_store)
            _wait_until_locked(place, "UPDATE")
            assert not rotating.done()
        assert rotating.result().keys == 1
    assert opened_by(old, postgres_store, place) == 0


def test_an_insert_waits_for_a_change_that_is_under_way(postgres_store: Store, postgres_place: PostgresPlace) -> None:
    """And then sees it, though its snapshot does not: nothing is inserted."""
    place, table, child = postgres_place, postgres_store.keys._table, uuid4()
    assert isinstance(table, PostgresKeyTable)
    check = table.named()["check"]
    with ThreadPoolExecutor(1) as pool, place.cluster.connect() as other:
        with other.transaction():
            other.execute(f"SET search_path = {place.schema}_keys")
            other.execute("UPDATE store_keys SET wrapped = 'other' WHERE name = 'check'")
            adding = pool.submit(table.add, {child: b"wrapped"}, check)
            _wait_until_locked(place, "INSERT")
        assert adding.result() is None
    assert place.wrapped_keys() == {}


def _added(session: Any, table: PostgresKeyTable, child: UUID, wrapped: bytes, check: bytes) -> Any:
    return session.cursor.execute(table._add, (check, uuids([child]), Byteas.of([wrapped]))).fetchone()


def _wait_until_locked(place: PostgresPlace, statement: str) -> None:
    until = monotonic() + 4
    while place.cluster.execute(LOCKED, f"%{statement} %{place.schema}_keys%") == [(0,)]:
        assert monotonic() < until, "nobody waits"
        sleep(0.01)


def test_the_check_is_changed_only_from_what_it_was(store: Store) -> None:
    """Two that give the store a new key, on two machines whose locks do not reach each other: one does it."""
    table = store.keys._table
    before = table.named()
    assert table.change({"check": b"one", "data": b"one", "retired": b"x"}, before["check"]) is True
    assert table.change({"check": b"two", "data": b"two", "retired": b"y"}, before["check"]) is False
    assert table.named() == before | {"check": b"one", "data": b"one", "retired": b"x"}


def test_a_key_that_was_read_before_and_unwrapped_after_a_rotation_opens(
    store: Store, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By then another thread has read the new key file, in which the old key no longer is: the key is read again."""
    child = new_child(store)
    with reopen(place.url) as service:
        find, found = service.keys._table.find, list[dict[UUID, tuple[bytes, bool]]]()

        def early(streams: Collection[UUID]) -> dict[UUID, tuple[bytes, bool]]:
            found.append(find(streams))
            if len(found) == 1:
                rotate(store)
                service.keys._opened_anew()
            return found[-1]

        monkeypatch.setattr(service.keys._table, "find", early)
        assert service.stream(child)[0].fact
        assert len(found) == 2


def test_an_unfinished_rotation_is_no_hindrance(store: Store, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped before each of its steps in turn, the store opens with both keys, writes, reads and erases."""
    children = [new_child(store) for _ in range(4)]
    for step in ("change", "replace", "compact"):

        def stop() -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as stopped:
            before(store.keys._table, step, stop, stopped)
            with pytest.raises(KeyboardInterrupt):
                rotate(store)
        with reopen(place.url) as again:
            gone = children.pop()
            new_child(again)
            again.save([note(children[0], again.version(children[0]) + 1)])
            again.keys.destroy(gone)
            assert again.stream(gone)[0].fact is None
            assert sum(fact.fact is None for fact in again.log()) == 4 - len(children)
    assert len(secrets_in(place.key)) == 2
    assert rotate(store).resumed is True
    assert len(secrets_in(place.key)) == 1
