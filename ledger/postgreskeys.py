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

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, LiteralString, Self
from uuid import UUID

import psycopg

from ledger.errors import KeysNotFound, StoreUnavailable
from ledger.keytable import Generation
from ledger.postgrespool import ConnectionLost, Pool
from ledger.postgresql import script, statement
from ledger.postgresschema import KEYS, Holds, Schemas, created, holds, recognise
from ledger.seal import WRAPPED_BYTES

FIND: LiteralString = "SELECT wrapped, destroyed FROM {keys}.stream_keys WHERE stream = %b"
ADD: LiteralString = """INSERT INTO {keys}.stream_keys (stream, destroyed, wrapped) VALUES (%b, false, %b)
    ON CONFLICT DO NOTHING RETURNING true"""


class PostgresKeyTable:
    """Statements that may be done twice, so a lost connection does no harm: what the first one did, stands."""

    def __init__(self, pool: Pool, schemas: Schemas, generation: Generation) -> None:
        if holds(pool, schemas.keys) is Holds.NOTHING:
            raise KeysNotFound(f"There are no keys of {pool.place}: its schema {schemas.keys} is not there, or empty.")
        recognise(pool, schemas.keys, KEYS)
        self._pool = pool
        self._generation = generation
        names = schemas.names
        self._find, self._add = statement(FIND, **names), statement(ADD, **names)
        self._named = statement("SELECT name, wrapped FROM {keys}.store_keys", **names)
        self._destroy = script("postgres_destroy.sql", **names)
        self._count = statement("SELECT count FROM {schema}.keys_destroyed", **names)
        self._vacuum = statement("VACUUM {keys}.stream_keys", **names)

    @classmethod
    def create(cls, pool: Pool, schemas: Schemas, named: Mapping[str, bytes], generation: Generation) -> Self:
        insert = statement("INSERT INTO {keys}.store_keys (name, wrapped) VALUES (%s, %s)", **schemas.names)
        with created(pool, schemas, KEYS) as connection:
            connection.cursor().executemany(insert, named.items())
        return cls(pool, schemas, generation)

    def named(self) -> dict[str, bytes]:
        return dict(self._pool.repeatable(self._named))

    def find(self, stream: UUID) -> tuple[bytes, bool] | None:
        rows = self._pool.repeatable(self._find, (stream,))
        return (rows[0][0], rows[0][1]) if rows else None

    def add(self, stream: UUID, wrapped: bytes) -> bool:
        return bool(self._pool.repeatable(self._add, (stream, wrapped)))

    def destroy(self, stream: UUID) -> None:
        """Raises `StoreUnavailable`, with the tombstone in place, if the table cannot be compacted."""
        [(count,)] = self._pool.repeatable(self._destroy, (stream, bytes(WRAPPED_BYTES)))
        self._generation.told(count)
        self._compact()

    def generation(self) -> int:
        return self._generation.number

    def close(self) -> None:
        self._pool.close()

    def _compact(self) -> None:
        """VACUUM runs outside any transaction. It warns, and does nothing, where the user may not."""
        warnings = list[str]()
        try:
            with self._pool.session() as session, _hearing(session.connection, warnings):
                session.connection.execute(self._vacuum)
        except ConnectionLost as lost:
            warnings.append(str(lost))
        if warnings:
            raise StoreUnavailable(
                f"The key is destroyed, but its bytes may still stand in the table with keys of {self._pool.place}.",
                "Its user must own that table to VACUUM it. See to that, and destroy this key again.",
            )


@contextmanager
def _hearing(connection: psycopg.Connection[Any], warnings: list[str]) -> Iterator[None]:
    def hear(notice: psycopg.errors.Diagnostic) -> None:
        warnings.append(notice.sqlstate or "")

    connection.add_notice_handler(hear)
    try:
        yield
    finally:
        connection.remove_notice_handler(hear)
