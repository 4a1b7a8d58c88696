import base64
import hmac
import json
from hashlib import sha256
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.api.signin.conftest import Bearing
from tests.api.signin.provider import AUDIENCE, CLIENT, FIRST, PROGRAM, STRANGE, Provider
from tests.api.signin.served import Browser, asked_for, part, refused
from tests.conftest import Clock

VERIFIER = "a-verifier-of-a-program-that-is-long-enough-for-pkce"
COACH = {"subject": "pit-1", "seats": [["pit_coach", "pit-leiden"]], "by": "oidc bearer token", "door": "http"}


def of_a_program(provider: Provider, browser: Browser) -> dict[str, Any]:
    """The tokens that the provider gives to a program for a code."""
    challenge = base64.urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
    back = "http://127.0.0.1:1/back"
    asked = {
        "response_type": "code",
        "client_id": PROGRAM,
        "redirect_uri": back,
        "scope": "openid",
        "nonce": "a nonce of the program",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    code = asked_for(browser.get(f"{provider.address}/authorize", params=asked).headers["location"])["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": VERIFIER}
    answer = browser.post(f"{provider.address}/token", data=form | {"client_id": PROGRAM})
    tokens: dict[str, Any] = answer.json()
    return tokens


def test_a_token_that_the_issuer_gave_to_a_program_signs_it_in(
    provider: Provider, browser: Browser, bearing: Bearing
) -> None:
    """A token from the issuer's own token endpoint says who asks, in which role and where."""
    answer = bearing(of_a_program(provider, browser)["access_token"])
    assert answer.status_code == 200
    assert answer.json() == COACH


def test_the_id_token_of_a_program_is_no_access_token(provider: Provider, browser: Browser, bearing: Bearing) -> None:
    """A token that says who signed in at a program does not open anything here."""
    assert refused(bearing(of_a_program(provider, browser)["id_token"]))


def test_our_own_id_token_is_no_access_token(provider: Provider, bearing: Bearing, clock: Clock) -> None:
    """Nor does one that was given to ourselves."""
    assert refused(bearing(provider.token(clock(), {"typ": "JWT"}, aud=CLIENT, nonce="n")))


@pytest.mark.parametrize("claim", ["nonce", "at_hash", "c_hash", "events"])
def test_an_id_token_for_several_is_no_access_token(
    provider: Provider, bearing: Bearing, clock: Clock, claim: str
) -> None:
    """Where an ID token is meant for our audience too, what only such tokens say gives it away."""
    assert refused(bearing(provider.token(clock(), {"typ": "JWT"}, aud=[CLIENT, AUDIENCE], **{claim: "x"})))


def test_nobody_without_a_token(browser: Browser) -> None:
    """Who says nothing is told how to say it, and not that anything was wrong (RFC 6750 §3)."""
    answer = browser.get("/who")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize("audience", ["another-api", [], ["another-api"], "", 5, None])
def test_a_token_for_another_audience(provider: Provider, bearing: Bearing, clock: Clock, audience: object) -> None:
    """What was given out for another service, or for none, opens nothing here."""
    assert refused(bearing(provider.token(clock(), aud=audience)))


def test_a_token_for_several_audiences(provider: Provider, bearing: Bearing, clock: Clock) -> None:
    """One of several audiences is enough (RFC 7519 §4.1.3)."""
    assert bearing(provider.token(clock(), aud=["another-api", AUDIENCE])).status_code == 200


@pytest.mark.parametrize("said", ["http://127.0.0.1:1", "", 5, None])
def test_a_token_that_names_another_issuer(provider: Provider, bearing: Bearing, clock: Clock, said: object) -> None:
    """A token must name our issuer exactly."""
    assert refused(bearing(provider.token(clock(), iss=said)))


def test_a_token_that_names_its_issuer_almost(provider: Provider, bearing: Bearing, clock: Clock) -> None:
    """A slash more is another issuer."""
    assert refused(bearing(provider.token(clock(), iss=f"{provider.address}/")))


def test_a_token_signed_by_somebody_else(provider: Provider, bearing: Bearing, clock: Clock) -> None:
    """The name of a key of the issuer is not yet its signature."""
    assert refused(bearing(provider.token(clock(), None, STRANGE)))


def test_an_expired_token(provider: Provider, bearing: Bearing, clock: Clock) -> None:
    """A token ends when it says, and the leeway after that."""
    token = provider.token(clock())
    clock.step(seconds=329)
    assert bearing(token).status_code == 200
    clock.step(seconds=1)
    assert refused(bearing(token))


@pytest.mark.parametrize("said", [None, "tomorrow", True, float("nan"), float("inf"), 10**400, [], -1])
def test_a_token_that_does_not_say_when_it_ends(
    provider: Provider, bearing: Bearing, clock: Clock, said: object
) -> None:
    """A token without an end, or with one that is no time, is none; one so far away that it is no time either."""
    answer = bearing(provider.token(clock(), exp=said))
    assert answer.status_code == 200 if said == 10**400 else refused(answer)


@pytest.mark.parametrize("claim", ["nbf", "iat"])
def test_a_token_of_the_future(provider: Provider, bearing: Bearing, clock: Clock, claim: str) -> None:
    """A token does not work before it says, but for clocks that differ."""
    seconds = int(clock().timestamp())
    assert bearing(provider.token(clock(), **{claim: seconds + 30})).status_code == 200
    assert refused(bearing(provider.token(clock(), **{claim: seconds + 31})))


@pytest.mark.parametrize("alg", ["none", "None", "NONE", ""])
def test_an_unsigned_token(provider: Provider, bearing: Bearing, clock: Clock, alg: str) -> None:
    """A token that says it needs no signature is none (RFC 8725 §3.1)."""
    body = provider.token(clock()).split(".")[1]
    for signature in ("", "x"):
        assert refused(bearing(f"{part({'alg': alg, 'kid': 'k-1'})}.{body}.{signature}"))


@pytest.mark.parametrize("encoding", ["PEM", "DER"])
def test_a_token_with_the_public_key_for_a_secret(
    provider: Provider, bearing: Bearing, clock: Clock, encoding: Any
) -> None:
    """What everybody knows is not taken for a shared secret (RFC 8725 §2.1)."""
    body = f"{part({'alg': 'HS256', 'kid': 'k-1'})}.{provider.token(clock()).split('.')[1]}"
    code = hmac.digest(FIRST.as_bytes(encoding, private=False), body.encode(), sha256)
    assert refused(bearing(f"{body}.{base64.urlsafe_b64encode(code).decode().rstrip('=')}"))


def test_a_token_that_was_changed(provider: Provider, bearing: Bearing, clock: Clock) -> None:
    """Another role in a good token makes it a bad one."""
    header, body, signature = provider.token(clock()).split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    assert refused(bearing(f"{header}.{part(claims | {'roles': ['coordinator']})}.{signature}"))


def test_a_token_that_brings_its_key(provider: Provider, bearing: Bearing, clock: Clock) -> None:
    """A key inside the token proves nothing (RFC 8725 §3.10)."""
    assert refused(bearing(provider.token(clock(), {"jwk": STRANGE.as_dict(private=False)}, STRANGE)))


@pytest.mark.parametrize("where", ["jku", "x5u"])
def test_a_token_that_says_where_its_key_is(provider: Provider, bearing: Bearing, clock: Clock, where: str) -> None:
    """Nobody is asked for a key but the issuer, not even where a good token says so."""
    assert refused(bearing(provider.token(clock(), {where: f"{provider.address}/elsewhere"})))
    assert provider.asked["/elsewhere"] == 0


def test_a_token_with_something_critical(provider: Provider, bearing: Bearing, clock: Clock) -> None:
    """What must be understood and is not, is refused (RFC 7515 §4.1.11)."""
    header, body, _ = provider.token(clock()).split(".")
    del header
    said = {"alg": "RS256", "kid": "k-1", "crit": ["b64"], "b64": True}
    assert refused(bearing(f"{part(said)}.{body}.eA"))


def test_an_unknown_key(provider: Provider, bearing: Bearing, clock: Clock) -> None:
    """A token by a key that the issuer does not have is none."""
    assert refused(bearing(provider.token(clock(), {"kid": "k-9"})))


@pytest.mark.parametrize("kid", [5, None, ["k-1"], {"k-1": 1}])
def test_a_name_of_a_key_that_is_none(provider: Provider, bearing: Bearing, clock: Clock, kid: object) -> None:
    """Only text names a key."""
    body = provider.token(clock()).split(".")[1]
    assert refused(bearing(f"{part({'alg': 'RS256', 'kid': kid})}.{body}.eA"))


def test_a_token_that_names_no_key(provider: Provider, bearing: Bearing, clock: Clock) -> None:
    """The one key that an issuer has need not be named (RFC 7515 §4.1.4)."""
    key = RSAKey.import_key(FIRST.as_pem(private=True))
    assert bearing(jwt.encode({"alg": "RS256"}, provider.claims(clock()), key)).status_code == 200


@pytest.mark.parametrize("kind", ["logout+jwt", "secevent+jwt", "dpop+jwt", "x"])
def test_a_token_of_another_kind(provider: Provider, bearing: Bearing, clock: Clock, kind: str) -> None:
    """What says that it is no access token is none (RFC 8725 §3.11)."""
    assert refused(bearing(provider.token(clock(), {"typ": kind})))


def test_a_token_that_is_bound_to_a_key(provider: Provider, bearing: Bearing, clock: Clock) -> None:
    """One that works only with its holder's key (RFC 9449) is not taken from just anybody."""
    assert refused(bearing(provider.token(clock(), cnf={"jkt": "x"})))


def test_two_authorization_headers(provider: Provider, browser: Browser, clock: Clock) -> None:
    """Of two good tokens none counts."""
    good = f"Bearer {provider.token(clock())}"
    assert refused(browser.get("/who", headers=[("Authorization", good), ("Authorization", good)]))


def test_a_token_beside_a_session(provider: Provider, browser: Browser, bearing: Bearing, clock: Clock) -> None:
    """A request that says in two ways who asks says nothing."""
    assert browser.signs_in().status_code == 303
    assert refused(bearing(provider.token(clock())))


def test_a_huge_token(provider: Provider, bearing: Bearing, clock: Clock) -> None:
    """More than 8 KB is not read, however well it is signed."""
    assert bearing(provider.token(clock(), padding="x" * 4_000)).status_code == 200
    assert refused(bearing(provider.token(clock(), padding="x" * 6_000)))


@pytest.mark.parametrize("said", ["Basic cGl0LTE6eA==", "Bearer", "Bearer a b", "Bearer a, Bearer b", "x", "Bearer é"])
def test_another_way_to_say_who_asks(browser: Browser, said: str) -> None:
    """There is one way to bring a token."""
    assert refused(browser.get("/who", headers={"Authorization": said.encode()}))


def test_a_token_in_the_address(provider: Provider, browser: Browser, clock: Clock) -> None:
    """A token in the address, where logs keep it, is not looked at (RFC 9700 §4.3.2)."""
    assert browser.get("/who", params={"access_token": provider.token(clock())}).status_code == 401
