"""A child's key: minted once, wrapped in a file of its own, destroyed for good."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest

from domain.envelope import Unrecorded
from ledger.errors import KeyDestroyed, KeyMissing
from ledger.log import Row
from ledger.store import Store
from tests.ledger.notes import Aside, aside, create, new_child, note, reopen
from tests.ledger.place import Place, PostgresPlace, SQLitePlace


def test_after_destruction_the_facts_stand_without_content(store: Store) -> None:
    """Of an erased child remain topics, positions and instants; elsewhere it is still known whom a fact was about."""
    child, contact = new_child(store), uuid4()
    store.save([aside(contact, 1, child)])
    before = store.stream(child) + store.stream(contact)
    store.keys.destroy(child)
    after = store.stream(child) + store.stream(contact)
    assert [fact.fact for fact in after] == [None, None]
    assert [(fact.topic, fact.position, fact.recorded_at) for fact in after] == [
        (fact.topic, fact.position, fact.recorded_at) for fact in before
    ]
    assert (after[1].topic, after[1].subject) == (Aside.TOPIC, child)


def test_a_destroyed_key_is_never_minted_again(store: Store, place: Place) -> None:
    """Not in this process, nor after a restart, nor for a child who had no key yet."""
    child, unborn = new_child(store), uuid4()
    for gone in (child, unborn):
        store.keys.destroy(gone)
        store.keys.destroy(gone)
        with pytest.raises(KeyDestroyed):
            store.keys.mint(gone)
    with reopen(place.url) as again:
        for gone, version in ((child, 2), (unborn, 1)):
            with pytest.raises(KeyDestroyed):
                again.save([note(gone, version)])


def test_nothing_of_a_destroyed_key_is_left_in_the_files(sqlite_store: Store, tmp_path: Path) -> None:
    """Also not in the write-ahead log, nor in parts of a page that are free since the tree grew; others stand."""
    place, children = SQLitePlace(tmp_path), [uuid4() for _ in range(700)]
    for child in children:
        sqlite_store.keys.mint(child)
    wrapped, gone = place.wrapped_keys(), children[::7]
    for child in gone:
        sqlite_store.keys.destroy(child)
    files = place.content()
    assert not [child for child in gone if wrapped[child][1:20] in files]
    assert all(wrapped[child] in files for child in children if child not in gone)


def test_nothing_of_a_destroyed_key_is_left_in_the_table(postgres_store: Store, postgres_place: PostgresPlace) -> None:
    """PostgreSQL keeps old rows, and their bytes in free parts of pages; its write-ahead log is another matter."""
    place, children = postgres_place, [uuid4() for _ in range(250)]
    for child in children:
        postgres_store.keys.mint(child)
    wrapped, gone = place.wrapped_keys(), children[::7] + children[-9:]
    for child in gone:
        postgres_store.keys.destroy(child)
    place.cluster.execute("CHECKPOINT")
    [(file,)] = place.cluster.execute(f"SELECT pg_relation_filepath('{place.schema}_keys.stream_keys')")
    table = (place.cluster.data / file).read_bytes()
    assert not [child for child in gone if wrapped[child][1:20] in table]
    assert all(wrapped[child] in table for child in children if child not in gone)


def test_another_process_sees_the_destruction_at_once(store: Store, place: Place) -> None:
    """What it had in memory is forgotten before it reads or writes."""
    child = new_child(store)
    with reopen(place.url) as other:
        assert other.stream(child)[0].fact
        store.keys.destroy(child)
        assert other.stream(child)[0].fact is None
        with pytest.raises(KeyDestroyed):
            other.save([note(child, 2)])


def test_nothing_is_recorded_under_a_key_that_was_destroyed_meanwhile(
    postgres_store: Store, postgres_place: PostgresPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process erased the child after the body was sealed here, and before it was appended."""
    store, contact = postgres_store, uuid4()
    child = new_child(store)
    with reopen(postgres_place.url) as other:
        sealing = store._mapper.sealed

        def seal_and_lose(fact: Unrecorded) -> Row:
            sealed = sealing(fact)
            other.keys.destroy(child)
            return sealed

        monkeypatch.setattr(store._mapper, "sealed", seal_and_lose)
        with pytest.raises(KeyDestroyed):
            store.save([aside(contact, 1, child)])
        assert store.stream(contact) == []


def test_many_keys_are_minted_in_one_transaction(store: Store, place: Place) -> None:
    """Those that are there stand, whether in memory or not, and each child has a key of its own."""
    one, children = new_child(store), [uuid4() for _ in range(2_000)]
    sealed = store.keys.get(one).seal(b"x", b"place")
    with reopen(place.url) as other:
        other.keys.mint_all([*children[:1_500], one, one])
        other.keys.mint_all([])
        store.keys.mint_all([*children, one])
        wrapped = place.wrapped_keys()
        assert set(wrapped) == {one, *children}
        assert len({store.keys.get(child)._secret for child in children}) == 2_000
        assert all(other.keys.get(child)._secret == store.keys.get(child)._secret for child in children)
        assert other.keys.get(one).open(sealed, b"place") == b"x"


def test_many_keys_are_not_minted_over_a_tombstone(store: Store, place: Place) -> None:
    """Whoever erased that child, and whether or not it is in memory; it stays erased."""
    children = [uuid4() for _ in range(5)]
    with reopen(place.url) as other:
        other.keys.destroy(children[2])
        for keys in (store.keys, store.keys, other.keys):
            with pytest.raises(KeyDestroyed, match=str(children[2])):
                keys.mint_all(children)
    assert not any(place.wrapped_keys()[children[2]])


def test_two_that_mint_the_same_children_agree(store: Store, place: Place) -> None:
    """Each sees one key for each child, in whatever order they were named."""
    children = [uuid4() for _ in range(300)]

    def mint(order: int) -> list[bytes]:
        with reopen(place.url) as other:
            other.keys.mint_all(children[::order])
            return [other.keys.get(child)._secret for child in children]

    with ThreadPoolExecutor(4) as pool:
        secrets = list(pool.map(mint, (1, -1, 1, -1)))
    assert all(each == secrets[0] for each in secrets)


def test_a_key_of_an_append_that_failed_is_used(store: Store) -> None:
    """Minting is durable before the first fact, so a key may be there without one."""
    child = uuid4()
    key = store.keys.mint(child)
    sealed = key.seal(b"x", b"place")
    assert store.keys.mint(child).open(sealed, b"place") == b"x"
    assert store.save([note(child, 1)])[0].fact == store.stream(child)[0].fact


def test_a_stream_without_a_key_is_not_taken_for_erased(store: Store) -> None:
    """Keys from an older backup than the log: an error, not a child that seems erased."""
    with pytest.raises(KeyMissing):
        store.keys.get(uuid4())


def test_keys_beyond_what_memory_holds_are_read_again(store: Store) -> None:
    """The cache is bounded."""
    store.keys._cached = 2
    children = [new_child(store) for _ in range(5)]
    assert len(store.keys._cache) == 2
    assert all(store.stream(child)[0].fact for child in children)


def test_references_become_opaque_ids_of_this_store(store: Store, place: Place) -> None:
    """The same within a store, another in each store and for each kind, and valid as UUID of version 8."""
    opaque = store.keys.opaque_id("trajectory", "111222333")
    assert opaque == store.keys.opaque_id("trajectory", "111222333")
    assert opaque != store.keys.opaque_id("contact", "111222333")
    assert (opaque.version, opaque.variant) == (8, "specified in RFC 4122")
    with create(place.another().url) as other:
        assert opaque != other.keys.opaque_id("trajectory", "111222333")


def test_blind_parts_do_not_run_together(store: Store, place: Place) -> None:
    """("ab", "c") is not ("a", "bc"); and it stays the same after a restart."""
    assert store.keys.blind("ab", "c") != store.keys.blind("a", "bc")
    with reopen(place.url) as again:
        assert again.keys.blind("ab", b"c") == store.keys.blind("ab", "c")


def test_a_digest_needs_the_key_of_the_child(store: Store) -> None:
    """Once the child is erased, nobody can compute it, not even from the right guess."""
    child, other = new_child(store), new_child(store)
    digest = store.keys.digest(child, b"content")
    assert digest == store.keys.digest(child, b"content")
    assert digest != store.keys.digest(other, b"content")
    store.keys.destroy(child)
    with pytest.raises(KeyDestroyed):
        store.keys.digest(child, b"content")
