"""From changes to rows in the tables of one generation. Rows are tuples, in the order of the columns of their table."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import cast
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
    update,
)

from ledger.errors import KeyDestroyed
from ledger.keys import Keys
from projections.folding import Changes, ChildChanges
from projections.models import OF_CHILD, OF_FACT
from projections.readmodel import EVER, OfChild, Value
from projections.readstore import sealed
from projections.tables import Tables

Values = tuple[Value, ...]

COPIED = 50
"""Rows from which on COPY is quicker than INSERT."""

COPY = SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)")
COPY_TYPES = {BigInteger: "int8", Text: "text", LargeBinary: "bytea", Boolean: "bool"}


def written(connection: Connection, tables: Tables, keys: Keys, changes: Changes) -> list[UUID]:
    """Write them. The children whose key was destroyed since they were read: every row of them has to go."""
    erased = set(changes.erased)
    for model in OF_CHILD:
        ended, made = list[dict[str, Value]](), list[Values]()
        for stream, each in _of(model, changes, erased):
            try:
                made += list(_versions(model, keys, stream, each))
            except KeyDestroyed:
                erased.add(stream)
                continue
            ended += [{"b_stream": stream.bytes, "b_key": key, "b_at": at} for key, at in each.ended.items()]
        _end(connection, tables[model], ended, kept=model.kept)
        put(connection, tables[model], made)
    for facts in OF_FACT:
        rows = changes.facts.get(facts.name, ())
        put(connection, tables[facts], [(position, row.key, *row.values) for position, row in rows])
    return list(erased)


def _of(model: OfChild, changes: Changes, erased: set[UUID]) -> Iterable[tuple[UUID, ChildChanges]]:
    return [
        (stream, each)
        for (name, stream), each in changes.children.items()
        if name == model.name and stream not in erased
    ]


def _versions(model: OfChild, keys: Keys, stream: UUID, changes: ChildChanges) -> Iterator[Values]:
    """Rows as they stand in the table, with their bodies sealed. Raises `KeyDestroyed`."""
    child = stream.bytes
    for since, until, row in (*(changes.between if model.kept else ()), *changes.made.values()):
        held = (since, until) if model.kept else ()
        body = sealed(keys, model, stream, row.key, since if model.kept else 0, row.body)
        yield child, row.key, *held, *row.values, body


def _end(connection: Connection, table: Table, ended: Sequence[dict[str, Value]], *, kept: bool) -> None:
    if not ended:
        return
    of_row = (table.c.stream == bindparam("b_stream"), table.c.key == bindparam("b_key"))
    if kept:
        stands = update(table).where(*of_row, table.c.until_position == EVER)
        connection.execute(stands.values(until_position=bindparam("b_at")), ended)
    else:
        gone = [{name: value for name, value in each.items() if name != "b_at"} for each in ended]
        connection.execute(delete(table).where(*of_row), gone)


def put(connection: Connection, table: Table, rows: Sequence[Values]) -> None:
    """Past SQLAlchemy, which takes longer over a row than either database."""
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_insert(table, connection.dialect), list(rows))
    elif len(rows) >= COPIED:
        _copy(connection, table, rows)
    else:
        connection.execute(insert(table), [dict(zip(table.c.keys(), row, strict=True)) for row in rows])


@lru_cache(maxsize=64)
def _insert(table: Table, dialect: Dialect) -> str:
    """With a question mark for each column, in their order."""
    return str(insert(table).compile(dialect=dialect))


def _copy(connection: Connection, table: Table, rows: Iterable[Values]) -> None:
    names = SQL(", ").join(Identifier(each.name) for each in table.columns)
    where = Identifier(*filter(None, (table.schema, table.name)))
    driver = cast(psycopg.Connection, connection.connection.driver_connection)
    with driver.cursor() as cursor, cursor.copy(COPY.format(where, names)) as copying:
        copying.set_types([COPY_TYPES[type(each.type)] for each in table.columns])
        for row in rows:
            copying.write_row(row)
