"""`zorgspoor serve` as somebody runs it: a process, with workers of its own."""

import json
import os
import signal
import socket
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.act import act
from api.main import Settings, build, create
from api.parse import parse
from api.trusting import trust
from benchmarks.service import Service, serving, started
from domain.opened import IssuerTrusted
from tests.api.http.given import CONTENT, NO_TLS, problem
from tests.api.http.load import lives, projecting, until
from tests.conftest import CommandLine
from tests.examples import CHILD, PIT
from tests.ledger.place import Place

COACH, COORDINATOR = "demo-coach", "demo-coordinator"
LOOK = f"/trajectories/{CHILD}"
SESSION = {
    "trajectory": CHILD,
    "at": "2026-04-28T11:00:00+02:00",
    "episode": "e-2",
    "form": "child_talk",
    "minutes": 45,
    "summary": "Vertelt over de pauze.",
}
pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def url(place: Place) -> str:
    """A store with the pit case, on each engine."""
    app = create(Settings(place.url))
    with closing(app.store):
        for line in PIT:
            act(app, parse(line, app.programmes))
    return place.url


@pytest.fixture
def of_sqlite(pit_store: Path) -> str:
    """A store with the pit case, which others only read."""
    return f"sqlite:///{pit_store / 'zorgspoor.db'}"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where the service runs and keeps its log."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def ask(service: Service, persona: str, method: str, path: str, **more: Any) -> httpx.Response:
    """Over a connection of its own, which any worker may take."""
    headers = {"Authorization": f"Bearer {persona}"} | more.pop("headers", {})
    url = f"http://127.0.0.1:{service.port}{path}"
    return httpx.request(method, url, headers=headers, timeout=30, verify=NO_TLS, **more)


def look(service: Service) -> int:
    return ask(service, COACH, "GET", LOOK).status_code


def hold(service: Service, number: int) -> httpx.Response:
    """A session that takes so many minutes."""
    return ask(service, COACH, "POST", "/actions/hold_session", json=SESSION | {"minutes": number})


def quiet(service: Service) -> bool:
    """No traceback in its log, and no word of what it keeps, nor of whom was asked about."""
    return not [word for word in (*CONTENT, CHILD, "Traceback") if word in service.said]


def test_it_starts_says_what_it_is_answers_and_stops(url: str, home: Path) -> None:
    """With a banner where nobody signs in for real; stopped, it ends by itself and as it should."""
    with serving(url, home) as service:
        assert "DEMONSTRATION" in service.said
        assert "Never with real children." in service.said
        assert ask(service, COACH, "GET", f"{LOOK}/timeline").json()["position"] > len(PIT)
        assert hold(service, 40).status_code == 201
        assert ask(service, COORDINATOR, "GET", "/caseload").json()["caseload"]
        assert problem(ask(service, "demo-nobody", "GET", LOOK)) == (401, "unauthenticated")
        assert service.stop() == 0
        assert quiet(service)


@pytest.mark.parametrize(("workers", "by"), [(1, signal.SIGTERM), (1, signal.SIGINT), (2, signal.SIGTERM)])
def test_what_is_being_answered_when_it_is_stopped_is_answered(
    of_sqlite: str, home: Path, workers: int, by: signal.Signals
) -> None:
    """Half of a request had come; the other half still gets its answer, and then nobody else is let in."""
    body = json.dumps({"bsn": "111222333"}).encode()
    head = f"POST /search HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {COACH}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    with serving(of_sqlite, home, workers=workers) as service:
        with socket.create_connection(("127.0.0.1", service.port), timeout=10) as asking:
            asking.sendall(head.encode() + body[:5])
            until(lambda: look(service) == 200)
            os.killpg(service.process.pid, by)  # as a terminal and systemd do: supervisor and workers
            until(lambda: "Shutting down" in service.said)
            asking.sendall(body[5:])
            told = b"".join(iter(lambda: asking.recv(65_536), b""))
        assert told.startswith(b"HTTP/1.1 200 ")
        assert service.process.wait(30) == 0
        assert quiet(service)
        with pytest.raises(httpx.ConnectError):
            look(service)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--rate", "often"], "--rate: such as 600/minute"),
        (["--rate", "0/minute"], "--rate: such as 600/minute"),
        (["--certificate", "there-is-none", "--key", "there-is-none"], "--certificate: there is no such file"),
        (["--certificate", "none.pem"], "--certificate and --key: both or neither"),
        (["--certificate", "none.pem", "--key", "none.pem"], "--certificate and --key: not a chain"),
        (["--host", "0.0.0.0"], "only loopback is served"),  # noqa: S104  # which is refused
        (["--store", "sqlite:///there-is-none.db"], "There is no store"),
    ],
)
def test_what_is_wrong_is_told_before_it_listens(
    cli: CommandLine, of_sqlite: str, tmp_path: Path, options: list[str], said: str
) -> None:
    """In a sentence, whatever the number of workers."""
    (tmp_path / "none.pem").write_text("none")
    done = cli("serve", "--workers", 2, "--store", of_sqlite, *options)
    assert done.code == 2
    assert said in " ".join(done.err.split())
    assert "Traceback" not in done.err


def test_a_store_that_was_served_with_an_issuer_is_not_served_without(cli: CommandLine, url: str) -> None:
    """One forgotten variable would let everybody on this machine in as an auditor of real children."""
    app = build(Settings(url))
    with closing(app.store):
        for issuer in (None, "https://one.example", "https://one.example", "https://two.example"):
            trust(app, issuer)
        facts = [each.fact for each in app.log(IssuerTrusted.TOPIC)]
    assert [each.issuer for each in facts if isinstance(each, IssuerTrusted)] == [
        "https://one.example",
        "https://two.example",
    ]
    done = cli("serve", "--store", url)
    assert done.code == 2
    assert "ZORGSPOOR_SIGN_IN" in done.err


@pytest.mark.parametrize("workers", [1, 2])
def test_a_port_that_is_taken_is_told(of_sqlite: str, home: Path, workers: int) -> None:
    """With its number, as somebody may have several services."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        with started(home, "serve", "--store", of_sqlite, "--port", port, "--workers", workers) as service:
            assert service.process.wait(30) == 2
    assert f"127.0.0.1:{port}: Address already in use" in service.said
    assert quiet(service)


def test_workers_end_with_their_supervisor(of_sqlite: str, home: Path) -> None:
    """Where it is killed nobody would stop them any more, and they would keep the port."""
    with serving(of_sqlite, home) as service:
        workers = service.workers()
        assert len(workers) == 2
        service.process.kill()
        until(lambda: not any(map(lives, workers)))
        assert quiet(service)


def test_a_worker_that_is_killed_is_replaced_and_another_projects_on(url: str, home: Path) -> None:
    """Who writes reads it in lists whichever worker answers; meanwhile 503 at the most, and when to ask again."""
    with serving(url, home, "--rate", "none") as service:
        until(lambda: projecting(service))
        for number in range(1, 6):
            if number in (2, 4):
                killed = projecting(service)
                assert killed
                os.kill(killed, signal.SIGKILL)
            written = patiently(partial(hold, service, number))
            read = patiently(lambda: ask(service, COORDINATOR, "GET", "/caseload"))
            assert read.json()["position"] > int(written.headers["Zorgspoor-Position"])
            held = [each["sessions"]["held"] for each in read.json()["caseload"] if each.get("episode") == "e-2"]
            assert held == [HELD + number]
            until(lambda: len(service.workers()) == 2 and projecting(service))
        assert service.stop() == 0
        assert quiet(service)


HELD = 2
"""Sessions of the open episode in the pit case."""


def patiently(asked: Callable[[], httpx.Response]) -> httpx.Response:
    """The answer, from a worker that lives; 503 says when to ask again."""
    found: list[httpx.Response] = []

    def came() -> bool:
        try:
            found.append(asked())
        except httpx.TransportError:
            return False
        if found[-1].status_code == 503:
            assert found[-1].headers["Retry-After"]
        return found[-1].status_code in (200, 201)

    until(came)
    return found[-1]


def test_a_worker_that_ends_while_it_is_asked_how_it_is_is_replaced_at_once(of_sqlite: str, home: Path) -> None:
    """Its supervisor waits half a minute for one that is busy, not for one that is gone."""
    with serving(of_sqlite, home) as service:
        stuck, other = service.workers()
        os.kill(stuck, signal.SIGSTOP)
        with pytest.raises(AssertionError):
            until(lambda: not lives(stuck), 1.5)  # until it was asked
        os.kill(stuck, signal.SIGKILL)
        until(lambda: len(service.workers()) == 2 and stuck not in service.workers(), 10)
        assert other in service.workers()


def test_two_workers_count_together(of_sqlite: str, home: Path) -> None:
    """Whichever is asked tells the requests of both, and of those that ended."""
    with serving(of_sqlite, home) as service:
        for _ in range(20):
            assert look(service) == 200
        assert {counted(service) for _ in range(5)} == {20}
        os.kill(service.workers()[0], signal.SIGKILL)
        until(lambda: service.said.count("Application startup complete") == 3)
        assert look(service) == 200
        assert {counted(service) for _ in range(5)} == {21}


def counted(service: Service) -> float:
    """Looks that were answered."""
    told = ask(service, COACH, "GET", "/metrics").text
    name = 'zorgspoor_requests_total{method="GET",route="/trajectories/{trajectory}",status="200"}'
    (line,) = [each for each in told.splitlines() if each.startswith(name)]
    return float(line.rpartition(" ")[2])
