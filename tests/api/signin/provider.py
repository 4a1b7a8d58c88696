"""An OpenID provider over real HTTP, made of Authlib's own parts for authorization servers."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from authlib.integrations.flask_oauth2 import (  # type: ignore[import-untyped]  # Authlib has no types
    AuthorizationServer,
)
from authlib.oauth2.rfc6749 import grants  # type: ignore[import-untyped]  # as above
from authlib.oauth2.rfc7636 import CodeChallenge  # type: ignore[import-untyped]  # as above
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator  # type: ignore[import-untyped]  # as above
from authlib.oauth2.rfc9207 import IssuerParameter  # type: ignore[import-untyped]  # as above
from authlib.oidc.core import OpenIDCode  # type: ignore[import-untyped]  # as above
from flask import Flask, Response, jsonify, request
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from werkzeug.serving import make_server

from tests.api.signin.clients import Client, Code, User

AUDIENCE = "zorgspoor-api"
CLIENT = "zorgspoor"
SECRET = "a-made-up-secret"
PROGRAM = "school-system"

FIRST, SECOND, STRANGE = (RSAKey.generate_key(2048, {"kid": name, "use": "sig"}) for name in ("k-1", "k-2", "k-1"))
"""Two keys of the provider, and one of somebody else under the name of the first."""


class Provider:
    """`person`: who is signed in at it, with their claims. `asked`: how often each path was asked for.

    `instead`: what a path answers in place of what is right. `of_id_token`: claims of ID tokens that are otherwise.
    """

    def __init__(self) -> None:
        self.address = ""
        self.clients = {CLIENT: Client(CLIENT, SECRET), PROGRAM: Client(PROGRAM)}
        self.reset()

    def reset(self) -> None:
        self.signing = FIRST
        self.published = [FIRST]
        self.person: dict[str, Any] = {"sub": "pit-1", "roles": ["coach"], "organisation": "pit-leiden"}
        self.codes = dict[str, Code]()
        self.asked = Counter[str]()
        self.instead = dict[str, Response]()
        self.of_id_token = dict[str, Any]()
        self.metadata = dict[str, Any]()
        self.forms = list[dict[str, str]]()

    def roll_over(self) -> None:
        """From now on the second key signs, and only it is published."""
        self.signing, self.published = SECOND, [SECOND]

    def claims(self, now: datetime, /, **said: Any) -> dict[str, Any]:
        """Of an access token of a coach; `said`: claims that are otherwise, None: not there."""
        seconds = int(now.timestamp())
        usual = {
            "iss": self.address,
            "aud": AUDIENCE,
            "sub": "pit-1",
            "iat": seconds,
            "exp": seconds + 300,
            "client_id": PROGRAM,
            "roles": ["coach"],
            "organisation": "pit-leiden",
        }
        return {name: value for name, value in (usual | said).items() if value is not None}

    def token(
        self, now: datetime, header: dict[str, Any] | None = None, key: RSAKey | None = None, /, **said: Any
    ) -> str:
        """An access token, by default with the header and key that are right."""
        key = key or self.signing
        usual = {"alg": "RS256", "typ": "at+jwt", "kid": key.kid}
        return jwt.encode(usual | (header or {}), self.claims(now, **said), key)

    def discovery(self) -> dict[str, Any]:
        """OpenID Connect Discovery §3."""
        return {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/jwks",
            "authorization_response_iss_parameter_supported": True,
            **self.metadata,
        }

    @property
    def fetches(self) -> int:
        """How often our side fetched keys."""
        return self.asked["/jwks"]


def _grant(provider: Provider) -> type:
    class CodeGrant(grants.AuthorizationCodeGrant):  # type: ignore[misc]  # Authlib has no types
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none")

        def save_authorization_code(self, code: str, request: Any) -> None:
            data = request.payload.data
            provider.codes[code] = Code(
                request.client.id,
                request.user.claims,
                request.payload.redirect_uri,
                request.scope,
                data.get("nonce"),
                data.get("code_challenge"),
                data.get("code_challenge_method"),
            )

        def query_authorization_code(self, code: str, client: Client) -> Code | None:
            found = provider.codes.get(code)
            return found if found and found.client == client.id else None

        def delete_authorization_code(self, authorization_code: Code) -> None:
            provider.codes = {name: each for name, each in provider.codes.items() if each is not authorization_code}

        def authenticate_user(self, authorization_code: Code) -> User:
            return User(authorization_code.person)

    return CodeGrant


def _id_tokens(provider: Provider) -> Any:
    class IdTokens(OpenIDCode):  # type: ignore[misc]  # Authlib has no types
        def exists_nonce(self, nonce: str, request: Any) -> bool:
            del request
            return any(each.nonce == nonce for each in provider.codes.values())

        def resolve_client_private_key(self, client: Client) -> RSAKey:
            del client
            return provider.signing

        def get_client_algorithm(self, client: Client) -> str:
            del client
            return "RS256"

        def get_encode_header(self, client: Client) -> dict[str, str]:
            return {"alg": self.get_client_algorithm(client), "kid": str(provider.signing.kid)}

        def get_client_claims(self, client: Client) -> dict[str, Any]:
            return {"iss": provider.address, "aud": [client.id]}

        def generate_user_info(self, user: User, scope: str) -> dict[str, Any]:
            del scope
            return {**user.claims, **provider.of_id_token}

    return IdTokens(require_nonce=True)


def _access_tokens(provider: Provider) -> Any:
    class AccessTokens(JWTBearerTokenGenerator):  # type: ignore[misc]  # Authlib has no types
        def get_jwks(self) -> KeySet:
            return KeySet([provider.signing])

        def get_audiences(self, client: Client, user: User, scope: str) -> str:
            del client, user, scope
            return AUDIENCE

        def get_extra_claims(self, client: Client, grant_type: str, user: User, scope: str) -> dict[str, Any]:
            del client, grant_type, scope
            return user.claims

    return AccessTokens(issuer=provider.address)


def _names_itself(provider: Provider) -> Any:
    class NamesItself(IssuerParameter):  # type: ignore[misc]  # Authlib has no types
        def get_issuer(self) -> str:
            return provider.address

    return NamesItself()


def _site(provider: Provider) -> Flask:
    site = Flask("provider")
    server = AuthorizationServer(site, query_client=provider.clients.get, save_token=lambda *_: None)
    server.register_grant(_grant(provider), [CodeChallenge(required=True), _id_tokens(provider)])
    server.register_token_generator("default", _access_tokens(provider))
    server.register_extension(_names_itself(provider))

    @site.before_request
    def _counted() -> Response | None:
        provider.asked[request.path] += 1
        return provider.instead.get(request.path)

    @site.get("/.well-known/openid-configuration")
    def _discovery() -> Response:
        return jsonify(provider.discovery())

    @site.get("/jwks")
    def _jwks() -> Response:
        return jsonify({"keys": [each.as_dict(private=False) for each in provider.published]})

    @site.get("/authorize")
    def _authorize() -> Any:
        user = User(dict(provider.person))
        grant = server.get_consent_grant(end_user=user)
        return server.create_authorization_response(grant.request, grant_user=user, grant=grant)

    @site.post("/token")
    def _token() -> Any:
        provider.forms.append(request.form.to_dict())
        return server.create_token_response()

    return site


@contextmanager
def running() -> Iterator[Provider]:
    """A provider on a free port of this machine."""
    provider = Provider()
    listening = make_server("127.0.0.1", 0, lambda *_: iter(()), threaded=True)
    provider.address = f"http://127.0.0.1:{listening.port}"
    listening.app = _site(provider).wsgi_app
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield provider
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()


def answering(status: int, body: object = None, **headers: str) -> Response:
    """An answer that is not right."""
    return Response(json.dumps(body), status, headers, mimetype="application/json")
