"""Signing in by OpenID Connect, put together: who asks, the routes of signing in, and sessions that stay alive."""

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.caller import Signed
from api.http.rates import Rates
from api.main import App, Clock
from api.signin.attempts import Attempts
from api.signin.codeflow import CodeFlow
from api.signin.cookies import BadCookie, Seals
from api.signin.issuer import Issuer
from api.signin.line import Line
from api.signin.sessions import Sessions
from api.signin.settings import SignInSettings
from api.signin.signatures import Signatures
from api.signin.tokens import Tokens, refused, unsigned


class OpenIdConnect:
    """`router`: the routes of signing in and out. The server serves `renewing(its application)`."""

    def __init__(self, settings: SignInSettings, app: App, clock: Clock, rates: Rates) -> None:
        issuer, seals = Issuer(settings.issuer, clock, Line()), Seals(app, settings)
        signatures = Signatures(settings, issuer, clock)
        self._tokens = Tokens(settings, signatures)
        self._sessions = Sessions(settings, seals, clock)
        attempts = Attempts(settings, seals, clock)
        self.router = CodeFlow(settings, issuer, signatures, attempts, self._sessions, rates).router()

    def signed(self, request: Request, csrf: str | None = None) -> Signed:
        """Who asks: a program by its token, or a person by their session; never both (RFC 6750 §2).

        `csrf`: what the form of a page sent of `csrf_of`; None: the header says it. Raises `Problem`: 401, 403 where
        something would change and another site may have asked for it, 503 where the issuer cannot be asked.
        """
        by_token, by_session = "authorization" in request.headers, self._sessions.cookie.is_in(request)
        if by_token and by_session:
            raise refused()
        if by_token:
            return self._tokens.signed(request)
        try:
            return self._sessions.signed(request, csrf)
        except BadCookie:
            raise unsigned() from None

    def csrf_of(self, request: Request) -> str:
        """What a page of this session writes in its forms, to be handed to `signed`. Raises `Problem` (401)."""
        try:
            return self._sessions.of(request).csrf
        except BadCookie:
            raise unsigned() from None

    def renewing(self, inner: ASGIApp) -> ASGIApp:
        """The same application, whose answers keep the session alive of who asked."""
        return _Renewing(inner, self._sessions)


class _Renewing:
    def __init__(self, inner: ASGIApp, sessions: Sessions) -> None:
        self._inner = inner
        self._sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        state = scope.setdefault("state", {})

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                cookie = self._sessions.renewal(state.get("session"))
                if cookie is not None:
                    MutableHeaders(scope=message).append("set-cookie", cookie)
            await send(message)

        await self._inner(scope, receive, answer if scope["type"] == "http" else send)


def oidc(settings: SignInSettings, app: App, clock: Clock | None = None, rates: Rates | None = None) -> OpenIdConnect:
    """Signing in as the settings say, by the clock of the application: never that of a simulated store."""
    return OpenIdConnect(settings, app, clock or app.clock, rates or Rates())
