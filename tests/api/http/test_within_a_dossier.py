"""What stands in a dossier is told to nobody who does not see it, though they may know of the child."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.http.actions import EXAMPLES
from api.main import App, Settings, build
from consent_policy.grounds import Actor
from tests.api.given import done
from tests.api.http.given import Asked, door, token
from tests.api.http.matrix import account_of, linked, said
from tests.conftest import Clock
from tests.examples import (
    CHILD,
    COACH,
    COUNSELLOR,
    FATHER,
    MOTHER,
    NOW,
    REGISTRY,
    SECOND_COACH,
    TEACHER,
    YOUTH,
)

COLLEAGUE = Actor("te-9", "teacher", TEACHER.organisation)
ELSEWHERE = Actor("x-pit_coach", "pit_coach", "elsewhere")
"""Carries the programme, of which no organisations are named."""

SEE_NO_SAFETY = {
    (NOW + timedelta(minutes=30)).isoformat(): (MOTHER, YOUTH, TEACHER, COUNSELLOR, ELSEWHERE),
    "1950-01-01T10:00:00+01:00": (FATHER, REGISTRY),
}
"""By the instant of what they do."""

SECRET = {"safety": "v-1", "referral": "r-secret"}
NEITHER_NOR = {"safety": "v-none", "referral": "r-none"}
MEANT_FOR_ALL = {"invoke_safety", "open_trajectory", "hold_contact"}
"""Done by whoever may do them for any child: a name that is taken is one (ADR 26)."""


@pytest.fixture
def reported(pit: App, folder: Path, tmp_path: Path, clock: Clock) -> Iterator[App]:
    """The same store, in which the second coach reported the child to Veilig Thuis and referred it, in secret."""
    linked(pit)
    clock.now += timedelta(hours=1)
    shutil.copytree(folder, tmp_path / "reported")
    app = build(Settings(f"sqlite:///{tmp_path / 'reported' / 'zorgspoor.db'}"), clock)
    why = {"basis": "veilig_thuis", "minutes": 30, "reason": "Acute zorgen over de veiligheid thuis."}
    basis = {"kind": "veilig_thuis", "reference": "v-1"}
    referral = {name: value for name, value in EXAMPLES["escalate_referral"].items() if name not in ("by", "action_id")}
    secret = {"trajectory": CHILD, "episode": "e-2", "referral": "r-secret", "legal_basis": basis}
    when = {"at": NOW.isoformat()}
    done(
        app,
        said("invoke_safety", SECOND_COACH, safety="v-1", **why) | when,
        said("escalate_referral", SECOND_COACH) | referral | secret | when,
    )
    yield app
    app.store.close()


def asked(name: str, of: dict[str, Any], at: str) -> dict[str, Any]:
    """An action that points at all that it can."""
    example = {field: value for field, value in EXAMPLES[name].items() if field not in ("by", "action_id")}
    pointing = {field: value for field, value in of.items() if field in example}
    return example | {"trajectory": CHILD, "at": at} | pointing


@pytest.mark.timeout(120)
@pytest.mark.parametrize("at", SEE_NO_SAFETY)
def test_what_is_secret_is_told_by_no_refusal(pit: App, reported: App, at: str) -> None:
    """Every action, about what is there and is not seen and about what is not there: the same answer."""
    entries = [each.entry for each in reported.store.stream(reported.stream_of(CHILD))][-2:]
    refused = 0
    with Asked(door(pit)) as without, Asked(door(reported)) as with_it:
        for viewer in SEE_NO_SAFETY[at]:
            who = token(viewer, account=account_of(viewer))
            for name, entry in ((name, entry) for name in EXAMPLES if name not in MEANT_FOR_ALL for entry in entries):
                if entry != entries[0] and "entry" not in EXAMPLES[name]:
                    continue
                asks = [
                    with_it("POST", f"/actions/{name}", who, asked(name, SECRET | {"entry": entry}, at)),
                    with_it("POST", f"/actions/{name}", who, asked(name, NEITHER_NOR | {"entry": 99_999}, at)),
                    without("POST", f"/actions/{name}", who, asked(name, SECRET | {"entry": 99_999}, at)),
                ]
                if asks[-1].status >= 400:
                    refused += 1
                    told = [(each.status, each.body) for each in asks]
                    assert told[0] == told[1] == told[2], (viewer, name, told)
    assert refused > 100


def test_when_the_child_was_born_is_told_by_no_refusal(pit: App) -> None:
    """Whoever may know of the child could find the day by halving."""
    linked(pit)
    before, after = "1990-01-01T10:00:00+01:00", NOW.isoformat()
    with Asked(door(pit)) as ask:
        for viewer, name in ((REGISTRY, "add_statement"), (FATHER, "change_school"), (YOUTH, "raise_signal")):
            who = token(viewer, account=account_of(viewer))
            told = [ask("POST", f"/actions/{name}", who, asked(name, {}, at)).json()["code"] for at in (before, after)]
            assert told[0] == told[1] != "before_birth", (viewer, name)
        answer = ask("POST", "/actions/add_statement", token(COACH), asked("add_statement", {}, before))
        assert answer.json()["code"] == "before_birth"


def test_who_left_does_nothing_as_of_when_they_were_there(pit: App, clock: Clock) -> None:
    """A teacher of the former school lets nobody in any more; who is there tells late what happened."""
    linked(pit)
    clock.now += timedelta(days=2)
    link = {"person": "g-m", "subject": "attacker"}
    earlier, since = (NOW - timedelta(days=1)).isoformat(), (NOW + timedelta(days=1)).isoformat()
    with Asked(door(pit)) as ask:
        sent = {"trajectory": CHILD, "at": earlier} | link
        assert ask("POST", "/actions/link_account", token(COLLEAGUE), sent).status == 201
        done(pit, said("change_school", COUNSELLOR, school="99ZZ") | {"at": since})
        for at in (earlier, since):
            answer = ask("POST", "/actions/link_account", token(COLLEAGUE), sent | {"at": at, "subject": "attacker-2"})
            assert (answer.status, answer.json()["code"]) == (403, "unknown_reference")
        assert ask("POST", "/actions/link_account", token(COACH), sent | {"subject": "digid-7"}).status == 201
