"""Worked cases of consent.md that need a whole store: the class list (18), and a policy that was replaced (20)."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from api.listing import Listed
from api.lists import caseload, class_list
from api.look import Question
from api.main import App, Settings, build
from api.replay import replay, replay_all
from consent_policy.grounds import Actor
from consent_policy.policy import load, shipped
from domain.disclosure import Disclosed, DisclosureRefused, Door
from projections.caseload import CASELOAD
from projections.class_list import CLASS_LIST
from projections.view import View
from tests.api.given import done, facts_of, see
from tests.conftest import Clock

WORKER = {"id": "s-1", "role": "school_social_worker", "organisation": "org-a"}
COUNSELLOR = Actor("ib-1", "internal_counsellor", "school-12AB")
SHIPPED = Path(__file__).parents[2] / "consent_policy" / "policies" / "2026-11.toml"
DOOR = Door(door="command line", authentication="test", request="1")


def pupil(number: int, *, refuses: bool = False) -> list[dict[str, Any]]:
    """A child of the class, helped by the social worker; the mother names the school, or refuses it."""
    scope = {"purposes": ["care"], "categories": ["episode"], "recipients": ["org:school-12AB"]}
    said: list[dict[str, Any]] = [
        {
            "action": "open_trajectory",
            "child": {"given_name": f"Kind{number}", "family_name": "Klas", "birth_date": "2017-05-10"},
            "municipality": "GM1916",
            "school": "12AB",
            "regime": "jeugdwet",
        },
        {"action": "add_guardian", "guardian": "g-m", "name": "Moeder", "has_authority": True},
        {"action": "start_episode", "episode": "e-1", "programme": "preventie_plus"},
        {
            "action": "refuse_consent" if refuses else "give_consent",
            "consent": "c-1",
            "person": "g-m",
            "scope": scope,
            "evidence": {"kind": "form"},
        },
    ]
    common = {"trajectory": f"t-{number}", "by": WORKER}
    return [each | common | {"at": f"2026-03-02T10:0{minute}:00+01:00"} for minute, each in enumerate(said)]


Lists = Callable[[App, Question], Listed]


@pytest.mark.parametrize(("ask", "view"), [(caseload, CASELOAD), (class_list, CLASS_LIST)])
def test_18_a_class_list_shows_29_and_tells_nothing_of_the_30th(
    ask: Lists, view: View, app: App, folder: Path, tmp_path: Path
) -> None:
    """One disclosure with 29 shown and 1 withheld; to the viewer it is as if the 30th did not exist."""
    for number in range(29):
        done(app, *pupil(number))
    without = copied(folder, tmp_path / "without", app)
    done(app, *pupil(29, refuses=True))
    question = Question(view, COUNSELLOR, "care", DOOR)
    listed = ask(app, question)
    assert len(listed.seen.bodies) == 29
    (disclosed,) = [each.fact for each in facts_of(app, Disclosed)]
    assert isinstance(disclosed, Disclosed)
    assert (len(disclosed.shown), len(disclosed.withheld)) == (29, 1)
    assert disclosed.withheld[0].trajectory == str(app.stream_of("t-29"))
    assert [each.result for each in replay_all(app)] == ["same"]
    assert told(listed) == told(ask(without, question))
    without.store.close()


def copied(folder: Path, to: Path, app: App) -> App:
    """Another application over a copy of a store: the same children under the same opaque ids."""
    shutil.copytree(folder, to)
    return build(Settings(f"sqlite:///{to / 'zorgspoor.db'}"), app.clock)


def told(listed: Listed) -> bytes:
    """What the viewer reads, but for under which number it is recorded."""
    return json.dumps([listed.seen.bodies, listed.next]).encode()


@pytest.fixture
def stricter(tmp_path: Path) -> Path:
    """A policy that replaces the shipped one on 1 September 2026: the team sees no sessions any more."""
    text = SHIPPED.read_text("utf-8")
    text = text.replace('id = "2026-11"', 'id = "2026-09-strict"', 1)
    text = text.replace("in_force_from = 2015-01-01T00:00:00+01:00", "in_force_from = 2026-09-01T00:00:00+02:00", 1)
    assert text.count('"session", "meeting"') == 1
    file = tmp_path / "2026-09-strict.toml"
    file.write_text(text.replace('"session", "meeting"', '"meeting"'), "utf-8")
    return file


def test_20_a_decision_of_august_is_replayed_with_the_policy_of_august(pit: App, clock: Clock, stricter: Path) -> None:
    """Policy replaced in September: what was shown in August is shown again, with August's policy and hash."""
    policies = shipped() | {"2026-09-strict": load(stricter)}
    app = replace(pit, policies=policies)
    coach = Actor("pit-2", "pit_coach", "pit-leiden")
    for month in (8, 9):
        clock.now = datetime(2026, month, 15, 12, tzinfo=UTC)
        see(app, coach, categories=("session",))
    august, september = facts_of(app, Disclosed, DisclosureRefused)
    assert isinstance(august.fact, Disclosed)
    assert isinstance(september.fact, DisclosureRefused)
    assert (august.fact.policy, september.fact.policy) == ("2026-11", "2026-09-strict")
    assert august.fact.policy_sha256 == shipped()["2026-11"].sha256
    assert {replay(app, each.stream).result for each in (august, september)} == {"same"}
