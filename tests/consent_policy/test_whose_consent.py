"""The table "Whose consent is required", as a full matrix, and who has standing."""

from itertools import product
from pathlib import Path

import pytest

from consent_policy.consent import has_standing, required
from consent_policy.grounds import Grounds
from consent_policy.policy import Law
from consent_policy.whose_consent import age_band, own_access
from tests.consent_policy.given import CHILD, POLICY, F, M, at, competent, given, has_authority, has_none, policy_with

BORN = "2008-03-01"
AT_AGE = {
    11: "2020-02-29T23:59:59",
    12: "2020-03-01",
    15: "2024-02-29",
    16: "2024-03-01",
    17: "2026-02-28",
    18: "2026-03-01",
}

GUARDIANS, EVERYBODY, YOUTH_ONLY, MENTOR = (M, F), (CHILD, M, F), (CHILD,), ("g-x",)

# kind of regime, competent: who must consent at 11, 12, 15, 16, 17 and 18 years
EXPECTED = {
    ("care", True): (GUARDIANS, EVERYBODY, EVERYBODY, YOUTH_ONLY, YOUTH_ONLY, YOUTH_ONLY),
    ("care", False): (GUARDIANS, GUARDIANS, GUARDIANS, GUARDIANS, GUARDIANS, MENTOR),
    ("education", True): (GUARDIANS, GUARDIANS, GUARDIANS, YOUTH_ONLY, YOUTH_ONLY, YOUTH_ONLY),
    ("education", False): (GUARDIANS, GUARDIANS, GUARDIANS, YOUTH_ONLY, YOUTH_ONLY, YOUTH_ONLY),
}
OWN_ACCESS = {
    True: (GUARDIANS, GUARDIANS, GUARDIANS, GUARDIANS, GUARDIANS, ()),
    False: (GUARDIANS, GUARDIANS, GUARDIANS, GUARDIANS, GUARDIANS, MENTOR),
}


def child(regime: str, is_competent: bool, *, mentor: bool = True) -> Grounds:
    later = [has_authority("g-x", AT_AGE[18])] if mentor else []
    facts = (
        has_authority(M, "2008-03-01"),
        has_authority(F, "2008-03-01"),
        competent(is_competent, "2019-01-01"),
        *later,
    )
    return given(*facts, born=BORN, regime=regime)


@pytest.mark.parametrize("law", ["care", "disclosure"])
@pytest.mark.parametrize(("regime", "is_competent"), list(product(["jeugdwet", "wgbo", "education"], [True, False])))
@pytest.mark.parametrize("age", AT_AGE)
def test_everybody_that_the_table_names_must_consent_and_nobody_else(
    regime: str, is_competent: bool, age: int, law: Law
) -> None:
    """Age at the instant, competence and regime; both laws alike while the parameter says `both`."""
    row = EXPECTED["education" if regime == "education" else "care", is_competent]
    found = required(child(regime, is_competent), at(AT_AGE[age]), law, POLICY)
    assert found.persons == row[list(AT_AGE).index(age)]
    assert not found.nobody


@pytest.mark.parametrize("age", AT_AGE)
def test_with_parameter_youth_only_the_youth_decides_on_disclosure_at_12_to_15(age: int, tmp_path: Path) -> None:
    """The parameter changes that one cell; care stays as it is."""
    other = policy_with(tmp_path, 'disclosure_12_15 = "both"', 'disclosure_12_15 = "youth"')
    grounds, instant = child("jeugdwet", True), at(AT_AGE[age])
    disclosure = required(grounds, instant, "disclosure", other).persons
    assert disclosure == (YOUTH_ONLY if age in {12, 15} else required(grounds, instant, "disclosure", POLICY).persons)
    assert required(grounds, instant, "care", other).persons == required(grounds, instant, "care", POLICY).persons


@pytest.mark.parametrize(("is_competent", "age"), list(product([True, False], AT_AGE)))
@pytest.mark.parametrize("regime", ["jeugdwet", "wgbo", "education"])
def test_guardians_own_access_follows_its_column(regime: str, is_competent: bool, age: int) -> None:
    """At 16 and 17 the youth's consent is a need of the rule; here they still are guardians with access."""
    expected = OWN_ACCESS[is_competent][list(AT_AGE).index(age)]
    grounds, instant = child(regime, is_competent), at(AT_AGE[age])
    assert tuple(person for person in (M, F, "g-x") if own_access(grounds, person, instant, POLICY)) == expected


@pytest.mark.parametrize("age", AT_AGE)
def test_standing_is_being_required_or_being_a_competent_youth_of_age(age: int) -> None:
    """From 12, in education from 16; a guardian from 16 on only while the youth is not competent."""
    instant = at(AT_AGE[age])
    for regime, from_age in (("jeugdwet", 12), ("wgbo", 12), ("education", 16)):
        assert has_standing(child(regime, True), CHILD, instant, POLICY) is (age >= from_age)
        assert has_standing(child(regime, True), M, instant, POLICY) is (age < 16)
        assert has_standing(child(regime, False), "g-x", instant, POLICY) is (age == 18 and regime != "education")
    assert not has_standing(child("jeugdwet", False), CHILD, instant, POLICY)


@pytest.mark.parametrize(("is_competent", "age"), [(True, 11), (True, 12), (False, 16), (False, 18)])
def test_somebody_is_required_but_nobody_is_there(is_competent: bool, age: int) -> None:
    """Guardians without authority, or parents where a mentor is needed, are nobody."""
    parents = child("jeugdwet", is_competent, mentor=False)
    without = given(has_none(M, "2008-03-01"), competent(is_competent, "2019-01-01"), born=BORN)
    assert required(without, at(AT_AGE[age]), "care", POLICY).nobody
    assert required(parents, at(AT_AGE[age]), "care", POLICY).nobody is (age == 18)


def test_authority_recorded_again_after_losing_it_counts_from_then_on() -> None:
    """Of one guardian the latest record by the instant stands; divorce by itself changes nothing."""
    grounds = given(has_authority(M), has_none(M, "2025-03-01"), has_authority(M, "2025-04-01"))
    for when, persons in (("2025-02-28", (M,)), ("2025-03-01", ()), ("2025-04-01", (M,))):
        assert required(grounds, at(when), "care", POLICY).persons == persons


@pytest.mark.parametrize(("when", "band"), [("2024-02-29", 0), ("2024-03-01", 1)])
def test_born_on_29_february_turns_12_on_the_day_itself_or_on_1_march(when: str, band: int) -> None:
    """In a leap year the birthday is the 29th; in other years 1 March."""
    assert age_band(given(born="2012-02-29"), at("2024-02-28T23:59:59")) == 0
    assert age_band(given(born="2012-02-29"), at("2024-02-29")) == 1
    assert age_band(given(born="2012-02-29"), at("2028-02-28T23:59")) == 1
    assert age_band(given(born="2012-03-01"), at(when)) == band


def test_born_on_29_february_turns_18_on_1_march() -> None:
    """2030 has no 29 February."""
    assert age_band(given(born="2012-02-29"), at("2030-02-28T23:59:59")) == 2
    assert age_band(given(born="2012-02-29"), at("2030-03-01")) == 3


def test_an_unknown_birth_date_counts_as_under_12() -> None:
    """What is not known must not open a file to anybody."""
    grounds = given(has_authority(M), birth_date=None)
    assert required(grounds, at("2040-01-01"), "care", POLICY).persons == (M,)
    assert not has_standing(grounds, CHILD, at("2040-01-01"), POLICY)
