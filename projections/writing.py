"""From changes to rows in the tables of one generation."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table, bindparam, delete, insert, update

from ledger.errors import KeyDestroyed
from ledger.keys import Keys
from projections.folding import Changes, ChildChanges, Version
from projections.models import OF_CHILD, OF_FACT
from projections.readmodel import EVER, OfChild
from projections.readstore import sealed
from projections.tables import Tables

Values = dict[str, Any]


def written(connection: Connection, tables: Tables, keys: Keys, changes: Changes) -> list[UUID]:
    """Write them. The children whose key was destroyed since they were read: every row of them has to go."""
    erased = set(changes.erased)
    for model in OF_CHILD:
        table, ended, made = tables[model], list[Values](), list[Values]()
        for stream, each in _of(model, changes, erased):
            try:
                new = list(_versions(model, keys, stream, each))
            except KeyDestroyed:
                erased.add(stream)
                continue
            made += new
            ended += [{"b_stream": stream.bytes, "b_key": key, "b_at": at} for key, at in each.ended.items()]
        _end(connection, table, ended, kept=model.kept)
        put(connection, table, made)
    for facts in OF_FACT:
        names = list(facts.columns)
        rows = [
            {"position": position, "key": row.key, **dict(zip(names, row.values, strict=True))}
            for position, row in changes.facts.get(facts.name, ())
        ]
        put(connection, tables[facts], rows)
    return list(erased)


def _of(model: OfChild, changes: Changes, erased: set[UUID]) -> Iterable[tuple[UUID, ChildChanges]]:
    return [
        (stream, each)
        for (name, stream), each in changes.children.items()
        if name == model.name and stream not in erased
    ]


def _versions(model: OfChild, keys: Keys, stream: UUID, changes: ChildChanges) -> Iterable[Values]:
    between = changes.between if model.kept else ()
    for version in (*between, *changes.made.values()):
        yield values_of(model, keys, stream, version)


def values_of(model: OfChild, keys: Keys, stream: UUID, version: Version) -> Values:
    """A row as it stands in the table, with its body sealed. Raises `KeyDestroyed`."""
    row = version.row
    return {
        "stream": stream.bytes,
        "key": row.key,
        **({"since_position": version.since, "until_position": version.until} if model.kept else {}),
        **dict(zip(model.columns, row.values, strict=True)),
        "body": sealed(keys, model, stream, row.key, version.since if model.kept else 0, row.body),
    }


def _end(connection: Connection, table: Table, ended: Sequence[Values], *, kept: bool) -> None:
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
    if rows:
        connection.execute(insert(table), rows)
