"""One SQLite file of ours: made private from the start, recognised before it is used, durable when it says so."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ledger.errors import NotAStore, OtherSchema, StoreExists, StoreUnavailable

BUSY_TIMEOUT = 5.0
"""Seconds to wait for another program that writes. Our own writes take well under a millisecond each."""


@dataclass(frozen=True, slots=True)
class FileKind:
    """What a file is for: SQLite's application_id and user_version in its header, and the statements that fill it."""

    application_id: int
    schema: int
    file: str

    def step(self, number: int) -> Iterator[str]:
        """The statements that make this number of the one before it. A new file goes the same way as an old one."""
        file = f"{self.file}.sql" if number == 1 else f"{self.file}_{number}.sql"
        statement = ""
        for line in (SCHEMA / file).read_text("utf-8").splitlines(keepends=True):
            statement += line
            if sqlite3.complete_statement(statement):
                yield statement
                statement = ""
        yield f"PRAGMA application_id = {self.application_id}"
        yield f"PRAGMA user_version = {number}"


SCHEMA = Path(__file__).parent / "schema"
LOG = FileKind(0x5A53_4C47, 1, "sqlite_log")
KEYS = FileKind(0x5A53_4B59, 2, "sqlite_keys")

REASONS = {
    sqlite3.SQLITE_BUSY: ("Another program keeps the store locked", "Try again; if it lasts, find that program."),
    sqlite3.SQLITE_FULL: ("The disk of the store is full", "Make room on the disk, then try again."),
    sqlite3.SQLITE_READONLY: ("The store cannot be written to", "Check the rights on its files and their folder."),
    sqlite3.SQLITE_CANTOPEN: ("The store cannot be opened", "Check the rights on its files and their folder."),
    sqlite3.SQLITE_IOERR: ("The disk of the store fails", "Check the disk: space, quota, health."),
    sqlite3.SQLITE_CORRUPT: ("The database file is damaged", "Keep the file, and restore a backup beside it."),
    sqlite3.SQLITE_NOTADB: ("The database file is damaged", "Keep the file, and restore a backup beside it."),
}


def private_file(path: Path) -> int:
    """A descriptor of a new file that only its owner can read, from its first moment on; never over another one."""
    try:
        return os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    except FileExistsError:
        raise StoreExists(f"{path} exists already.") from None
    except OSError as error:
        raise StoreUnavailable(f"{path} cannot be made: {error.strerror}.") from error


@contextmanager
def created(path: Path, kind: FileKind) -> Iterator[sqlite3.Connection]:
    """A new file with its tables, to put its first rows into; tables, rows and mark appear at once or not at all."""
    os.close(private_file(path))
    with translated(path), closing(connect(path, kind, new=True)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        for number in range(1, kind.schema + 1):
            for statement in kind.step(number):
                connection.execute(statement)
        yield connection
        connection.execute("COMMIT")
    sync_folder(path.parent)


Identity = tuple[int, int] | None
"""Of a file, whatever it is called; None: there is none."""


def identity(path: Path) -> Identity:
    """Where a file is taken away or put back under a process, that one would go on with what nobody has any more."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def is_gone(path: Path) -> StoreUnavailable:
    return StoreUnavailable(
        f"{path} is not the file that was opened.", "Stop what uses it, put the file in its place, and start again."
    )


def sync_folder(folder: Path) -> None:
    """A new file is only as durable as its name in the folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def connect(path: Path, kind: FileKind, *, busy_timeout: float = BUSY_TIMEOUT, new: bool = False) -> sqlite3.Connection:
    """A connection in autocommit mode, whose commits are on disk when they return (WAL, synchronous=FULL)."""
    connection = opened(path, busy_timeout)
    try:
        if not new:
            recognise(connection, path, kind)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
    except BaseException:
        connection.close()
        raise
    return connection


def opened(path: Path, busy_timeout: float) -> sqlite3.Connection:
    """A connection in autocommit mode to whatever file is there; none is made."""
    uri = f"{path.absolute().as_uri()}?mode=rw"
    return sqlite3.connect(uri, uri=True, timeout=busy_timeout, isolation_level=None, check_same_thread=False)


def recognise(connection: sqlite3.Connection, path: Path, kind: FileKind) -> None:
    """Refuse a file that is not ours, or too old, before anything in it is touched.

    One that newer software has migrated since it was opened is used on: steps leave room for that (decision 18).
    """
    if (schema := number_of(connection, path, kind)) < kind.schema:
        raise OtherSchema(f"{path} has schema {schema}; this software needs {kind.schema}: migrate it first.")


def number_of(connection: sqlite3.Connection, path: Path, kind: FileKind) -> int:
    """Of a file of ours. Raises `NotAStore`."""
    try:
        (application_id,) = connection.execute("PRAGMA application_id").fetchone()
        (schema,) = connection.execute("PRAGMA user_version").fetchone()
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_NOTADB:
            raise NotAStore(f"{path} is not a store of Zorgspoor.") from None
        raise
    if application_id != kind.application_id:
        raise NotAStore(f"{path} is not a store of Zorgspoor.")
    return int(schema)


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Say what the database reports in our own words; its messages hold no values."""
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except sqlite3.Error as error:
        raise refusal(error, path) from error


def refusal(error: sqlite3.Error, path: Path) -> StoreUnavailable:
    """What the database reports, in our own words."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    sentence, hint = REASONS.get(code, (f"The database refuses ({error})", StoreUnavailable.hint))
    return StoreUnavailable(f"{sentence}: {path}.", hint)
