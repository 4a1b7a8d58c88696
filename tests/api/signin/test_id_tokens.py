import json

import pytest
from joserfc import jws, jwt

from tests.api.signin.provider import CLIENT, FIRST, STRANGE, Provider, answering
from tests.api.signin.served import Browser, asked_for, failed
from tests.conftest import Clock


@pytest.mark.parametrize(
    "said",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"nonce": 5},
        {"iss": "https://other.example"},
        {"aud": "another-client"},
        {"aud": []},
        {"aud": [CLIENT, "another-client"]},
        {"aud": [CLIENT, "another-client"], "azp": "another-client"},
        {"azp": "another-client"},
        {"exp": 1},
        {"exp": None},
        {"iat": None},
        {"iat": 2**40},
        {"sub": None},
        {"sub": ""},
        {"sub": "a" * 201},
    ],
    ids=str,
)
def test_a_wrong_id_token(provider: Provider, browser: Browser, said: dict[str, object]) -> None:
    """An ID token of another attempt, issuer, client or time, or of nobody, signs nobody in."""
    provider.of_id_token = said
    assert failed(browser, browser.signs_in())


def test_an_id_token_for_several_that_is_ours(provider: Provider, browser: Browser) -> None:
    """One for several clients that was given to us is ours."""
    provider.of_id_token = {"aud": [CLIENT, "another-client"], "azp": CLIENT}
    assert browser.signs_in().status_code == 303


def test_an_id_token_signed_by_somebody_else(provider: Provider, browser: Browser) -> None:
    """Though it came from the issuer's address, it must have its signature."""
    provider.signing = STRANGE
    assert failed(browser, browser.signs_in())


def test_an_access_token_is_no_id_token(provider: Provider, browser: Browser, clock: Clock) -> None:
    """What says that it is an access token does not say who signed in."""
    back = browser.comes_back()
    nonce = next(iter(provider.codes.values())).nonce
    token = provider.token(clock(), aud=CLIENT, nonce=nonce)
    provider.instead["/token"] = answering(200, {"id_token": token})
    assert failed(browser, browser.get(back))


@pytest.mark.parametrize("body", [{}, {"id_token": 5}, {"id_token": "x"}, {"id_token": "x" * 9000}])
def test_an_answer_without_an_id_token(provider: Provider, browser: Browser, body: object) -> None:
    """No ID token, nobody signed in."""
    provider.instead["/token"] = answering(200, body)
    assert failed(browser, browser.signs_in())


def test_an_unsigned_id_token(provider: Provider, browser: Browser) -> None:
    """Not even from the issuer itself, which OpenID Connect would allow (Core §3.1.3.7)."""
    back = browser.comes_back()
    code = provider.codes[asked_for(back)["code"]]
    claims = {"iss": provider.address, "aud": CLIENT, "sub": "pit-1", "nonce": code.nonce, "iat": 1, "exp": 2**33}
    body = jwt.encode({"alg": "RS256"}, claims, FIRST).split(".")[1]
    provider.instead["/token"] = answering(200, {"id_token": f"eyJhbGciOiJub25lIn0.{body}."})
    assert failed(browser, browser.get(back))


@pytest.mark.parametrize("name", ["iss", "aud", "exp", "iat", "sub", "nonce"])
def test_an_id_token_that_leaves_something_out(provider: Provider, browser: Browser, name: str) -> None:
    """What an ID token must say (OpenID Connect Core §2), and the nonce, it says."""
    back = browser.comes_back()
    (code,) = provider.codes.values()
    claims = {"iss": provider.address, "aud": CLIENT, "sub": "pit-1", "nonce": code.nonce, "iat": 1, "exp": 2**33}
    for said, status in (({each: claims[each] for each in claims if each != name}, 400), (claims, 303)):
        token = jwt.encode({"alg": "RS256", "kid": "k-1"}, said, FIRST)
        provider.instead["/token"] = answering(200, {"id_token": token})
        answer = browser.get(back)
        assert answer.status_code == status
        back = browser.comes_back()
        claims["nonce"] = next(each.nonce for each in reversed(provider.codes.values()))


def test_a_nonce_that_is_no_text(provider: Provider, browser: Browser) -> None:
    """Half a character in a claim breaks nothing."""
    said = {"iss": provider.address, "aud": CLIENT, "sub": "pit-1", "nonce": "\ud800", "iat": 1, "exp": 2**33}
    token = jws.serialize_compact({"alg": "RS256", "kid": "k-1"}, json.dumps(said), FIRST)
    provider.instead["/token"] = answering(200, {"id_token": token})
    assert failed(browser, browser.signs_in())
