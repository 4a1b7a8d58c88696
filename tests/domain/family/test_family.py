"""Guardians, restrictions, general information, accounts and the family's own words."""

import pytest

from consent_policy.decide import decide as may_see
from consent_policy.grounds import Actor, Request
from tests.domain.given import POLICY, Given, at, given, instant
from tests.examples import (
    COACH,
    COUNSELLOR,
    EXAMPLES,
    FATHER_KNOWN,
    FATHER_WITHOUT_AUTHORITY,
    MOTHER,
    MOTHER_KNOWN,
    OPENED,
    RESTRICTED,
    SIGNALLED,
    YOUTH,
    by,
)

LIFT = EXAMPLES["lift_restriction"].said


def sees(known: Given, category: str, when: str, viewer: Actor = MOTHER) -> bool:
    return may_see(known.child.grounds, Request(viewer, "subject_access", category), instant(when), POLICY).permitted


@pytest.mark.parametrize("word", ["youth", "school", "guardians", "all", "family"])
def test_no_guardian_is_called_by_a_word_that_means_somebody_else(word: str) -> None:
    """A guardian called `youth` would speak for the child."""
    given(OPENED).when(MOTHER_KNOWN | {"guardian": word}).is_invalid("guardian")


def test_a_restriction_beats_every_permission_of_that_guardian_while_it_runs() -> None:
    """From its instant until it is lifted; nobody else's."""
    known = given(OPENED, MOTHER_KNOWN, FATHER_KNOWN, RESTRICTED, LIFT)
    father = Actor("g-f", "guardian", "family")
    for when, mother in (("2026-01-19T10:00", True), ("2026-01-20T10:00", False), ("2026-02-02T09:59:59", False),
                         ("2026-02-02T10:00", True)):  # fmt: skip
        assert sees(known, "plan", when) == mother
        assert sees(known, "plan", when, father)


def test_a_restriction_of_categories_keeps_those() -> None:
    """Only what it names."""
    known = given(OPENED, MOTHER_KNOWN, RESTRICTED | {"categories": ["plan"]})
    assert not sees(known, "plan", "2026-02-02")
    assert sees(known, "session", "2026-02-02")


def test_there_is_nothing_to_lift_where_nothing_is_restricted() -> None:
    """Nor twice, nor before it began."""
    given(OPENED, MOTHER_KNOWN).when(LIFT).refuses("not_applicable")
    given(OPENED, MOTHER_KNOWN, RESTRICTED).when(at(LIFT, "2026-01-19T10:00")).refuses("not_applicable")
    given(OPENED, MOTHER_KNOWN, RESTRICTED, LIFT).when(at(LIFT, "2026-02-03T10:00")).refuses("not_applicable")


def test_general_information_is_for_who_has_no_authority() -> None:
    """A father with authority reads as a guardian."""
    said = EXAMPLES["grant_general_information"].said
    given(OPENED, FATHER_KNOWN).when(said).refuses("not_applicable")
    known = given(OPENED, FATHER_WITHOUT_AUTHORITY).when(said).records()
    father = Actor("g-f", "guardian", "family")
    assert sees(known, "outcome", "2026-02-03", father)
    assert not sees(known, "plan", "2026-02-03", father)
    assert not sees(known, "outcome", "2026-02-01", father)


def test_an_account_is_linked_by_who_it_is_of() -> None:
    """A mother does not link the youth's account."""
    known, said = given(OPENED, MOTHER_KNOWN), EXAMPLES["link_account"].said
    known.when(said | {"by": by(YOUTH)}).refuses("role_not_permitted")
    known.when(said | {"person": "youth", "by": by(MOTHER)}).refuses("role_not_permitted")


def test_an_account_is_unlinked_once_linked() -> None:
    """There is nothing to unlink before, nor twice."""
    unlink, example = EXAMPLES["unlink_account"].said, EXAMPLES["link_account"]
    given(*example.after).when(unlink).refuses("not_applicable")
    given(*example.story, unlink).when(at(unlink, "2026-02-03T10:00")).refuses("not_applicable")
    given(*example.story, unlink).when(at(example.said, "2026-02-04T10:00")).records()


def test_the_family_adds_its_own_words() -> None:
    """Mother and youth of this child; a professional who is related writes down what they said."""
    known, said = given(OPENED, MOTHER_KNOWN), EXAMPLES["add_statement"].said
    for somebody in (MOTHER, YOUTH, COUNSELLOR):
        known.when(said | {"by": by(somebody)}).records()
    known.when(said | {"by": {"id": "g-x", "role": "guardian", "organisation": "family"}}).refuses("not_related")
    known.when(said | {"by": by(COACH)}).refuses("not_related")


def test_evidence_is_asked_of_others_and_not_of_the_family() -> None:
    """A form of what somebody said; the family's own word needs none."""
    known = given(OPENED, MOTHER_KNOWN)
    said = {name: value for name, value in EXAMPLES["give_consent"].said.items() if name != "evidence"}
    known.when(said).is_invalid("evidence")
    known.when(said | {"by": by(MOTHER)}).records()


def test_a_change_of_school_changes_whose_staff_is_related() -> None:
    """From its instant the new school's, no longer the old one's."""
    moved = at(EXAMPLES["change_school"].said, "2026-01-20T10:00")
    known = given(OPENED, moved)
    old, new = by(Actor("te-1", "teacher", "school-12AB")), by(Actor("te-7", "teacher", "school-07CD"))
    for when, may in (("2026-01-19T10:00", old), ("2026-01-21T10:00", new)):
        for teacher in (old, new):
            outcome = known.when(at(MOTHER_KNOWN, when, by=teacher))
            assert outcome.recorded if teacher == may else outcome.code == "not_related"


def test_one_is_related_by_the_signal_of_somebody_else_and_not_by_ones_own() -> None:
    """A coach who raises a signal to pit makes nobody related to the child, least of all themself."""
    own = SIGNALLED | {"by": by(COACH)}
    guardian = at(MOTHER_KNOWN, "2026-01-07T10:00", by=by(COACH))
    given(OPENED, own).when(guardian).refuses("not_related")
    given(OPENED, SIGNALLED).when(guardian).records()
    given(OPENED, SIGNALLED).when(at(guardian, "2026-01-06T14:59:59")).refuses("not_related")


@pytest.mark.parametrize("bsn", ["111222334", "12345678", "000000000", "abc"])
def test_a_bsn_passes_its_check(bsn: str) -> None:
    """The elevens test."""
    given().when(OPENED | {"child": OPENED["child"] | {"bsn": bsn}}).is_invalid("bsn")


@pytest.mark.parametrize(("field", "value"), [("school", "1234"), ("school", ""), ("municipality", "Leiden")])
def test_school_and_municipality_are_codes(field: str, value: str) -> None:
    """A BRIN, a municipality code."""
    given().when(OPENED | {field: value}).is_invalid(field)
