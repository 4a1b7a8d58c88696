"""Where wrapped keys are kept, behind a small port: in a place of their own, as no copy of a log may contain keys."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol
from uuid import UUID


class Rewrapped(NamedTuple):
    """The key of a stream as it was wrapped, and as it shall be."""

    stream: UUID
    was: bytes
    now: bytes


class KeyTable(Protocol):
    """Wrapped keys by name (of the store) and by stream, with a tombstone for every destroyed one.

    The row `check` changes with every store key, so it says which one is in use.
    """

    def named(self) -> dict[str, bytes]: ...

    def find(self, streams: Collection[UUID]) -> dict[UUID, tuple[bytes, bool]]:
        """Of those that there are: the wrapped key, and whether it is destroyed (the bytes are zero then)."""
        ...

    def add(self, wrapped: Mapping[UUID, bytes], check: bytes) -> Collection[UUID] | None:
        """Those that were added, durably, in one transaction. The others have a key or a tombstone, which stands.

        None, and nothing is added, if `check` is no longer the store's: its key is another one since, and what the
        old one wrapped would be lost. Whoever changes it waits for an addition that is under way.
        """
        ...

    def destroy(self, stream: UUID) -> None:
        """Put a tombstone in place of the key, or where one could come; may be repeated."""
        ...

    def generation(self) -> int:
        """Another number than before if a key was destroyed since, by whatever process. It costs no round trip."""
        ...

    def alone(self) -> AbstractContextManager[None]:
        """Nobody else gives the store a new key meanwhile. Raises `RotationRuns`; ends with the program, however."""
        ...

    def change(self, named: Mapping[str, bytes], check: bytes) -> bool:
        """Put these in place of the store's own keys, all at once; False: `check` is no longer the store's."""
        ...

    def count(self) -> int:
        """How many streams have a key."""
        ...

    def page(self, after: UUID | None, limit: int) -> Sequence[tuple[UUID, bytes]]:
        """Streams with their wrapped keys, in the order of their ids, without those that are destroyed."""
        ...

    def replace(self, rewrapped: Sequence[Rewrapped]) -> None:
        """In one transaction, and only where the key is still wrapped as it was: a tombstone is never written over."""
        ...

    def compact(self) -> None:
        """Leave nothing in the files of how keys were wrapped before."""
        ...

    def close(self) -> None: ...


class SealedTooEarly(Exception):
    """A key was destroyed after bodies were sealed, perhaps with that key; nothing was appended. Seal them again."""


class Generation:
    """How many keys of a store are destroyed, as far as this process was told: shared by a log and its keys.

    Every answer of the log carries the number, so that what is in memory is known to be good without asking.
    """

    def __init__(self) -> None:
        self.number = 0

    def told(self, number: int, sealed_at: int | None = None) -> None:
        """Answers overtake each other, so the greatest counts. Raises `SealedTooEarly`."""
        self.number = max(self.number, number)
        if sealed_at not in {None, number}:
            raise SealedTooEarly
