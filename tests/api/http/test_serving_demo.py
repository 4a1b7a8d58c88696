"""`zorgspoor demo`: what it says to try works as it says, in the order in which it says it."""

import json
import shlex
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from api import demo as made_by
from api.accounts import Account, children_of
from api.main import App, Settings, build
from benchmarks.service import Service, started
from tests.api.http.given import NO_TLS
from tests.api.http.load import until

pytestmark = pytest.mark.timeout(120)


class Printed(NamedTuple):
    """A command of the walk-through: what it is said to be for, and what it asks."""

    says: str
    method: str
    url: str
    headers: dict[str, str]
    body: str | None


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Running, in a folder of its own."""
    home = tmp_path_factory.mktemp("demo")
    with started(home, "demo", "--folder", home / "made", "--port", free_port()) as service:
        until(lambda: "Application startup complete" in service.said)
        yield service


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as one:
        port: int = one.getsockname()[1]
        return port


def walk_through(said: str) -> Iterator[Printed]:
    """Each command that is printed, as a shell would read it."""
    lines = said.splitlines()
    for before, line in pairwise(lines):
        if line.startswith("curl "):
            yield read(before.removeprefix("# "), shlex.split(line))


def read(says: str, words: list[str]) -> Printed:
    """As curl takes them, which posts where there is a body."""
    options, body = dict[str, str](), None
    *rest, url = words
    for option, value in pairwise(rest):
        if option == "-H":
            name, _, header = value.partition(": ")
            options[name] = header
        if option == "-d":
            body = value
    return Printed(says, "GET" if body is None else "POST", url, options, body)


def ask(printed: Printed) -> httpx.Response:
    return httpx.request(
        printed.method, printed.url, headers=printed.headers, content=printed.body, timeout=30, verify=NO_TLS
    )


Fits = Callable[[Any], object]
EXPECTED: dict[str, tuple[int, Fits]] = {
    "The coordinator asks for the current caseload": (200, lambda told: told["caseload"][0]["programme"]),
    "Who works in how many episodes?": (200, lambda told: sum(told["professionals"][0]["episodes"].values())),
    "What was said is not for a coordinator.": (403, lambda told: told["code"] == "no_rule"),
    "The coach on the team reads what happened.": (200, lambda told: told["entries"]),
    "She holds a talk with the parents.": (201, lambda told: told["status"] == "recorded"),
    "The mother asks who she is here": (200, lambda told: len(told["trajectories"]) == 1),
    "She looks into the dossier of her child.": (200, lambda told: told["episodes"]),
    "She adds her own words.": (201, lambda told: told["positions"]),
    "She asks who looked, and why.": (200, lambda told: len(told["disclosures"]) >= 3),
    "To her, another child is as one that is not there.": (403, lambda told: set(told) & {"episodes"} == set()),
    "The auditor asks who saw what, on which ground.": (200, lambda told: len(told["disclosures"]) == 5),
    "Could the coach read sessions the day before": (200, lambda told: told["decision"] == "permit"),
    "And two days after?": (200, lambda told: told["decision"] == "deny"),
    "The data protection officer sees": (200, lambda told: told["reviews"]),
    "And which consent policy decides.": (200, lambda told: told["policies"]),
}
"""Of each step, by how it begins: the status, and something that its answer must have."""


def test_every_step_of_the_walk_through_answers_what_it_says(demo: Service) -> None:
    """Each of them in turn; and each is expected here."""
    steps = list(walk_through(demo.said))
    assert len(steps) == len(EXPECTED)
    for step, (says, (status, fits)) in zip(steps, EXPECTED.items(), strict=True):
        assert step.says.startswith(says)
        answer = ask(step)
        assert (answer.status_code, bool(fits(answer.json()))) == (status, True), f"{says}: {answer.text}"


def test_a_step_that_is_tried_again_changes_nothing(demo: Service) -> None:
    """Whoever runs the walk-through twice reads that it stands already."""
    posted = [step for step in walk_through(demo.said) if step.body]
    for step in posted:
        ask(step)
        assert (again := ask(step)).status_code == 200, again.text
        assert again.json()["status"] == "unchanged"


def test_what_is_printed_can_be_read_by_a_shell(demo: Service) -> None:
    """No line breaks within a command, and bodies that are JSON."""
    assert "Serving sqlite:///" in demo.said
    assert all(json.loads(step.body) for step in walk_through(demo.said) if step.body)


def test_a_demonstration_that_was_cut_off_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of it would let the mother see nothing, and nobody knew why."""

    def killed(app: App) -> Iterator[str]:
        yield "pit"
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(made_by, "_told", killed)
        with pytest.raises(KeyboardInterrupt):
            made_by.made(tmp_path)
    (tmp_path / "making-left").mkdir()
    app = build(Settings(made_by.made(tmp_path)))
    with closing(app.store):
        assert children_of(app, Account("demo-mother", "guardian")) == [app.stream_of(made_by.CHILD)]
    assert sorted(each.suffix for each in tmp_path.iterdir() if "read" not in each.name) == [".db", ".db", ".key"]
