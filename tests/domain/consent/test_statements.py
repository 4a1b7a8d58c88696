"""What the family permits, refuses and withdraws: who can, under which reference, and what stands in for them."""

from typing import Any

import pytest

from domain.fact import ChildFact
from domain.trajectory.consent import ConsentGiven, ConsentRefused, ConsentRevoked
from domain.trajectory.support import SessionHeld
from tests.domain.given import at, given
from tests.examples import (
    AUTHORITY_LOST,
    CARE,
    CONSENTED,
    CONSENTED_TO_PIT,
    COUNSELLOR,
    EXAMPLES,
    EXPLAINED,
    FATHER,
    FATHER_KNOWN,
    FATHER_WITHOUT_AUTHORITY,
    FORM,
    HELPED,
    LEAD,
    MOTHER,
    MOTHER_KNOWN,
    OPENED,
    STARTED,
    YOUTH,
    by,
    says,
)

SESSION = EXAMPLES["hold_session"].said
REFUSE = EXAMPLES["refuse_consent"].said
REVOKE = EXAMPLES["revoke_consent"].said


def child_of(birth_date: str, **changes: Any) -> dict[str, Any]:
    return OPENED | {"child": OPENED["child"] | {"birth_date": birth_date}} | changes


def statement(person: str, when: str = "2026-02-02T10:00", **changes: Any) -> dict[str, Any]:
    return at(CONSENTED, when, **{"person": person, "consent": f"c-{person}", **changes})


BORN = {
    11: "2014-02-03",
    12: "2014-02-02",
    15: "2010-02-03",
    16: "2010-02-02",
    17: "2008-02-03",
    18: "2008-02-02",
}
"""Birth dates by the age on 2 February 2026."""


@pytest.mark.parametrize(
    ("age", "regime", "youth", "guardian"),
    [
        (11, "jeugdwet", False, True),
        (12, "jeugdwet", True, True),
        (15, "jeugdwet", True, True),
        (16, "jeugdwet", True, False),
        (17, "jeugdwet", True, False),
        (18, "jeugdwet", True, False),
        (12, "wgbo", True, True),
        (16, "wgbo", True, False),
        (12, "education", False, True),
        (15, "education", False, True),
        (16, "education", True, False),
    ],
)
def test_standing_is_by_age(age: int, regime: str, youth: bool, guardian: bool) -> None:
    """At 12 the youth speaks too, at 16 alone; education: only from 16 (consent.md, Whose consent is required)."""
    known = given(child_of(BORN[age], regime=regime), MOTHER_KNOWN)
    for person, stands in (("youth", youth), ("g-m", guardian)):
        for said in (statement(person), REFUSE | {"person": person, "by": by(COUNSELLOR), "evidence": FORM}):
            outcome = known.when(said)
            if stands:
                outcome.records()
            else:
                outcome.refuses("no_standing")


@pytest.mark.parametrize(
    ("birth", "age", "midnight"),
    [
        ("2014-03-01", 12, "2026-02-28T23:00:00+00:00"),
        ("2010-07-01", 16, "2026-06-30T22:00:00+00:00"),
        ("2012-02-29", 12, "2024-02-28T23:00:00+00:00"),
        ("2010-02-28", 16, "2026-02-27T23:00:00+00:00"),
    ],
)
def test_a_birthday_starts_at_midnight_in_amsterdam(birth: str, age: int, midnight: str) -> None:
    """A second before, the youth of 11 has no standing, and the guardian of a youth of 15 still has."""
    known = given(at(child_of(birth), "2023-01-05T10:00"), at(MOTHER_KNOWN, "2023-01-05T11:00"))
    before = midnight.replace("00:00+", "59:59+").replace(midnight[11:13], f"{int(midnight[11:13]) - 1:02}", 1)
    person, first = ("youth", False) if age == 12 else ("g-m", True)
    for when, stands in ((before, first), (midnight, not first)):
        outcome = known.when(statement(person, when))
        assert outcome.recorded == stands, (when, outcome.said)


def test_an_incompetent_youth_has_no_standing() -> None:
    """At 13 not competent: the guardians decide; competent again: the youth too."""
    example = EXAMPLES["assess_competence"]
    known = given(*example.after, MOTHER_KNOWN)
    known.when(statement("youth")).records(ConsentGiven)
    assessed = known.and_(at(example.said, "2026-01-20T10:00"))
    assessed.when(statement("youth")).refuses("no_standing")
    assessed.when(statement("g-m")).records(ConsentGiven)
    restored = assessed.and_(at(example.said, "2026-01-25T10:00", competent=True))
    restored.when(statement("youth")).records(ConsentGiven)
    restored.when(statement("youth", "2026-01-24T10:00")).refuses("no_standing")


def test_competence_is_assessed_from_twelve() -> None:
    """Under 12 there is nothing to assess."""
    said = EXAMPLES["assess_competence"].said
    given(child_of(BORN[11])).when(said).refuses("not_applicable")
    given(child_of(BORN[12])).when(said).records()


def test_an_incompetent_adult_has_a_mentor() -> None:
    """Authority that is recorded after the 18th birthday is a mentor's; a parent's of before is not."""
    adult = given(child_of(BORN[18]), MOTHER_KNOWN, at(EXAMPLES["assess_competence"].said, "2026-02-02T09:00"))
    adult.when(statement("g-m")).refuses("no_standing")
    mentor = adult.and_(at(FATHER_KNOWN, "2026-02-02T09:30"))
    mentor.when(statement("g-f")).records(ConsentGiven)
    mentor.when(statement("youth")).refuses("no_standing")


def test_who_has_no_authority_has_no_standing() -> None:
    """A father without authority says nothing for the child; a mother who lost it neither."""
    given(OPENED, FATHER_WITHOUT_AUTHORITY).when(statement("g-f")).refuses("no_standing")
    known = given(OPENED, MOTHER_KNOWN, AUTHORITY_LOST)
    known.when(statement("g-m")).refuses("no_standing")
    known.when(statement("g-m", "2026-01-20T09:59:59")).records(ConsentGiven)


def test_the_family_speaks_for_itself_only() -> None:
    """A mother does not consent, refuse or withdraw for a father, nor a youth for a mother."""
    known = given(OPENED, MOTHER_KNOWN, FATHER_KNOWN, CONSENTED)
    for somebody in (FATHER, YOUTH):
        known.when(statement("g-m", consent="c-2", by=by(somebody))).refuses("no_standing")
        known.when(REFUSE | {"by": by(somebody), "consent": "c-2"}).refuses("no_standing")
        known.when(REVOKE | {"by": by(somebody)}).refuses("no_standing")
        everything = says("revoke_consent", somebody, "02-02 10:00", person="g-m", all=True)
        known.when(everything).refuses("no_standing")


def test_a_stranger_to_the_child_is_not_its_guardian() -> None:
    """A guardian of another child says nothing here."""
    stranger = {"id": "g-x", "role": "guardian", "organisation": "family"}
    given(OPENED, MOTHER_KNOWN).when(statement("g-m", by=stranger)).refuses("not_related")


def test_one_reference_is_given_refused_revoked_and_given_again() -> None:
    """By its person, each time the last word counts."""
    known = given(OPENED, MOTHER_KNOWN, STARTED, LEAD)
    steps: list[tuple[dict[str, Any], type[ChildFact], str | None]] = [
        (CONSENTED, ConsentGiven, None),
        (at(REFUSE, "2026-02-03T10:00"), ConsentRefused, "consent_refused"),
        (at(REVOKE, "2026-02-04T10:00"), ConsentRevoked, "consent_missing"),
        (at(CONSENTED, "2026-02-05T10:00"), ConsentGiven, None),
        (at(REVOKE, "2026-02-06T10:00"), ConsentRevoked, "consent_missing"),
    ]
    for number, (said, kind, code) in enumerate(steps):
        known = known.when(said).records(kind)
        outcome = known.when(at(SESSION, f"2026-02-{number + 2:02}T12:00"))
        assert outcome.recorded if code is None else outcome.code == code


@pytest.mark.parametrize("name", ["give_consent", "refuse_consent"])
def test_a_reference_is_its_persons(name: str) -> None:
    """The father does not speak under the mother's reference."""
    known = given(OPENED, MOTHER_KNOWN, FATHER_KNOWN, CONSENTED)
    said = EXAMPLES[name].said | {"person": "g-f", "by": by(COUNSELLOR), "evidence": FORM}
    known.when(at(said, "2026-02-02T10:00")).refuses("reference_in_use")


def test_withdrawing_everything_withdraws_each_reference() -> None:
    """With `person` and `all`: every permission and refusal of that person, and nobody else's."""
    referral = statement("g-m", "2026-01-10T10:00", scope=CARE | {"purposes": ["research"]}, consent="c-r")
    known = given(OPENED, MOTHER_KNOWN, FATHER_KNOWN, CONSENTED, referral, statement("g-f", "2026-01-10T11:00"))
    everything = says("revoke_consent", MOTHER, "01-20 10:00", person="g-m", all=True)
    after = known.when(everything).records(ConsentRevoked, person="g-m", consent=None)
    withdrawn = {(each.person, each.consent) for each in after.child.grounds.statements if each.says == "withdraw"}
    assert withdrawn == {("g-m", "c-m"), ("g-m", "c-r")}


def test_withdrawing_everything_holds_for_what_is_entered_later() -> None:
    """A permission of before the withdrawal, entered after it, is withdrawn as well; one of after it stands."""
    everything = says("revoke_consent", MOTHER, "01-20 10:00", person="g-m", all=True)
    known = given(OPENED, MOTHER_KNOWN, STARTED, LEAD, everything, CONSENTED)
    known.when(SESSION).refuses("consent_missing")
    known.and_(statement("g-m", "2026-01-21T10:00")).when(SESSION).records(SessionHeld)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"person": "g-m"},
        {"all": True},
        {"consent": "c-m", "person": "g-m", "all": True},
        {"consent": "c-m", "all": True},
    ],
)
def test_a_withdrawal_names_one_reference_or_everything_of_a_person(fields: dict[str, Any]) -> None:
    """Neither both nor neither."""
    said = {name: value for name, value in REVOKE.items() if name != "consent"} | fields
    given(OPENED, MOTHER_KNOWN, CONSENTED).when(said).is_invalid("consent")


def test_a_professional_withdraws_on_a_persons_behalf() -> None:
    """With evidence of it."""
    known = given(*HELPED)
    said = REVOKE | {"by": by(COUNSELLOR)}
    known.when(said).is_invalid("evidence")
    known.when(said | {"evidence": FORM}).records(ConsentRevoked).when(at(SESSION, "2026-02-03T10:00")).refuses(
        "consent_missing", "g-m"
    )


def test_consent_to_care_is_explained_first_to_that_person() -> None:
    """Pit: not before, not to somebody else, not of another programme; refusing never needs it."""
    known = given(OPENED, MOTHER_KNOWN, FATHER_KNOWN)
    known.when(CONSENTED_TO_PIT).refuses("not_explained")
    known.and_(EXPLAINED | {"to": ["g-f", "youth"]}).when(CONSENTED_TO_PIT).refuses("not_explained")
    known.and_(EXPLAINED | {"programme": "jgt"}).when(CONSENTED_TO_PIT).refuses("not_explained")
    known.and_(EXPLAINED).when(at(CONSENTED_TO_PIT, "2026-01-09T15:59:59")).refuses("not_explained")
    known.and_(EXPLAINED).when(CONSENTED_TO_PIT).records(ConsentGiven)
    known.when(REFUSE | {"scope": CARE | {"programme": "pit"}}).records(ConsentRefused)


def test_other_purposes_and_programmes_need_no_explanation() -> None:
    """Only consent to care in a programme that explains first."""
    known = given(OPENED, MOTHER_KNOWN)
    known.when(CONSENTED | {"scope": CARE | {"programme": "jgt"}}).records()
    known.when(CONSENTED | {"scope": CARE | {"purposes": ["research"], "programme": "pit"}}).records()
    known.when(CONSENTED).records()


def test_an_exception_is_for_twelve_to_fifteen() -> None:
    """Not at 11, not at 16."""
    said = EXAMPLES["record_consent_exception"].said
    for age, fits in ((11, False), (12, True), (15, True), (16, False), (18, False)):
        outcome = given(child_of(BORN[age])).when(said)
        assert outcome.recorded if fits else outcome.code == "not_applicable"


def test_an_exception_stands_in_for_all_guardians_within_its_scope() -> None:
    """At 13, the youth consents and the mother refuses: session as the exception says, the plan not."""
    example = EXAMPLES["record_consent_exception"]
    known = given(*example.after, MOTHER_KNOWN, STARTED, LEAD, statement("youth", "2026-01-15T10:00"))
    refused = known.and_(at(REFUSE, "2026-01-16T10:00"))
    refused.when(SESSION).refuses("consent_refused", "g-m")
    limited = refused.and_(at(example.said, "2026-01-17T10:00", scope=CARE | {"categories": ["session"]}))
    limited.when(SESSION).records(SessionHeld)
    limited.when(EXAMPLES["agree_plan"].said).refuses("consent_refused", "g-m")
    limited.when(at(SESSION, "2026-01-16T12:00")).refuses("consent_refused")


def test_a_court_stands_in_for_one_guardian() -> None:
    """The other one is still asked."""
    court = at(EXAMPLES["record_court_consent"].said, "2026-01-17T10:00")
    known = given(OPENED, MOTHER_KNOWN, FATHER_KNOWN, STARTED, LEAD, court)
    known.when(SESSION).refuses("consent_missing", "g-f")
    known.and_(statement("g-f", "2026-01-18T10:00")).when(SESSION).records(SessionHeld)


def test_consent_runs_from_and_until() -> None:
    """From is in, until is out."""
    scope = CARE | {"from": "2026-01-20T00:00:00+01:00", "until": "2026-01-30T00:00:00+01:00"}
    known = given(OPENED, MOTHER_KNOWN, STARTED, LEAD, CONSENTED | {"scope": scope})
    for when, stands in (
        ("2026-01-19T23:59:59", False),
        ("2026-01-20T00:00:00", True),
        ("2026-01-29T23:59:59", True),
        ("2026-01-30T00:00:00", False),
    ):
        assert known.when(at(SESSION, when)).recorded == stands


@pytest.mark.parametrize("recipient", ["org:school-12AB", "person:jgt-1", "role:coordinator", "org:jgt-leiden"])
def test_only_the_care_team_opens_a_gate(recipient: str) -> None:
    """Consent that names an organisation, a person or a role is for telling them, not for care (case 27)."""
    known = given(OPENED, MOTHER_KNOWN, STARTED, LEAD, CONSENTED | {"scope": CARE | {"recipients": [recipient]}})
    known.when(SESSION).refuses("consent_missing", "g-m")


def test_consent_to_one_category_is_not_consent_to_another() -> None:
    """Each care action asks for its own category."""
    known = given(OPENED, MOTHER_KNOWN, STARTED, LEAD, CONSENTED | {"scope": CARE | {"categories": ["session"]}})
    known.when(SESSION).records()
    for name in ("hold_interview", "give_advice", "agree_plan", "review_plan", "hold_meeting"):
        known.when(EXAMPLES[name].said).refuses("consent_missing", "g-m")


def test_at_sixteen_the_guardians_words_count_no_more_and_the_youths_do() -> None:
    """Both ways: their refusal does not stop it, their permission does not open it."""
    known = given(child_of("2010-02-10"), MOTHER_KNOWN, STARTED, LEAD, at(REFUSE, "2026-02-03T10:00"))
    known = known.and_(statement("youth", "2026-02-03T11:00"))
    known.when(at(SESSION, "2026-02-09T23:59:59")).refuses("consent_refused", "g-m")
    known.when(at(SESSION, "2026-02-10T00:00:00")).records(SessionHeld)


def test_at_twelve_the_youths_own_part_is_missing_from_midnight_on() -> None:
    """Case 7."""
    known = given(child_of("2014-02-10"), MOTHER_KNOWN, CONSENTED, STARTED, LEAD)
    known.when(at(SESSION, "2026-02-09T23:59:59")).records(SessionHeld)
    known.when(at(SESSION, "2026-02-10T00:00:00")).refuses("consent_missing", "youth")
