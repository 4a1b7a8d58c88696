"""The schemas of a store in a PostgreSQL database: made at once or not at all, recognised before they are used."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any

import psycopg
from psycopg.sql import Identifier, Literal

from ledger.errors import NotAStore, OtherSchema, OutcomeUnknown, StoreExists
from ledger.postgrespool import ConnectionLost, Pool
from ledger.postgresql import script, statement

LOCK = 0x5A53_4C47
"""The first half of our advisory locks, SQLite's application_id of a log; the second says what is locked."""


@dataclass(frozen=True, slots=True)
class SchemaKind:
    """What a schema is for, the number of its shape, and the files of ledger/schema that fill it."""

    name: str
    number: int
    files: tuple[str, ...]


LOG = SchemaKind("zorgspoor log", 1, ("postgres_log.sql", "postgres_append.sql"))
KEYS = SchemaKind("zorgspoor keys", 1, ("postgres_keys.sql",))


INTERRUPTED = (
    "Check the address of the store. If `zorgspoor init` was interrupted, drop its two schemas, remove the key file, "
    "and run it again."
)


class Holds(Enum):
    """What stands in a schema, whoever put it there."""

    NOTHING = "nothing"
    FORMAT = "a table called format"
    OTHER = "something else"


@dataclass(frozen=True, slots=True)
class Schemas:
    """The log's schema, and the one for its keys, so that a dump of the log never contains keys."""

    log: str

    @property
    def keys(self) -> str:
        return f"{self.log}_keys"

    @property
    def names(self) -> dict[str, Identifier]:
        return {"schema": Identifier(self.log), "keys": Identifier(self.keys)}


def holds(pool: Pool, schema: str) -> Holds:
    [*found] = pool.repeatable(script("postgres_recognise.sql"), (schema,))
    if not found or found[0] == (False, False):
        return Holds.NOTHING
    return Holds.FORMAT if found[0][1] else Holds.OTHER


def recognise(pool: Pool, schema: str, kind: SchemaKind) -> None:
    """Refuse a schema that is not ours, or of another shape, before anything in it is touched."""
    text = statement("SELECT kind, number FROM {schema}.format", schema=Identifier(schema))
    found = pool.repeatable(text) if holds(pool, schema) is Holds.FORMAT else []
    if [name for name, _ in found] != [kind.name]:
        raise NotAStore(f"Schema {schema} is not of a store of Zorgspoor: {pool.place}.", INTERRUPTED)
    if found[0][1] != kind.number:
        raise OtherSchema(f"{pool.place} has schema {found[0][1]}; this software reads schema {kind.number}.")


@contextmanager
def created(pool: Pool, schemas: Schemas, kind: SchemaKind) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """A new schema with its tables, to put its first rows into, all in one transaction; never over another one.

    Of processes that race for it, one makes it and the others are told that it exists: they look under a lock. A schema
    that is there and empty is used, as a database's owner may give a role one schema and no right to make others.
    """
    schema = schemas.log if kind is LOG else schemas.keys
    try:
        with pool.session() as session, session.connection.transaction():
            connection = session.connection
            lock = statement("SELECT pg_advisory_xact_lock({lock}, hashtext({name}))", **_lock(schema))
            connection.execute(lock)
            _refuse_or_make(connection, schema, pool.place)
            for file in kind.files:
                connection.execute(script(file, **schemas.names, **_fields(schema, kind)))
            yield connection
    except psycopg.errors.IntegrityError:
        raise exists(schema, pool.place) from None  # somebody made it who does not take our lock
    except ConnectionLost as broken:
        raise OutcomeUnknown(f"{pool.place} may or may not have been made: the connection was lost.") from broken


def _refuse_or_make(connection: psycopg.Connection[tuple[Any, ...]], schema: str, place: str) -> None:
    found = connection.execute(script("postgres_recognise.sql"), (schema,)).fetchone()
    if found is None:
        connection.execute(statement("CREATE SCHEMA {schema}", schema=Identifier(schema)))
    elif found != (False, False):
        raise exists(schema, place)


def _fields(schema: str, kind: SchemaKind) -> dict[str, Literal]:
    return {
        "kind": Literal(kind.name),
        "number": Literal(kind.number),
        "lock": Literal(LOCK),
        "facts": Literal(f'"{schema}".facts'),
        "channel": Literal(channel(schema)),
    }


def _lock(schema: str) -> dict[str, Literal]:
    return {"lock": Literal(LOCK + 1), "name": Literal(schema)}


def exists(schema: str, place: str) -> StoreExists:
    return StoreExists(
        f"There is something in schema {schema} already: {place}.", "Choose another schema; nothing has been changed."
    )


def channel(schema: str) -> str:
    """Where an append tells the last position to who listens."""
    return f"{schema}.facts"
