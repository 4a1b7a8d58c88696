"""The store: what others use to keep facts and to read them back."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self, cast
from uuid import UUID, uuid4

from domain.envelope import Recorded, Unrecorded
from domain.fact import Fact
from ledger.engine import engine_of
from ledger.errors import NotAStore, SealBroken, StoreUnavailable, WrongKey
from ledger.keyplace import VaultAccess, make_store_key, open_store_key
from ledger.keys import Keys
from ledger.keytable import SealedTooEarly
from ledger.log import Head, Instants, Log, LoggedEvent
from ledger.mapper import FactMapper
from ledger.sqlitefile import BUSY_TIMEOUT
from ledger.storekey import StoreKey
from ledger.tail import Tail
from ledger.topics import Topics, Upcaster

Facts = Mapping[str, type[Fact]]

SEALINGS = 5
"""How often bodies are sealed anew because keys were destroyed meanwhile; once is rare."""


class Store:
    """One log with its keys. Facts go in sealed and durable, in one order; what was recorded never changes."""

    def __init__(self, log: Log, keys: Keys, topics: Topics) -> None:
        self.keys = keys
        self._log = log
        self._topics = topics
        self._with_it = ExitStack()
        self._mapper = FactMapper(topics, keys)

    @classmethod
    def create(
        cls,
        url: str,
        *,
        facts: Facts,
        opened: Callable[[UUID], Fact],
        upcasters: Mapping[str, Upcaster] = {},
        recorded_at: datetime | None = None,
        key_file: Path | str | None = None,
        vault: VaultAccess | None = None,
    ) -> Self:
        """Make a store. Its first fact, which `opened` makes for the id of the new store, describes it.

        `key_file`: where the store key will be, if the address does not say it: a file, or an address in Vault, which
        lets us in by `vault`. Raises `StoreExists` and changes
        nothing if any part of it is there; of processes that race for the same store, one makes it.
        """
        engine, topics = engine_of(url, key_file=key_file), Topics(facts, upcasters)
        with ExitStack() as undo:
            undo.callback(engine.close)
            engine.refuse_existing()
            identity = uuid4()
            first = Unrecorded(identity, 1, opened(identity))
            store_key = make_store_key(engine.key_place, vault)
            keys = Keys(engine.create_keys(Keys.fresh(store_key)), store_key)
            store = cls(engine.create_log(), keys, topics)
            store.save([first], recorded_at=recorded_at)
            undo.pop_all()
        return store

    @classmethod
    def open(
        cls,
        url: str,
        *,
        facts: Facts,
        upcasters: Mapping[str, Upcaster] = {},
        store_key: StoreKey | None = None,
        key_file: Path | str | None = None,
        vault: VaultAccess | None = None,
        busy_timeout: float = BUSY_TIMEOUT,
    ) -> Self:
        """Open a store. `store_key`: of a key management service, instead of a key file.

        Raises `StoreNotFound`, `KeyFileMissing`, `KeyFileExposed`, `WrongKey`, `KeysNotFound`, `NotAStore`,
        `OtherSchema`, `StoreAddress`, `StoreUnavailable`.
        """
        engine, topics = engine_of(url, key_file=key_file, busy_timeout=busy_timeout), Topics(facts, upcasters)
        with ExitStack() as undo:
            undo.callback(engine.close)
            log = engine.open_log()
            empty = log.head() is None
            keys = Keys(engine.open_keys(), store_key or open_store_key(engine.key_place, vault))
            if empty:
                raise NotAStore(f"{engine.place} has no first fact: it was not completely made.")
            store = cls(log, keys, topics)
            store.opened  # noqa: B018  # the keys must belong to this log
            undo.pop_all()
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
        self, facts: Sequence[Unrecorded], unmoved: Mapping[UUID, int] = {}, recorded_at: Instants | None = None
    ) -> list[Recorded]:
        """Append all of them or none, if the named streams still have these versions (0: not there yet).

        One durable transaction; before the first facts of children, their keys are minted in one of its own. Raises
        `Moved`: read and decide again. `recorded_at` is for a simulated clock, one for all or one for each; it never
        runs backwards. Nothing is recorded before it happened, whatever the clock says.
        """
        if not facts:
            return []
        if recorded_at is None:
            now = datetime.now(UTC)
            happened = max((each.fact.occurred_at for each in facts if each.fact.HAPPENED), default=now)
            recorded_at = happened if happened > now else None
        if recorded_at is not None and not isinstance(recorded_at, datetime) and len(recorded_at) == 1:
            (recorded_at,) = recorded_at
        for _ in range(SEALINGS):
            keys_at = self.keys.refresh()
            sealed = [self._mapper.sealed(each) for each in self._with_keys(facts)]
            try:
                head = self._log.append(sealed, unmoved=unmoved, recorded_at=recorded_at, keys_at=keys_at)
            except SealedTooEarly:
                continue
            return _recorded(facts, head, recorded_at)
        raise StoreUnavailable(
            "The number of destroyed keys is another each time; nothing was recorded.",
            "If the database was restored under the running service, start the service anew.",
        )

    def stream(self, stream: UUID, after: int = 0, limit: int | None = None) -> list[Recorded]:
        """The facts of one stream in their order, from the one that follows a version."""
        return self._opened(self._log.select_events(stream, gt=after, limit=limit))

    def streams(self, streams: Collection[UUID]) -> dict[UUID, list[Recorded]]:
        """The facts of several streams, each in its order, read at once."""
        found: dict[UUID, list[Recorded]] = {stream: [] for stream in streams}
        for each in self._opened(self._log.select_streams(found)) if found else ():
            found[each.stream].append(each)
        return found

    def by_stream(self, after: tuple[UUID, int], last: UUID, upto_position: int, limit: int) -> list[Recorded]:
        """A page of the facts of all streams up to `last`, by stream and version; after this version of this stream."""
        return self._opened(self._log.select_by_stream(after, last, upto_position, limit))

    def at(self, positions: Collection[int]) -> list[Recorded]:
        """The facts at these positions, in their order."""
        return self._opened(self._log.select_positions(positions)) if positions else []

    def sealed_at(self, position: int) -> LoggedEvent | None:
        """The row at a position as it is kept: where it belongs and when it was recorded; None: the log ends before."""
        return next(iter(self._log.select_positions([position])), None)

    def version(self, stream: UUID) -> int:
        """How many facts the stream has; 0: none."""
        return self._log.version(stream)

    def log(self, after: int = 0, limit: int = 500, topics: Sequence[str] = ()) -> list[Recorded]:
        """A page of the facts of all streams, in the order of the log; of these topics only, if any are named."""
        return self._opened(self._log.select_notifications(after, limit, topics=topics, inclusive_of_start=False))

    def follow(self, after: int = 0, topics: Sequence[str] = ()) -> Tail[Recorded]:
        """Pages of facts, as `log` gives them, now and as they come, until any thread calls its `stop`."""
        return Tail(self._log, after, topics, self._opened)

    def last(self) -> Head:
        """The last position and when it was recorded."""
        return cast(Head, self._log.head())

    def reading_as(self, facts: Facts) -> "Store":
        """To read only: facts of these topics come as other classes, which take less of what they say."""
        return Store(self._log, self.keys, self._topics.instead(facts))

    def keys_destroyed(self) -> int:
        """A greater number than before if a child was erased since, as far as this process was told."""
        return self.keys.heard()

    def erase(self, stream: UUID) -> None:
        """Destroy the key of a child for good; what is sealed under it can never be read again. May be repeated."""
        self.keys.destroy(stream)

    def _with_keys(self, facts: Sequence[Unrecorded]) -> Sequence[Unrecorded]:
        new = [each for each in facts if each.originator_version == 1 and each.fact.SEALED_UNDER == "stream"]
        if new:
            self.keys.mint_all([each.originator_id for each in new])
        return facts

    def _opened(self, rows: Sequence[LoggedEvent]) -> list[Recorded]:
        """Keys that were destroyed until the rows were read are forgotten before they are opened."""
        self.keys.refresh()
        self.keys.fetch(self._mapper.streams(rows))
        return [self._mapper.to_domain_event(row) for row in rows]

    def position_at(self, instant: datetime) -> int:
        """The last position that was recorded by then; 0: none. Instants never run backwards, so halving finds it."""
        known, unknown = 0, self.last().position + 1
        while unknown - known > 1:
            middle = (known + unknown) // 2
            row = self.sealed_at(middle)
            known, unknown = (middle, unknown) if row and row.recorded_at <= instant else (known, middle)
        return known

    def closes_too(self, close: Callable[[], object]) -> None:
        """What else is to be let go of when the store is closed."""
        self._with_it.callback(close)

    def close(self) -> None:
        self._with_it.close()
        self._log.close()
        self.keys.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _recorded(facts: Sequence[Unrecorded], head: Head, given: Instants | None) -> list[Recorded]:
    first = head.position - len(facts) + 1
    instants = [head.recorded_at] * len(facts) if given is None or isinstance(given, datetime) else given
    return [
        Recorded(each.originator_id, each.originator_version, each.fact.TOPIC, position, at, each.fact, each.subject)
        for position, (each, at) in enumerate(zip(facts, instants, strict=True), first)
    ]
