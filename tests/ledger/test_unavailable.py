"""When SQLite refuses: said clearly, nothing half written, and it goes on afterwards."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from ledger.errors import KeyFileMissing, StoreUnavailable
from ledger.store import Store
from tests.ledger.notes import PLANTED, create, new_child, note, reopen


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    return sqlite_store


@pytest.mark.parametrize("begin", ["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"])
def test_a_locked_store_refuses_writes_and_still_reads(path: Path, begin: str) -> None:
    """Somebody has the store open in another program and holds its lock."""
    child = new_child(create(f"sqlite:///{path}"))
    other = sqlite3.connect(path, isolation_level=None)
    with reopen(f"sqlite:///{path}", busy_timeout=0.05) as store:
        other.execute(begin)
        with pytest.raises(StoreUnavailable, match="locked") as refused:
            store.save([note(child, 2)])
        assert "find that program" in refused.value.hint
        assert [fact.entry for fact in store.stream(child)] == [1]
        other.execute("ROLLBACK")
        other.close()
        assert store.save([note(child, 2)])[0].position == 3


def test_a_full_disk_refuses_the_whole_append(store: Store) -> None:
    """Nothing of an append that does not fit is there, and smaller ones go on."""
    child = new_child(store)
    writer = store._log.datastore.turn._connection  # type: ignore[attr-defined]
    cursor = writer.cursor()
    cursor.execute("PRAGMA page_count")
    (pages,) = cursor.fetchone()
    cursor.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(StoreUnavailable, match="full"):
        store.save([note(child, version, PLANTED * 100) for version in range(2, 30)])
    assert store.version(child) == 1
    assert store.save([note(child, 2)])[0].position == 3


def test_a_closed_store_says_so(path: Path) -> None:
    """A service that stops refuses, rather than to write to a file that it has let go."""
    store = create(f"sqlite:///{path}")
    child = new_child(store)
    store.close()
    for use in (lambda: store.version(child), lambda: store.save([note(child, 2)]), store.last):
        with pytest.raises(StoreUnavailable):
            use()


def test_one_save_is_one_transaction(store: Store) -> None:
    """Only the first fact of a child has a second one, for its key."""
    child = new_child(store)
    said: list[str] = []
    for connection in (store._log.datastore.turn._connection, store.keys._table._connection):  # type: ignore[attr-defined]
        connection.set_trace_callback(said.append)
    store.save([note(child, 2), note(child, 3)])
    assert [line for line in said if line.split()[0] in {"BEGIN", "COMMIT", "ROLLBACK"}] == [
        "BEGIN IMMEDIATE",
        "COMMIT",
    ]


def test_commits_wait_for_the_disk(store: Store) -> None:
    """WAL with synchronous=FULL: an acknowledged fact survives a power cut."""
    for connection in (store._log.datastore.turn._connection, store.keys._table._connection):  # type: ignore[attr-defined]
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_an_interrupt_just_after_the_beginning_leaves_nothing_open(store: Store) -> None:
    """Ctrl-C while the write lock is taken: the next append has it."""
    child, turn = new_child(store), store._log.datastore.turn  # type: ignore[attr-defined]
    real = turn._connection

    class Interrupted:
        def __getattr__(self, name: str) -> Any:
            return getattr(real, name)

        def execute(self, statement: str) -> None:
            real.execute(statement)
            if statement.startswith("BEGIN"):
                raise KeyboardInterrupt

    turn._connection = Interrupted()
    with pytest.raises(KeyboardInterrupt), turn:
        pass
    turn._connection = real
    assert store.save([note(child, 2)])[0].position == 3


def test_nothing_is_written_to_a_file_that_was_taken_away(path: Path) -> None:
    """It would be gone with the process. Where the file is put back, it goes on."""
    with create(f"sqlite:///{path}") as store:
        child = new_child(store)
        away = path.rename(path.with_suffix(".away"))
        for use in (lambda: store.save([note(child, 2)]), lambda: store.save([note(child, 2)]), store.last):
            with pytest.raises(StoreUnavailable):
                use()
        away.rename(path)
        for use in (lambda: store.save([note(child, 2)]), store.last):
            with pytest.raises(StoreUnavailable, match="not the file that was opened"):
                use()
        assert store.save([note(child, 2)])[0].position == 3
    with reopen(f"sqlite:///{path}") as store:
        assert [fact.entry for fact in store.stream(child)] == [1, 2]


def test_no_key_is_kept_in_a_file_that_was_taken_away(path: Path) -> None:
    """What it seals could never be opened again."""
    with create(f"sqlite:///{path}") as store:
        known = new_child(store)
        keys = path.with_suffix(".keys.db")
        away = keys.rename(keys.with_suffix(".away"))
        with pytest.raises(StoreUnavailable, match="not the file that was opened"):
            new_child(store)
        with pytest.raises(StoreUnavailable):
            store.keys.refuse_if_gone()
        assert store.last().position == 2
        away.rename(keys)
        store.keys.refuse_if_gone()
        assert store.save([note(known, 2)])[0].position == 3


def test_who_starts_would_have_no_store_key(path: Path) -> None:
    """Who runs goes on by what is in memory, and says so."""
    with create(f"sqlite:///{path}") as store:
        store.keys.refuse_if_gone()
        path.with_suffix(".key").unlink()
        new_child(store)
        with pytest.raises(KeyFileMissing):
            store.keys.refuse_if_gone()
