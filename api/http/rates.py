"""How often one person may ask, and one address may fail to sign in. Each worker counts for itself."""

from dataclasses import dataclass, field

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from api.http.problems import Problem

ASKED = "600/minute"
"""Requests of one person: far above what anybody does by hand; a program sends lists (assumed)."""

FAILED = "60/minute"
"""Attempts to sign in, from one address, that failed (assumed)."""


SIGNING_IN = "120/minute"
"""Codes from one address that we take to the issuer; a school may have one address for all (assumed)."""


def _limiter() -> SlidingWindowCounterRateLimiter:
    return SlidingWindowCounterRateLimiter(MemoryStorage())


@dataclass(frozen=True)
class Rates:
    """Limits as `limits` writes them, such as 600/minute. `asked_most` None: no limit, for measuring only."""

    asked_most: str | None = ASKED
    failed_most: str = FAILED
    signing_in_most: str = SIGNING_IN
    _limiter: SlidingWindowCounterRateLimiter = field(default_factory=_limiter)

    def asked(self, subject: str) -> None:
        """Counts a request of this person. Raises `Problem` (429)."""
        if self.asked_most and not self._limiter.hit(limit := parse(self.asked_most), "asked", subject):
            raise _too_many(limit)

    def refused(self, subject: str, actions: int) -> None:
        """Counts actions of a list that were refused: else a list would be a way to try many."""
        if self.asked_most:
            limit = parse(self.asked_most)
            for _ in range(actions):
                self._limiter.hit(limit, "asked", subject)

    def failed(self, address: str) -> None:
        """Counts an attempt to sign in that failed. Raises `Problem` (429).

        Only who fails is told to wait: everybody in a school may come from one address.
        """
        if not self._limiter.hit(limit := parse(self.failed_most), "failed", address):
            raise _too_many(limit)

    def signing_in(self, address: str) -> None:
        """Counts a code that somebody at this address brought. Raises `Problem` (429)."""
        if not self._limiter.hit(limit := parse(self.signing_in_most), "signing in", address):
            raise _too_many(limit)


def _too_many(limit: RateLimitItem) -> Problem:
    return Problem(429, "too_many", headers={"Retry-After": str(limit.get_expiry())})
