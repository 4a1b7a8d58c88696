from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path

import httpx
import pytest
from starlette.requests import Request

from api.main import App, Settings, create
from api.signin.cookies import Seals
from api.signin.sign_in import OpenIdConnect, oidc
from tests.api.signin.conftest import Settled
from tests.api.signin.provider import Provider
from tests.api.signin.served import Browser, Served, code_of, door
from tests.conftest import Clock

CSRF = "Zorgspoor-CSRF"
SESSION = "zorgspoor"


def with_cookie(browser: Browser, value: str) -> httpx.Response:
    """The answer to a browser that has this session cookie, and no other."""
    browser.client.cookies.clear()
    return browser.get("/who", headers={"Cookie": f"{SESSION}={value}"})


def refused(answer: httpx.Response) -> bool:
    """Whether nobody is signed in, in the words for nobody at all."""
    return code_of(answer) == (401, "unauthenticated") and answer.headers["www-authenticate"] == "Bearer"


def asking(value: str) -> Request:
    """A request with this session cookie."""
    return Request({"type": "http", "headers": [(b"cookie", f"{SESSION}={value}".encode())]})


def csrf_of(browser: Browser) -> str:
    """What a page of ours writes in its forms."""
    return str(browser.get("/form").json()["csrf"])


def test_the_cookie_of_a_session(browser: Browser) -> None:
    """It cannot be read by scripts, is not sent along by other sites' forms, and ends with the browser."""
    cookie = next(each for each in browser.signs_in().headers.get_list("set-cookie") if each.startswith(f"{SESSION}="))
    assert cookie.partition("; ")[2] == "HttpOnly; Path=/; SameSite=lax"


def test_a_cookie_tells_nothing(browser: Browser) -> None:
    """Who signed in cannot be read from it."""
    browser.signs_in()
    assert b"pit" not in urlsafe_b64decode(browser.cookies[SESSION] + "==")


def test_a_session_that_is_not_used(browser: Browser, clock: Clock) -> None:
    """It ends half an hour after the last request."""
    browser.signs_in()
    clock.step(minutes=29, seconds=59)
    assert browser.get("/who").status_code == 200
    clock.step(minutes=30)
    assert refused(browser.get("/who"))


def test_a_session_that_is_always_used(browser: Browser, clock: Clock) -> None:
    """It ends eight hours after signing in, however often it is used."""
    browser.signs_in()
    for _ in range(23):
        clock.step(minutes=20)
        assert browser.get("/who").status_code == 200
    clock.step(minutes=20)
    assert refused(browser.get("/who"))


def test_a_session_is_renewed_each_minute(browser: Browser, clock: Clock) -> None:
    """The cookie says anew when it was used, but not with each request."""
    browser.signs_in()
    clock.step(seconds=59)
    assert "set-cookie" not in browser.get("/who").headers
    clock.step(seconds=1)
    assert "set-cookie" in browser.get("/who").headers
    assert "set-cookie" not in browser.get("/who").headers


def test_a_session_of_the_future(browser: Browser, clock: Clock) -> None:
    """A clock that was set back makes no session last longer, but for clocks that differ a little."""
    browser.signs_in()
    clock.step(seconds=-30)
    assert browser.get("/who").status_code == 200
    clock.step(seconds=-1)
    assert refused(browser.get("/who"))


def test_a_tampered_cookie(browser: Browser) -> None:
    """A cookie with any byte changed is none."""
    browser.signs_in()
    sealed = urlsafe_b64decode(browser.cookies[SESSION] + "==")
    for at in (0, 1, 13, len(sealed) // 2, len(sealed) - 1):
        changed = bytearray(sealed)
        changed[at] ^= 1
        assert refused(with_cookie(browser, urlsafe_b64encode(changed).decode().rstrip("=")))


@pytest.mark.parametrize("value", ["", "x", "AQ", "=" * 9, "A" * 100, "%00", '"', "é"])
def test_a_made_up_cookie(browser: Browser, value: str) -> None:
    """What we did not write is nobody's session."""
    browser.client.cookies.clear()
    answer = browser.get("/who", headers=[(b"Cookie", f"{SESSION}={value}".encode())])
    assert refused(answer)


def test_the_cookie_of_another_store(
    browser: Browser, served: Served, settled: Settled, clock: Clock, tmp_path: Path
) -> None:
    """A session opens nothing at an installation with another store."""
    browser.signs_in()
    other = create(Settings(f"sqlite:///{tmp_path / 'other.db'}"))
    served.inner = door(oidc(settled(), other, clock))
    assert refused(browser.get("/who"))
    other.store.close()


@pytest.mark.parametrize("change", [{"client_id": "another"}, {"public_url": "http://127.0.0.1:1"}], ids=str)
def test_the_cookie_of_other_settings(
    browser: Browser, served: Served, settled: Settled, app: App, clock: Clock, change: dict[str, str]
) -> None:
    """Where the settings speak of another client or address, everybody signs in again."""
    browser.signs_in()
    served.inner = door(oidc(settled(**change), app, clock))
    assert refused(browser.get("/who"))


def test_another_process_knows_the_session(
    browser: Browser, served: Served, settled: Settled, app: App, clock: Clock
) -> None:
    """A session is in the cookie, and needs no memory of ours."""
    browser.signs_in()
    served.inner = door(oidc(settled(), app, clock))
    assert browser.get("/who").status_code == 200


def test_an_attempt_is_no_session(browser: Browser) -> None:
    """The cookie of somebody who only set out does not sign them in."""
    browser.leaves()
    assert refused(with_cookie(browser, browser.cookies["zorgspoor-sign-in"]))


def test_a_session_is_no_attempt(browser: Browser) -> None:
    """Nor the other way round."""
    browser.signs_in()
    session = browser.cookies[SESSION]
    back = browser.comes_back()
    browser.client.cookies.clear()
    assert code_of(browser.get(back, headers={"Cookie": f"zorgspoor-sign-in={session}"})) == (400, "sign_in_failed")


def test_what_the_store_seals_is_no_cookie(browser: Browser, settled: Settled, app: App) -> None:
    """Bytes that the key of the store sealed (a cursor, a fact) are no cookie, not even for the same place."""
    place = Seals(app, settled())._place("a session, 1")
    sealed = app.store.keys.of_store.seal(b"[]", place)
    assert refused(with_cookie(browser, urlsafe_b64encode(sealed).decode().rstrip("=")))


def test_two_session_cookies(browser: Browser) -> None:
    """Where somebody put a cookie beside ours, neither is believed."""
    browser.signs_in()
    kept = browser.cookies[SESSION]
    browser.client.cookies.clear()
    assert refused(browser.get("/who", headers={"Cookie": f"{SESSION}={kept}; {SESSION}={kept}"}))


def test_a_change_needs_the_token_of_the_session(browser: Browser) -> None:
    """What another site has a browser send changes nothing (CSRF)."""
    browser.signs_in()
    assert code_of(browser.post("/who")) == (403, "csrf")
    assert code_of(browser.post("/who", headers={CSRF: "x"})) == (403, "csrf")
    assert code_of(browser.post("/who", headers={CSRF: "é".encode()})) == (403, "csrf")
    assert browser.post("/who", headers={CSRF: csrf_of(browser)}).status_code == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_another_site_shows_is_no_look(browser: Browser, site: str) -> None:
    """Its pictures and scripts are not asked for by a person; a link that somebody follows is."""
    browser.signs_in()
    headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors"}
    assert code_of(browser.get("/who", headers=headers)) == (403, "csrf")
    assert browser.get("/who", headers=headers | {"Sec-Fetch-Mode": "navigate"}).status_code == 200
    assert browser.get("/who", headers=headers | {"Sec-Fetch-Site": "same-origin"}).status_code == 200


def test_a_form_has_the_token_of_the_session(browser: Browser) -> None:
    """A page writes it in its forms, and what the form sends counts, not a header."""
    browser.signs_in()
    csrf = csrf_of(browser)
    assert browser.post("/form", params={"csrf": csrf}).status_code == 200
    assert code_of(browser.post("/form", params={"csrf": "x"}, headers={CSRF: csrf})) == (403, "csrf")
    assert code_of(browser.post("/form", headers={CSRF: csrf})) == (403, "csrf")


def test_the_token_of_another_session(browser: Browser, other_browser: Browser) -> None:
    """A token of one session is none in another, be it of the same person."""
    browser.signs_in()
    other_browser.signs_in()
    assert code_of(browser.post("/who", headers={CSRF: csrf_of(other_browser)})) == (403, "csrf")


def test_nobody_has_a_token(browser: Browser) -> None:
    """Without a session there is nothing to write in a form."""
    assert refused(browser.get("/form"))


def test_a_program_needs_no_token_of_a_session(provider: Provider, browser: Browser, clock: Clock) -> None:
    """A browser sends no bearer token by itself."""
    token = provider.token(clock())
    assert browser.post("/who", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_a_person_signs_out(browser: Browser, served: Served) -> None:
    """From a page of ours; then the cookie is gone, and a copy of it opens nothing any more."""
    browser.signs_in()
    kept = browser.cookies[SESSION]
    answer = browser.post("/sign-out", headers={"Origin": served.address})
    assert (answer.status_code, answer.headers["location"], browser.cookies) == (303, "/", {})
    assert refused(with_cookie(browser, kept))


def test_a_script_of_ours_signs_out(browser: Browser) -> None:
    """The token of the session is as good as where it came from."""
    browser.signs_in()
    assert browser.post("/sign-out", headers={CSRF: csrf_of(browser)}).status_code == 303
    assert browser.cookies == {}


@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": ""}, {CSRF: ""}, {CSRF: "x"}],
    ids=str,
)
def test_another_site_signs_nobody_out(browser: Browser, headers: dict[str, str]) -> None:
    """Neither from elsewhere, nor without saying from where."""
    browser.signs_in()
    assert code_of(browser.post("/sign-out", headers=headers)) == (403, "csrf")
    assert browser.get("/who").status_code == 200


def test_signing_out_twice(browser: Browser, served: Served) -> None:
    """Who is signed out already is signed out."""
    assert browser.post("/sign-out", headers={"Origin": served.address}).status_code == 303


def test_signing_out_is_not_undone(browser: Browser, served: Served, sign_in: OpenIdConnect, clock: Clock) -> None:
    """An answer that comes after signing out does not bring the session back to life."""
    browser.signs_in()
    kept = browser.cookies[SESSION]
    clock.step(minutes=2)
    session = sign_in._sessions.of(asking(kept))
    assert sign_in._sessions.renewal(session) is not None
    browser.post("/sign-out", headers={"Origin": served.address})
    assert sign_in._sessions.renewal(session) is None


def test_each_sign_in_is_another_session(browser: Browser) -> None:
    """A session that somebody had before is not carried on (session fixation)."""
    browser.signs_in()
    before = csrf_of(browser)
    browser.signs_in()
    assert csrf_of(browser) != before
