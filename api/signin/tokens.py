"""Bearer tokens of programs: JWT access tokens (RFC 6750, RFC 9068)."""

import re

from starlette.requests import Request

from api.http.caller import Signed
from api.http.problems import Problem
from api.signin.persons import person_in
from api.signin.settings import SignInSettings
from api.signin.signatures import NotValid, Signatures

AUTHENTICATION = "oidc bearer token"

BEARER = re.compile(r"bearer +([\w.~+/-]+=*)", re.ASCII | re.IGNORECASE)
"""RFC 6750 §2.1."""

KINDS = frozenset({"", "jwt", "at+jwt", "application/at+jwt"})
"""RFC 9068 §2.1; most issuers still say JWT, or nothing."""

NOT_OF_ACCESS = frozenset({"nonce", "at_hash", "c_hash", "s_hash", "events"})
"""Claims of ID tokens and logout tokens, which were not given out to open anything (RFC 8725 §3.12)."""

BOUND = "cnf"
"""Says with whose key a token must come (RFC 7800, RFC 9449). As a mere bearer's we would take it from a thief."""


def unsigned() -> Problem:
    """Nobody said who they are (RFC 6750 §3)."""
    return Problem(401, "unauthenticated", headers={"WWW-Authenticate": "Bearer"})


def refused() -> Problem:
    """The same for everything that can be wrong: nobody learns from it what would be right."""
    return Problem(401, "unauthenticated", headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})


class Tokens:
    """Who sends a request with an access token."""

    def __init__(self, settings: SignInSettings, signatures: Signatures) -> None:
        self._settings = settings
        self._signatures = signatures

    def signed(self, request: Request) -> Signed:
        """Raises `Problem`: 401, or 503 where the issuer cannot be asked."""
        said = request.headers.getlist("authorization")
        found = BEARER.fullmatch(said[0].strip()) if len(said) == 1 else None
        if found is None:
            raise refused()
        try:
            return self._of(found[1])
        except NotValid:
            raise refused() from None

    def _of(self, token: str) -> Signed:
        told = self._signatures.told(token, self._settings.audience)
        if told.kind not in KINDS or BOUND in told.claims or not NOT_OF_ACCESS.isdisjoint(told.claims):
            raise NotValid
        person = person_in(told.claims, self._settings)
        return Signed(person.subject, person.seats, AUTHENTICATION, "http")
