import warnings
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey

from api.main import App
from api.signin.discovery import keys_in
from api.signin.sign_in import oidc
from tests.api.signin.conftest import Bearing, Settled
from tests.api.signin.provider import FIRST, Provider, answering
from tests.api.signin.served import Browser, Served, door
from tests.conftest import Clock

WEAK = urlsafe_b64encode(((1 << 1023) + 1).to_bytes(128)).decode().rstrip("=")
"""The modulus of an RSA key of 1024 bits."""


def test_keys_that_are_not_for_signatures() -> None:
    """Keys for something else, of kinds unknown or too weak, shared secrets and broken ones are passed over."""
    good = FIRST.as_dict(private=False)
    others: list[Any] = [
        good | {"use": "enc"},
        good | {"key_ops": ["encrypt"]},
        good | {"key_ops": "verify"},
        good | {"n": "AQAB"},
        good | {"n": WEAK},
        good | {"n": 5},
        good | {"e": "!"},
        good | {"kty": "AKP"},
        OctKey.generate_key(256).as_dict(private=True),
        {"kty": "EC", "crv": "P-256", "x": "AQAB", "y": "AQAB"},
        {"kty": "OKP", "crv": "X", "x": "AQAB"},
        {},
        "x",
        None,
    ]
    (only,) = keys_in({"keys": [*others, good]})
    assert only.key.as_dict(private=False) == {name: good[name] for name in ("kty", "n", "e")}


def test_private_keys_are_not_kept() -> None:
    """An issuer that publishes its private key is not believed more, nor is that key kept."""
    (only,) = keys_in({"keys": [FIRST.as_dict(private=True)]})
    assert not only.key.is_private


@pytest.mark.parametrize(
    ("key", "alg"),
    [
        (RSAKey.generate_key(2048), "PS256"),
        (ECKey.generate_key("P-256"), "ES256"),
        (ECKey.generate_key("P-384"), "ES384"),
        (OKPKey.generate_key("Ed25519"), "Ed25519"),
        (OKPKey.generate_key("Ed25519"), "EdDSA"),
    ],
    ids=["PS256", "ES256", "ES384", "Ed25519", "EdDSA"],
)
def test_other_algorithms(
    provider: Provider, settled: Settled, served: Served, app: App, clock: Clock, browser: Browser, key: Key, alg: str
) -> None:
    """Each algorithm that the settings allow works with its own kind of key, and not where they do not allow it."""
    provider.instead["/jwks"] = answering(200, {"keys": [key.as_dict(private=False) | {"kid": "k", "alg": alg}]})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)  # EdDSA has another name now, which not every issuer uses
        token = jwt.encode({"alg": alg, "kid": "k"}, provider.claims(clock()), key, [alg])
    said = {"Authorization": f"Bearer {token}"}
    for allowed, status in (([alg], 200), (["RS256"], 401)):
        served.inner = door(oidc(settled(algorithms=allowed), app, clock))
        assert browser.get("/who", headers=said).status_code == status


def test_an_algorithm_that_is_not_the_keys(provider: Provider, bearing: Bearing, clock: Clock) -> None:
    """A key that the issuer has for one algorithm verifies no other."""
    provider.instead["/jwks"] = answering(200, {"keys": [FIRST.as_dict(private=False) | {"alg": "PS256"}]})
    assert bearing(provider.token(clock())).status_code == 401
