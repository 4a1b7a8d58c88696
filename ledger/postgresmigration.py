"""Bringing the schemas of a store in PostgreSQL to the number that this software reads (docs/decisions/0018).

A step is one transaction with its new number, under a lock: of processes that start at once one does it, the others go
on after it, and one that is killed leaves the number before it. A step changes no recorded fact.
"""

from typing import Any

import psycopg
from psycopg.sql import Identifier, Literal

from ledger.errors import OtherSchema
from ledger.postgrespool import Pool
from ledger.postgresql import statement
from ledger.postgresschema import Holds, SchemaKind, Schemas, alone, holds, number_of, step

WAIT = 60
"""Seconds to wait for another process that migrates."""

MAY_NOT = (
    "Run `zorgspoor migrate` with an address whose user owns the schemas of the store (ALTER needs the owner) and can "
    "write, then start again. Nothing has been changed."
)


def migrated(pool: Pool, schemas: Schemas, kind: SchemaKind) -> list[int]:
    """The numbers that this process made; what is not there, its opener says. Raises `OtherSchema`, `NotAStore`."""
    made = list[int]()
    if holds(pool, schemas.of(kind)) is Holds.NOTHING:
        return made
    while (found := number_of(pool, schemas.of(kind), kind)) < kind.number:
        with pool.apart() as connection:
            try:
                made += _next(connection, schemas, kind, found + 1)
            except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction) as error:
                raise OtherSchema(
                    f"{pool.place} has schema {found} where this software needs {kind.number}, and its user may not "
                    f"change it (SQLSTATE {error.sqlstate}).",
                    MAY_NOT,
                ) from error
    return made


def _next(
    connection: psycopg.Connection[tuple[Any, ...]], schemas: Schemas, kind: SchemaKind, number: int
) -> list[int]:
    schema = schemas.of(kind)
    with connection.transaction():
        patience = statement("SELECT set_config('lock_timeout', {wait}, true)", wait=Literal(f"{WAIT}s"))
        connection.execute(patience)
        connection.execute(alone(schema))
        text = statement("SELECT number FROM {schema}.format", schema=Identifier(schema))
        if connection.execute(text).fetchone() != (number - 1,):
            return []
        step(connection, schemas, kind, number)
    return [number]
