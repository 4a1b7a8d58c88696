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
from ledger.keyfile import KeyFile
from ledger.store import Store
from tests.ledger.notes import FACTS, Opened, create, new_child, opened, reopen
from tests.ledger.place import Place, SQLitePlace


def test_the_first_fact_describes_the_store(place: Place) -> None:
    """Its stream is the id of the store, and it is the same after a restart."""
    with create(place.url) as store:
        first = store.opened
    assert isinstance(first.fact, Opened)
    assert (first.position, first.stream) == (1, first.fact.store)
    with reopen(place.url) as again:
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
        create(SQLitePlace(tmp_path).url)
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [b"precious"]


def test_no_store_is_made_where_there_is_no_folder(tmp_path: Path) -> None:
    """A mistyped address does not make folders."""
    with pytest.raises(StoreUnavailable, match="No such file"):
        create(SQLitePlace(tmp_path / "nowhere").url)


def test_opening_does_not_make_a_store(path: Path) -> None:
    """A mistyped address leaves nothing behind."""
    with pytest.raises(StoreNotFound):
        reopen(f"sqlite:///{path}")
    assert not path.exists()


def test_a_file_that_is_something_else_is_left_alone(path: Path) -> None:
    """Neither text nor another program's database is touched."""
    path.write_text("a letter " * 200)
    with pytest.raises(NotAStore):
        reopen(f"sqlite:///{path}")
    assert path.read_text() == "a letter " * 200
    path.unlink()
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE t (x)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(NotAStore):
        reopen(f"sqlite:///{path}")
    assert path.read_bytes() == before


def test_a_store_that_was_not_completely_made_is_told_apart(place: Place) -> None:
    """The first fact is missing."""
    create(place.url).close()
    place.alter("DELETE FROM facts")
    with pytest.raises(NotAStore, match="not completely made"):
        reopen(place.url)


def test_a_store_of_another_schema_is_refused(place: Place) -> None:
    """Newer software wrote it."""
    create(place.url).close()
    place.mark_as_of_schema(99)
    with pytest.raises(OtherSchema, match="schema 99"):
        reopen(place.url)


def test_a_missing_key_file_is_not_replaced(place: Place) -> None:
    """A new one would not open anything."""
    create(place.url).close()
    place.key.unlink()
    with pytest.raises(KeyFileMissing):
        reopen(place.url)
    assert not place.key.exists()


def test_a_wrong_key_file_is_told_before_anything_is_read(place: Place) -> None:
    """It is from another store, or not a key file at all."""
    create(place.url).close()
    key = place.key
    key.unlink()
    KeyFile.create(key)
    with pytest.raises(WrongKey, match="does not open"):
        reopen(place.url)
    key.write_text("not a key")
    with pytest.raises(WrongKey, match="not a key file"):
        reopen(place.url)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_file_that_others_can_read_is_refused(place: Place, mode: int) -> None:
    """Group and others; the hint says how to put it right."""
    create(place.url).close()
    place.key.chmod(mode)
    with pytest.raises(KeyFileExposed) as refused:
        reopen(place.url)
    assert "chmod 600" in refused.value.hint


def test_the_key_file_is_private_whatever_the_umask(place: Place) -> None:
    """From its first moment on."""
    before = os.umask(0)
    try:
        create(place.url).close()
    finally:
        os.umask(before)
    assert place.key.stat().st_mode & 0o777 == 0o600


def test_missing_keys_are_told_apart_from_a_missing_key_file(place: Place) -> None:
    """They come from another backup."""
    create(place.url).close()
    place.remove_keys()
    with pytest.raises(KeysNotFound):
        reopen(place.url)


def test_keys_of_another_store_are_told_apart_from_tampering(place: Place) -> None:
    """A restore mixed up two stores."""
    create(place.url).close()
    other = place.another()
    create(other.url).close()
    place.take_keys_of(other)
    with pytest.raises(WrongKey, match="another store"):
        reopen(place.url)


def test_a_store_opens_with_a_key_from_elsewhere(place: Place, tmp_path: Path) -> None:
    """A key management service gives the store key; there is no key file then."""
    with create(place.url) as store:
        child = new_child(store)
    elsewhere = place.key.rename(tmp_path / "vault")
    with Store.open(place.url, facts=FACTS, store_key=KeyFile(elsewhere)) as store:
        assert store.stream(child)[0].fact
