"""The keys of a store: one per child, one for the store's own facts, and a secret for blind references."""

import hmac
import os
from hashlib import sha256
from threading import RLock
from typing import TypeVar
from uuid import UUID

from ledger.errors import KeyDestroyed, KeyMissing, WrongKey
from ledger.keytable import KeyTable
from ledger.seal import KEY_BYTES, Key
from ledger.storekey import StoreKey

CHECK = b"this is the store key"
CACHED_KEYS = 20_000

MaybeKey = TypeVar("MaybeKey", Key, Key | None)


class Keys:
    """Unwraps keys when they are asked for and keeps the latest ones in memory; they are never shown or copied out."""

    def __init__(self, table: KeyTable, store_key: StoreKey, *, cached: int = CACHED_KEYS) -> None:
        """Raises `WrongKey` before any key is unwrapped."""
        wrapped = table.named()
        if store_key.unwrap(wrapped["check"], b"store/check") != CHECK:
            raise WrongKey("The store key does not open the keys of this store.")
        self._table = table
        self._store_key = store_key
        self._secret = store_key.unwrap(wrapped["secret"], b"store/secret")
        self.of_store = Key(store_key.unwrap(wrapped["data"], b"store/data"))
        self._generation = table.generation()
        self._cache = dict[UUID, Key | None]()
        self._cached = cached
        self._lock = RLock()

    @staticmethod
    def fresh(store_key: StoreKey) -> dict[str, bytes]:
        """The store's own keys, random and wrapped, for a new table. Later only their wrapping changes."""
        secrets = {"check": CHECK, "data": os.urandom(KEY_BYTES), "secret": os.urandom(KEY_BYTES)}
        return {name: store_key.wrap(secret, f"store/{name}".encode()) for name, secret in secrets.items()}

    def mint(self, stream: UUID) -> Key:
        """A key for a new stream, durable on return. One that is there (of an append that failed) is used.

        Raises `KeyDestroyed`.
        """
        secret = os.urandom(KEY_BYTES)
        wrapped = self._store_key.wrap(secret, _context(stream))
        with self._lock:
            if self._table.add(stream, wrapped):
                return self._keep(stream, Key(secret))
        return self.get(stream)

    def get(self, stream: UUID) -> Key:
        """Raises `KeyDestroyed` for a stream that is erased, `KeyMissing` for one that never had a key."""
        try:
            key = self._cache[stream]
        except KeyError:
            key = self._look_up(stream)
        if key is None:
            raise KeyDestroyed(stream)
        return key

    def destroy(self, stream: UUID) -> None:
        """For good: nothing of the key is left in the files, and none can be minted again. May be repeated."""
        with self._lock:
            self._cache.clear()
            self._table.destroy(stream)

    def refresh(self) -> int:
        """Forget what is in memory if keys were destroyed elsewhere; the generation of what is used from now on."""
        with self._lock:
            before, self._generation = self._generation, self._table.generation()
            if self._generation != before:
                self._cache.clear()
            return self._generation

    def blind(self, *parts: str | bytes) -> bytes:
        """HMAC-SHA-256 under the store's secret. Parts are length-prefixed: ("ab", "c") is not ("a", "bc")."""
        raw = [part.encode() if isinstance(part, str) else part for part in parts]
        return hmac.digest(self._secret, b"".join(len(part).to_bytes(8) + part for part in raw), sha256)

    def opaque_id(self, kind: str, reference: str) -> UUID:
        """What stands in the log for a reference, which may happen to be a national number (RFC 9562 §5.8)."""
        number = int.from_bytes(self.blind("opaque_id", kind, reference)[:16])
        number = number & ~(0xF << 76) | 0x8 << 76
        return UUID(int=number & ~(0x3 << 62) | 0x2 << 62)

    def digest(self, stream: UUID, data: bytes) -> bytes:
        """Proof of what was shown of a child, which cannot be guessed from the data once the key is destroyed."""
        return self.get(stream).digest(data)

    def close(self) -> None:
        with self._lock:
            self._cache.clear()
            self._table.close()

    def _look_up(self, stream: UUID) -> Key | None:
        """Under the lock from reading to keeping, so that no key comes back into memory after it was destroyed."""
        with self._lock:
            found = self._table.find(stream)
            if found is None:
                raise KeyMissing(stream)
            wrapped, destroyed = found
            key = None if destroyed else Key(self._store_key.unwrap(wrapped, _context(stream)))
            return self._keep(stream, key)

    def _keep(self, stream: UUID, key: MaybeKey) -> MaybeKey:
        if len(self._cache) >= self._cached:
            del self._cache[next(iter(self._cache))]
        self._cache[stream] = key
        return key


def _context(stream: UUID) -> bytes:
    return b"stream/" + stream.bytes
