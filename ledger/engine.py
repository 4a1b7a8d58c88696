"""From an address to a log, a key table and a key file: the one place that knows which engines there are."""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

from ledger.address import Database, Files, address_of
from ledger.errors import StoreAddress, StoreExists, StoreNotFound
from ledger.keytable import Generation, KeyTable
from ledger.log import Log
from ledger.postgres import PostgresLog
from ledger.postgreskeys import PostgresKeyTable
from ledger.postgrespool import Pool
from ledger.postgresschema import Holds, Schemas, exists, holds
from ledger.sqlite import SQLiteLog
from ledger.sqlitefile import BUSY_TIMEOUT
from ledger.sqlitekeys import SQLiteKeyTable


class Engine(Protocol):
    """How the parts of one store are made and opened."""

    @property
    def place(self) -> str:
        """Where the log is, without a password."""
        ...

    @property
    def key_file(self) -> Path:
        """Where the store key is. Raises `StoreAddress` if nobody said where."""
        ...

    def refuse_existing(self) -> None:
        """Raises `StoreExists` if any part of a store is there."""
        ...

    def create_keys(self, named: Mapping[str, bytes]) -> KeyTable: ...

    def create_log(self) -> Log: ...

    def open_log(self) -> Log:
        """Raises `StoreNotFound`, `NotAStore`, `OtherSchema`."""
        ...

    def open_keys(self) -> KeyTable:
        """Raises `KeysNotFound`."""
        ...

    def close(self) -> None:
        """Let go of what was opened."""


def engine_of(url: str, *, key_file: Path | None = None, busy_timeout: float = BUSY_TIMEOUT) -> Engine:
    """`key_file`: of the store key, if the address does not say it; on SQLite instead of the one beside the store."""
    address = address_of(url)
    if isinstance(address, Database):
        return PostgresEngine(address, key_file, busy_timeout)
    return SQLiteEngine(address, key_file, busy_timeout)


class SQLiteEngine:
    """Three files beside each other."""

    def __init__(self, files: Files, key_file: Path | None, busy_timeout: float) -> None:
        self.key_file = key_file or files.store_key
        self.place = str(files.log)
        self._files = files
        self._busy_timeout = busy_timeout
        self._opened = ExitStack()

    def refuse_existing(self) -> None:
        for path in (self._files.log, self._files.keys, self.key_file):
            _refuse_existing(path)

    def create_keys(self, named: Mapping[str, bytes]) -> KeyTable:
        return self._closing_keys(SQLiteKeyTable.create(self._files.keys, named))

    def create_log(self) -> Log:
        return self._closing_log(SQLiteLog.create(self._files.log))

    def open_log(self) -> Log:
        if not self._files.log.exists():
            raise StoreNotFound(f"There is no store at {self._files.log}.")
        return self._closing_log(SQLiteLog(self._files.log, busy_timeout=self._busy_timeout))

    def open_keys(self) -> KeyTable:
        return self._closing_keys(SQLiteKeyTable(self._files.keys, busy_timeout=self._busy_timeout))

    def close(self) -> None:
        self._opened.close()

    def _closing_log(self, log: SQLiteLog) -> SQLiteLog:
        self._opened.callback(log.close)
        return log

    def _closing_keys(self, keys: SQLiteKeyTable) -> SQLiteKeyTable:
        self._opened.callback(keys.close)
        return keys


class PostgresEngine:
    """Two schemas of one database, with connections that both use; the store key never lies in the database."""

    def __init__(self, address: Database, key_file: Path | None, busy_timeout: float) -> None:
        self.place = address.place
        self._key_file = address.store_key or key_file
        self._pool = Pool(address.conninfo, address.place, size=address.connections, busy_timeout=busy_timeout)
        self._schemas = Schemas(address.schema)
        self._generation = Generation()

    @property
    def key_file(self) -> Path:
        if self._key_file is None:
            raise StoreAddress(
                "The address does not say where the store key is.",
                "Add key=/folder/zorgspoor.key to the address: outside of the database, readable by its owner only.",
            )
        return self._key_file

    def refuse_existing(self) -> None:
        _refuse_existing(self.key_file)
        for schema in (self._schemas.log, self._schemas.keys):
            if holds(self._pool, schema) is not Holds.NOTHING:
                raise exists(schema, self.place)

    def create_keys(self, named: Mapping[str, bytes]) -> KeyTable:
        """The key file was made for these keys; where they cannot come, it goes, lest a later attempt is refused."""
        try:
            return PostgresKeyTable.create(self._pool, self._schemas, named, self._generation)
        except StoreExists:
            self.key_file.unlink()
            raise

    def create_log(self) -> Log:
        return PostgresLog.create(self._pool, self._schemas, self._generation)

    def open_log(self) -> Log:
        if holds(self._pool, self._schemas.log) is Holds.NOTHING:
            raise StoreNotFound(f"There is no store in {self.place}.")
        return PostgresLog(self._pool, self._schemas, self._generation)

    def open_keys(self) -> KeyTable:
        return PostgresKeyTable(self._pool, self._schemas, self._generation)

    def close(self) -> None:
        self._pool.close()


def _refuse_existing(path: Path) -> None:
    if path.exists():
        raise StoreExists(f"{path} exists already.")
