"""Making and opening a store: what is wrong is said before anything is read or changed."""

import os
import sqlite3
from pathlib import Path

import pytest

from ledger.errors import (
    KeyFileExposed,
    KeyFileMissing,
    KeysNotFound,
    NotAStore,
    OtherSchema,
    StoreAddress,
    StoreExists,
    StoreNotFound,
    StoreUnavailable,
    WrongKey,
)
from ledger.store import Store
from ledger.storekey import KeyFile
from tests.ledger.notes import FACTS, Opened, create, new_child, opened, reopen


def test_the_first_fact_describes_the_store(path: Path) -> None:
    """Its stream is the id of the store, and it is the same after a restart."""
    with create(path) as store:
        first = store.opened
    assert isinstance(first.fact, Opened)
    assert (first.position, first.stream) == (1, first.fact.store)
    with reopen(path) as again:
        assert again.opened == first


def test_a_relative_address_is_taken_from_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the default, sqlite:///zorgspoor.db, says."""
    monkeypatch.chdir(tmp_path)
    Store.create("sqlite:///here.db", facts=FACTS, opened=opened).close()
    assert {file.name for file in tmp_path.iterdir()} == {"here.db", "here.keys.db", "here.key"}


@pytest.mark.parametrize("url", ["mysql://x/y", "zorgspoor.db", "sqlite:///", "sqlite:///:memory:", "sqlite://x"])
def test_another_kind_of_address_is_refused(url: str) -> None:
    """A store in memory would lose what it acknowledged."""
    with pytest.raises(StoreAddress):
        Store.open(url, facts=FACTS)


@pytest.mark.parametrize("suffix", [".db", ".keys.db", ".key"])
def test_a_store_is_not_made_over_another(tmp_path: Path, suffix: str) -> None:
    """Not even over one file of it, and nothing changes."""
    path = tmp_path / f"zorgspoor{suffix}"
    path.write_bytes(b"precious")
    with pytest.raises(StoreExists):
        create(tmp_path / "zorgspoor.db")
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [b"precious"]


def test_no_store_is_made_where_there_is_no_folder(tmp_path: Path) -> None:
    """A mistyped address does not make folders."""
    with pytest.raises(StoreUnavailable, match="No such file"):
        create(tmp_path / "nowhere" / "zorgspoor.db")


def test_opening_does_not_make_a_store(path: Path) -> None:
    """A mistyped address leaves nothing behind."""
    with pytest.raises(StoreNotFound):
        reopen(path)
    assert not path.exists()


def test_a_file_that_is_something_else_is_left_alone(path: Path) -> None:
    """Neither text nor another program's database is touched."""
    path.write_text("a letter " * 200)
    with pytest.raises(NotAStore):
        reopen(path)
    assert path.read_text() == "a letter " * 200
    path.unlink()
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE t (x)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(NotAStore):
        reopen(path)
    assert path.read_bytes() == before


def test_a_store_that_was_not_completely_made_is_told_apart(path: Path) -> None:
    """The first fact is missing."""
    create(path).close()
    log = sqlite3.connect(path)
    log.execute("DELETE FROM facts")
    log.commit()
    log.close()
    with pytest.raises(NotAStore, match="not completely made"):
        reopen(path)


def test_a_store_of_another_schema_is_refused(path: Path) -> None:
    """Newer software wrote it."""
    create(path).close()
    log = sqlite3.connect(path)
    log.execute("PRAGMA user_version = 2")
    log.close()
    with pytest.raises(OtherSchema, match="schema 2"):
        reopen(path)


def test_a_missing_key_file_is_not_replaced(path: Path) -> None:
    """A new one would not open anything."""
    create(path).close()
    path.with_suffix(".key").unlink()
    with pytest.raises(KeyFileMissing):
        reopen(path)
    assert not path.with_suffix(".key").exists()


def test_a_wrong_key_file_is_told_before_anything_is_read(path: Path) -> None:
    """It is from another store, or not a key file at all."""
    create(path).close()
    key = path.with_suffix(".key")
    key.unlink()
    KeyFile.create(key)
    with pytest.raises(WrongKey, match="does not open"):
        reopen(path)
    key.write_text("not a key")
    with pytest.raises(WrongKey, match="not a key file"):
        reopen(path)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_file_that_others_can_read_is_refused(path: Path, mode: int) -> None:
    """Group and others; the hint says how to put it right."""
    create(path).close()
    path.with_suffix(".key").chmod(mode)
    with pytest.raises(KeyFileExposed) as refused:
        reopen(path)
    assert "chmod 600" in refused.value.hint


def test_the_key_file_is_private_whatever_the_umask(path: Path) -> None:
    """From its first moment on."""
    before = os.umask(0)
    try:
        create(path).close()
    finally:
        os.umask(before)
    assert path.with_suffix(".key").stat().st_mode & 0o777 == 0o600


def test_missing_keys_are_told_apart_from_a_missing_key_file(path: Path) -> None:
    """They come from another backup."""
    create(path).close()
    path.with_suffix(".keys.db").unlink()
    with pytest.raises(KeysNotFound):
        reopen(path)


def test_keys_of_another_store_are_told_apart_from_tampering(path: Path, tmp_path: Path) -> None:
    """A restore mixed up two stores."""
    create(path).close()
    create(tmp_path / "other.db").close()
    for suffix in (".keys.db", ".key"):
        (tmp_path / "other.db").with_suffix(suffix).replace(path.with_suffix(suffix))
    with pytest.raises(WrongKey, match="another store"):
        reopen(path)


def test_a_store_opens_with_a_key_from_elsewhere(path: Path, tmp_path: Path) -> None:
    """A key management service gives the store key; there is no key file then."""
    child = new_child(create(path))
    elsewhere = path.with_suffix(".key").rename(tmp_path / "vault")
    with Store.open(f"sqlite:///{path}", facts=FACTS, store_key=KeyFile(elsewhere)) as store:
        assert store.stream(child)[0].fact
