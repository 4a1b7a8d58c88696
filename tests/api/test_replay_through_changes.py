"""Thousands of looks, through two policies, two versions of a view, corrections and late registration, are the same."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api.lists import caseload
from api.look import Question
from api.main import App
from api.replay import replay_all
from consent_policy.policy import load, shipped
from domain.disclosure import LOOKS, Disclosed, Door, Look
from projections.access_trail import children_of
from projections.caseload import CASELOAD
from projections.dossier import DOSSIER
from projections.old.caseload_1 import CASELOAD_1
from projections.timeline import TIMELINE
from projections.trajectory import TRAJECTORY
from projections.view import View
from tests.api.given import done, facts_of, see
from tests.conftest import Clock
from tests.examples import (
    COACH,
    COORDINATOR,
    ERASURE_GRANTED,
    ERASURE_REQUESTED,
    EXAMPLES,
    HELPED,
    JGT,
    MOTHER,
    SIGNALLED,
    TEACHER,
    says,
)

SHIPPED = Path(__file__).parents[2] / "consent_policy" / "policies" / "2026-11.toml"
SEPTEMBER = datetime(2026, 9, 1, tzinfo=UTC)
VIEWERS = (JGT, COORDINATOR, MOTHER, TEACHER, COACH)
VIEWS = (TIMELINE, TRAJECTORY, CASELOAD, CASELOAD_1, DOSSIER)
DOOR = Door(door="command line", authentication="test", request="1")
ERASED = 10
SESSION = says("hold_session", JGT, "02-02 10:00", episode="e-1", form="child_talk", minutes=45, summary="Ging beter.")

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def policy_of_september(tmp_path: Path) -> Path:
    """A policy by which the team sees no sessions any more."""
    text = SHIPPED.read_text("utf-8").replace('id = "2026-11"', 'id = "2026-09"', 1)
    text = text.replace("in_force_from = 2015-01-01T00:00:00+01:00", "in_force_from = 2026-09-01T00:00:00+02:00", 1)
    assert text.count('"session", "meeting"') == 1
    file = tmp_path / "2026-09.toml"
    file.write_text(text.replace('"session", "meeting"', '"meeting"'), "utf-8")
    return file


@pytest.mark.parametrize(
    ("children", "looks"), [(15, 300), pytest.param(100, 5_000, marks=pytest.mark.long)], ids=["some", "many"]
)
def test_all_looks_are_the_same_through_every_change_and_after_erasure(
    app_on_each_engine: App, clock: Clock, policy_of_september: Path, children: int, looks: int
) -> None:
    """Then ten children are erased: the looks at them are erased, all others the same."""
    policies = shipped() | {"2026-09": load(policy_of_september)}
    app = replace(app_on_each_engine, policies=policies)
    clock.now = SEPTEMBER - timedelta(days=30)
    names = [f"t-{number}" for number in range(children)]
    for name in names:
        done(app, *(line | {"trajectory": name} for line in (*HELPED, SIGNALLED)))
    looked_at(app, clock, names, looks)
    shown = [each.fact for each in facts_of(app, Disclosed) if isinstance(each.fact, Disclosed)]
    assert {each.policy for each in shown} == set(policies)
    assert {("caseload", 1), ("caseload", 2)} <= {(each.view, each.view_version) for each in shown}
    before = list(replay_all(app))
    assert len(before) >= looks
    assert Counter(each.result for each in before) == {"same": len(before)}
    erase(app, names[:ERASED])
    gone = {str(app.stream_of(name)) for name in names[:ERASED]}
    after = {each.position: each.result for each in replay_all(app)}
    assert after == {each.position: "erased" if about(each.fact) & gone else "same" for each in app.log(*LOOKS)}
    assert Counter(after.values())["erased"] >= looks // children


def looked_at(app: App, clock: Clock, names: list[str], looks: int) -> None:
    """Look after look by one after the other, in every view; between them something happens, and August ends."""
    events = happenings(names)
    for number in range(looks):
        name, viewer = names[number % len(names)], VIEWERS[number % len(VIEWERS)]
        view: View = VIEWS[(number // len(VIEWERS)) % len(VIEWS)]
        known_at = clock.now - timedelta(hours=1) if number % 7 == 6 else None
        as_of = clock.now - timedelta(days=100) if number % 11 == 10 else None
        known_at = known_at if known_at is None or known_at >= app.began else None
        see(app, viewer, view=view, trajectory=name, as_of=as_of, known_at=known_at)
        if number % 3 == 0:
            done(app, next(events))
        if number % 50 == 0:
            caseload(app, Question(CASELOAD, COORDINATOR, "coordination", DOOR))
        if number == looks // 2:
            clock.now = SEPTEMBER + timedelta(days=14)


def happenings(names: list[str]) -> Iterator[dict[str, Any]]:
    """Sessions, some told late; then corrections of them, retractions, and of names."""
    for turn in range(1_000):
        called = {"given_name": f"Noor {turn}", "family_name": "Voorbeeld", "birth_date": "2016-05-10"}
        corrected = {"entry": 1, "changes": {"child": called}}
        if turn % 2:
            corrected = {"entry": 6, "changes": {"description": f"Anders {turn}"}}
        for name in names:
            yield SESSION | {
                "trajectory": name,
                "at": f"2026-0{2 + turn % 5}-{1 + turn % 28:02}T10:{turn % 60:02}:00+01:00",
            }
        for name in names:
            yield says("correct_entry", JGT, "04-02 10:00", **corrected) | {"trajectory": name}


def erase(app: App, names: list[str]) -> None:
    for name in names:
        asked = (ERASURE_REQUESTED, ERASURE_GRANTED, EXAMPLES["erase"].said)
        done(app, *(line | {"trajectory": name} for line in asked))


def about(fact: object) -> set[str]:
    """The children that a look names."""
    assert isinstance(fact, Look)
    return {each.trajectory for each in children_of(fact)}
