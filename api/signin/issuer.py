"""The issuer of our sign-in, as this process knows it now: its addresses, and the keys that it signs with."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

import structlog
from joserfc.jwk import Key

from api.http.problems import Problem
from api.main import Clock
from api.signin.discovery import IssuerKey, Metadata, keys_in, metadata_in
from api.signin.line import Line, Unreachable

WELL_KNOWN = "/.well-known/openid-configuration"

REFRESHED = timedelta(minutes=10)
"""A key that the issuer withdrew stops working within this time (assumed)."""

AT_HAND = timedelta(hours=1)
"""For how long we go on with what we know where the issuer cannot be reached (assumed)."""

BETWEEN = timedelta(seconds=10)
"""Between two questions for a key that we do not know: forged names of keys must not make us hammer the issuer."""

WAITING_SECONDS = 1.0
"""For the answer to another one's question: a few that wait for an issuer that hangs must not keep all waiting."""

PAUSE = timedelta(seconds=5)
"""After a question without an answer. In step with Retry-After."""

log = structlog.get_logger("zorgspoor")


def unavailable() -> Problem:
    """The issuer cannot be reached, so nobody can tell who asks."""
    return Problem(503, "unavailable", headers={"Retry-After": str(PAUSE.seconds)})


@dataclass(frozen=True, slots=True)
class Known:
    """What the issuer said at this time."""

    metadata: Metadata
    keys: tuple[IssuerKey, ...]
    at: datetime

    def key(self, kid: str | None, alg: str) -> Key | None:
        """The one key that fits; where several do, none is the one."""
        fitting = [each.key for each in self.keys if each.fits(kid, alg)]
        return fitting[0] if len(fitting) == 1 else None


class Issuer:
    """Asked when somebody signs in, by one thread at a time; the others wait for its answer."""

    def __init__(self, address: str, clock: Clock, line: Line) -> None:
        self.address = address
        self.line = line
        self._clock = clock
        self._known: Known | None = None
        self._asked_at: datetime | None = None
        self._lock = Lock()

    def metadata(self) -> Metadata:
        """Raises `Problem` (503)."""
        return self._current().metadata

    def key(self, kid: str | None, alg: str) -> Key | None:
        """None: the issuer has no such key, as far as we may ask. Raises `Problem` (503)."""
        known = self._current()
        return known.key(kid, alg) or self._asked(BETWEEN).key(kid, alg)

    def _current(self) -> Known:
        """While somebody asks, the others go on with what is at hand."""
        known = self._known
        if known is not None and self._is_within(REFRESHED, known.at):
            return known
        if known is not None and self._is_within(AT_HAND, known.at) and self._lock.locked():
            return known
        return self._asked(PAUSE)

    def _asked(self, pause: timedelta) -> Known:
        """What is known after asking, unless somebody asked so short a time ago: another thread, while we waited."""
        if not self._lock.acquire(timeout=WAITING_SECONDS):
            raise unavailable()
        try:
            if not self._is_within(pause, self._asked_at):
                self._ask()
        finally:
            self._lock.release()
        if self._known is None or not self._is_within(AT_HAND, self._known.at):
            raise unavailable()
        return self._known

    def _ask(self) -> None:
        began = self._clock()
        try:
            metadata = metadata_in(self.line.get(self.address.rstrip("/") + WELL_KNOWN), self.address)
            self._known = Known(metadata, keys_in(self.line.get(metadata.jwks_uri)), began)
        except Unreachable as error:
            log.warning("issuer unreachable", kind=type(error.__cause__).__name__)
        finally:
            self._asked_at = self._clock()

    def _is_within(self, span: timedelta, at: datetime | None) -> bool:
        """A time to come is not: a clock that was set back must not keep an old key alive."""
        return at is not None and timedelta() <= self._clock() - at < span
