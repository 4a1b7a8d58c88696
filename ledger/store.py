"""The store: what others use to keep facts and to read them back."""

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self, cast
from uuid import UUID, uuid4

from eventsourcing.persistence import EventStore

from domain.envelope import Recorded, Unrecorded
from domain.fact import Fact
from ledger.address import Files, files_of
from ledger.errors import NotAStore, SealBroken, StoreExists, StoreNotFound, WrongKey
from ledger.keys import Keys
from ledger.keytable import KeyTable
from ledger.log import Head, Log
from ledger.mapper import FactMapper
from ledger.sqlite import SQLiteLog
from ledger.sqlitefile import BUSY_TIMEOUT
from ledger.storekey import KeyFile, StoreKey
from ledger.topics import Topics, Upcaster

Facts = Mapping[str, type[Fact]]


class Store:
    """One log with its keys. Facts go in sealed and durable, in one order; what was recorded never changes."""

    def __init__(self, log: Log, keys: Keys, topics: Topics) -> None:
        self.keys = keys
        self._log = log
        self._mapper = FactMapper(topics, keys)
        self._events = EventStore[UUID](self._mapper, log)

    @classmethod
    def create(
        cls,
        url: str,
        *,
        facts: Facts,
        opened: Callable[[UUID], Fact],
        upcasters: Mapping[str, Upcaster] = {},
        recorded_at: datetime | None = None,
    ) -> Self:
        """Make a store. Its first fact, which `opened` makes for the id of the new store, describes it.

        Raises `StoreExists` and changes nothing if any of its files is there.
        """
        files, topics = files_of(url), Topics(facts, upcasters)
        _refuse_existing(files)
        identity = uuid4()
        first = Unrecorded(identity, 1, opened(identity))
        store_key = KeyFile.create(files.store_key)
        keys = Keys(KeyTable.create(files.keys, Keys.fresh(store_key)), store_key)
        store = cls(SQLiteLog.create(files.log), keys, topics)
        _sync_folder(files.log.parent)
        store.save([first], recorded_at=recorded_at)
        return store

    @classmethod
    def open(
        cls,
        url: str,
        *,
        facts: Facts,
        upcasters: Mapping[str, Upcaster] = {},
        store_key: StoreKey | None = None,
        busy_timeout: float = BUSY_TIMEOUT,
    ) -> Self:
        """Open a store. `store_key`: of a key management service, instead of the key file beside the store.

        Raises `StoreNotFound`, `KeyFileMissing`, `KeyFileExposed`, `WrongKey`, `KeysNotFound`, `NotAStore`,
        `OtherSchema`, `StoreUnavailable`.
        """
        files, topics = files_of(url), Topics(facts, upcasters)
        if not files.log.exists():
            raise StoreNotFound(f"There is no store at {files.log}.")
        log = SQLiteLog(files.log, busy_timeout=busy_timeout)
        empty = log.head() is None
        keys = Keys(KeyTable(files.keys, busy_timeout=busy_timeout), store_key or KeyFile(files.store_key))
        if empty:
            raise NotAStore(f"{files.log} has no first fact: it was not completely made.")
        store = cls(log, keys, topics)
        store.opened  # noqa: B018  # the keys must belong to this log
        return store

    @property
    def opened(self) -> Recorded:
        """The first fact, which describes the store; its stream is the id of the store."""
        try:
            return self.log(limit=1)[0]
        except SealBroken as error:
            if error.position == 1:
                raise WrongKey("The keys beside this log belong to another store.") from None
            raise

    def save(
        self, facts: Sequence[Unrecorded], unmoved: Mapping[UUID, int] = {}, recorded_at: datetime | None = None
    ) -> list[Recorded]:
        """Append all of them or none, if the named streams still have these versions (0: not there yet).

        One durable transaction; before the first fact of a child, its key is minted in one of its own. Raises
        `Moved`: read and decide again. `recorded_at` is for a simulated clock; it never runs backwards.
        """
        if not facts:
            return []
        self.keys.refresh()
        for each in facts:
            if each.originator_version == 1 and each.fact.SEALED_UNDER == "stream":
                self.keys.mint(each.originator_id)
        sealed = [self._mapper.to_stored_event(each) for each in facts]
        head = self._log.append(sealed, unmoved=unmoved, recorded_at=recorded_at)
        return _recorded(facts, head)

    def stream(self, stream: UUID, upto_position: int | None = None) -> list[Recorded]:
        """The facts of one stream in their order, all or as the log stood at a position."""
        self.keys.refresh()
        upto = None if upto_position is None else self._log.version(stream, upto_position)
        return cast(list[Recorded], list(self._events.get(stream, lte=upto)))

    def version(self, stream: UUID, upto_position: int | None = None) -> int:
        """How many facts the stream has, now or as the log stood at a position; 0: none."""
        return self._log.version(stream, upto_position)

    def log(self, after: int = 0, limit: int = 500) -> list[Recorded]:
        """A page of the facts of all streams, in the order of the log."""
        self.keys.refresh()
        page = self._log.select_notifications(after, limit, inclusive_of_start=False)
        return [self._mapper.to_domain_event(row) for row in page]

    def last(self) -> Head:
        """The last position and when it was recorded."""
        return cast(Head, self._log.head())

    def close(self) -> None:
        self._log.close()
        self.keys.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _recorded(facts: Sequence[Unrecorded], head: Head) -> list[Recorded]:
    first = head.position - len(facts) + 1
    return [
        Recorded(each.originator_id, each.originator_version, each.fact.TOPIC, position, head.recorded_at,
                 each.fact, each.subject)
        for position, each in enumerate(facts, first)
    ]  # fmt: skip


def _refuse_existing(files: Files) -> None:
    for path in (files.log, files.keys, files.store_key):
        if path.exists():
            raise StoreExists(f"{path} exists already.")


def _sync_folder(folder: Path) -> None:
    """A new file is only as durable as its name in the folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
