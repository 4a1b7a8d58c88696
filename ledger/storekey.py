"""The key over all keys, behind a small port: a file beside the store here, a key management service in production."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

Bound = tuple[bytes, bytes]
"""A key, bare or wrapped, and its context: which key it is. In another context it does not unwrap."""


class Successor(Protocol):
    """A store key that takes the place of an older one, while both unwrap."""

    @property
    def resumed(self) -> bool:
        """It was made by a rotation that did not finish."""
        ...

    @property
    def retires(self) -> bytes:
        """What the older key is known by when it is gone (`StoreKey.is_retired`); nothing of the key is in it."""
        ...

    def has_wrapped(self, wrapped: Bound) -> bool:
        """Whether this one opens without the older key."""
        ...

    def rewrap(self, wrapped: Sequence[Bound]) -> list[bytes]:
        """The same keys, wrapped by the new key. Raises `WrongKey` if one of them does not open."""
        ...

    def finish(self) -> None:
        """Let the older key go. Only when nothing is wrapped by it, and nothing can be any more."""
        ...


class StoreKey(Protocol):
    """Wraps keys, so that they can be kept."""

    def wrap(self, keys: Sequence[Bound], like: Bound | None = None) -> list[bytes]:
        """By the key that wrapped `like` (or a later one), whatever key is the newest: the store says which it uses.

        Raises `WrongKey` if there is no such key here.
        """
        ...

    def unwrap(self, wrapped: Sequence[Bound]) -> list[bytes]:
        """Raises `WrongKey` for bytes that were wrapped by another key or for another context."""
        ...

    def refuse_if_gone(self) -> None:
        """Raises LedgerError where it could not be had any more by who starts now."""
        ...

    def is_retired(self, names: bytes) -> bool:
        """Whether this is one of the keys that a rotation let go (see `Successor.retires`)."""
        ...

    def succeeded(self, check: Bound, wrapped: Iterable[bytes]) -> AbstractContextManager[Successor]:
        """The key that follows the one that wrapped `check`; that of an unfinished rotation, if there was one.

        `wrapped`: the keys of all streams, read only if that is needed to find out. Raises `RotationRuns`.
        """
        ...
