"""A new store key: every key is wrapped anew, while services run.

Of what can happen meanwhile, in whatever order:

* A kill. Each step is durable before the next, and the old key goes last. Until then both unwrap, so the store opens
  and works; the same command goes on where it was.
* A new child. `KeyTable.add` refuses what the old key wrapped from the moment that `check` is changed, and whoever
  changes it waits for additions under way. So nothing comes under the old key after the pass that finds nothing left.
* An erasure. A row is replaced only where it is still what was read, so a tombstone stays one, in either order.
* Another rotation. One at a time; and `check` is changed only from what it was.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from ledger.errors import RotationRuns, StoreUnavailable
from ledger.keytable import KeyTable, Rewrapped
from ledger.storekey import Bound, StoreKey, Successor

BATCH = 500
"""Keys in one transaction."""

PASSES = 10
"""One wraps everything, and the next finds nothing left. More are needed only while children are added."""

RETIRED = "retired"
"""The row with the names of the keys that were let go, so that an old key file is told from a wrong one."""

STORE = ("check", "data", "secret")
"""The store's own keys: a known text, the key of its facts, and the secret of its blind references."""

Told = Callable[[int, int], None]
"""How many keys were looked at, and how many there are."""


@dataclass(frozen=True, slots=True)
class Rotated:
    """`keys`: of streams, each wrapped by the new store key. `resumed`: an earlier rotation was finished."""

    keys: int
    resumed: bool


def rotate(table: KeyTable, store_key: StoreKey, record: Callable[[Rotated], object], told: Told) -> Rotated:
    """`record` is called when all is done but that the old key is still there; if it fails, run this again.

    Raises `RotationRuns`, `WrongKey` (nothing is lost: the old key is kept), `StoreUnavailable` (run it again).
    """
    with table.alone():
        check = bound_store_key("check", table.named()["check"])
        with store_key.succeeded(check, (wrapped for page in _pages(table) for _, wrapped in page)) as successor:
            _make_current(table, successor)
            _wrap_all(table, successor, told)
            table.compact()
            rotated = Rotated(table.count(), successor.resumed)
            record(rotated)
            successor.finish()
    return rotated


def bound_store_key(name: str, key: bytes) -> Bound:
    return key, f"store/{name}".encode()


def bound_stream_key(stream: UUID, key: bytes) -> Bound:
    return key, b"stream/" + stream.bytes


def _make_current(table: KeyTable, successor: Successor) -> None:
    """From here on the store is used with the new key, and nothing more comes under the old one."""
    named = table.named()
    bound = [bound_store_key(name, named[name]) for name in STORE]
    if all(successor.has_wrapped(each) for each in bound):
        return
    retired = named.get(RETIRED, b"") + successor.retires
    changed = dict(zip(STORE, successor.rewrap(bound), strict=True)) | ({RETIRED: retired} if retired else {})
    if not table.change(changed, named["check"]):
        raise RotationRuns("The store was given another key meanwhile.")


def _wrap_all(table: KeyTable, successor: Successor, told: Told) -> None:
    """Until everything has been looked at once more and nothing was left."""
    for _ in range(PASSES):
        if not _pass(table, successor, told):
            return
    raise StoreUnavailable("There were always keys left that the old store key wraps.", "Rotate again later.")


def _pass(table: KeyTable, successor: Successor, told: Told) -> int:
    left, seen, total = 0, 0, table.count()
    for page in _pages(table):
        old = [each for each in page if not successor.has_wrapped(bound_stream_key(*each))]
        if old:
            table.replace(_rewrapped(old, successor))
        left, seen = left + len(old), seen + len(page)
        told(seen, max(seen, total))
    return left


def _rewrapped(old: Sequence[tuple[UUID, bytes]], successor: Successor) -> list[Rewrapped]:
    now = successor.rewrap([bound_stream_key(*each) for each in old])
    return [Rewrapped(stream, was, wrapped) for (stream, was), wrapped in zip(old, now, strict=True)]


def _pages(table: KeyTable) -> Iterator[Sequence[tuple[UUID, bytes]]]:
    after: UUID | None = None
    while page := table.page(after, BATCH):
        yield page
        after = page[-1][0]
