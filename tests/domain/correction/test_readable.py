"""No correction or retraction makes a dossier unreadable: any order of occurrence folds, and any gap."""

import pytest

from tests.domain.given import given
from tests.examples import (
    CLOSED,
    COACH,
    COORDINATOR,
    COUNSELLOR,
    EXAMPLES,
    HELPED,
    JGT,
    OPENED,
    OT_STARTED,
    STARTED,
    by,
    says,
)

TRANSFERRED = EXAMPLES["transfer_lead"].said
FOLLOWED_UP = EXAMPLES["hold_follow_up"].said
PIT_LEAD = says("assign", COACH, "01-12 11:00", episode="e-1", professional=by(COACH), team_role="lead")


def test_a_retracted_start_leaves_a_transferred_lead_that_folds() -> None:
    """A dossier that does not fold can never be read or added to again."""
    retraction = says("retract_entry", COUNSELLOR, "02-05 10:00", entry=2, reason="Verkeerd kind.")
    after = given(OPENED, OT_STARTED, TRANSFERRED, retraction)
    assert after.child.episodes == {}


def test_a_retracted_start_leaves_a_follow_up_that_folds() -> None:
    """As above, with a follow-up."""
    retraction = says("retract_entry", JGT, "04-21 10:00", entry=4, reason="Verkeerd kind.")
    after = given(*HELPED, CLOSED, FOLLOWED_UP, retraction)
    assert after.child.episodes == {}


@pytest.mark.parametrize("changes", [{"programme": "onbekend"}, {"programme_version": 99}])
def test_a_corrected_start_folds(changes: dict[str, object]) -> None:
    """A programme that nobody knows cannot be corrected into the log: invalid, as it is at the door."""
    corrected = says("correct_entry", JGT, "02-05 10:00", entry=2, changes=changes)
    outcome = given(OPENED, STARTED).when(corrected)
    assert outcome.after.child.episodes["e-1"].programme.id == "jgt"
    outcome.is_invalid("changes")


def test_a_transfer_is_not_corrected_to_before_the_start() -> None:
    """Who is on a team, and who leads, is not rewritten: it is done anew by its own action."""
    corrected = says("correct_entry", COORDINATOR, "02-05 10:00", entry=3, changes={"at": "2026-01-10T10:00:00+01:00"})
    given(OPENED, OT_STARTED, TRANSFERRED).when(corrected).refuses("not_applicable")
