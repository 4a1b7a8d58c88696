"""Bringing a SQLite file of a store to the number that this software reads (docs/decisions/0018).

A step is one transaction with its new number, under SQLite's write lock: of processes that start at once one does it,
the others go on after it, and one that is killed leaves the number before it. A step changes no recorded fact.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from ledger.errors import OtherSchema
from ledger.sqlitefile import FileKind, number_of, opened, translated

WAIT = 60.0
"""Seconds to wait for another process that migrates."""

MAY_NOT = {
    sqlite3.SQLITE_READONLY: "it cannot be written to",
    sqlite3.SQLITE_CANTOPEN: "its folder cannot be written to",
}


def migrated(path: Path, kind: FileKind) -> list[int]:
    """The numbers that this process made; what is not there, its opener says. Raises `OtherSchema`, `NotAStore`."""
    if not path.exists():
        return []
    with translated(path), closing(opened(path, WAIT)) as connection:
        if (found := number_of(connection, path, kind)) > kind.schema:
            raise OtherSchema(f"{path} has schema {found}; this software reads schema {kind.schema}.")
        try:
            return [number for number in range(found + 1, kind.schema + 1) if _made(connection, path, kind, number)]
        except sqlite3.OperationalError as error:
            if why := MAY_NOT.get(error.sqlite_errorcode & 0xFF):
                raise OtherSchema(
                    f"{path} has schema {found} where this software needs {kind.schema}, and {why}.",
                    "Run `zorgspoor migrate` as a user who may write to the files of the store and their folder, then "
                    "start again. Nothing has been changed.",
                ) from error
            raise


def _made(connection: sqlite3.Connection, path: Path, kind: FileKind, number: int) -> bool:
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("BEGIN IMMEDIATE")
    try:
        if number_of(connection, path, kind) != number - 1:
            return False
        for statement in kind.step(number):
            connection.execute(statement)
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.rollback()
    return True
