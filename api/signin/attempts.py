"""Attempts to sign in: what we must know again when the issuer sends a browser back, in a cookie of that browser."""

import re
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from secrets import token_urlsafe

from starlette.requests import Request

from api.http.problems import Problem
from api.main import Clock
from api.signin.cookies import BadCookie, Seals, cookie
from api.signin.once import Once
from api.signin.settings import SignInSettings

WHAT_FOR = "an attempt to sign in, 1"

LASTS = timedelta(minutes=10)
"""From when somebody leaves for the issuer until they are back (assumed)."""

LOCAL = re.compile(r"/(?!/)[\x21-\x5b\x5d-\x7e]{0,999}")
"""A path of ours, as it stands in an address: printable ASCII, without a backslash, which browsers take for a slash."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """`state` ties the answer to this browser, `nonce` the ID token to this attempt, `verifier` the code to us.

    `next`: where to after signing in. `issued`: seconds.
    """

    state: str
    nonce: str
    verifier: str
    next: str
    issued: int


def local_path(said: str) -> str:
    """Where to after signing in. Raises `Problem` for anything that might lead to another site (RFC 9700 §4.11)."""
    if not LOCAL.fullmatch(said) or "//" in said:
        raise Problem(422, "invalid", "next: a path of this service")
    return said


class Attempts:
    """Each can be answered once."""

    def __init__(self, settings: SignInSettings, seals: Seals, clock: Clock) -> None:
        self.cookie = cookie(settings, "zorgspoor-sign-in")
        self._seals = seals
        self._clock = clock
        self._leeway = settings.leeway_seconds
        self._answered = Once(clock)

    def begin(self, after: str) -> tuple[Attempt, str]:
        """And the header Set-Cookie that keeps it."""
        attempt = Attempt(token_urlsafe(32), token_urlsafe(32), token_urlsafe(48), after, self._now())
        value = self._seals.seal(WHAT_FOR, astuple(attempt))
        return attempt, self.cookie.write(value, int(LASTS.total_seconds()))

    def answered(self, request: Request, state: str) -> Attempt:
        """The attempt that this browser made, if it is answered in time, for the first time, and it is the one.

        Raises `BadCookie`.
        """
        attempt = Attempt(*self._seals.open(WHAT_FOR, self.cookie.of(request)))
        in_time = -self._leeway <= self._now() - attempt.issued < LASTS.total_seconds()
        if not in_time or not compare_digest(state.encode(), attempt.state.encode()):
            raise BadCookie
        if not self._answered.add(attempt.state, datetime.fromtimestamp(attempt.issued, UTC) + LASTS):
            raise BadCookie
        return attempt

    def _now(self) -> int:
        return int(self._clock().timestamp())
