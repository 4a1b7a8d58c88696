"""A restriction is lifted in part or as a whole."""

from consent_policy.decide import decide as may_see
from consent_policy.grounds import Request
from domain.trajectory.guardian import RestrictionLifted
from tests.domain.given import POLICY, given, instant
from tests.examples import (
    COACH,
    EXAMPLES,
    MOTHER,
    MOTHER_KNOWN,
    OPENED,
    RESTRICTED,
    by,
    says,
)

TRANSFERRED = EXAMPLES["transfer_lead"].said
FOLLOWED_UP = EXAMPLES["hold_follow_up"].said
PIT_LEAD = says("assign", COACH, "01-12 11:00", episode="e-1", professional=by(COACH), team_role="lead")


def test_lifting_one_category_lifts_that_one_and_leaves_the_others() -> None:
    """What was recorded as lifted is kept no longer; the rest of that restriction stays."""
    restricted = RESTRICTED | {"categories": ["plan", "session"]}
    lifted = EXAMPLES["lift_restriction"].said | {"categories": ["plan"]}
    after = given(OPENED, MOTHER_KNOWN, restricted).when(lifted).records(RestrictionLifted)

    def sees(category: str) -> bool:
        asked = Request(MOTHER, "subject_access", category)
        return may_see(after.child.grounds, asked, instant("2026-02-03"), POLICY).permitted

    assert (sees("plan"), sees("session")) == (True, False)
