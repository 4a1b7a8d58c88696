"""Several processes act and look at once, on each engine: what the log holds is what its own rules allow."""

import json
import os
import random
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import sleep
from typing import Any

import pytest

from api.main import App, Settings, build
from api.replay import replay
from consent_policy.decide import decide
from consent_policy.grounds import Request
from domain.disclosure import Disclosed
from domain.trajectory.support import SessionHeld
from tests.api.given import do, done, facts_of
from tests.conftest import NO_BYTECODE, ROOT, Clock
from tests.examples import CHILD, COACH, NOW, PIT, lines_of, withdrawal
from tests.ledger.place import Place


@pytest.fixture
def app(app_on_each_engine: App) -> App:
    return app_on_each_engine


def readers(place: Place, processes: int, threads: int) -> list["subprocess.Popen[str]"]:
    """So many processes with so many readers each."""
    command = [sys.executable, "-m", "tests.api.reader", place.url, str(threads)]
    env = {"PYTHONPATH": str(ROOT), "PATH": os.defpath, **NO_BYTECODE}
    return [
        subprocess.Popen(  # noqa: S603  # our own program
            command, env=env, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for _ in range(processes)
    ]


def withdraw_and_consent(app: App, place: Place, runs: int, processes: int, threads: int) -> Counter[str]:
    """The father withdraws, and consents again, while everybody looks; what the readers saw."""
    consented = next(each for each in PIT if each.get("consent") == "c-f2" and each["action"] == "give_consent")
    reading = readers(place, processes, threads)
    while not facts_of(app, Disclosed):
        sleep(0.05)
    for run in range(runs):
        at = NOW - timedelta(hours=1) + timedelta(seconds=2 * run)
        sleep(random.uniform(0, 0.03))  # noqa: S311  # no secret
        done(app, withdrawal(at=at.isoformat()))
        sleep(random.uniform(0, 0.03))  # noqa: S311  # no secret
        done(app, consented | {"at": (at + timedelta(seconds=1)).isoformat()})
    outcomes = [json.loads(each.communicate("")[0]) for each in reading]
    return sum((Counter(each) for each in outcomes), Counter())


def disclosed_though_denied(app: App) -> list[int]:
    """Positions of looks that show what the policy denies on what stood before them in the log."""
    stream, policy = app.stream_of(CHILD), app.policy(NOW)
    child = [(each.position, each.entry) for each in app.store.stream(stream)]
    history, found = app.reread(stream), list[int]()
    allowed: dict[int, bool] = {}
    for look in app.log(Disclosed.TOPIC):
        assert isinstance(look.fact, Disclosed)
        stood = max(entry for position, entry in child if position < look.position)
        if stood not in allowed:
            grounds = history.upto(stood).latest.grounds
            allowed[stood] = decide(grounds, Request(COACH, "care", "session"), NOW, policy).permitted
        (shown,) = look.fact.shown
        if shown.version != stood or not allowed[stood]:
            found.append(look.position)
    return found


def assert_nothing_is_shown_after_a_withdrawal(
    app: App, place: Place, runs: int, processes: int, threads: int
) -> Counter[str]:
    for line in PIT:
        do(app, line)
    outcomes = withdraw_and_consent(app, place, runs, processes, threads)
    assert disclosed_though_denied(app) == []
    assert min(outcomes["seen"], outcomes["refused"]) > 0, outcomes
    assert len(facts_of(app, Disclosed)) == outcomes["seen"]
    looks = [each.stream for each in app.log(Disclosed.TOPIC)]
    for look in looks[:: len(looks) // 50 + 1]:
        assert replay(app, look).result == "same"
    return outcomes


def test_nothing_is_shown_after_a_withdrawal(app: App, place: Place) -> None:
    """Ten readers in two processes, ten withdrawals."""
    assert_nothing_is_shown_after_a_withdrawal(app, place, runs=10, processes=2, threads=5)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_nothing_is_shown_to_fifty_readers_after_a_hundred_withdrawals(app: App, place: Place) -> None:
    """Fifty readers in five processes."""
    assert_nothing_is_shown_after_a_withdrawal(app, place, runs=100, processes=5, threads=10)


def test_of_two_sessions_on_the_last_place_one_stands(app: App, place: Place, clock: Clock) -> None:
    """From two stores that are open at once and know the child alike, for one child after the other."""
    other = build(Settings(place.url), clock)
    for number in range(5):
        before, last = up_to_the_last_place(f"t-{number}")
        for line in before:
            do(app, line)
        stream = app.stream_of(f"t-{number}")
        assert app.children.known(stream).recorded == other.children.known(stream).recorded
        pairs = [(app, last | {"minutes": 20}), (other, last | {"minutes": 21})]
        with ThreadPoolExecutor(2) as threads:
            said = [future.result() for future in [threads.submit(do, *each) for each in pairs]]
        assert sorted(str(each.code) for each in said) == ["None", "budget_exhausted"]
        held = [each for each in app.store.stream(stream) if isinstance(each.fact, SessionHeld)]
        assert len(held) == 5
    other.store.close()


def up_to_the_last_place(child: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The lines of a case before its fifth session, and that session: there is a budget of five."""
    expected = lines_of("preventie_plus.expected.jsonl")
    lines = [
        each | ({"trajectory": child} if "trajectory" in each else {}) for each in lines_of("preventie_plus.jsonl")
    ]
    full = next(number for number, answer in enumerate(expected) if answer.get("code") == "budget_exhausted")
    last = max(number for number in range(full) if lines[number]["action"] == "hold_session")
    return [each for each in lines[:last] if each["action"] != "hold_contact"], lines[last]
