"""Where wrapped keys are kept, behind a small port: in a place of their own, as no copy of a log may contain keys."""

from typing import Protocol
from uuid import UUID


class KeyTable(Protocol):
    """Wrapped keys by name (of the store) and by stream, with a tombstone for every destroyed one."""

    def named(self) -> dict[str, bytes]: ...

    def find(self, stream: UUID) -> tuple[bytes, bool] | None:
        """The wrapped key, and whether it is destroyed (the bytes are zero then)."""
        ...

    def add(self, stream: UUID, wrapped: bytes) -> bool:
        """Whether it was added, durably; False: there is a key or a tombstone, which stands."""
        ...

    def destroy(self, stream: UUID) -> None:
        """Put a tombstone in place of the key, or where one could come; may be repeated."""
        ...

    def generation(self) -> int:
        """Another number than before if a key was destroyed since, by whatever process. It costs no round trip."""
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
