"""The keys of a store: one per child, one for the store's own facts, and a secret for blind references."""

import os
from collections.abc import Callable, Collection, Iterable, Mapping
from threading import RLock
from typing import TypeVar
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from ledger.errors import KeyDestroyed, KeyFileOutdated, KeyMissing, StoreUnavailable, WrongKey
from ledger.keytable import KeyTable
from ledger.rotation import RETIRED, STORE, Rotated, Told, bound_store_key, bound_stream_key, rotate
from ledger.seal import KEY_BYTES, Key
from ledger.storekey import StoreKey

CHECK = b"this is the store key"
CACHED_KEYS = 20_000

TRIES = 5
"""How often keys are wrapped anew because the store got another key meanwhile; once is rare."""

Wrapped = TypeVar("Wrapped")
Opened = TypeVar("Opened")


class Keys:
    """Unwraps keys when they are asked for and keeps the latest ones in memory; they are never shown or copied out."""

    def __init__(self, table: KeyTable, store_key: StoreKey, *, cached: int = CACHED_KEYS) -> None:
        """Raises `WrongKey` before any key is unwrapped."""
        self._table = table
        self._store_key = store_key
        self._check, data, secret = self._opened()
        self._blinding = HMAC(secret, SHA256())
        self.of_store = Key(data)
        self._generation = table.generation()
        self._cache = dict[UUID, Key | None]()
        self.forgotten = 0
        self._cached = cached
        self._lock = RLock()

    @staticmethod
    def fresh(store_key: StoreKey) -> dict[str, bytes]:
        """The store's own keys, random and wrapped, for a new table. Later only their wrapping changes."""
        keys = (CHECK, os.urandom(KEY_BYTES), os.urandom(KEY_BYTES))
        bound = [bound_store_key(name, key) for name, key in zip(STORE, keys, strict=True)]
        return dict(zip(STORE, store_key.wrap(bound), strict=True))

    def mint(self, stream: UUID) -> Key:
        """A key for a new stream, durable on return. One that is there (of an append that failed) is used.

        Raises `KeyDestroyed`.
        """
        self.mint_all((stream,))
        return self.get(stream)

    def mint_all(self, streams: Collection[UUID]) -> None:
        """Keys for new streams, in one durable transaction. Those that are there stand.

        Raises `KeyDestroyed` if one of them is erased; the others have their keys then as well.
        """
        known = self._in_memory(streams)
        unknown = [stream for stream in dict.fromkeys(streams) if stream not in known]
        there = set(unknown).difference(self._added(unknown)) if unknown else set[UUID]()
        for stream, key in (known | self._look_up(there)).items():
            if key is None:
                raise KeyDestroyed(stream)

    def fetch(self, streams: Iterable[UUID]) -> None:
        """Have the keys of these streams in memory, at the cost of one; those that have none are passed over."""
        wanted = set(streams)
        unknown = wanted.difference(self._in_memory(wanted))
        if len(unknown) > 1:
            self._look_up(unknown)

    def get(self, stream: UUID) -> Key:
        """Raises `KeyDestroyed` for a stream that is erased, `KeyMissing` for one that never had a key."""
        key = self._cache.get(stream)
        if key is None:
            found = self._in_memory((stream,)) or self._look_up((stream,))
            if stream not in found:
                raise KeyMissing(stream)
            key = found[stream]
        if key is None:
            raise KeyDestroyed(stream)
        return key

    def rotate(self, record: Callable[[Rotated], object], told: Told = lambda seen, total: None) -> Rotated:
        """A new store key, and all keys wrapped by it (ledger/rotation.py). In this process keys wait meanwhile."""
        with self._lock:
            rotated = rotate(self._table, self._store_key, record, told)
            self._opened_anew()
        return rotated

    def destroy(self, stream: UUID) -> None:
        """For good: nothing of the key is left in the files, and none can be minted again. May be repeated."""
        with self._lock:
            self._forget()
            self._table.destroy(stream)

    def refresh(self) -> int:
        """Forget what is in memory if keys were destroyed elsewhere; the generation of what is used from now on."""
        with self._lock:
            before, self._generation = self._generation, self._table.generation()
            if self._generation != before:
                self._forget()
            return self._generation

    def heard(self) -> int:
        """`forgotten`, without waiting for another thread that uses the keys: to destroy one may take seconds.

        It is greater from the moment at which a thread of this process begins to destroy one.
        """
        if self._lock.acquire(blocking=False):
            try:
                self.refresh()
            finally:
                self._lock.release()
        return self.forgotten

    def blind(self, *parts: str | bytes) -> bytes:
        """HMAC-SHA-256 under the store's secret. Parts are length-prefixed: ("ab", "c") is not ("a", "bc")."""
        raw = [part.encode() if isinstance(part, str) else part for part in parts]
        digest = self._blinding.copy()
        digest.update(b"".join([len(part).to_bytes(8) + part for part in raw]))
        return digest.finalize()

    def opaque_id(self, kind: str, *references: str) -> UUID:
        """What stands in the log for a reference, which may happen to be a national number (RFC 9562 §5.8)."""
        number = int.from_bytes(self.blind("opaque_id", kind, *references)[:16])
        number = number & ~(0xF << 76) | 0x8 << 76
        return UUID(int=number & ~(0x3 << 62) | 0x2 << 62)

    def digest(self, stream: UUID, data: bytes) -> bytes:
        """Proof of what was shown of a child, which cannot be guessed from the data once the key is destroyed."""
        return self.get(stream).digest(data)

    def refuse_if_gone(self) -> None:
        """Raises LedgerError where this process goes on by what it has in memory, and no other could begin."""
        self._store_key.refuse_if_gone()
        self._opened()

    def close(self) -> None:
        with self._lock:
            self._cache.clear()
            self._table.close()

    def _forget(self) -> None:
        """`forgotten` counts how often: what others keep of children must go as well."""
        self._cache.clear()
        self.forgotten += 1

    def _in_memory(self, streams: Collection[UUID]) -> dict[UUID, Key | None]:
        with self._lock:
            return {stream: self._cache[stream] for stream in streams if stream in self._cache}

    def _added(self, streams: Collection[UUID]) -> Collection[UUID]:
        """Those that had no key; the others have one, or a tombstone."""
        for _ in range(TRIES):
            check, secrets = self._check, {stream: os.urandom(KEY_BYTES) for stream in streams}
            try:
                added = self._add(secrets, check)
            except WrongKey:
                if self._opened_anew() == check:
                    raise
                continue
            if added is not None:
                return added
            self._opened_anew()
        raise StoreUnavailable("The store key is another one each time; nothing was recorded.")

    def _add(self, secrets: Mapping[UUID, bytes], check: bytes) -> Collection[UUID] | None:
        """None: the store has another key than the one that wrapped `check`."""
        bound = [bound_stream_key(*each) for each in secrets.items()]
        wrapped = self._store_key.wrap(bound, bound_store_key("check", check))
        with self._lock:
            added = self._table.add(dict(zip(secrets, wrapped, strict=True)), check)
            self._keep({stream: Key(secrets[stream]) for stream in added or ()})
        return added

    def _opened_anew(self) -> bytes:
        with self._lock:
            self._check, _, _ = self._opened()
            return self._check

    def _look_up(self, streams: Collection[UUID]) -> dict[UUID, Key | None]:
        """Those that there are. Not kept if keys were destroyed meanwhile, lest one comes back into memory."""
        if not streams:
            return {}
        forgotten = self.forgotten
        keys = _unwrapped(lambda: self._find(streams), self._keys)
        with self._lock:
            if self.forgotten == forgotten:
                self._keep(keys)
            if None in keys.values():
                self.forgotten += 1  # a tombstone that this process had not heard of
        return keys

    def _find(self, streams: Collection[UUID]) -> dict[UUID, tuple[bytes, bool]]:
        with self._lock:
            return self._table.find(streams)

    def _keys(self, found: dict[UUID, tuple[bytes, bool]]) -> dict[UUID, Key | None]:
        live = [(stream, wrapped) for stream, (wrapped, destroyed) in found.items() if not destroyed]
        secrets = self._store_key.unwrap([bound_stream_key(*each) for each in live])
        opened = {stream: Key(secret) for (stream, _), secret in zip(live, secrets, strict=True)}
        return {stream: opened.get(stream) for stream in found}

    def _opened(self) -> tuple[bytes, bytes, bytes]:
        """The check, wrapped as it is, by which the store says what its key is; and the store's own two keys."""
        return _unwrapped(self._table.named, self._store_keys)

    def _store_keys(self, named: dict[str, bytes]) -> tuple[bytes, bytes, bytes]:
        try:
            check, data, secret = self._store_key.unwrap([bound_store_key(name, named[name]) for name in STORE])
        except WrongKey:
            if self._store_key.is_retired(named.get(RETIRED, b"")):
                raise KeyFileOutdated("The store got a new key since this key file was copied.") from None
            raise
        if check != CHECK:
            raise WrongKey("The store key does not open the keys of this store.")
        return named["check"], data, secret

    def _keep(self, keys: Mapping[UUID, Key | None]) -> None:
        for stream, key in keys.items():
            if len(self._cache) >= self._cached:
                del self._cache[next(iter(self._cache))]
            self._cache[stream] = key


def _unwrapped(read: Callable[[], Wrapped], unwrap: Callable[[Wrapped], Opened]) -> Opened:
    """Once more, where that fails and the store got another key between the two."""
    wrapped = read()
    try:
        return unwrap(wrapped)
    except WrongKey:
        again = read()
        if again == wrapped:
            raise
    return unwrap(again)
