"""The log of the service: a line for each request, and of nobody, about nobody."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from api.http import logs
from api.main import App, Settings, build
from domain.disclosure import LogQueried, Look
from ledger.errors import StoreUnavailable
from projections.trajectory import TRAJECTORY
from projections.view import Content, Frame
from tests.api.given import log_of
from tests.api.http.given import CONTENT, Asked, Service, door, served, token
from tests.conftest import NO_BYTECODE, ROOT, Clock
from tests.examples import AUDITOR, CHILD, COACH, COORDINATOR, MOTHER, session

SECRET = "Qzxmarker"
"""Stands in what is sent, and in what goes wrong."""

ACCOUNT = "digid-7"
PURPOSE = {"purpose_of_use": "care"}
SAID = session(summary=SECRET)
WORDS = (*CONTENT, CHILD, SECRET, ACCOUNT, "digid", "pit-1", "co-1", "pit_coach", "pit-leiden", "GM0546", "Traceback")
"""What stands in no line of the log: persons, references, text, tokens, addresses as asked."""

ASKED: tuple[tuple[str, str, str, object], ...] = (
    ("GET", f"/trajectories/{CHILD}", token(COACH), None),
    ("GET", f"/trajectories/{CHILD}/timeline?category=session&reason={SECRET}", token(COACH), None),
    ("GET", f"/trajectories/{SECRET}", token(COACH), None),
    ("GET", "/me", token(MOTHER, account=ACCOUNT), None),
    ("GET", "/caseload", token(COORDINATOR), None),
    ("GET", f"/caseload?{SECRET}=1", token(COORDINATOR), None),
    ("GET", f"/caseload?cursor={SECRET}", token(COORDINATOR), None),
    ("GET", f"/disclosures?trajectory={CHILD}&viewer=pit-1", token(AUDITOR), None),
    ("GET", f"/disclosures/{SECRET}/replay", token(AUDITOR), None),
    ("GET", f"/{SECRET}", token(COACH), None),
    ("GET", "/me", SECRET, None),
    (SECRET, "/me", token(COACH), None),
    ("POST", "/search", token(COORDINATOR), {"bsn": "111222333"}),
    ("POST", "/search", token(COORDINATOR), {"bsn": SECRET}),
    ("POST", "/actions/hold_session", token(COACH), {name: each for name, each in SAID.items() if name != "by"}),
    ("POST", "/actions/hold_session", token(COACH), SAID | {"by": SECRET}),
    ("POST", "/actions", token(COACH), [SAID, {"action": SECRET}]),
)


@contextmanager
def store_fails(app: App) -> Iterator[None]:
    """With a sentence that nobody should read."""

    def fail(*_: Any, **__: Any) -> None:
        raise StoreUnavailable(f"The disk fails at {SECRET}.")

    with patch.object(app.store, "save", fail):
        yield


@contextmanager
def view_is_defect() -> Iterator[None]:
    """With content in its message, and a cause that has it too."""

    def fail(_: Frame) -> Content:
        raise ValueError(f"no view of {SECRET} for {CHILD}") from KeyError(SECRET)

    with patch("api.http.looks.TRAJECTORY", replace(TRAJECTORY, build=fail)):
        yield


def run(url: str) -> None:
    """In a process of its own: ask all of this, and print what was answered."""
    logs.begin()
    app = build(Settings(url), Clock())
    with closing(app.store), Asked(door(app)) as ask:
        for method, target, who, body in ASKED:
            _print(ask(method, target, who, body, **PURPOSE))
        with store_fails(app):
            _print(ask("GET", f"/trajectories/{CHILD}", token(COACH)))
            _print(ask("POST", "/actions", token(COACH), [SAID | {"action_id": "other"}]))
        with view_is_defect():
            _print(ask("GET", f"/trajectories/{CHILD}", token(COACH)))
        with served(door(app)) as service:
            _print_bare(service)


def _print(reply: Any) -> None:
    request = reply.headers["zorgspoor-request"]
    print(json.dumps([reply.status, request, reply.body.decode()]))  # noqa: T201  # how the test hears it


def _print_bare(service: Service) -> None:
    """What is no HTTP, and what is cut off."""
    service.raw(f"{SECRET}\r\n\r\n".encode())
    service.raw(f"GET /{SECRET} HTTP/1.1\r\nHost: {SECRET}\r\nX: {SECRET * 5_000}".encode())
    head = f"Host: a\r\nAuthorization: {token(COACH)}\r\nConnection: close\r\nContent-Type: application/json\r\n"
    service.raw(f"POST /actions HTTP/1.1\r\n{head}Transfer-Encoding: chunked\r\n\r\n{SECRET}\r\n".encode())


@dataclass(frozen=True)
class Ran:
    """What was answered (status, request, body), each line of the log, and which requests the facts name."""

    answers: list[tuple[int, str, str]]
    lines: list[str]
    named: set[str]
    opaque: str

    @property
    def told(self) -> list[dict[str, Any]]:
        return [json.loads(each) for each in self.lines]

    @property
    def requests(self) -> list[dict[str, Any]]:
        return [each for each in self.told if each["event"] == "request"]


@pytest.fixture(scope="module")
def ran(pit_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """All of it, asked over the pit case."""
    folder = tmp_path_factory.mktemp("logged") / "store"
    shutil.copytree(pit_store, folder)
    url = f"sqlite:///{folder / 'zorgspoor.db'}"
    script = f"from tests.api.http.test_logs import run; run({url!r})"
    done = subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(ROOT), **NO_BYTECODE},
    )
    assert done.returncode == 0, done.stderr
    answers = [(status, name, body) for status, name, body in map(json.loads, done.stdout.splitlines())]
    app = build(Settings(url), Clock())
    with closing(app.store):
        named = {fact.door.request for each in log_of(app) if isinstance(fact := each.fact, Look | LogQueried)}
        return Ran(answers, done.stderr.splitlines(), named, str(app.stream_of(CHILD)))


def test_each_request_has_a_line_of_nobody(ran: Ran) -> None:
    """Route, status, milliseconds, and the name that its answer and its fact have; and nothing else at all."""
    names = {"event", "level", "timestamp", "method", "route", "status", "milliseconds", "request"}
    asked = ran.requests[: len(ran.answers)]
    assert [set(each) for each in asked] == [names] * len(ran.answers)
    assert [(each["status"], each["request"]) for each in asked] == [(status, name) for status, name, _ in ran.answers]
    assert all(0 <= each["milliseconds"] < 60_000 for each in asked)
    assert ran.answers[0][1] in ran.named
    assert ran.named <= {each["request"] for each in asked}


def test_a_route_is_told_by_its_form(ran: Ran) -> None:
    """Never as it was asked; where there is none, as other."""
    routes = [each["route"] for each in ran.requests]
    assert routes[0] == "/trajectories/{trajectory}"
    assert routes[1] == "/trajectories/{trajectory}/timeline"
    assert routes[8] == "/disclosures/{disclosure}/replay"
    assert routes[9] == "other"
    assert ran.requests[11]["method"] == "other"


def test_no_line_says_anything_of_anybody(ran: Ran) -> None:
    """No reference, person, text, BSN, token or address as asked, nor a traceback, whatever went wrong."""
    assert len(ran.lines) > len(ran.answers)
    words = (*WORDS, ran.opaque)
    for line in ran.lines:
        assert not [word for word in words if word in line], line


def test_what_the_store_cannot_is_told_to_those_who_run_it(ran: Ran) -> None:
    """503 to who asked; the log has the kind of it and the place."""
    answers = [each for each in ran.answers if each[0] == 503]
    assert [json.loads(body)["code"] for _, _, body in answers] == ["unavailable"] * 2
    said = [each for each in ran.told if each["event"] == "unavailable"]
    assert [each["kind"] for each in said] == ["StoreUnavailable"] * 2
    assert [each["place"].partition(":")[0] for each in said] == ["test_logs.py"] * 2


def test_a_defect_is_told_without_a_value(ran: Ran) -> None:
    """500 with its code; the log has the kind of it, the place, and the name of the request."""
    status, name, body = ran.answers[-1]
    problem = json.loads(body)
    assert (status, problem["code"], set(problem)) == (500, "defect", {"type", "title", "status", "code"})
    (said,) = [each for each in ran.told if each["event"] == "defect"]
    assert (said["kind"], said["request"]) == ("ValueError", name)
    assert said["place"].startswith("test_logs.py:")


def test_each_line_is_one_object(ran: Ran) -> None:
    """Also of what libraries log."""
    assert all({"event", "level", "timestamp"} <= set(each) for each in ran.told)
    assert "Invalid HTTP request received." in {each["event"] for each in ran.told}


@pytest.mark.parametrize("where", ["fail()", "Thread(target=fail).start()"])
def test_what_nobody_caught_is_a_line_without_a_value(where: str) -> None:
    """Python itself would print what was said, and lines with values."""
    program = f"""
from threading import Thread
from api.http import logs
def fail():
    raise KeyError("{SECRET}")
logs.begin()
{where}
"""
    ended = subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=NO_BYTECODE,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    (line,) = ended.stderr.splitlines()
    assert json.loads(line)["kind"] == "KeyError"
    assert SECRET not in line
