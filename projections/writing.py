"""From changes to rows in the tables of one generation, past SQLAlchemy, which takes longer over a row than a database.

Rows are tuples, in the order of the columns of their table.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple, cast
from uuid import UUID

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import (
    BigInteger,
    Boolean,
    Connection,
    Dialect,
    LargeBinary,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    literal_column,
    update,
)
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect

from ledger.errors import KeyDestroyed
from ledger.keys import Keys
from projections.folding import Changes, ChildChanges
from projections.models import OF_CHILD, OF_FACT
from projections.readmodel import EVER, OfChild, Value
from projections.readstore import sealed
from projections.tables import Tables

Values = tuple[Value, ...]

SQLITE, POSTGRES = "sqlite", "postgresql"
DIALECTS: dict[str, Dialect] = {SQLITE: sqlite_dialect(), POSTGRES: PGDialect_psycopg(paramstyle="format")}  # type: ignore[no-untyped-call]  # SQLAlchemy has none for it

COPIED = 50
"""Rows from which on COPY is quicker than INSERT."""

COPY = SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)")
COPY_TYPES = {BigInteger: "int8", Text: "text", LargeBinary: "bytea", Boolean: "bool"}


class Change(NamedTuple):
    """What becomes of one table. `ended`: (where it ended, child, key) of rows that stood."""

    table: Table
    made: Sequence[Values]
    ended: Sequence[tuple[int, bytes, int]] = ()
    kept: bool = False


def written(connection: Connection, tables: Tables, keys: Keys, changes: Changes) -> list[UUID]:
    """Write them. The children whose key was destroyed since they were read: every row of them has to go."""
    erased = set(changes.erased)
    told = [_of_children(model, tables[model], keys, changes, erased) for model in OF_CHILD]
    for model in OF_FACT:
        rows = changes.facts.get(model.name, ())
        told.append(Change(tables[model], [(position, row.key, *row.values) for position, row in rows]))
    (_write_sqlite if connection.dialect.name == SQLITE else _write_postgres)(connection, told)
    return list(erased)


def _of_children(model: OfChild, table: Table, keys: Keys, changes: Changes, erased: set[UUID]) -> Change:
    """Adds to the erased whose key is not there any more."""
    made, ended = list[Values](), list[tuple[int, bytes, int]]()
    for (name, stream), each in changes.children.items():
        if name == model.name and stream not in erased:
            try:
                made += list(_versions(model, keys, stream, each))
            except KeyDestroyed:
                erased.add(stream)
                continue
            ended += [(at, stream.bytes, key) for key, at in each.ended.items()]
    return Change(table, made, ended, model.kept)


def _versions(model: OfChild, keys: Keys, stream: UUID, changes: ChildChanges) -> Iterator[Values]:
    """Rows as they stand in the table, with their bodies sealed. Raises `KeyDestroyed`."""
    child = stream.bytes
    for since, until, row in (*(changes.between if model.kept else ()), *changes.made.values()):
        held = (since, until) if model.kept else ()
        body = sealed(keys, model, stream, row.key, since if model.kept else 0, row.body)
        yield child, row.key, *held, *row.values, body


def _write_sqlite(connection: Connection, changes: Iterable[Change]) -> None:
    for change in changes:
        for text, rows in _statements(change, SQLITE):
            connection.exec_driver_sql(text, list(rows))


def _write_postgres(connection: Connection, changes: Iterable[Change]) -> None:
    """Few rows in one round trip for all tables."""
    driver = cast(psycopg.Connection, connection.connection.driver_connection)
    copied = [each for each in changes if len(each.made) >= COPIED]
    with driver.cursor() as cursor:
        with driver.pipeline():
            for change in changes:
                told = change._replace(made=()) if change in copied else change
                for text, rows in _statements(told, POSTGRES):
                    cursor.executemany(text, rows)
        for change in copied:
            _copy(cursor, change.table, change.made)


def _statements(change: Change, engine: str) -> Iterator[tuple[str, Sequence[Values]]]:
    """What stood ends before what is new stands: it may have the same key."""
    if change.ended and change.kept:
        yield _ended(change.table, engine), change.ended
    elif change.ended:
        yield _gone(change.table, engine), [each[1:] for each in change.ended]
    if change.made:
        yield _made(change.table, engine), change.made


@lru_cache(maxsize=64)
def _made(table: Table, engine: str) -> str:
    return str(insert(table).compile(dialect=DIALECTS[engine]))


@lru_cache(maxsize=64)
def _ended(table: Table, engine: str) -> str:
    """A version that is kept."""
    of_row = (table.c.stream == bindparam("of_stream"), table.c.key == bindparam("of_key"))
    stands = update(table).where(*of_row, table.c.until_position == literal_column(str(EVER)))
    return str(stands.values(until_position=bindparam("at")).compile(dialect=DIALECTS[engine]))


@lru_cache(maxsize=64)
def _gone(table: Table, engine: str) -> str:
    of_row = (table.c.stream == bindparam("of_stream"), table.c.key == bindparam("of_key"))
    return str(delete(table).where(*of_row).compile(dialect=DIALECTS[engine]))


def _copy(cursor: psycopg.Cursor, table: Table, rows: Iterable[Values]) -> None:
    names = SQL(", ").join(Identifier(each.name) for each in table.columns)
    where = Identifier(*filter(None, (table.schema, table.name)))
    with cursor.copy(COPY.format(where, names)) as copying:
        copying.set_types([COPY_TYPES[type(each.type)] for each in table.columns])
        for row in rows:
            copying.write_row(row)
