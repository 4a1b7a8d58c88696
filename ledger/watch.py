"""Who follows a log in this process, and how they are woken.

An append of this process rings them itself. What other processes append is seen by one thread for each log, which runs
only while somebody follows, and does not keep the process alive. A follower that nobody rings looks by itself after
`tail.POLL`, so whatever fails here delays facts and loses none.
"""

from abc import ABC, abstractmethod
from contextlib import suppress
from selectors import EVENT_READ, DefaultSelector
from socket import socketpair
from threading import Lock, Thread
from typing import Protocol
from weakref import WeakSet

from ledger.errors import StoreUnavailable

RETRY = 0.5
"""Seconds between attempts to watch a database that cannot be reached; its followers try for themselves meanwhile."""

CLOSING = 2.0
"""Seconds that closing a log waits for its thread, which may be in the middle of asking a database that is away."""


class Follower(Protocol):
    """Who wants to know that the log has grown."""

    def ring(self, position: int | None) -> None:
        """There may be facts up to this position; None: nobody knows how many."""

    def stop(self) -> None: ...


class Rest:
    """A pause that ends early when the thread has to end, or when a socket has something to say."""

    def __init__(self) -> None:
        self.over = False
        self._ear, self._bell = socketpair()
        self._bell.setblocking(False)
        self._selector = DefaultSelector()
        self._selector.register(self._ear, EVENT_READ)

    def __call__(self, seconds: float) -> None:
        self._selector.select(seconds)

    def listen(self, descriptor: int) -> None:
        self._selector.register(descriptor, EVENT_READ)

    def ignore(self, descriptor: int) -> None:
        self._selector.unregister(descriptor)

    def end(self) -> None:
        """From any thread, any number of times."""
        self.over = True
        with suppress(OSError):
            self._bell.send(b"!")

    def close(self) -> None:
        self._selector.close()
        self._ear.close()
        self._bell.close()


class Watch(ABC):
    """The followers of one log; forgotten ones are let go of."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._followers = WeakSet[Follower]()
        self._lock = Lock()
        self._rest: Rest | None = None
        self._thread: Thread | None = None
        self._closed = False

    @abstractmethod
    def look(self, rest: Rest) -> None:
        """Ring when other processes have appended, for as long as it is `wanted`; raises when it cannot."""

    def add(self, follower: Follower) -> None:
        with self._lock:
            if self._closed:
                raise StoreUnavailable(f"The store is closed: {self._place}.")
            self._followers.add(follower)
            if self._rest is None:
                self._rest = Rest()
                self._thread = Thread(target=self._run, args=(self._rest,), name="zorgspoor-watch", daemon=True)
                self._thread.start()

    def remove(self, follower: Follower) -> None:
        with self._lock:
            self._followers.discard(follower)
            if not self._followers:
                self._end()

    def ring(self, position: int | None = None) -> None:
        """Cheap while nobody follows: every append does it."""
        if self._followers:
            for follower in self._all():
                follower.ring(position)

    def wanted(self, rest: Rest) -> bool:
        with self._lock:
            if not self._followers and self._rest is rest:
                self._end()
            return not rest.over

    def close(self) -> None:
        """Followers end: there is nothing more to come."""
        with self._lock:
            self._closed = True
        for follower in self._all():
            follower.stop()
        with self._lock:
            self._end()
        if self._thread is not None:
            self._thread.join(CLOSING)

    def _all(self) -> list[Follower]:
        with self._lock:
            return list(self._followers)

    def _end(self) -> None:
        if self._rest is not None:
            self._rest.end()
            self._rest = None

    def _run(self, rest: Rest) -> None:
        try:
            while self.wanted(rest):
                try:
                    self.look(rest)
                except Exception:  # noqa: BLE001  # followers hear of it when they read; here it is only tried again
                    self.ring()
                    rest(RETRY)
        finally:
            rest.close()
