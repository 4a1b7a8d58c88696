"""The glass is broken with a reason, once in a day, for an hour at most; somebody else judges and releases it."""

import pytest

from consent_policy.decide import decide as may_see
from consent_policy.grounds import Request
from domain.trajectory import overseen
from domain.trajectory.safety import SafetyInvoked, SafetyReleased, SafetyReviewed
from tests.domain.given import POLICY, at, given, instant
from tests.examples import (
    COACH,
    COORDINATOR,
    EXAMPLES,
    INVOKED,
    MOTHER,
    MOTHER_KNOWN,
    OPENED,
    SECOND_COACH,
    by,
    says,
)

REVIEW = EXAMPLES["review_safety"].said
RELEASE = EXAMPLES["release_safety"].said


@pytest.mark.parametrize(
    ("reason", "enough"), [("x" * 19, False), ("x" * 20, True), (" " * 30, False), ("x" * 19 + "  ", False)]
)
def test_a_reason_has_twenty_characters(reason: str, enough: bool) -> None:
    """Blanks around it do not count."""
    outcome = given(OPENED).when(INVOKED | {"reason": reason})
    assert outcome.recorded if enough else outcome.code == "reason_required"


@pytest.mark.parametrize(
    ("when", "code"),
    [
        ("2026-01-20T10:00:01", "needs_dpo"),
        ("2026-01-21T09:59:59", "needs_dpo"),
        ("2026-01-21T10:00:00", None),
        ("2026-01-19T10:00:01", "needs_dpo"),
        ("2026-01-19T10:00:00", None),
    ],
)
def test_the_same_person_breaks_the_glass_once_in_a_day(when: str, code: str | None) -> None:
    """Within 24 hours, also by an entry that is backdated."""
    outcome = given(OPENED, INVOKED).when(at(INVOKED, when, safety="v-2"))
    assert outcome.code == code


def test_somebody_else_or_a_report_is_not_a_second_time() -> None:
    """Per person, and only break_glass."""
    again = at(INVOKED, "2026-01-20T11:00", safety="v-2")
    known = given(OPENED, INVOKED)
    known.when(again | {"by": by(SECOND_COACH)}).records(SafetyInvoked)
    known.when(again | {"basis": "veilig_thuis"}).records(SafetyInvoked)
    given(OPENED, INVOKED | {"basis": "veilig_thuis"}).when(again).records(SafetyInvoked)
    known.when(again | {"by": by(COACH) | {"role": "orthopedagogue"}}).refuses("needs_dpo")


@pytest.mark.parametrize("minutes", [0, -1, 61])
def test_it_lasts_an_hour_at_most(minutes: int) -> None:
    """One to sixty minutes."""
    given(OPENED).when(INVOKED | {"minutes": minutes}).is_invalid("minutes")
    given(OPENED).when(INVOKED | {"minutes": 60}).records()


@pytest.mark.parametrize("said", [REVIEW, RELEASE], ids=["review", "release"])
def test_it_is_judged_and_released_once_and_by_somebody_else(said: dict[str, object]) -> None:
    """Coordinator or dpo, not the invoker in another role."""
    known = given(OPENED, INVOKED)
    known.when(said | {"by": by(COORDINATOR)}).records()
    known.when(said | {"by": by(SECOND_COACH)}).refuses("role_not_permitted")
    for role in ("dpo", "coordinator"):
        invoker = {"id": COACH.id, "role": role, "organisation": "GM0546"}
        known.when(said | {"by": invoker}).refuses("role_not_permitted")
    known.and_(said).when(at(said, "2026-02-03T10:00", by=by(COORDINATOR))).refuses("already_done")


def test_review_and_release_are_two_things() -> None:
    """In either order."""
    known = given(OPENED, INVOKED)
    known.when(REVIEW).records(SafetyReviewed).when(at(RELEASE, "2026-02-03T10:00")).records(SafetyReleased)
    known.when(RELEASE).records(SafetyReleased).when(at(REVIEW, "2026-02-03T10:00")).records(SafetyReviewed)


def test_a_guardian_sees_it_once_it_is_released() -> None:
    """Not while it was not; a review alone does not release."""
    known = given(OPENED, MOTHER_KNOWN, INVOKED, at(REVIEW, "2026-02-01T10:00"), RELEASE)

    def sees(when: str) -> bool:
        asked = Request(MOTHER, "subject_access", "safety", entry=3)
        return may_see(known.as_of(when).grounds, asked, instant(when), POLICY).permitted

    assert (sees("2026-02-01T12:00"), sees("2026-02-02T12:00")) == (False, True)


def test_the_override_runs_for_its_minutes() -> None:
    """From its instant, until the minutes are over."""
    override = given(OPENED, INVOKED).child.grounds.overrides[0]
    assert (override.since, override.until) == (instant("2026-01-20T10:00"), instant("2026-01-20T10:30"))


def test_who_broke_the_glass_does_not_take_it_back() -> None:
    """A second break_glass by the same person within 24 hours: needs_dpo; and a review stays due (review_safety)."""
    retracted = says("retract_entry", COACH, "01-20 10:40", entry=2, reason="Vergissing.")
    again = at(INVOKED, "2026-01-20T11:00", safety="v-2")
    outcome = given(OPENED, INVOKED).when(retracted)
    outcome.after.when(again).refuses("needs_dpo")


def test_a_retracted_invocation_is_still_to_be_judged() -> None:
    """Within 5 working days, else overdue."""
    retracted = says("retract_entry", COACH, "01-20 10:40", entry=2, reason="Vergissing.")
    after = given(OPENED, INVOKED).when(retracted).after
    waiting = [each.rule for each in overseen.waiting(after.child, instant("2026-01-21"))]
    assert "review_safety" in waiting


def test_who_broke_the_glass_does_not_make_it_run_again() -> None:
    """Overrides run for sixty minutes at most; the invoker corrects its instant and it would run anew."""
    corrected = says("correct_entry", COACH, "01-20 10:40", entry=2, changes={"at": "2026-01-20T10:40:00+01:00"})
    outcome = given(OPENED, INVOKED).when(corrected)
    assert outcome.after.child.grounds.overrides[0].until == instant("2026-01-20T10:30")
