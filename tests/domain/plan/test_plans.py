"""A plan is agreed when it has what its programme asks, and reviewed by who has the lead."""

from typing import Any

import pytest

from domain.trajectory.plan import PlanAgreed, PlanReviewed
from tests.domain.given import Given, at, given
from tests.examples import (
    ABSENT,
    COACH,
    CONSENTED,
    CONSENTED_TO_PIT,
    COORDINATOR,
    COUNSELLOR,
    EXAMPLES,
    EXPLAINED,
    HELPED,
    JGT,
    LEAD,
    MOTHER_KNOWN,
    OPENED,
    OT_STARTED,
    PIT_STARTED,
    PLUS_LEAD,
    PLUS_STARTED,
    SOCIAL_WORKER,
    by,
    says,
)

PLAN = EXAMPLES["agree_plan"].said
REVIEW = EXAMPLES["review_plan"].said
JOS = {"id": "ab-1", "role": "ambulatory_supervisor", "organisation": "cello"}
PIT_LEAD = says("assign", COACH, "01-12 11:00", episode="e-1", professional=by(COACH), team_role="lead")
PIT_ADVICE = at(EXAMPLES["give_advice"].said, "2026-01-20T10:00", by=by(COACH))


def ot() -> Given:
    team = says(
        "assign", COUNSELLOR, "01-12 11:00", episode="e-1", professional=by(COUNSELLOR), team_role="intake_lead"
    )
    return given(OPENED, MOTHER_KNOWN, CONSENTED, OT_STARTED, team)


def pit() -> Given:
    return given(OPENED, MOTHER_KNOWN, EXPLAINED, CONSENTED_TO_PIT, PIT_STARTED, PIT_LEAD).having(PIT_ADVICE)


def jos() -> Given:
    started = says("start_episode", COORDINATOR, "01-12 10:00", episode="e-1", programme="jos")
    lead = says("assign", COORDINATOR, "01-12 11:00", episode="e-1", professional=JOS, team_role="lead")
    return given(OPENED, MOTHER_KNOWN, CONSENTED, started, lead)


def without(said: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in said.items() if name not in names}


@pytest.mark.parametrize("parts", [[], ["education"], ["care"], ["care", "return_to_school"]])
def test_in_jgt_a_plan_has_education_and_care(parts: list[str]) -> None:
    """Integraal arrangeren; more may stand in it."""
    given(*HELPED).when(PLAN | {"parts": parts}).refuses("plan_incomplete")
    given(*HELPED).when(PLAN | {"parts": ["return_to_school", "care", "education"]}).records(PlanAgreed)


@pytest.mark.parametrize(
    "changes",
    [{"goals": []}, {"means": ""}, {"strengths": None}, {"strengths": ""}, {"network": None}, {"drawn_up_by": "team"}],
)
def test_in_an_ot_the_family_draws_up_a_whole_plan(changes: dict[str, Any]) -> None:
    """At least one goal, means, strengths, network, by the family."""
    said = PLAN | {"by": by(COUNSELLOR), "parts": []}
    ot().when(said).records(PlanAgreed)
    ot().when(said | changes).refuses("plan_incomplete")


def test_in_pit_a_plan_is_agreed_with_a_guardian_and_school_after_advice() -> None:
    """Each of the three is missed."""
    said = PLAN | {"by": by(COACH), "parts": []}
    pit().when(said).records(PlanAgreed)
    pit().when(said | {"agreed_with": ["g-m"]}).refuses("plan_incomplete")
    pit().when(said | {"agreed_with": ["school"]}).refuses("plan_incomplete")
    pit().when(said | {"agreed_with": ["school", "youth"]}).refuses("plan_incomplete")
    pit().when(at(said, "2026-01-20T09:59:59")).refuses("plan_incomplete")
    given(OPENED, MOTHER_KNOWN, EXPLAINED, CONSENTED_TO_PIT, PIT_STARTED, PIT_LEAD).when(said).refuses(
        "plan_incomplete"
    )


def test_after_a_reentry_the_advice_of_the_first_episode_counts() -> None:
    """Advice in this episode or the one it re-enters; not in one that it does not re-enter."""
    closed = says("close_episode", COACH, "02-10 10:00", episode="e-1", outcome="sufficient")
    again = says("start_episode", COACH, "02-12 10:00", episode="e-2", programme="pit", reenters="e-1")
    lead = says("assign", COACH, "02-12 11:00", episode="e-2", professional=by(COACH), team_role="lead")
    said = at(PLAN, "2026-02-13T10:00", by=by(COACH), episode="e-2")
    pit().and_(closed, again, lead).when(said).records()
    pit().and_(closed, without(again, "reenters"), lead).when(said).refuses("plan_incomplete")


def test_in_jos_a_plan_has_a_return_while_the_child_is_away() -> None:
    """Away in full or in part; back, no longer; and not before."""
    said = PLAN | {"by": JOS, "parts": []}
    returning = said | {"parts": ["return_to_school"]}
    jos().when(said).records()
    away = jos().and_(ABSENT)
    away.when(said).refuses("plan_incomplete")
    away.when(returning).records()
    away.when(at(said, "2026-01-11T10:00")).refuses("unknown_reference")
    back = says("report_return", COUNSELLOR, "01-30 10:00", absence="a-1", on="2026-01-30", extent="partial")
    away.and_(back).when(said).refuses("plan_incomplete")
    away.and_(back | {"extent": "full"}).when(said).records()
    away.and_(back | {"extent": "full"}).when(at(said, "2026-01-29T10:00")).refuses("plan_incomplete")


def test_in_preventie_plus_a_plan_may_be_anything() -> None:
    """Optional, and nothing asked."""
    said = PLAN | {"by": by(SOCIAL_WORKER), "parts": [], "goals": [], "agreed_with": []}
    given(OPENED, MOTHER_KNOWN, CONSENTED, PLUS_STARTED, PLUS_LEAD).when(said).records()


def test_the_case_manager_reviews_and_else_the_lead() -> None:
    """In an OT with a case manager nobody else; elsewhere the lead, not a member."""
    manager = at(LEAD, "2026-01-13T10:00", by=by(COUNSELLOR), professional=by(SOCIAL_WORKER), team_role="case_manager")
    known = ot().and_(manager)
    known.when(REVIEW | {"by": by(SOCIAL_WORKER)}).records(PlanReviewed)
    known.when(REVIEW | {"by": by(COUNSELLOR)}).refuses("role_not_permitted")
    known.when(REVIEW | {"by": by(JGT)}).refuses("not_in_team")
    member = at(LEAD, "2026-01-13T10:00", professional=by(COUNSELLOR), team_role="member")
    given(*HELPED, member).when(REVIEW | {"by": by(COUNSELLOR)}).refuses("role_not_permitted")
    given(*HELPED).when(REVIEW).records(PlanReviewed)
