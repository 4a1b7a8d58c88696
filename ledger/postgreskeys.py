"""Wrapped keys in a PostgreSQL schema of their own, so that a dump or a grant of the log's schema never reaches them.

What is left of a destroyed key, in wrapped form, which only who also has the store key can use:

* In the table: nothing, as a rule. The tombstone is written beside the key, and VACUUM, run at once, compacts the page
  over the dead row. A long transaction of somebody else, also in another schema, holds that back until it ends; the
  next VACUUM, ours or autovacuum's, does it then.
* In the write-ahead log, and in its archive, the record of the key's minting stays until these files are reused or
  deleted: PostgreSQL does not overwrite them. So it is with standbys, backups and snapshots of the disk.

Therefore an erased child could be brought back for as long as such copies are kept (30 days unless stated otherwise,
docs/explanation/keys-and-erasure.md); a new store key, with the old one destroyed, ends it for all of them at once.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, LiteralString, Self
from uuid import UUID

import psycopg
from psycopg.sql import Literal
from psycopg.types.numeric import Int8

from ledger.errors import KeysNotFound, RotationRuns, StoreUnavailable
from ledger.keytable import Generation, Rewrapped
from ledger.postgresarrays import Byteas, texts, uuids
from ledger.postgrespool import ConnectionLost, Pool
from ledger.postgresql import script, statement
from ledger.postgresschema import KEYS, LOCK, Holds, Schemas, created, holds, recognise
from ledger.seal import WRAPPED_BYTES

FIND: LiteralString = "SELECT stream, wrapped, destroyed FROM {keys}.stream_keys WHERE stream = ANY (%b)"
PAGE: LiteralString = """SELECT stream, wrapped FROM {keys}.stream_keys
    WHERE stream > %b AND NOT destroyed ORDER BY stream LIMIT %b"""
COUNT: LiteralString = "SELECT count(*) FROM {keys}.stream_keys WHERE NOT destroyed"
ALONE: LiteralString = "SELECT pg_try_advisory_lock({lock}, hashtext({name}))"
BEFORE_ALL = UUID(int=0)

PATIENCE: LiteralString = "SELECT set_config('lock_timeout', '2s', false), set_config('statement_timeout', '0', false)"
"""While a table is rewritten nobody reads it. Better to try again later than to let everybody wait behind a backup."""


class PostgresKeyTable:
    """Statements that may be done twice, so a lost connection does no harm: what the first one did, stands."""

    def __init__(self, pool: Pool, schemas: Schemas, generation: Generation) -> None:
        if holds(pool, schemas.keys) is Holds.NOTHING:
            raise KeysNotFound(f"There are no keys of {pool.place}: its schema {schemas.keys} is not there, or empty.")
        recognise(pool, schemas.keys, KEYS)
        self._pool = pool
        self._generation = generation
        self._names = schemas.names
        self._find, self._add = self._statement(FIND), script("postgres_add_keys.sql", **self._names)
        self._destroy = script("postgres_destroy.sql", **self._names)
        self._alone = statement(ALONE, lock=Literal(LOCK + 2), name=Literal(schemas.keys))

    @classmethod
    def create(cls, pool: Pool, schemas: Schemas, named: Mapping[str, bytes], generation: Generation) -> Self:
        insert = statement("INSERT INTO {keys}.store_keys (name, wrapped) VALUES (%s, %s)", **schemas.names)
        with created(pool, schemas, KEYS) as connection:
            connection.cursor().executemany(insert, named.items())
        return cls(pool, schemas, generation)

    def named(self) -> dict[str, bytes]:
        return dict(self._pool.repeatable(self._statement("SELECT name, wrapped FROM {keys}.store_keys")))

    def find(self, streams: Collection[UUID]) -> dict[UUID, tuple[bytes, bool]]:
        rows = self._pool.repeatable(self._find, (uuids(streams),))
        return {stream: (wrapped, destroyed) for stream, wrapped, destroyed in rows}

    def add(self, wrapped: Mapping[UUID, bytes], check: bytes) -> Collection[UUID] | None:
        """In the order of their ids, so that two that add the same ones wait for each other and not in a circle."""
        streams = sorted(wrapped)
        values = (check, uuids(streams), Byteas.of(wrapped[stream] for stream in streams))
        [(stands, added)] = self._pool.repeatable(self._add, values)
        return set(added) if stands else None

    def destroy(self, stream: UUID) -> None:
        """Raises `StoreUnavailable`, with the tombstone in place, if the table cannot be compacted."""
        [(count,)] = self._pool.repeatable(self._destroy, (stream, bytes(WRAPPED_BYTES)))
        self._generation.told(count)
        if not self._vacuumed():
            raise StoreUnavailable(
                f"The key is destroyed, but its bytes may still stand in the table with keys of {self._pool.place}.",
                "Its user must own that table to VACUUM it. See to that, and destroy this key again.",
            )

    def generation(self) -> int:
        return self._generation.number

    @contextmanager
    def alone(self) -> Iterator[None]:
        """The lock belongs to a connection of its own, with which it goes."""
        with self._pool.apart() as connection:
            if connection.execute(self._alone).fetchone() != (True,):
                raise RotationRuns(f"Another program gives {self._pool.place} a new store key.")
            yield

    def change(self, named: Mapping[str, bytes], check: bytes) -> bool:
        """Not to be done twice: the second time it would find the check changed, by itself."""
        others = [name for name in named if name != "check"]
        values = (named["check"], check, texts(others), Byteas.of(named[name] for name in others))
        try:
            [(changed,)] = self._pool.run(script("postgres_change_keys.sql", **self._names), values)
        except ConnectionLost as lost:
            raise lost.refusal from lost
        return bool(changed)

    def count(self) -> int:
        [(number,)] = self._pool.repeatable(self._statement(COUNT))
        return int(number)

    def page(self, after: UUID | None, limit: int) -> Sequence[tuple[UUID, bytes]]:
        rows = self._pool.repeatable(self._statement(PAGE), (after or BEFORE_ALL, Int8(limit)))
        return [(stream, wrapped) for stream, wrapped in rows]

    def replace(self, rewrapped: Sequence[Rewrapped]) -> None:
        rows = sorted(rewrapped)
        was, now = Byteas.of(row.was for row in rows), Byteas.of(row.now for row in rows)
        values = (uuids(row.stream for row in rows), was, now)
        self._pool.repeatable(script("postgres_replace_keys.sql", **self._names), values)

    def compact(self) -> None:
        """New files for both tables: in the pages of the old ones, free parts hold copies of rows that were moved."""
        with self._pool.apart() as connection, _hearing(connection) as warnings:
            for text in (PATIENCE, "VACUUM FULL {keys}.stream_keys", "VACUUM FULL {keys}.store_keys"):
                connection.execute(self._statement(text))
        if warnings:
            raise StoreUnavailable(
                f"Old wrappings of keys may still stand in the tables with keys of {self._pool.place}.",
                "Its user must own them to VACUUM them. See to that, and run `zorgspoor keys rotate` again.",
            )

    def close(self) -> None:
        self._pool.close()

    def _statement(self, text: LiteralString) -> bytes:
        return statement(text, **self._names)

    def _vacuumed(self) -> bool:
        """VACUUM runs outside any transaction. It warns, and does nothing, where the user may not."""
        try:
            with self._pool.session() as session, _hearing(session.connection) as warnings:
                session.connection.execute(self._statement("VACUUM {keys}.stream_keys"))
        except ConnectionLost:
            return False
        return not warnings


@contextmanager
def _hearing(connection: psycopg.Connection[Any]) -> Iterator[list[str]]:
    warnings = list[str]()

    def hear(notice: psycopg.errors.Diagnostic) -> None:
        warnings.append(notice.sqlstate or "")

    connection.add_notice_handler(hear)
    try:
        yield warnings
    finally:
        connection.remove_notice_handler(hear)
