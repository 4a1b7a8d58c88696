"""Tokens that the issuer signed (RFC 7515, RFC 7519, RFC 8725)."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry
from joserfc.jwt import JWTClaimsRegistry

from api.main import Clock
from api.signin.discovery import modern
from api.signin.issuer import Issuer
from api.signin.settings import SignInSettings

LONGEST = 8 * 1024
"""Characters of a token: more than any header of a request that servers take."""

COMPACT = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)

REFUSED = frozenset({"crit", "b64", "jwk", "jku", "x5u"})
"""Header parameters by which a token would say how, or with whose key, to verify it (RFC 8725 §3.10)."""


class NotValid(Exception):
    """A token that the issuer did not give out, or not for this, or not for now. Never says why."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the issuer says in a token. `kind`: the header `typ`, in small letters; empty: none."""

    kind: str
    claims: Mapping[str, Any]


class _Registry(JWSRegistry):
    max_header_length = LONGEST

    def __init__(self, algorithms: Collection[str]) -> None:
        super().__init__(algorithms=[modern(each) for each in algorithms], strict_check_header=False)

    def get_alg(self, name: str) -> Any:
        return super().get_alg(modern(name))


class Signatures:
    """Tells tokens of the issuer from all others."""

    def __init__(self, settings: SignInSettings, issuer: Issuer, clock: Clock) -> None:
        self._settings = settings
        self._issuer = issuer
        self._clock = clock
        self._registry = _Registry(settings.algorithms)

    def told(self, token: str, audience: str, *required: str) -> Told:
        """A token that the issuer signed, for this audience and now. Raises `NotValid`, and `Problem` (503)."""
        try:
            told = self._signed(token)
            self._check(told.claims, audience, required)
        except (JoseError, ValueError, TypeError, RecursionError, OverflowError):
            raise NotValid from None
        return told

    def _signed(self, token: str) -> Told:
        if len(token) > LONGEST or not COMPACT.fullmatch(token):
            raise NotValid
        header: object = jws.extract_compact(token.encode(), registry=self._registry).headers()
        if not isinstance(header, dict) or not REFUSED.isdisjoint(header):
            raise NotValid
        alg, kid, kind = header.get("alg"), header.get("kid"), header.get("typ", "")
        if alg not in self._settings.algorithms or not isinstance(kid, str | None) or not isinstance(kind, str):
            raise NotValid
        key = self._issuer.key(kid, modern(alg))
        if key is None:
            raise NotValid
        return Told(kind.lower(), jwt.decode(token, key, registry=self._registry).claims)

    def _check(self, claims: Mapping[str, Any], audience: str, required: Collection[str]) -> None:
        """RFC 7519 §4.1; times may differ by the leeway."""
        registry = JWTClaimsRegistry(
            now=int(self._clock().timestamp()),
            leeway=self._settings.leeway_seconds,
            iss={"essential": True, "value": self._settings.issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
        )
        if any(claims.get(name) is None for name in required):
            raise NotValid
        registry.validate(dict(claims))
