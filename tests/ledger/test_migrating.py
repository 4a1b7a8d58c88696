"""A store that older software made: brought up to date by whoever comes first, and nothing recorded is changed."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from ledger import sqlitefile, sqlitemigration
from ledger.engine import engine_of
from ledger.errors import KeyDestroyed, OtherSchema, StoreNotFound, StoreUnavailable
from ledger.postgresschema import KEYS, LOG, Schemas
from ledger.sqlitefile import FileKind
from tests.ledger.notes import aside, create, new_child, note, reopen
from tests.ledger.old import grow_old, numbers, rows
from tests.ledger.place import Place, PostgresPlace, SQLitePlace
from tests.ledger.test_many_processes import ROOT
from tests.postgres import ROLE

CHILDREN = [uuid4() for _ in range(3)]


@pytest.fixture
def old(place: Place) -> Place:
    """A store of number 1 with three children, of whom the last is erased."""
    with create(place.url) as store:
        for child in CHILDREN:
            store.save([note(child, 1), note(child, 2)])
        store.save([aside(uuid4(), 1, CHILDREN[0])])
        store.keys.destroy(CHILDREN[-1])
    grow_old(place)
    return place


def newest(place: Place) -> list[int]:
    if isinstance(place, SQLitePlace):
        return [sqlitefile.LOG.schema, sqlitefile.KEYS.schema]
    return [LOG.number, KEYS.number]


def opener(how: str, place: Place, *arguments: object) -> "subprocess.Popen[str]":
    """Another process that opens the store and records a fact (tests/ledger/old.py)."""
    command = [sys.executable, "-m", "tests.ledger.old", how, place.url, *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)  # noqa: S603  # our own program


def test_an_old_store_opens_and_reads_as_it_was(old: Place) -> None:
    """Every row, sealed byte and key is the same, and it goes on from there."""
    before = rows(old)
    assert numbers(old) == [1, 1]
    with reopen(old.url) as store:
        assert rows(old) == before
        assert numbers(old) == newest(old) != [1, 1]
        assert [fact.position for fact in store.log()] == list(range(1, 9))
        assert [bool(store.stream(child)[1].fact) for child in CHILDREN] == [True, True, False]
        with pytest.raises(KeyDestroyed):
            store.save([note(CHILDREN[-1], 3)])
        assert store.save([note(CHILDREN[0], 3)])[0].position == 9


def test_the_command_does_it_without_the_store_key(old: Place) -> None:
    """And says what it did; the second time there is nothing to do."""
    before = rows(old)
    old.key.unlink()
    for made in ([2], []):
        with closing(engine_of(old.url)) as engine:
            assert [number for numbers in engine.migrate().values() for number in numbers] == made
    assert (rows(old), numbers(old)) == (before, newest(old))
    with closing(engine_of(old.another().url)) as nowhere, pytest.raises(StoreNotFound):
        nowhere.migrate()


def test_of_eight_processes_at_once_one_does_it_and_all_go_on(old: Place) -> None:
    """A service with many workers starts."""
    before = rows(old)
    openers = [opener("open", old) for _ in range(8)]
    assert [(process.communicate()[1], process.returncode) for process in openers] == [("", 0)] * 8
    assert numbers(old) == newest(old)
    after = rows(old)
    assert after[0][: len(before[0])] == before[0]
    assert all(row in after[2] for row in before[2])
    with reopen(old.url) as store:
        assert store.last().position == 8 + 8


@pytest.mark.parametrize("statements", [0, 1, 3, 6])
def test_a_process_that_is_killed_in_between_leaves_the_old_number(old: Place, statements: int) -> None:
    """With kill -9, after some statements of the step or after all of them; the next one does it."""
    before = rows(old)
    process = opener("die", old, statements)
    process.communicate()
    assert process.returncode == -9
    assert (rows(old), numbers(old)) == (before, [1, 1])
    with reopen(old.url) as store:
        assert numbers(old) == newest(old)
        assert rows(old) == before
        new_child(store)


def test_a_migrated_store_has_the_shape_of_a_new_one(old: Place) -> None:
    """There is one way to each number."""
    reopen(old.url).close()
    create((new := old.another()).url).close()
    assert shape(old) == shape(new)


def shape(place: Place) -> list[str]:
    if isinstance(place, SQLitePlace):
        with closing(sqlite3.connect(place.path)) as log, closing(sqlite3.connect(place.keys)) as keys:
            found = [
                row for each in (log, keys) for row in each.execute("SELECT name, sql FROM sqlite_schema ORDER BY 1")
            ]
        return [f"{name}: {str(sql).strip()}" for name, sql in found]
    assert isinstance(place, PostgresPlace)
    dumps = [place.cluster.dump(schema) for schema in (place.schema, f"{place.schema}_keys")]
    lines = [line.replace(place.schema, "…") for dump in dumps for line in dump.splitlines()]
    definitions = [line for line in lines if not line.startswith(("\\", "--")) and "\t" not in line]
    return [line for line in definitions if line]


def test_a_store_of_newer_software_is_refused(place: Place) -> None:
    """Untouched, with what to do."""
    create(place.url).close()
    place.mark_as_of_schema(99)
    with pytest.raises(OtherSchema, match="schema 99") as refused:
        reopen(place.url)
    assert "the version of Zorgspoor that belongs to this store" in refused.value.hint
    with pytest.raises(OtherSchema, match="schema 99"), closing(engine_of(place.url)) as engine:
        engine.migrate()


def test_who_may_not_alter_the_tables_is_told_who_may(postgres_place: PostgresPlace) -> None:
    """The service's role owns nothing; the owner migrates, and then it starts."""
    place = postgres_place
    create(place.url).close()
    grow_old(place)
    place.alter(f"ALTER TABLE format OWNER TO postgres; GRANT SELECT ON format TO {ROLE}")
    with pytest.raises(OtherSchema, match=r"schema 1 where this software needs 2.*42501") as refused:
        reopen(place.url)
    assert "`zorgspoor migrate`" in refused.value.hint
    assert numbers(place) == [1, 1]
    with closing(engine_of(place.url.replace(f"//{ROLE}@", "//postgres@"))) as engine:
        assert engine.migrate() == {"log": [2], "keys": []}
    with reopen(place.url) as store:
        new_child(store)


def test_a_database_that_is_read_only_is_told_apart(postgres_place: PostgresPlace) -> None:
    """A standby: the primary is migrated."""
    create(postgres_place.url).close()
    grow_old(postgres_place)
    with pytest.raises(OtherSchema, match="25006"):
        reopen(postgres_place.url + "&options=-c%20default_transaction_read_only=on")


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read-only files, or a folder on a read-only disk."""
    place = SQLitePlace(tmp_path)
    create(place.url).close()
    grow_old(place)

    def read_only(path: Path, _: float) -> sqlite3.Connection:
        return sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None)

    monkeypatch.setattr(sqlitemigration, "opened", read_only)
    with pytest.raises(OtherSchema, match="cannot be written to") as refused:
        reopen(place.url)
    assert "`zorgspoor migrate`" in refused.value.hint
    assert numbers(place) == [1, 1]


def test_a_step_that_fails_leaves_the_old_number(old: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect in it: the older software can be started again."""
    before = rows(old)

    def broken(kind: FileKind, number: int) -> Iterator[str]:
        yield "CREATE TABLE half (x)"
        yield f"SELECT nothing_{kind.file}_{number}"

    def broken_too(connection: "psycopg.Connection[Any]", schemas: Schemas, *_: object) -> None:
        connection.execute(f"CREATE TABLE {schemas.log}.half (x int)")
        connection.execute("SELECT nothing")

    with monkeypatch.context() as patched:
        patched.setattr(FileKind, "step", broken)
        patched.setattr("ledger.postgresmigration.step", broken_too)
        with pytest.raises(StoreUnavailable):
            reopen(old.url)
    assert (rows(old), numbers(old)) == (before, [1, 1])
    reopen(old.url).close()
