"""What happened can always be told: as irregular, without text where consent lacked, and judged afterwards."""

from typing import Any

import pytest

from domain.fact import CareFact
from domain.trajectory.oversight import IrregularityReviewed
from tests.domain import spec
from tests.domain.given import Given, at, given
from tests.examples import (
    AUTHORITY_LOST,
    CLOSED,
    CONSENTED,
    COORDINATOR,
    COUNSELLOR,
    EXAMPLES,
    HELPED,
    JGT,
    LEAD,
    MOTHER_KNOWN,
    OPENED,
    OT_STARTED,
    SCREENING,
    SCREENING_STARTED,
    STARTED,
    by,
    says,
)

REASON = "Kind stond overstuur voor de deur."
REFUSED = at(EXAMPLES["refuse_consent"].said, "2026-01-15T10:00")
REVOKED = at(EXAMPLES["revoke_consent"].said, "2026-01-12T11:00")
TEXTS = {
    "complete_screening": ("strengths", "needs"),
    "hold_interview": ("summary",),
    "give_advice": ("advice",),
    "agree_plan": ("goals", "means", "strengths", "network"),
    "review_plan": ("family_verdict",),
    "hold_session": ("summary",),
    "hold_meeting": ("decisions",),
}


def bare(name: str) -> dict[str, Any]:
    """The care action without any ◆ text."""
    said = EXAMPLES[name].said
    return {field: value for field, value in said.items() if field not in TEXTS.get(name, ())}


def without_consent(name: str) -> Given:
    return given(*EXAMPLES[name].after, REVOKED)


def at_school_meeting(**changes: Any) -> dict[str, Any]:
    said = EXAMPLES["hold_meeting"].said | {"by": by(COUNSELLOR), "participants": [by(COUNSELLOR)]}
    return said | {"guardians_present": False} | changes


OT = (
    OPENED,
    MOTHER_KNOWN,
    CONSENTED,
    OT_STARTED,
    says("assign", COUNSELLOR, "01-12 11:00", episode="e-1", professional=by(COUNSELLOR), team_role="coach"),
)


@pytest.mark.parametrize("name", sorted(spec.CARE))
def test_care_without_consent_is_told_without_text(name: str) -> None:
    """Every care action: refused; irregular with text refused; irregular without text recorded and marked."""
    known, said = without_consent(name), EXAMPLES[name].said
    known.when(said).refuses("consent_missing", "g-m")
    if name in TEXTS:
        known.when(said | {"irregular": REASON}).refuses("text_without_consent")
    told = known.when(bare(name) | {"irregular": REASON}).records(irregular=REASON)
    fact = told.history.facts[told.entry]
    assert isinstance(fact, CareFact)
    assert told.child.episodes["e-1"].irregular == 1


@pytest.mark.parametrize(("name", "field"), [(name, field) for name, fields in TEXTS.items() for field in fields])
def test_not_one_text_may_stand_there_without_consent(name: str, field: str) -> None:
    """Each ◆ field by itself is text about the child."""
    said = bare(name) | {field: EXAMPLES[name].said[field], "irregular": REASON}
    without_consent(name).when(said).refuses("text_without_consent")


@pytest.mark.parametrize("name", sorted(spec.CARE))
def test_care_that_nothing_refuses_is_not_irregular(name: str) -> None:
    """not_applicable where nothing would be refused."""
    given(*EXAMPLES[name].after).when(EXAMPLES[name].said | {"irregular": REASON}).refuses("not_applicable")


def test_refused_care_is_told() -> None:
    """consent_refused, and no_one_with_authority, as consent_missing."""
    said = {name: value for name, value in EXAMPLES["hold_session"].said.items() if name != "summary"}
    irregular = said | {"irregular": REASON}
    given(OPENED, MOTHER_KNOWN, STARTED, LEAD, REFUSED).when(irregular).records()
    given(OPENED, STARTED, LEAD).when(irregular).records()
    given(*HELPED, AUTHORITY_LOST).when(irregular).records()


@pytest.mark.parametrize("length", [0, 1, 19])
def test_a_short_reason_is_invalid(length: int) -> None:
    """At least twenty characters; blanks do not count."""
    for padding in ("", " " * 20):
        given(*HELPED).when(EXAMPLES["hold_session"].said | {"irregular": "x" * length + padding}).is_invalid(
            "irregular"
        )


def test_a_reason_of_twenty_characters_does() -> None:
    """Exactly twenty is long enough."""
    given(OPENED, STARTED, LEAD).when(bare("hold_session") | {"irregular": "x" * 20}).records()


def test_a_meeting_without_guardians_is_told_with_its_decisions() -> None:
    """Consent stood, so the text may stand; the reason is in `irregular`."""
    given(*OT).when(at_school_meeting()).refuses("guardians_absent")
    given(*OT).when(at_school_meeting(irregular=REASON)).records()


def test_a_missing_reason_that_is_given_is_not_irregular() -> None:
    """With the reason why the guardians were absent nothing is refused."""
    given(*OT).when(at_school_meeting(absence_reason="Moeder ziek.")).records()
    given(*OT).when(at_school_meeting(absence_reason="  ")).refuses("guardians_absent")
    given(*OT).when(at_school_meeting(absence_reason="Moeder ziek.", irregular=REASON)).refuses("not_applicable")


def test_no_other_code_can_be_told_as_irregular() -> None:
    """Closed is closed, who may not may not, and a plan that is not whole is not agreed."""
    session = bare("hold_session") | {"irregular": REASON}
    given(*HELPED, CLOSED).when(at(session, "2026-02-03T10:00")).refuses("episode_closed")
    given(*HELPED).when(session | {"by": by(COUNSELLOR)}).refuses("not_in_team")
    given(*HELPED).when(session | {"episode": "e-9"}).refuses("unknown_reference")
    given(*HELPED).when(session | {"form": "bridging"}).refuses("not_applicable")
    plan = bare("agree_plan") | {"parts": ["care"], "irregular": REASON}
    given(*HELPED, REVOKED).when(plan).refuses("plan_incomplete")
    again = at(SCREENING_STARTED, "2026-01-15T10:00", screening="sc-2", irregular=REASON)
    given(*SCREENING, SCREENING_STARTED, REVOKED).when(again).refuses("already_done")


def test_an_irregular_plan_lacks_the_texts_that_its_programme_asks() -> None:
    """◆ fields become optional, and rules that ask for them are not applied."""
    plan = EXAMPLES["agree_plan"].said | {"by": by(COUNSELLOR), "drawn_up_by": "family"}
    no_text = {name: value for name, value in plan.items() if name not in TEXTS["agree_plan"]}
    given(*OT, REVOKED).when(no_text | {"irregular": REASON}).records()
    given(*OT).when(plan | {"goals": []}).refuses("plan_incomplete")


def test_text_may_be_left_out_only_where_it_is_irregular() -> None:
    """◆ fields are asked as always."""
    for name in ("complete_screening", "hold_interview", "give_advice", "agree_plan", "hold_meeting"):
        given(*EXAMPLES[name].after).when(bare(name)).is_invalid()


def test_an_irregularity_is_judged_once_by_coordinator_or_dpo() -> None:
    """It stands on the review list until it is reviewed."""
    known, said = given(*EXAMPLES["review_irregularity"].after), EXAMPLES["review_irregularity"].said
    by_coordinator = said | {"by": by(COORDINATOR)}
    known.when(by_coordinator).records(IrregularityReviewed)
    judged = known.when(said).records(IrregularityReviewed)
    judged.when(by_coordinator).refuses("already_done")
    known.when(said | {"by": by(JGT)}).refuses("role_not_permitted")


def test_only_what_is_irregular_is_judged() -> None:
    """A regular session is nobody's to judge."""
    said = EXAMPLES["review_irregularity"].said
    given(*EXAMPLES["hold_session"].story).when(said | {"entry": 6}).refuses("not_applicable")
    given(*EXAMPLES["hold_session"].story).when(said | {"entry": 99}).refuses("unknown_reference")


def test_only_care_can_be_irregular() -> None:
    """The field exists on care actions alone."""
    for name in EXAMPLES.keys() - spec.CARE - {"hold_contact"}:
        given(*EXAMPLES[name].after).when(EXAMPLES[name].said | {"irregular": REASON}).is_invalid("irregular")
