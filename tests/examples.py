"""Persons and actions to test with: the story of the pit case, and variations on it."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from consent_policy.grounds import Actor

CASES = Path(__file__).parent / "cases"


def lines_of(file: str) -> list[dict[str, Any]]:
    """The objects of a file in tests/cases, one a line."""
    text = (CASES / file).read_text("utf-8")
    return [json.loads(line) for line in text.splitlines() if line.strip()]


PIT = lines_of("pit.jsonl")
CHILD = "t-pit-1"
NOW = datetime(2026, 5, 1, 10, tzinfo=UTC)
"""After the last line of the pit case: episode e-2 is open and consent to care is complete."""

COACH = Actor("pit-1", "pit_coach", "pit-leiden")
SECOND_COACH = Actor("pit-2", "pit_coach", "pit-leiden")
TEACHER = Actor("te-1", "teacher", "school-12AB")
COUNSELLOR = Actor("ib-1", "internal_counsellor", "school-12AB")
SCREENER = Actor("ul-1", "researcher", "universiteit-leiden")
MOTHER = Actor("g-m", "guardian", "family")
FATHER = Actor("g-f", "guardian", "family")
YOUTH = Actor("youth", "youth", "family")
COORDINATOR = Actor("co-1", "coordinator", "GM0546")
SPECIALIST = Actor("ggz-1", "specialist", "jeugd-ggz-rijnland")
AUDITOR = Actor("au-1", "auditor", "GM0546")
DPO = Actor("fg-1", "dpo", "GM0546")
RECORDS_OFFICER = Actor("db-1", "records_officer", "GM0546")
EVALUATOR = Actor("ev-1", "evaluator", "GM0546")
REGISTRY = Actor("br-1", "registry", "GM0546")
PERSONS = (
    COACH,
    SECOND_COACH,
    TEACHER,
    COUNSELLOR,
    SCREENER,
    MOTHER,
    FATHER,
    YOUTH,
    COORDINATOR,
    SPECIALIST,
    AUDITOR,
    DPO,
    RECORDS_OFFICER,
    EVALUATOR,
    REGISTRY,
)


def by(actor: Actor) -> dict[str, str]:
    return {"id": actor.id, "role": actor.role, "organisation": actor.organisation}


def as_(actor: Actor) -> str:
    """The actor as `--as` and `--viewer` take it."""
    return json.dumps(by(actor))


def action(name: str, **changes: Any) -> dict[str, Any]:
    """The first action of this name in the pit case, changed as said; None leaves a field out."""
    first = next(each for each in PIT if each["action"] == name)
    return {field: value for field, value in (first | changes).items() if value is not None}


def session(**changes: Any) -> dict[str, Any]:
    """One of the coaches talks with the child, in the episode that is open at NOW."""
    held = {"at": "2026-04-28T11:00:00+02:00", "episode": "e-2", "form": "child_talk"}
    return action("hold_session", **(held | changes))


def withdrawal(**changes: Any) -> dict[str, Any]:
    """The father withdraws his consent to the care of e-2, so that consent is complete no longer."""
    said = {"at": "2026-05-01T11:00:00+02:00", "consent": "c-f2"}
    return action("revoke_consent", **(said | changes))


def opening(trajectory: str, **changes: Any) -> dict[str, Any]:
    """Another child's dossier is opened."""
    return action("open_trajectory", trajectory=trajectory, **changes)
