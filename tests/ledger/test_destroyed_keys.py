"""What a process has in memory is good until a key is destroyed, by whatever process, and no shorter."""

import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import UUID

from ledger.store import Store
from tests.ledger.notes import create, new_child, reopen
from tests.ledger.old import grow_old
from tests.ledger.place import Place, SQLitePlace

DESTROY = "UPDATE stream_keys SET destroyed = 1, wrapped = zeroblob(length(wrapped)) WHERE stream = ?"
"""As software of schema number 1 did it."""


def in_memory(store: Store, child: UUID) -> bool:
    store.keys.refresh()
    return child in store.keys._cache


def test_a_new_child_elsewhere_makes_nobody_forget(store: Store, place: Place) -> None:
    """Every process would otherwise look up all its keys again whenever another one registers a child."""
    child = new_child(store)
    with reopen(place.url) as other:
        for _ in range(3):
            new_child(other)
    assert in_memory(store, child)


def test_a_key_destroyed_elsewhere_makes_everybody_forget(store: Store, place: Place) -> None:
    """Also when it was of a child whom this process never saw; on PostgreSQL the next answer tells."""
    new_child(store)
    forgotten = store.keys.forgotten
    with reopen(place.url) as other:
        other.keys.destroy(new_child(other))
    store.log()
    assert store.keys.forgotten > forgotten


def test_software_of_the_number_before_that_still_runs_counts_as_well(tmp_path: Path) -> None:
    """It had the file open when newer software migrated it, and erases a child."""
    place = SQLitePlace(tmp_path)
    with create(place.url) as store:
        child = new_child(store)
    grow_old(place)
    with closing(sqlite3.connect(place.keys, isolation_level=None)) as older:
        assert older.execute("SELECT count(*) FROM stream_keys").fetchone() == (1,)
        with reopen(place.url) as store:
            assert store.stream(child)[0].fact
            older.execute(DESTROY, (child.bytes,))
            assert store.stream(child)[0].fact is None
