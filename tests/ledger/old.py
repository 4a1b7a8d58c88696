"""Stores as software of schema number 1 left them, made with its files (schema_1/) out of a store of today.

As a program, a process that opens such a store: `python -m tests.ledger.old open|die URL [STATEMENTS]`.
"""

import os
import signal
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

from psycopg.sql import SQL, Composable, Identifier, Literal

from ledger import postgresmigration, postgresschema, sqlitefile
from ledger.postgresschema import KEYS, LOG, Schemas, fields
from ledger.sqlitefile import FileKind
from tests.ledger.notes import new_child, reopen
from tests.ledger.place import Place, PostgresPlace, SQLitePlace
from tests.postgres import ROLE

SCHEMA_1 = Path(__file__).parent / "schema_1"


def grow_old(place: Place) -> None:
    """The same rows in tables of number 1. Nobody has the store open."""
    if isinstance(place, SQLitePlace):
        for path, kind, tables in ((place.path, sqlitefile.LOG, ["facts"]), (place.keys, sqlitefile.KEYS, KEY_TABLES)):
            _old_file(path, kind, tables)
    else:
        assert isinstance(place, PostgresPlace)
        _old_schema(place, LOG.name, ["facts", "keys_destroyed"], "postgres_log.sql", "postgres_append.sql")
        _old_schema(place, KEYS.name, KEY_TABLES, "postgres_keys.sql")


KEY_TABLES = ["store_keys", "stream_keys"]


def _old_file(path: Path, kind: FileKind, tables: list[str]) -> None:
    new = path.rename(path.with_suffix(".new"))
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((SCHEMA_1 / f"{kind.file}.sql").read_text())
        connection.execute("ATTACH ? AS new", (str(new),))
        for table in tables:
            connection.execute(f"INSERT INTO main.{table} SELECT * FROM new.{table}")  # noqa: S608  # names of ours
        connection.commit()
        connection.execute(f"PRAGMA application_id = {kind.application_id}")
        connection.execute("PRAGMA user_version = 1")
        connection.execute("PRAGMA journal_mode = WAL")
    new.unlink()


def _old_schema(place: PostgresPlace, kind: str, tables: list[str], *files: str) -> None:
    schemas = Schemas(place.schema)
    schema = schemas.log if kind == LOG.name else schemas.keys
    names: dict[str, Composable] = {**schemas.names, **fields(schemas), "kind": Literal(kind), "number": Literal(1)}
    with place.cluster.connect() as connection:
        connection.execute(f"SET ROLE {ROLE}")
        connection.execute(f"ALTER SCHEMA {schema} RENAME TO {schema}_new")
        connection.execute(f"CREATE SCHEMA {schema}")
        for file in files:
            connection.execute(SQL((SCHEMA_1 / file).read_text()).format(**names))
        for table in tables:
            to = Identifier(schema, table)
            connection.execute(SQL("DELETE FROM {}").format(to))
            connection.execute(SQL("INSERT INTO {} SELECT * FROM {}").format(to, Identifier(f"{schema}_new", table)))
        connection.execute(f"DROP SCHEMA {schema}_new CASCADE")


def rows(place: Place) -> list[list[tuple[object, ...]]]:
    """Everything that was recorded, with the keys."""
    if isinstance(place, SQLitePlace):
        with closing(sqlite3.connect(place.path)) as log, closing(sqlite3.connect(place.keys)) as keys:
            facts = log.execute("SELECT * FROM facts ORDER BY position").fetchall()
            return [facts, *(keys.execute(f"SELECT * FROM {each} ORDER BY 1").fetchall() for each in KEY_TABLES)]  # noqa: S608
    assert isinstance(place, PostgresPlace)
    tables = [f"{place.schema}.facts", *(f"{place.schema}_keys.{table}" for table in KEY_TABLES)]
    return [place.cluster.execute(f"SELECT * FROM {table} ORDER BY 1") for table in tables]  # noqa: S608


def numbers(place: Place) -> list[int]:
    """Of the log and the keys."""
    if isinstance(place, SQLitePlace):
        with closing(sqlite3.connect(place.path)) as log, closing(sqlite3.connect(place.keys)) as keys:
            return [each.execute("PRAGMA user_version").fetchone()[0] for each in (log, keys)]
    assert isinstance(place, PostgresPlace)
    schemas = (place.schema, f"{place.schema}_keys")
    return [place.cluster.execute(f"SELECT number FROM {schema}.format")[0][0] for schema in schemas]  # noqa: S608


def die_amid_a_step(statements: int) -> None:
    """From now on this process kills itself when so many statements of a step are carried out and none is committed."""
    file, schema = FileKind.step, postgresschema.step

    def first_of(kind: FileKind, number: int) -> Iterator[str]:
        yield from islice(file(kind, number), statements)
        os.kill(os.getpid(), signal.SIGKILL)

    def almost(*arguments: Any) -> None:
        if statements:
            schema(*arguments)
        os.kill(os.getpid(), signal.SIGKILL)

    vars(postgresmigration)["step"] = almost
    setattr(FileKind, "step", first_of)  # noqa: B010  # mypy lets nobody assign to a method


if __name__ == "__main__":
    if sys.argv[1] == "die":
        die_amid_a_step(int(sys.argv[3]))
    with reopen(sys.argv[2]) as store:
        new_child(store)
