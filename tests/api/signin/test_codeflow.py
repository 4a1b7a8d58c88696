import httpx
import pytest

from api.http.rates import Rates
from api.main import App
from api.signin.settings import SignInSettings
from api.signin.sign_in import oidc
from tests.api.signin.conftest import Settled
from tests.api.signin.provider import CLIENT, SECRET, Provider, answering
from tests.api.signin.served import ATTEMPT, FAILED, Browser, Served, asked_for, code_of, door, failed, replaced
from tests.conftest import Clock


def turned_away(browser: Browser, answer: httpx.Response) -> bool:
    """Whether this signed nobody in; attempts of this browser may still be answered."""
    return code_of(answer) == FAILED and browser.get("/who").status_code == 401


def test_a_person_signs_in(browser: Browser) -> None:
    """From our address to the issuer, back, and on to the page that they came for, as who the issuer says they are."""
    answer = browser.signs_in("/caseload?phase=plan#top")
    assert (answer.status_code, answer.headers["location"]) == (303, "/caseload?phase=plan#top")
    assert browser.get("/who").json() == {
        "subject": "pit-1",
        "seats": [["pit_coach", "pit-leiden"]],
        "by": "oidc session",
        "door": "page",
    }
    assert set(browser.cookies) == {"zorgspoor"}


def test_we_ask_with_state_nonce_and_pkce(browser: Browser, served: Served) -> None:
    """The request to the issuer carries all that ties its answer to this attempt (RFC 9700 §2.1.1)."""
    asked = asked_for(browser.leaves())
    assert len(asked["state"]) == len(asked["nonce"]) == len(asked["code_challenge"]) == 43
    assert (asked["code_challenge_method"], asked["response_type"], asked["scope"]) == ("S256", "code", "openid")
    assert asked["redirect_uri"] == f"{served.address}/sign-in/callback"
    assert {"state", "nonce", "code_challenge"} == {
        name for name, value in asked_for(browser.leaves()).items() if asked[name] != value
    }


def test_the_provider_refuses_a_code_without_its_verifier(provider: Provider, browser: Browser, served: Served) -> None:
    """A stolen code is worth nothing without what only we know (RFC 7636)."""
    code = asked_for(browser.comes_back())["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": f"{served.address}/sign-in/callback"}
    for more in ({}, {"code_verifier": "v" * 43}):
        answer = browser.post(f"{provider.address}/token", data=form | more, auth=(CLIENT, SECRET))
        assert (answer.status_code, answer.json()["error"]) in {(400, "invalid_request"), (400, "invalid_grant")}


def test_a_replayed_callback(provider: Provider, browser: Browser) -> None:
    """The same code and state work once, even where the browser keeps the cookie of the attempt."""
    back, kept = browser.comes_back(), browser.cookies[ATTEMPT]
    assert browser.get(back).status_code == 303
    browser.client.cookies.clear()
    for _ in range(2):
        assert failed(browser, browser.get(back, headers={"Cookie": f"{ATTEMPT}={kept}"}))
    assert len(provider.forms) == 1


def test_a_replayed_code(browser: Browser) -> None:
    """A code that was used works in no other attempt."""
    used = browser.comes_back()
    assert browser.get(used).status_code == 303
    browser.client.cookies.clear()
    assert failed(browser, browser.get(replaced(browser.comes_back(), code=asked_for(used)["code"])))


def test_a_replayed_state(browser: Browser) -> None:
    """A state that was answered is not answered again with another code."""
    first, kept = browser.comes_back(), browser.cookies[ATTEMPT]
    assert browser.get(first).status_code == 303
    browser.client.cookies.clear()
    code = asked_for(browser.comes_back())["code"]
    browser.client.cookies.clear()
    assert failed(browser, browser.get(replaced(first, code=code), headers={"Cookie": f"{ATTEMPT}={kept}"}))


def test_a_code_of_somebody_else(provider: Provider, browser: Browser, other_browser: Browser) -> None:
    """A code that was given out for another attempt is refused: it has another verifier (RFC 9700 §4.5)."""
    stolen = asked_for(other_browser.comes_back())["code"]
    assert failed(browser, browser.get(replaced(browser.comes_back(), code=stolen)))
    assert len(provider.forms) == 1


def test_a_callback_without_our_cookie(provider: Provider, browser: Browser) -> None:
    """A browser that did not set out from here is not signed in."""
    back = browser.comes_back()
    browser.client.cookies.clear()
    assert failed(browser, browser.get(back))
    assert provider.forms == []


def test_the_callback_of_somebody_else(browser: Browser, other_browser: Browser) -> None:
    """Nobody is signed in as another by a link that the other sends them (login CSRF), nor kept from signing in."""
    back = browser.comes_back()
    assert turned_away(browser, browser.get(other_browser.comes_back()))
    assert browser.get(back).status_code == 303


@pytest.mark.parametrize("state", [None, "", "x", "é", "\U0001f600"])
def test_a_wrong_state(provider: Provider, browser: Browser, state: str | None) -> None:
    """An answer to a question that this browser did not ask is none."""
    assert turned_away(browser, browser.get(replaced(browser.comes_back(), state=state)))
    assert provider.forms == []


def test_two_tabs(browser: Browser) -> None:
    """Each comes back to where it left from; the first that was left comes back last."""
    first, second = browser.comes_back("/caseload"), browser.comes_back("/me")
    assert browser.get(second).headers["location"] == "/me"
    assert browser.get(first).headers["location"] == "/caseload"
    assert set(browser.cookies) == {"zorgspoor"}


@pytest.mark.parametrize(("after", "kept"), [("/", 4), ("/" + "a" * 999, 2)])
def test_more_tabs_than_are_kept(browser: Browser, after: str, kept: int) -> None:
    """The oldest are forgotten, as many as do not fit in a cookie."""
    backs = [browser.comes_back(after) for _ in range(6)]
    assert [browser.get(each).status_code for each in backs] == [400] * (6 - kept) + [303] * kept


def test_an_attempt_that_took_too_long(browser: Browser, clock: Clock) -> None:
    """After ten minutes somebody sets out again."""
    back = browser.comes_back()
    clock.step(minutes=10)
    assert failed(browser, browser.get(back))


def test_two_cookies_of_attempts(browser: Browser) -> None:
    """Where somebody put a cookie beside ours, neither is believed."""
    back, kept = browser.comes_back(), browser.cookies[ATTEMPT]
    browser.client.cookies.clear()
    assert failed(browser, browser.get(back, headers={"Cookie": f"{ATTEMPT}={kept}; {ATTEMPT}={kept}"}))


@pytest.mark.parametrize("name", ["state", "code", "iss"])
def test_a_parameter_twice(browser: Browser, name: str) -> None:
    """An answer that says something twice says nothing (RFC 6749 §3.1)."""
    back = browser.comes_back()
    assert failed(browser, browser.get(f"{back}&{name}={asked_for(back)[name]}"))


def test_an_answer_of_another_issuer(provider: Provider, browser: Browser) -> None:
    """The code of another issuer is not brought to ours (RFC 9207, mix-up)."""
    assert failed(browser, browser.get(replaced(browser.comes_back(), iss="https://other.example")))
    assert provider.forms == []


def test_an_answer_of_nobody(provider: Provider, browser: Browser) -> None:
    """An issuer that always says who it is, does (RFC 9207 §2.4)."""
    assert failed(browser, browser.get(replaced(browser.comes_back(), iss=None)))
    assert provider.forms == []


def test_an_issuer_that_does_not_say_who_it_is(provider: Provider, browser: Browser) -> None:
    """Where an issuer never says who it is, it need not."""
    provider.metadata["authorization_response_iss_parameter_supported"] = False
    assert browser.get(replaced(browser.comes_back(), iss=None)).status_code == 303


def test_a_person_who_says_no(browser: Browser) -> None:
    """Who does not let us know who they are is not signed in, and what the issuer says of it is not shown."""
    back = replaced(browser.comes_back(), code=None, error="access_denied", error_description="<b>no</b>")
    answer = browser.get(back)
    assert "no</b>" not in answer.text
    assert failed(browser, answer)


def test_an_answer_that_says_both(provider: Provider, browser: Browser) -> None:
    """An error is an error, though there is a code beside it."""
    assert failed(browser, browser.get(replaced(browser.comes_back(), error="server_error")))
    assert provider.forms == []


def test_an_issuer_that_fails_meanwhile(provider: Provider, browser: Browser) -> None:
    """Where the code cannot be exchanged, somebody may try again in a moment, from the start."""
    back = browser.comes_back()
    provider.instead["/token"] = answering(502)
    answer = browser.get(back)
    assert code_of(answer) == (503, "unavailable")
    assert answer.headers["retry-after"] == "5"
    assert browser.cookies == {}


def test_a_secret_in_the_form(provider: Provider, browser: Browser) -> None:
    """An issuer that takes secrets only in the form gets ours there."""
    provider.metadata["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    assert browser.signs_in().status_code == 303
    assert provider.forms[0]["client_secret"] == SECRET


def test_a_secret_in_a_header(provider: Provider, browser: Browser) -> None:
    """Otherwise it is in no form, and in no address ever."""
    assert browser.signs_in().status_code == 303
    assert "client_secret" not in provider.forms[0]


def test_without_a_secret(
    provider: Provider, settled: Settled, served: Served, app: App, clock: Clock, browser: Browser
) -> None:
    """A client without a secret says who it is, and proves that it asked by PKCE."""
    changed = settled(client_id="school-system", client_secret_file=None)
    served.inner = door(oidc(changed, app, clock))
    assert browser.signs_in().status_code == 303
    assert provider.forms[0]["client_id"] == "school-system"


def test_cookies_of_a_site_with_https(settled: Settled, served: Served, app: App, clock: Clock) -> None:
    """Where people reach us by https, cookies travel by nothing else, and belong to this very host."""
    served.inner = door(oidc(settled(public_url="https://Zorgspoor.example:443/"), app, clock))
    answer = httpx.get(f"{served.address}/sign-in", trust_env=False)
    (cookie,) = answer.headers.get_list("set-cookie")
    name, _, rest = cookie.partition("=")
    assert name == "__Host-zorgspoor-sign-in"
    assert rest.partition("; ")[2] == "HttpOnly; Max-Age=600; Path=/; SameSite=lax; Secure"
    assert asked_for(answer.headers["location"])["redirect_uri"] == "https://zorgspoor.example/sign-in/callback"


def test_nobody_keeps_the_way_back(browser: Browser) -> None:
    """The address with a code in it is neither kept nor told to the next page."""
    answer = browser.signs_in()
    assert (answer.headers["cache-control"], answer.headers["referrer-policy"]) == ("no-store", "no-referrer")


def test_parameters_of_the_issuers_own(provider: Provider, browser: Browser) -> None:
    """An address of the issuer that has parameters keeps them (RFC 6749 §3.1)."""
    provider.metadata["authorization_endpoint"] = f"{provider.address}/authorize?tenant=leiden"
    asked = asked_for(browser.leaves())
    assert (asked["tenant"], asked["client_id"]) == ("leiden", CLIENT)


def test_more_seats_than_a_cookie_holds(provider: Provider, browser: Browser) -> None:
    """Somebody whose session does not fit is not signed in with half of it."""
    provider.person["organisation"] = [f"{number:0>199}" for number in range(16)]
    assert failed(browser, browser.signs_in())


def test_the_settings_are_not_shown(settled: Settled) -> None:
    """Our secret stands in no representation of the settings."""
    settings: SignInSettings = settled()
    assert SECRET not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"


def test_many_who_come_back_from_one_address(
    settled: Settled, served: Served, browser: Browser, app: App, clock: Clock
) -> None:
    """Each code costs the issuer a question. Who never set out from here keeps nobody from signing in."""
    served.inner = door(oidc(settled(), app, clock, Rates(signing_in_most="2/minute")))
    for _ in range(4):
        assert code_of(browser.get("/sign-in/callback", params={"state": "x", "code": "x"})) == FAILED
    assert [browser.signs_in().status_code for _ in range(3)] == [303, 303, 429]
    assert browser.post("/sign-out", headers={"Origin": served.address}).status_code == 303
