"""How one signs in here: through the issuer that the settings name; without one, as a made-up person on loopback."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import APIRouter
from starlette.types import ASGIApp

from api.http.caller import SignIn
from api.http.personas import persona
from api.main import App
from api.signin.settings import SignInSettings
from api.signin.sign_in import oidc

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
"""Names of this machine, for nobody but itself."""


Around = Callable[[ASGIApp], ASGIApp]


def unchanged(inner: ASGIApp) -> ASGIApp:
    return inner


@dataclass(frozen=True, slots=True)
class Door:
    """Who finds out who asks, the routes that it needs for that, and what it puts around all routes."""

    signed: SignIn
    routers: tuple[APIRouter, ...] = ()
    around: Around = unchanged


@dataclass(frozen=True, slots=True)
class SigningIn:
    """`settings` None: only the personas of the demonstration, only on loopback."""

    settings: SignInSettings | None

    def over(self, app: App) -> Door:
        if self.settings is None:
            return Door(persona)
        connect = oidc(self.settings, app)
        return Door(connect.signed, (connect.router,), connect.renewing)

    @property
    def hosts(self) -> frozenset[str]:
        """The names that we go by."""
        if self.settings is None:
            return LOOPBACK
        name = urlsplit(self.settings.public_url).hostname or ""
        return frozenset({f"[{name}]" if ":" in name else name}) | LOOPBACK

    @property
    def encrypted(self) -> bool:
        return self.settings is not None and self.settings.public_url.startswith("https:")

    @property
    def behind_proxies(self) -> bool:
        """Whether who asks may be told by who passes it on. A persona must be here itself."""
        return self.settings is not None
