"""What is entered late keeps every count and once-only rule over all that is known."""

from tests.domain.given import at, given, instant
from tests.examples import (
    ACCEPTED,
    CLOSED,
    COACH,
    EXAMPLES,
    HELPED,
    LEAD,
    MOTHER_KNOWN,
    OPENED,
    PLUS_STARTED,
    REFERRED,
    SOCIAL_WORKER,
    STARTED,
    by,
    says,
)

TRANSFERRED = EXAMPLES["transfer_lead"].said
FOLLOWED_UP = EXAMPLES["hold_follow_up"].said
PIT_LEAD = says("assign", COACH, "01-12 11:00", episode="e-1", professional=by(COACH), team_role="lead")


def test_an_episode_is_closed_once() -> None:
    """A second closing, entered late and before the first, would leave two."""
    given(*HELPED, CLOSED).when(at(CLOSED, "2026-01-25T10:00", outcome="moved")).refuses("episode_closed")


def test_a_late_closing_leaves_no_referral_behind_it() -> None:
    """Nothing of the episode comes after its closing: a referral that was sent and accepted is known already."""
    known = given(OPENED, MOTHER_KNOWN, EXAMPLES["escalate_referral"].after[2], STARTED, LEAD, REFERRED, ACCEPTED)
    known.when(at(CLOSED, "2026-01-15T10:00")).refuses("episode_closed")


def test_an_extension_entered_late_does_not_take_sessions_away() -> None:
    """The budget over all that is known now: extended to 15 on the 14th, it is not 10 from the 20th on."""
    lead = says("assign", SOCIAL_WORKER, "01-12 10:05", episode="e-1", professional=by(SOCIAL_WORKER), team_role="lead")
    to_ten = EXAMPLES["extend_sessions"].said
    known = given(OPENED, PLUS_STARTED, lead, at(to_ten, "2026-01-20T10:00"), at(to_ten, "2026-01-14T10:00", to=15))
    assert known.child.episodes["e-1"].budget_at(instant("2026-01-25")) == 15
