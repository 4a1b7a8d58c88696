"""What may happen once, or is over."""

from datetime import datetime
from threading import Lock

from api.main import Clock

MOST = 100_000
"""Names kept (assumed): some 20 MB."""


class Once:
    """Names, each kept until nobody could use it any more for another reason.

    Of this process only: what other processes serve is held to the expiry of cookies and to the issuer, which gives
    tokens for a code once.
    """

    def __init__(self, clock: Clock, most: int = MOST) -> None:
        self._clock = clock
        self._most = most
        self._until = dict[str, datetime]()
        self._lock = Lock()

    def add(self, name: str, until: datetime) -> bool:
        """False: it was here already."""
        with self._lock:
            if name in self._until:
                return False
            self._make_room()
            self._until[name] = until
            return True

    def __contains__(self, name: str) -> bool:
        return name in self._until

    def _make_room(self) -> None:
        """Without those that are over, beginning with the oldest; and without that one where there is no room."""
        now = self._clock()
        while self._until and (len(self._until) >= self._most or self._until[self._first()] <= now):
            del self._until[self._first()]

    def _first(self) -> str:
        return next(iter(self._until))
