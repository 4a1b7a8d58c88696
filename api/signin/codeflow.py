"""Signing in with a browser: the authorisation code flow with PKCE (OpenID Connect Core §3.1, RFC 9700 §2.1)."""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from hmac import compare_digest
from http import HTTPStatus
from urllib.parse import quote_plus

import httpx
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.http.problems import Problem
from api.http.rates import Rates
from api.signin.attempts import Attempt, Attempts, local_path
from api.signin.cookies import BadCookie
from api.signin.discovery import Metadata
from api.signin.issuer import Issuer, unavailable
from api.signin.line import Unreachable
from api.signin.persons import Person, person_in
from api.signin.sessions import Sessions, is_csrf
from api.signin.settings import CALLBACK, SignInSettings
from api.signin.signatures import NotValid, Signatures

KINDS = frozenset({"", "jwt"})
"""What an ID token says that it is."""

KEPT_BY_NOBODY = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
"""The address of the callback holds a code."""


class CodeFlow:
    """From our address to the issuer, back with a code, and on with a session."""

    def __init__(
        self,
        settings: SignInSettings,
        issuer: Issuer,
        signatures: Signatures,
        attempts: Attempts,
        sessions: Sessions,
        rates: Rates,
    ) -> None:
        self._settings = settings
        self._issuer = issuer
        self._signatures = signatures
        self._attempts = attempts
        self._sessions = sessions
        self._rates = rates

    def router(self) -> APIRouter:
        """Handlers run in threads: they wait for the issuer."""
        router = APIRouter(tags=["sign-in"], include_in_schema=False)
        router.add_api_route("/sign-in", self.begin, methods=["GET"], response_model=None)
        router.add_api_route(CALLBACK, self.callback, methods=["GET"], response_model=None)
        router.add_api_route("/sign-out", self.sign_out, methods=["POST"], response_model=None)
        return router

    def begin(self, request: Request) -> Response:
        """On to the issuer (OpenID Connect Core §3.1.2.1)."""
        attempt, kept = self._attempts.begin(request, local_path(request.query_params.get("next", "/")))
        asked = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": self._settings.redirect_uri,
            "scope": " ".join(self._settings.scopes),
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": _challenge(attempt.verifier),
            "code_challenge_method": "S256",
        }
        address = httpx.URL(self._issuer.metadata().authorization_endpoint).copy_merge_params(asked)
        return _on(str(address), kept)

    def callback(self, request: Request) -> Response:
        """Back from the issuer. This attempt is gone after this, whatever happens."""
        gone = self._attempts.without(request, request.query_params.get("state", ""))
        try:
            attempt, person = self._came_back(request)
            return _on(attempt.next, gone, self._sessions.begin(person))
        except (BadCookie, NotValid):
            raise _with(Problem(400, "sign_in_failed"), gone) from None
        except Problem as problem:
            raise _with(problem, gone) from None

    def sign_out(self, request: Request) -> Response:
        """Only from a page of ours: other sites must not sign people out (ASVS 5.0, 3.5.1)."""
        if request.headers.getlist("origin") != [self._settings.public_url] and not self._knows_csrf(request):
            raise Problem(403, "csrf", "Origin: ours, or Zorgspoor-CSRF: as this session knows it")
        self._sessions.end(request)
        return _on("/", self._sessions.cookie.clear())

    def _knows_csrf(self, request: Request) -> bool:
        try:
            return is_csrf(self._sessions.of(request), request)
        except BadCookie:
            return False

    def _came_back(self, request: Request) -> tuple[Attempt, Person]:
        """Raises `BadCookie`, `NotValid`, and `Problem` (429, 503). Who never set out is not counted."""
        said = _each_once(request)
        attempt = self._attempts.answered(request, said.get("state", ""))
        self._rates.signing_in(request.client.host if request.client else "")
        metadata = self._issuer.metadata()
        if said.get("iss") != metadata.issuer and ("iss" in said or _says_who_it_is(metadata)):
            raise NotValid
        if "error" in said or not said.get("code"):
            raise NotValid
        return attempt, self._person(self._exchanged(metadata, said["code"], attempt.verifier), attempt.nonce)

    def _exchanged(self, metadata: Metadata, code: str, verifier: str) -> str:
        """The ID token for the code (RFC 6749 §4.1.3). The access token that comes with it is let go."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._settings.redirect_uri,
            "code_verifier": verifier,
        }
        known, credentials = self._credentials(metadata)
        try:
            status, body = self._issuer.line.post(metadata.token_endpoint, form | known, credentials)
        except Unreachable:
            raise unavailable() from None
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise unavailable()
        token = body.get("id_token")
        if not isinstance(token, str):
            raise NotValid
        return token

    def _credentials(self, metadata: Metadata) -> tuple[dict[str, str], tuple[str, str] | None]:
        """How we say who we are (RFC 6749 §2.3.1): in the form, and in Authorization."""
        client, secret = self._settings.client_id, self._settings.client_secret
        if secret is None:
            return {"client_id": client}, None
        if "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
            return {}, (quote_plus(client), quote_plus(secret.get_secret_value()))
        return {"client_id": client, "client_secret": secret.get_secret_value()}, None

    def _person(self, token: str, nonce: str) -> Person:
        """OpenID Connect Core §3.1.3.7."""
        client = self._settings.client_id
        told = self._signatures.told(token, client, "sub", "iat", "nonce")
        claims = told.claims
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if told.kind not in KINDS or claims.get("azp", None if several else client) != client:
            raise NotValid
        if not isinstance(claims["nonce"], str) or not compare_digest(
            claims["nonce"].encode("utf-8", "replace"), nonce.encode()
        ):
            raise NotValid
        return person_in(claims, self._settings)


def _challenge(verifier: str) -> str:
    """RFC 7636 §4.2."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")


def _each_once(request: Request) -> Mapping[str, str]:
    """What the address says. Raises `NotValid` for a parameter that it says twice (RFC 6749 §3.1)."""
    said = request.query_params.multi_items()
    if len(dict(said)) < len(said):
        raise NotValid
    return dict(said)


def _says_who_it_is(metadata: Metadata) -> bool:
    """Whether each answer of this issuer names it (RFC 9207 §2.4), against answers of another one."""
    return metadata.authorization_response_iss_parameter_supported


def _on(address: str, *cookies: str) -> Response:
    response = RedirectResponse(address, HTTPStatus.SEE_OTHER.value, KEPT_BY_NOBODY)
    for each in cookies:
        response.headers.append("set-cookie", each)
    return response


def _with(problem: Problem, cookie: str) -> Problem:
    headers = {**problem.headers, "Set-Cookie": cookie}
    return Problem(problem.status, problem.code, problem.detail, headers)
