"""Cookies that only we can write and read: sealed, and each good for one thing."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.main import App
from api.signin.settings import SignInSettings
from ledger.seal import DoesNotOpen, Key

LARGEST = 3800
"""Characters of a value: browsers keep 4096 bytes of a cookie with its name and attributes (RFC 6265 §6.1)."""

PREFIX = "__Host-"
"""Browsers take such a cookie only over https, for one host, and from itself (RFC 6265bis §4.1.3.2)."""


class BadCookie(Exception):
    """One that we did not write, not for this, or two where there should be one."""


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie that scripts cannot read, and that other sites' forms do not bring along."""

    name: str
    secure: bool

    def is_in(self, request: Request) -> bool:
        return bool(self._all(request))

    def of(self, request: Request) -> str:
        """Raises `BadCookie` also where there are two: one was put there by somebody else."""
        match self._all(request):
            case [value]:
                return value
            case _:
                raise BadCookie

    def write(self, value: str, seconds: int | None = None) -> str:
        """For the header Set-Cookie. Without `seconds`: until the browser is closed."""
        response = Response()
        response.set_cookie(self.name, value, seconds, secure=self.secure, httponly=True, samesite="lax")
        return response.headers["set-cookie"]

    def clear(self) -> str:
        return self.write("", 0)

    def _all(self, request: Request) -> list[str]:
        parts = [part.strip() for each in request.headers.getlist("cookie") for part in each.split(";")]
        return [value for name, _, value in (part.partition("=") for part in parts) if name.strip() == self.name]


def cookie(settings: SignInSettings, name: str) -> Cookie:
    return Cookie(f"{PREFIX if settings.encrypted else ''}{name}", settings.encrypted)


class Seals:
    """AES-GCM under a key of the store's that seals nothing else: everybody can have us seal cookies, and random nonces
    are safe for so many bodies under one key only (ledger/seal.py). Bound to issuer, client and address: where these
    change, cookies of before are none.
    """

    def __init__(self, app: App, settings: SignInSettings) -> None:
        self._key = Key(app.store.keys.blind("key", "cookies of signing in"))
        self._bound = [settings.issuer, settings.client_id, settings.public_url]

    def seal(self, what_for: str, body: Any) -> str:
        """Raises `BadCookie` for more than browsers keep."""
        sealed = self._key.seal(json.dumps(body, separators=(",", ":")).encode(), self._place(what_for))
        value = urlsafe_b64encode(sealed).decode().rstrip("=")
        if len(value) > LARGEST:
            raise BadCookie
        return value

    def open(self, what_for: str, value: str) -> Any:
        """Raises `BadCookie`."""
        try:
            sealed = urlsafe_b64decode(value + "=" * (-len(value) % 4))
            return json.loads(self._key.open(sealed, self._place(what_for)))
        except (ValueError, DoesNotOpen):
            raise BadCookie from None

    def _place(self, what_for: str) -> bytes:
        return json.dumps([what_for, *self._bound]).encode()
