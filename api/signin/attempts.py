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

WHAT_FOR = "attempts to sign in, 2"

LASTS = timedelta(minutes=10)
"""From when somebody leaves for the issuer until they are back (assumed)."""

MOST = 4
"""Attempts of one browser at once: tabs that were open when the session ended (assumed)."""

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

    def begin(self, request: Request, after: str) -> tuple[Attempt, str]:
        """And the header Set-Cookie that keeps it, beside those that this browser made in other tabs."""
        attempt = Attempt(token_urlsafe(32), token_urlsafe(32), token_urlsafe(48), after, self._now())
        others = self._made(request)[1 - MOST :]
        while others:
            try:
                return attempt, self._keeps([*others, attempt])
            except BadCookie:
                others = others[1:]
        return attempt, self._keeps([attempt])

    def answered(self, request: Request, state: str) -> Attempt:
        """The attempt that this browser made, if it is answered in time, for the first time, and it is the one.

        Raises `BadCookie`.
        """
        attempt = next((each for each in self._made(request) if _is(each, state)), None)
        if attempt is None:
            raise BadCookie
        if not self._answered.add(attempt.state, datetime.fromtimestamp(attempt.issued, UTC) + LASTS):
            raise BadCookie
        return attempt

    def without(self, request: Request, state: str) -> str:
        """The header Set-Cookie that keeps all but this one."""
        left = [each for each in self._made(request) if not _is(each, state)]
        return self._keeps(left) if left else self.cookie.clear()

    def _keeps(self, attempts: list[Attempt]) -> str:
        return self.cookie.write(self._seals.seal(WHAT_FOR, list(map(astuple, attempts))), int(LASTS.total_seconds()))

    def _made(self, request: Request) -> list[Attempt]:
        """Those that are not too old, in their order. A cookie that is none holds none."""
        try:
            kept = [Attempt(*each) for each in self._seals.open(WHAT_FOR, self.cookie.of(request))]
        except BadCookie:
            return []
        return [each for each in kept if -self._leeway <= self._now() - each.issued < LASTS.total_seconds()]

    def _now(self) -> int:
        return int(self._clock().timestamp())


def _is(attempt: Attempt, state: str) -> bool:
    return compare_digest(state.encode(), attempt.state.encode())
