"""Asking for a reveal, approving it and looking, in one word each."""

from typing import Any
from uuid import UUID

from api import lists
from api.look import Question, Refused, Seen
from api.main import App
from api.replay import replay_all
from api.reveal import Revealed, reveal_look
from consent_policy.grounds import Actor
from domain.disclosure import DisclosureRefused, Door
from domain.trajectory.oversight import RevealApproved
from projections.caseload import CASELOAD
from tests.api.given import do, done, facts_of, log_of
from tests.examples import (
    AUDITOR,
    CHILD,
    COORDINATOR,
    DPO,
    PIT,
    by,
)

OTHER_AUDITOR = Actor("au-2", "auditor", "GM0546")
DOOR = Door(door="command line", authentication="test", request="r-1")
OTHER = "t-pit-2"


def asked(disclosure: UUID, auditor: Actor = AUDITOR, trajectory: str = CHILD, reveal: str = "rv-1") -> dict[str, Any]:
    """An auditor asks to see what that look showed of this child."""
    said = {"action": "request_reveal", "at": "2026-05-01T11:00:00+02:00", "by": by(auditor), "trajectory": trajectory}
    return said | {"reveal": reveal, "disclosure": str(disclosure), "reason": "Klacht over inzage."}


def approved(disclosure: UUID, trajectory: str = CHILD, reveal: str = "rv-1", dpo: Actor = DPO) -> dict[str, Any]:
    """The dpo lets them."""
    said = {"action": "approve_reveal", "at": "2026-05-01T11:10:00+02:00", "by": by(dpo), "trajectory": trajectory}
    return said | {"reveal": reveal, "disclosure": str(disclosure), "reason": "Nodig voor de klacht."}


def approve(
    app: App, disclosure: UUID, auditor: Actor = AUDITOR, trajectory: str = CHILD, reveal: str = "rv-1"
) -> None:
    done(app, asked(disclosure, auditor, trajectory, reveal), approved(disclosure, trajectory, reveal))


def revealed(app: App, disclosure: UUID, viewer: Actor = AUDITOR) -> Revealed:
    outcome = reveal_look(app, disclosure, viewer, DOOR)
    assert isinstance(outcome, Revealed), outcome
    return outcome


def refused(app: App, disclosure: UUID, viewer: Actor = AUDITOR) -> Refused:
    """Nothing was seen, and that it was asked stands last in the log, with no content."""
    outcome = reveal_look(app, disclosure, viewer, DOOR)
    assert isinstance(outcome, Refused), outcome
    last = log_of(app)[-1]
    assert (last.stream, last.position) == (outcome.disclosure, outcome.position)
    assert isinstance(last.fact, DisclosureRefused)
    assert (last.fact.view, last.fact.filters) == ("reveal", (f"disclosure={disclosure}",))
    assert {ground.decision for part in last.fact.withheld for ground in part.grounds} == {"deny"}
    return outcome


def results(app: App) -> list[tuple[str, tuple[str, ...]]]:
    return [(each.result, each.why) for each in replay_all(app)]


def shown(outcome: Seen | Refused) -> Seen:
    assert isinstance(outcome, Seen)
    return outcome


def retraction(app: App) -> dict[str, Any]:
    """The dpo takes the last approval back."""
    entry = facts_of(app, RevealApproved)[-1].entry
    said = {"action": "retract_entry", "at": "2026-05-01T11:20:00+02:00", "by": by(DPO), "trajectory": CHILD}
    return said | {"entry": entry, "reason": "Verkeerde klacht."}


def caseload(app: App) -> Seen:
    return lists.caseload(app, Question(CASELOAD, COORDINATOR, "coordination", DOOR)).seen


def told_again(app: App) -> App:
    """The same story of another child; the coordinator has both on the caseload."""
    for line in PIT:
        do(app, line | {"trajectory": OTHER} | ({"action_id": f"{line['action_id']}-2"} if "action_id" in line else {}))
    return app
