"""The team is that of the episode, while its access lasts; the lead is one person."""

from domain.refusal import Code
from tests.domain.given import at, given, instant
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
    SOCIAL_WORKER,
    by,
    says,
)

TRANSFERRED = EXAMPLES["transfer_lead"].said
FOLLOWED_UP = EXAMPLES["hold_follow_up"].said
PIT_LEAD = says("assign", COACH, "01-12 11:00", episode="e-1", professional=by(COACH), team_role="lead")


def test_the_team_of_another_episode_does_not_correct_an_entry() -> None:
    """Who is on the team of episode e-2 only may not even see the entries of e-1 (consent.md, case 29)."""
    session = EXAMPLES["hold_session"].said
    other = (
        says("start_episode", SOCIAL_WORKER, "01-13 10:00", episode="e-2", programme="preventie_plus"),
        says("assign", SOCIAL_WORKER, "01-13 10:05", episode="e-2", professional=by(SOCIAL_WORKER), team_role="lead"),
    )
    known = given(*HELPED, *other, session)
    known.when(
        says("retract_entry", SOCIAL_WORKER, "02-03 10:00", entry=known.entry, reason="Hoort hier niet.")
    ).refuses("not_in_team")


def test_the_team_of_an_episode_that_is_over_shares_nothing() -> None:
    """Follow-up, and with it the team's access, ends 30 days after the last due date; here none was due."""
    share = EXAMPLES["share"]
    closed = CLOSED | {"outcome": "moved"}
    given(*share.after, closed).when(at(share.said, "2026-04-20T10:00")).refuses("not_in_team")


def test_a_former_lead_no_longer_directs() -> None:
    """Assigning is for the lead; after the lead moved back, the first one who took it over has it no longer."""
    counsellor = says(
        "assign", COUNSELLOR, "01-12 11:00", episode="e-1", professional=by(COUNSELLOR), team_role="case_manager"
    )
    back = says("transfer_lead", COORDINATOR, "02-03 10:00", episode="e-1", to="ot", professional=by(COUNSELLOR))
    assign = says("assign", JGT, "02-04 10:00", episode="e-1", professional=by(SOCIAL_WORKER), team_role="coach")
    outcome = given(OPENED, OT_STARTED, counsellor, TRANSFERRED, back).when(assign)
    assert outcome.code in (Code.NOT_IN_TEAM, Code.ROLE_NOT_PERMITTED)


def test_who_takes_over_the_lead_becomes_a_member() -> None:
    """transfer_lead: professional (becomes lead and member)."""
    after = given(OPENED, OT_STARTED, TRANSFERRED)
    roles = {each.team_role for each in after.child.memberships("e-1", instant("2026-02-03")) if each.actor == JGT}
    assert roles == {"lead", "member"}
