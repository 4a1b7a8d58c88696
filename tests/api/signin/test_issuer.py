import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

import pytest
from joserfc.jwk import Key, RSAKey
from structlog.testing import capture_logs

from api.http.problems import Problem
from api.http.signing import SigningIn
from api.main import App
from api.signin import issuer as asking
from api.signin.discovery import metadata_in
from api.signin.issuer import Issuer
from api.signin.line import LARGEST, Line, Unreachable
from api.signin.sign_in import oidc
from tests.api.signin.conftest import Bearing, Settled
from tests.api.signin.provider import FIRST, SECOND, Provider, answering
from tests.api.signin.served import Browser, Served, code_of, door
from tests.conftest import Clock

UNAVAILABLE = (503, "unavailable")
WELL_KNOWN = "/.well-known/openid-configuration"


@pytest.fixture
def nowhere() -> Iterator[str]:
    """An address of this machine that nobody listens at."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def goes_down(provider: Provider) -> None:
    """From now on the issuer answers nothing of use."""
    provider.instead = {WELL_KNOWN: answering(500), "/jwks": answering(500)}


def test_a_new_key_works_at_once(provider: Provider, bearing: Bearing, clock: Clock) -> None:
    """A token by a key that the issuer has since a moment ago makes us ask for it."""
    assert bearing(provider.token(clock())).status_code == 200
    clock.step(seconds=10)
    provider.published = [FIRST, SECOND]
    assert bearing(provider.token(clock(), None, SECOND)).status_code == 200
    assert bearing(provider.token(clock())).status_code == 200
    assert provider.fetches == 2


def test_a_withdrawn_key_stops_working(provider: Provider, bearing: Bearing, clock: Clock) -> None:
    """Within ten minutes, though nothing else makes us ask."""
    old = provider.token(clock(), exp=2**33)
    assert bearing(old).status_code == 200
    provider.roll_over()
    clock.step(minutes=9, seconds=59)
    assert bearing(old).status_code == 200
    clock.step(seconds=1)
    assert bearing(old).status_code == 401


def test_a_withdrawn_key_stops_when_the_new_one_is_used(provider: Provider, bearing: Bearing, clock: Clock) -> None:
    """Whoever brings a token by the new key makes us forget the old one."""
    old = provider.token(clock())
    assert bearing(old).status_code == 200
    provider.roll_over()
    clock.step(seconds=10)
    assert bearing(provider.token(clock())).status_code == 200
    assert bearing(old).status_code == 401


def test_a_key_under_the_same_name(provider: Provider, bearing: Bearing, clock: Clock) -> None:
    """Two keys by one name are no key: nobody can say which of them is meant."""
    provider.published = [FIRST, RSAKey.import_key(SECOND.as_dict(private=True) | {"kid": "k-1"})]
    assert bearing(provider.token(clock())).status_code == 401


def test_a_clock_that_is_set_back(provider: Provider, bearing: Bearing, clock: Clock) -> None:
    """Keys from a time to come are asked for anew."""
    assert bearing(provider.token(clock())).status_code == 200
    provider.roll_over()
    clock.step(hours=-5)
    assert bearing(provider.token(clock(), None, FIRST)).status_code == 401


def test_forged_names_of_keys(provider: Provider, bearing: Bearing, clock: Clock) -> None:
    """However many keys a forger names, the issuer is asked every ten seconds at most."""
    assert bearing(provider.token(clock())).status_code == 200
    for number in range(25):
        clock.step(seconds=1)
        assert bearing(provider.token(clock(), {"kid": f"forged-{number}"})).status_code == 401
    assert provider.fetches == 3


def test_one_thread_asks(provider: Provider, clock: Clock) -> None:
    """Of many requests at the same time one asks the issuer, and all have the answer."""
    issuer, together = Issuer(provider.address, clock, Line()), Barrier(8)

    def key(_: int) -> Key | None:
        together.wait()
        return issuer.key("k-1", "RS256")

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(key, range(8)))
    assert provider.fetches == 1


def test_an_issuer_that_is_down(provider: Provider, bearing: Bearing, clock: Clock) -> None:
    """With keys at hand we go on for an hour, and not a moment longer."""
    token = provider.token(clock(), exp=2**33)
    assert bearing(token).status_code == 200
    goes_down(provider)
    clock.step(minutes=59, seconds=59)
    assert bearing(token).status_code == 200
    clock.step(seconds=5)
    answer = bearing(token)
    assert (code_of(answer), answer.headers["retry-after"]) == (UNAVAILABLE, "5")


def test_an_issuer_that_comes_back(provider: Provider, bearing: Bearing, clock: Clock) -> None:
    """After five seconds it is asked again, and not before."""
    goes_down(provider)
    token = provider.token(clock())
    assert [code_of(bearing(token)) for _ in range(3)] == [UNAVAILABLE] * 3
    assert provider.asked[WELL_KNOWN] == 1
    provider.instead = {}
    clock.step(seconds=5)
    assert bearing(token).status_code == 200


def test_an_issuer_that_was_never_there(
    nowhere: str, provider: Provider, settled: Settled, served: Served, app: App, clock: Clock, browser: Browser
) -> None:
    """Without any key nobody can be told from anybody else, neither program nor person."""
    served.inner = door(oidc(settled(issuer=nowhere), app, clock))
    answer = browser.get("/who", headers={"Authorization": f"Bearer {provider.token(clock(), iss=nowhere)}"})
    assert code_of(answer) == UNAVAILABLE
    assert code_of(browser.get("/sign-in")) == UNAVAILABLE


def test_rubbish_costs_no_question(provider: Provider, bearing: Bearing) -> None:
    """What is no token by its form alone does not make us ask the issuer."""
    assert bearing("rubbish").status_code == 401
    assert provider.asked.total() == 0


def test_sessions_outlive_the_issuer(provider: Provider, browser: Browser, clock: Clock) -> None:
    """Who is signed in need not wait for the issuer."""
    browser.signs_in()
    goes_down(provider)
    clock.step(minutes=20)
    assert browser.get("/who").status_code == 200


def test_what_is_logged_of_an_issuer_that_is_down(nowhere: str, clock: Clock) -> None:
    """Who runs the service learns that it was not reached, and of what kind the error was."""
    with capture_logs() as logged, pytest.raises(Problem):
        Issuer(nowhere, clock, Line()).metadata()
    assert logged == [{"event": "issuer unreachable", "kind": "ConnectError", "log_level": "warning"}]


@pytest.mark.parametrize(
    "said",
    [
        {"issuer": "https://other.example"},
        {"issuer": None},
        {"jwks_uri": None},
        {"jwks_uri": "http://issuer.example/jwks"},
        {"jwks_uri": "file:///jwks"},
        {"token_endpoint": "http://issuer.example/token"},
        {"token_endpoint": "https://user:secret@issuer.example/token"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "https://issuer.example\\@evil.example/"},
        {"authorization_endpoint": "https://issuer.example\\evil.example/"},
        {"authorization_endpoint": "https://[x"},
        {"authorization_endpoint": "https://issuer.example:x/"},
        {"authorization_endpoint": "https://issuer.example/#a"},
        {"authorization_endpoint": "https:///a"},
    ],
    ids=str,
)
def test_a_document_that_is_not_the_issuers(provider: Provider, browser: Browser, said: dict[str, Any]) -> None:
    """What speaks of another issuer, or sends us or people where nobody is safe, counts for nothing."""
    provider.metadata = said
    assert code_of(browser.get("/sign-in")) == UNAVAILABLE


def test_an_issuer_elsewhere_does_not_send_us_home(provider: Provider) -> None:
    """Loopback is for an issuer on this machine: another one does not get to ask what listens here."""
    issuer = "https://issuer.example"
    with pytest.raises(Unreachable):
        metadata_in(provider.discovery() | {"issuer": issuer}, issuer)


@pytest.mark.parametrize("path", [WELL_KNOWN, "/jwks"])
@pytest.mark.parametrize(
    "answer",
    [
        answering(200, []),
        answering(200, {}),
        answering(200, {"keys": "x"}),
        answering(200, {"keys": [{}] * 101}),
        answering(302, Location="/elsewhere"),
        answering(204),
        answering(404, {"keys": []}),
    ],
    ids=["list", "empty", "text", "many", "redirect", "nothing", "missing"],
)
def test_an_answer_that_is_not_right(provider: Provider, browser: Browser, path: str, answer: Any) -> None:
    """What is no document, too large or somewhere else is as good as no answer."""
    provider.instead[path] = answer
    assert code_of(browser.get("/sign-in")) == UNAVAILABLE
    assert provider.asked["/elsewhere"] == 0


@pytest.mark.parametrize(("more", "status"), [(0, 303), (LARGEST, 503)])
def test_a_large_answer(provider: Provider, browser: Browser, more: int, status: int) -> None:
    """More than any issuer has to say is not read to the end."""
    provider.metadata["padding"] = "x" * more
    assert browser.get("/sign-in").status_code == status


def test_an_answer_that_is_packed(provider: Provider, browser: Browser) -> None:
    """Nothing is unpacked: a small answer must not become a large one."""
    provider.instead["/jwks"] = answering(200, {"keys": []}, **{"Content-Encoding": "gzip"})
    assert browser.get("/sign-in").status_code == 303


def test_an_issuer_without_keys(provider: Provider, bearing: Bearing, clock: Clock) -> None:
    """An issuer that withdrew all its keys vouches for nobody."""
    provider.published = []
    assert bearing(provider.token(clock())).status_code == 401


class Hanging(Line):
    """An issuer that answers, and from then on keeps everybody waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.hangs, self.asked, self.over = Event(), Event(), Event()

    def get(self, address: str) -> dict[str, Any]:
        if self.hangs.is_set():
            self.asked.set()
            self.over.wait(10)
            raise Unreachable
        return super().get(address)


def test_an_issuer_that_hangs(provider: Provider, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks waits; the others go on with the keys at hand, and hear soon where there is none."""
    monkeypatch.setattr(asking, "WAITING_SECONDS", 0.05)
    line = Hanging()
    issuer = Issuer(provider.address, clock, line)
    known = issuer.key("k-1", "RS256")
    assert known
    clock.step(minutes=11)
    line.hangs.set()
    with ThreadPoolExecutor(1) as threads:
        waits = threads.submit(issuer.key, "k-1", "RS256")
        assert line.asked.wait(5)
        try:
            assert issuer.key("k-1", "RS256") is known
            with pytest.raises(Problem) as told:
                issuer.key("forged", "RS256")
            assert (told.value.status, waits.done()) == (503, False)
        finally:
            line.over.set()
        assert waits.result(5) is known


def test_our_own_name_is_a_number(settled: Settled) -> None:
    """Brackets belong to it (RFC 3986 §3.2.2)."""
    assert "[2001:db8::1]" in SigningIn(settled(public_url="https://[2001:db8::1]")).hosts
