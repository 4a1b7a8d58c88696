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
"""The first half of our advisory locks, SQLite's application_id of a log; the second says what is locked. LOCK itself
is for appends, LOCK + 1 for who makes or migrates a schema, LOCK + 2 for who rotates keys, ASLEEP for who waits."""

ASLEEP = LOCK + 3


@dataclass(frozen=True, slots=True)
class SchemaKind:
    """What a schema is for, the number of its shape, and the file of ledger/schema that a schema begins with."""

    name: str
    number: int
    file: str

    def script(self, number: int) -> str:
        """The file that makes this number of the one before it."""
        return f"{self.file}.sql" if number == 1 else f"{self.file}_{number}.sql"


LOG = SchemaKind("zorgspoor log", 2, "postgres_log")
KEYS = SchemaKind("zorgspoor keys", 1, "postgres_keys")


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

    def of(self, kind: SchemaKind) -> str:
        return self.log if kind.name == LOG.name else self.keys

    @property
    def names(self) -> dict[str, Identifier]:
        return {"schema": Identifier(self.log), "keys": Identifier(self.keys)}


def holds(pool: Pool, schema: str) -> Holds:
    [*found] = pool.repeatable(script("postgres_recognise.sql"), (schema,))
    if not found or found[0] == (False, False):
        return Holds.NOTHING
    return Holds.FORMAT if found[0][1] else Holds.OTHER


def number_of(pool: Pool, schema: str, kind: SchemaKind) -> int:
    """The number of a schema of ours. Raises `NotAStore`, and `OtherSchema` if newer software wrote it."""
    text = statement("SELECT kind, number FROM {schema}.format", schema=Identifier(schema))
    found = pool.repeatable(text) if holds(pool, schema) is Holds.FORMAT else []
    if [name for name, _ in found] != [kind.name]:
        raise NotAStore(f"Schema {schema} is not of a store of Zorgspoor: {pool.place}.", INTERRUPTED)
    number: int = found[0][1]
    if number > kind.number:
        raise OtherSchema(f"{pool.place} has schema {number}; this software reads schema {kind.number}.")
    return number


def recognise(pool: Pool, schema: str, kind: SchemaKind) -> None:
    """Refuse a schema that is not ours, or of another shape, before anything in it is touched."""
    if (number := number_of(pool, schema, kind)) != kind.number:
        raise OtherSchema(f"{pool.place} has schema {number}; this software needs {kind.number}: migrate it first.")


@contextmanager
def created(pool: Pool, schemas: Schemas, kind: SchemaKind) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """A new schema with its tables, to put its first rows into, all in one transaction; never over another one.

    Of processes that race for it, one makes it and the others are told that it exists: they look under a lock. A schema
    that is there and empty is used, as a database's owner may give a role one schema and no right to make others.
    """
    schema = schemas.of(kind)
    try:
        with pool.session() as session, session.connection.transaction():
            connection = session.connection
            connection.execute(alone(schema))
            _refuse_or_make(connection, schema, pool.place)
            for number in range(1, kind.number + 1):
                step(connection, schemas, kind, number)
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


def step(connection: psycopg.Connection[tuple[Any, ...]], schemas: Schemas, kind: SchemaKind, number: int) -> None:
    """From the number before to this one. A new schema goes the same way as an old one, so both have one shape."""
    schema = Identifier(schemas.of(kind))
    marks = {"kind": Literal(kind.name), "number": Literal(number)}
    connection.execute(script(kind.script(number), **schemas.names, **fields(schemas), **marks))
    connection.execute(statement("UPDATE {schema}.format SET number = {number}", schema=schema, **marks))


def fields(schemas: Schemas) -> dict[str, Literal]:
    """What statements on the log name besides its schema."""
    return {
        "lock": Literal(LOCK),
        "asleep": Literal(ASLEEP),
        "facts": Literal(f'"{schemas.log}".facts'),
        "channel": Literal(channel(schemas.log)),
    }


def alone(schema: str) -> bytes:
    """The statement that lets one transaction at a time make or migrate a schema."""
    lock = {"lock": Literal(LOCK + 1), "name": Literal(schema)}
    return statement("SELECT pg_advisory_xact_lock({lock}, hashtext({name}))", **lock)


def exists(schema: str, place: str) -> StoreExists:
    return StoreExists(
        f"There is something in schema {schema} already: {place}.", "Choose another schema; nothing has been changed."
    )


def channel(schema: str) -> str:
    """Where an append wakes who sleeps (ledger/postgreswatch.py)."""
    return f"{schema}.facts"
