"""From an address to a log, a key table and the place of the store key: only here is it known which engines exist."""

from collections.abc import Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Protocol

from ledger.address import Database, Files, address_of
from ledger.errors import StoreAddress, StoreExists, StoreNotFound
from ledger.keyplace import VaultKey, key_place
from ledger.keytable import Generation, KeyTable
from ledger.log import Log
from ledger.postgres import PostgresLog
from ledger.postgreskeys import PostgresKeyTable
from ledger.postgresmigration import migrated as migrated_schema
from ledger.postgrespool import Pool
from ledger.postgresschema import KEYS, LOG, Holds, Schemas, exists, holds
from ledger.sqlite import SQLiteLog
from ledger.sqlitefile import BUSY_TIMEOUT
from ledger.sqlitefile import KEYS as KEYS_FILE
from ledger.sqlitefile import LOG as LOG_FILE
from ledger.sqlitekeys import SQLiteKeyTable
from ledger.sqlitemigration import migrated as migrated_file


class Engine(Protocol):
    """How the parts of one store are made and opened."""

    @property
    def place(self) -> str:
        """Where the log is, without a password."""
        ...

    @property
    def key_place(self) -> Path | VaultKey:
        """Where the store key is. Raises `StoreAddress` if nobody said where."""
        ...

    def refuse_existing(self) -> None:
        """Raises `StoreExists` if any part of a store is there."""
        ...

    def create_keys(self, named: Mapping[str, bytes]) -> KeyTable: ...

    def create_log(self) -> Log: ...

    def migrate(self) -> dict[str, list[int]]:
        """Bring log and keys to the numbers of this software; those that this process made of each.

        Needs no store key. Raises `StoreNotFound`, `NotAStore`, `OtherSchema` where it may not.
        """
        ...

    def open_log(self) -> Log:
        """Migrated first, if it is older. Raises `StoreNotFound`, `NotAStore`, `OtherSchema`."""
        ...

    def open_keys(self) -> KeyTable:
        """Migrated first, if they are older. Raises `KeysNotFound`."""
        ...

    def close(self) -> None:
        """Let go of what was opened."""


def engine_of(url: str, *, key_file: Path | str | None = None, busy_timeout: float = BUSY_TIMEOUT) -> Engine:
    """`key_file`: of the store key, or its address in Vault, if the address of the store does not say it.

    On SQLite it is used instead of the file beside the store.
    """
    address, key = address_of(url), key_place(str(key_file)) if key_file else None
    if isinstance(address, Database):
        return PostgresEngine(address, key, busy_timeout)
    return SQLiteEngine(address, key, busy_timeout)


def migrate(url: str) -> dict[str, list[int]]:
    """See `Engine.migrate`."""
    with closing(engine_of(url)) as engine:
        return engine.migrate()


class SQLiteEngine:
    """Three files beside each other."""

    def __init__(self, files: Files, key: Path | VaultKey | None, busy_timeout: float) -> None:
        self.key_place = key or files.store_key
        self.place = str(files.log)
        self._files = files
        self._busy_timeout = busy_timeout
        self._opened = ExitStack()

    def refuse_existing(self) -> None:
        for path in (self._files.log, self._files.keys, self.key_place):
            _refuse_existing(path)

    def create_keys(self, named: Mapping[str, bytes]) -> KeyTable:
        return self._closing_keys(SQLiteKeyTable.create(self._files.keys, named))

    def create_log(self) -> Log:
        return self._closing_log(SQLiteLog.create(self._files.log))

    def migrate(self) -> dict[str, list[int]]:
        return {"log": self._migrate_log(), "keys": migrated_file(self._files.keys, KEYS_FILE)}

    def _migrate_log(self) -> list[int]:
        if not self._files.log.exists():
            raise StoreNotFound(f"There is no store at {self._files.log}.")
        return migrated_file(self._files.log, LOG_FILE)

    def open_log(self) -> Log:
        self._migrate_log()
        return self._closing_log(SQLiteLog(self._files.log, busy_timeout=self._busy_timeout))

    def open_keys(self) -> KeyTable:
        migrated_file(self._files.keys, KEYS_FILE)
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

    def __init__(self, address: Database, key: Path | VaultKey | None, busy_timeout: float) -> None:
        self.place = address.place
        self._key_place = address.store_key or key
        self._pool = Pool(address.conninfo, address.place, size=address.connections, busy_timeout=busy_timeout)
        self._schemas = Schemas(address.schema)
        self._generation = Generation()

    @property
    def key_place(self) -> Path | VaultKey:
        if self._key_place is None:
            raise StoreAddress(
                "The address does not say where the store key is.",
                "Add key=/folder/zorgspoor.key to the address: outside of the database, readable by its owner only.",
            )
        return self._key_place

    def refuse_existing(self) -> None:
        _refuse_existing(self.key_place)
        for schema in (self._schemas.log, self._schemas.keys):
            if holds(self._pool, schema) is not Holds.NOTHING:
                raise exists(schema, self.place)

    def create_keys(self, named: Mapping[str, bytes]) -> KeyTable:
        """A key file was made for these keys; where they cannot come, it goes, lest a later attempt is refused."""
        try:
            return PostgresKeyTable.create(self._pool, self._schemas, named, self._generation)
        except StoreExists:
            if isinstance(self.key_place, Path):
                self.key_place.unlink()
            raise

    def create_log(self) -> Log:
        return PostgresLog.create(self._pool, self._schemas, self._generation)

    def migrate(self) -> dict[str, list[int]]:
        return {"log": self._migrate_log(), "keys": migrated_schema(self._pool, self._schemas, KEYS)}

    def _migrate_log(self) -> list[int]:
        if holds(self._pool, self._schemas.log) is Holds.NOTHING:
            raise StoreNotFound(f"There is no store in {self.place}.")
        return migrated_schema(self._pool, self._schemas, LOG)

    def open_log(self) -> Log:
        self._migrate_log()
        return PostgresLog(self._pool, self._schemas, self._generation)

    def open_keys(self) -> KeyTable:
        migrated_schema(self._pool, self._schemas, KEYS)
        return PostgresKeyTable(self._pool, self._schemas, self._generation)

    def close(self) -> None:
        self._pool.close()


def _refuse_existing(path: Path | VaultKey) -> None:
    """What is in Vault was made for us, and is looked at when it is used."""
    if isinstance(path, Path) and path.exists():
        raise StoreExists(f"{path} exists already.")
