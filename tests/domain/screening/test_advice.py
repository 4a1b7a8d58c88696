"""Screening, its interviews, and the advice that comes only after all of them; others must be named by consent."""

from typing import Any

from domain.trajectory.screening import AdviceGiven, ScreeningCompleted, ScreeningStarted
from tests.domain.given import at, given
from tests.examples import (
    COACH,
    CONSENTED,
    EXAMPLES,
    HELPED,
    LEAD,
    MOTHER,
    MOTHER_KNOWN,
    OPENED,
    SCREENER,
    SCREENER_ASSIGNED,
    SCREENING,
    SCREENING_STARTED,
    STARTED,
    by,
    says,
)

PIT_LEAD = says("assign", COACH, "01-12 11:00", episode="e-1", professional=by(COACH), team_role="lead")
COMPLETED = EXAMPLES["complete_screening"].said
ADVICE = at(EXAMPLES["give_advice"].said, "2026-02-05T10:00")
PIT_ADVICE = ADVICE | {"by": by(COACH)}
BASE = (*SCREENING, PIT_LEAD, SCREENING_STARTED)


def interview(whom: str, day: int = 20) -> dict[str, Any]:
    return says("hold_interview", COACH, f"01-{day} 10:00", episode="e-1", summary="Kort.", **{"with": whom})


def test_advice_comes_after_screening_and_both_interviews() -> None:
    """Each one of the three is missed."""
    school, guardians = interview("school"), interview("guardians")
    given(*BASE, school, guardians).when(PIT_ADVICE).refuses("screening_incomplete")
    given(*BASE, COMPLETED, guardians).when(PIT_ADVICE).refuses("screening_incomplete")
    given(*BASE, COMPLETED, school).when(PIT_ADVICE).refuses("screening_incomplete")
    given(*BASE, COMPLETED, school, interview("youth")).when(PIT_ADVICE).refuses("screening_incomplete")
    given(*BASE, COMPLETED, school, guardians).when(PIT_ADVICE).records(AdviceGiven)


def test_what_came_later_does_not_count() -> None:
    """Advice of before the screening was complete, entered after it."""
    known = given(*BASE, COMPLETED, interview("school"), interview("guardians"))
    known.when(at(PIT_ADVICE, "2026-02-02T09:59:59")).refuses("screening_incomplete")
    known.when(at(PIT_ADVICE, "2026-02-02T10:00:00")).records()


def test_a_reentry_needs_none_again() -> None:
    """What was found in the first episode is known."""
    closed = says("close_episode", COACH, "02-10 10:00", episode="e-1", outcome="sufficient")
    again = says("start_episode", COACH, "02-12 10:00", episode="e-2", programme="pit", reenters="e-1")
    lead = says("assign", COACH, "02-12 11:00", episode="e-2", professional=by(COACH), team_role="lead")
    advice = at(PIT_ADVICE, "2026-02-13T10:00", episode="e-2")
    given(*BASE, closed, again, lead).when(advice).records()
    new = {name: value for name, value in again.items() if name != "reenters"}
    given(*BASE, closed, new, lead).when(advice).refuses("screening_incomplete")


def test_an_interview_of_another_episode_does_not_count() -> None:
    """In the same episode."""
    closed = says("close_episode", COACH, "02-10 10:00", episode="e-1", outcome="sufficient")
    again = says("start_episode", COACH, "02-12 10:00", episode="e-2", programme="pit")
    lead = says("assign", COACH, "02-12 11:00", episode="e-2", professional=by(COACH), team_role="lead")
    known = given(*BASE, COMPLETED, interview("school"), interview("guardians"), closed, again, lead)
    known.when(at(PIT_ADVICE, "2026-02-13T10:00", episode="e-2")).refuses("screening_incomplete")


def test_programmes_without_screening_have_none() -> None:
    """There is nothing to start, and advice waits for nothing."""
    screener = at(SCREENER_ASSIGNED, "2026-01-12T11:00")
    known = given(*HELPED).having(screener)
    known.when(SCREENING_STARTED).refuses("not_applicable")
    given(*HELPED).when(ADVICE).records()


def test_one_screening_runs_at_a_time() -> None:
    """The next one when the first is complete, and none that would overlap it."""
    known = given(*SCREENING, SCREENING_STARTED)
    second = at(SCREENING_STARTED, "2026-01-20T10:00", screening="sc-2")
    known.when(second).refuses("already_done")
    complete = known.and_(COMPLETED)
    complete.when(second).refuses("already_done")
    complete.when(at(second, "2026-02-03T10:00")).records(ScreeningStarted)


def test_a_screening_is_completed_once() -> None:
    """Over all that is known."""
    known = given(*SCREENING, SCREENING_STARTED).when(COMPLETED).records(ScreeningCompleted)
    known.when(at(COMPLETED, "2026-02-03T10:00")).refuses("already_done")
    known.when(at(COMPLETED, "2026-01-20T10:00")).refuses("already_done")


def test_only_the_assigned_researcher_screens() -> None:
    """Another researcher is not on the team; a coach is not a screener."""
    known = given(*SCREENING, PIT_LEAD)
    known.when(SCREENING_STARTED | {"by": by(SCREENER) | {"id": "ul-2"}}).refuses("not_in_team")
    known.when(SCREENING_STARTED | {"by": by(COACH)}).refuses("role_not_permitted")


def consent(recipient: str, categories: list[str] | None = None) -> dict[str, Any]:
    scope = {"purposes": ["care"], "categories": categories or ["all"], "recipients": ["care_team", recipient]}
    return CONSENTED | {"scope": scope}


def test_advice_to_the_school_needs_consent_that_names_it() -> None:
    """The school of that instant, category advice."""
    to_school = ADVICE | {"to": ["guardians", "school"]}
    given(*HELPED).when(to_school).refuses("consent_missing", "g-m")
    base = (OPENED, MOTHER_KNOWN, STARTED, LEAD)
    given(*base, consent("org:school-12AB")).when(to_school).records()
    given(*base, consent("org:school-07CD")).when(to_school).refuses("consent_missing")
    moved = at(EXAMPLES["change_school"].said, "2026-02-04T10:00")
    given(*base, consent("org:school-12AB"), moved).when(to_school).refuses("consent_missing")
    given(*base, consent("org:school-07CD"), moved).when(to_school).records()


def test_advice_to_another_organisation_needs_consent_that_names_it() -> None:
    """Written with or without `org:`."""
    base = (OPENED, MOTHER_KNOWN, STARTED, LEAD)
    for to in ("org:huisarts-leiden", "huisarts-leiden"):
        given(*base, consent("org:huisarts-leiden")).when(ADVICE | {"to": [to]}).records()
        given(*HELPED).when(ADVICE | {"to": ["youth", to]}).refuses("consent_missing")


def test_advice_is_to_somebody() -> None:
    """Not to nobody."""
    given(*HELPED).when(ADVICE | {"to": []}).is_invalid("to")


def test_a_meeting_with_others_needs_consent_that_names_their_organisation() -> None:
    """Whoever is not on the team at that instant."""
    meeting = EXAMPLES["hold_meeting"].said
    other = {"id": "ggd-1", "role": "youth_nurse", "organisation": "ggd"}
    with_other = meeting | {"participants": [*meeting["participants"], other]}
    base = (OPENED, MOTHER_KNOWN, STARTED, LEAD)
    given(*HELPED).when(with_other).refuses("consent_missing", "g-m")
    given(*base, consent("org:ggd")).when(with_other).records()
    member = at(LEAD, "2026-01-13T10:00", professional=other, team_role="member")
    given(*HELPED, member).when(with_other).records()
    late = at(member, "2026-02-03T10:00")
    given(*HELPED, late).when(with_other).refuses("consent_missing")


def test_the_family_sits_at_the_table_without_being_named() -> None:
    """With, not about: a mother is no organisation that consent must name."""
    meeting = EXAMPLES["hold_meeting"].said
    given(*HELPED).when(meeting | {"participants": [*meeting["participants"], by(MOTHER)]}).records()
