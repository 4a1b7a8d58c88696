"""Sessions of people in a browser: a sealed cookie, that ends by itself (OWASP ASVS 5.0, chapter 7)."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from secrets import token_urlsafe
from typing import Any, Self

from starlette.requests import Request

from api.http.caller import Seat, Signed
from api.http.problems import Problem
from api.main import Clock
from api.signin.cookies import BadCookie, Seals, cookie
from api.signin.once import Once
from api.signin.persons import Person
from api.signin.settings import SignInSettings

WHAT_FOR = "a session, 1"
AUTHENTICATION = "oidc session"
CSRF_HEADER = "Zorgspoor-CSRF"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing (RFC 9110 §9.2.1)."""

RENEWED_AFTER = 60
"""Seconds after which the cookie says anew when it was last used (assumed)."""


@dataclass(frozen=True, slots=True)
class Session:
    """Times in seconds. `csrf`: what a form or script of our own pages knows, and one of another site does not."""

    id: str
    person: Person
    csrf: str
    issued: int
    expires: int
    seen: int

    def written(self) -> list[Any]:
        seats = [[seat.role, seat.organisation] for seat in self.person.seats]
        return [self.id, self.person.subject, seats, self.csrf, self.issued, self.expires, self.seen]

    @classmethod
    def read(cls, written: list[Any]) -> Self:
        name, subject, seats, csrf, issued, expires, seen = written
        return cls(name, Person(subject, tuple(Seat(*each) for each in seats)), csrf, issued, expires, seen)


class Sessions:
    def __init__(self, settings: SignInSettings, seals: Seals, clock: Clock) -> None:
        self.cookie = cookie(settings, "zorgspoor")
        self._settings = settings
        self._seals = seals
        self._clock = clock
        self._ended = Once(clock)

    def begin(self, person: Person) -> str:
        """The header Set-Cookie of a new session. Raises `BadCookie`: more seats than a cookie holds."""
        now = self._now()
        expires = now + self._settings.session_minutes * 60
        return self._write(Session(token_urlsafe(16), person, token_urlsafe(32), now, expires, now))

    def end(self, request: Request) -> None:
        """At once in this process; elsewhere the cookie is gone, and a copy of it lasts until it expires."""
        try:
            session = self.of(request)
        except BadCookie:
            return
        self._ended.add(session.id, datetime.fromtimestamp(session.expires, UTC))

    def of(self, request: Request) -> Session:
        """The session of this browser, if it runs. Raises `BadCookie`."""
        session = Session.read(self._seals.open(WHAT_FOR, self.cookie.of(request)))
        if not self._runs(session):
            raise BadCookie
        return session

    def signed(self, request: Request, csrf: str | None) -> Signed:
        """`csrf`: as a form sent it; None: as the header says. Raises `BadCookie`, and `Problem` (403)."""
        session = self.of(request)
        if request.method not in SAFE and not is_csrf(session, request, csrf):
            raise Problem(403, "csrf", f"{CSRF_HEADER}: as this session knows it")
        if _is_part_of_another_site(request):
            raise Problem(403, "csrf", "Sec-Fetch-Site: of ours")
        request.state.session = session
        return Signed(session.person.subject, session.person.seats, AUTHENTICATION, "page")

    def renewal(self, session: Session | None) -> str | None:
        """The header Set-Cookie that says that a session was used; None: there is none, it is over, or it is known."""
        now = self._now()
        if session is None or not self._runs(session) or now - session.seen < RENEWED_AFTER:
            return None
        return self._write(replace(session, seen=now))

    def _runs(self, session: Session) -> bool:
        """A session from a time to come is none, but for clocks that differ."""
        now, idle = self._now(), timedelta(minutes=self._settings.idle_minutes).total_seconds()
        in_time = -self._settings.leeway_seconds <= now - session.seen < idle and now < session.expires
        return in_time and session.id not in self._ended

    def _write(self, session: Session) -> str:
        return self.cookie.write(self._seals.seal(WHAT_FOR, session.written()))

    def _now(self) -> int:
        return int(self._clock().timestamp())


def _is_part_of_another_site(request: Request) -> bool:
    """A picture or script there: what nobody looks at is no look (W3C, Fetch Metadata). To follow a link is one."""
    site, mode = (request.headers.get(name, "") for name in ("sec-fetch-site", "sec-fetch-mode"))
    return site in ("cross-site", "same-site") and mode != "navigate"


def is_csrf(session: Session, request: Request, said: str | None = None) -> bool:
    """Whether who sent this knows the session's token, in a form or in the header."""
    told = request.headers.get(CSRF_HEADER, "") if said is None else said
    return compare_digest(told.encode("utf-8", "replace"), session.csrf.encode())
