"""References are asked about before who may."""

from tests.domain.given import at, given
from tests.examples import (
    AUDITOR,
    COACH,
    CONSENTED,
    EXAMPLES,
    FATHER_KNOWN,
    JGT,
    MOTHER_KNOWN,
    OPENED,
    TEACHER,
    by,
    says,
)

TRANSFERRED = EXAMPLES["transfer_lead"].said
FOLLOWED_UP = EXAMPLES["hold_follow_up"].said
PIT_LEAD = says("assign", COACH, "01-12 11:00", episode="e-1", professional=by(COACH), team_role="lead")


def test_a_consent_reference_in_use_is_told_before_who_may() -> None:
    """reference_in_use comes before role_not_permitted."""
    of_father = at(CONSENTED, "2026-01-13T10:00", person="g-f", by=by(AUDITOR))
    given(OPENED, MOTHER_KNOWN, FATHER_KNOWN, CONSENTED).when(of_father).refuses("reference_in_use")


def test_a_screening_of_another_episode_is_unknown_before_who_may() -> None:
    """unknown_reference comes before role_not_permitted."""
    example = EXAMPLES["complete_screening"]
    other = says("start_episode", JGT, "01-14 10:00", episode="e-2", programme="jgt")
    given(*example.after, other).when(example.said | {"episode": "e-2", "by": by(TEACHER)}).refuses("unknown_reference")
