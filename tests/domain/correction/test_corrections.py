"""An entry that was wrong is corrected or retracted by a new fact; the first stays in the log."""

from typing import Any

import pytest

from consent_policy.grounds import Actor
from domain.trajectory.child import TrajectoryOpened
from domain.trajectory.correction import EntryCorrected, EntryRetracted
from domain.trajectory.signal import SignalRaised
from domain.trajectory.support import SessionHeld
from tests.domain.given import Given, at, given, instant
from tests.examples import (
    AUDITOR,
    CARE,
    CONSENTED,
    COUNSELLOR,
    EXAMPLES,
    FATHER,
    FATHER_KNOWN,
    HELPED,
    JGT,
    LEAD,
    MOTHER,
    MOTHER_KNOWN,
    OPENED,
    SIGNALLED,
    STARTED,
    TEACHER,
    YOUTH,
    by,
    says,
)

SESSION = EXAMPLES["hold_session"].said
WORDS = EXAMPLES["add_statement"].said


def corrects(entry: int, changes: dict[str, Any], when: str = "03-01 10:00", who: Any = JGT) -> dict[str, Any]:
    return says("correct_entry", who, when, entry=entry, changes=changes)


def retracts(entry: int, when: str = "03-01 10:00", who: Any = JGT) -> dict[str, Any]:
    return says("retract_entry", who, when, entry=entry, reason="Verkeerd ingevoerd.")


def talks(known: Given) -> int:
    return len(known.child.episodes["e-1"].sessions)


def test_the_first_stays_in_the_log() -> None:
    """What was said and what it should have said; both are kept."""
    known = given(OPENED, SIGNALLED).when(EXAMPLES["correct_entry"].said).records(EntryCorrected)
    told, stands = known.history.facts[2], known.history.standing[2]
    assert isinstance(told, SignalRaised)
    assert isinstance(stands, SignalRaised)
    assert (told.description, stands.description) == (SIGNALLED["description"], "Wordt snel boos in de klas.")
    assert (told.by, told.receipt, told.occurred_at) == (stands.by, stands.receipt, stands.occurred_at)


def test_a_correction_holds_from_the_corrected_entrys_own_instant() -> None:
    """Consent that was entered as given to all, and was given to sessions only."""
    only_sessions = CARE | {"categories": ["session"]}
    known = given(*HELPED)
    plan = EXAMPLES["agree_plan"].said
    known.when(plan).records()
    corrected = known.and_(corrects(3, {"scope": only_sessions}, who=COUNSELLOR))
    corrected.when(plan).refuses("consent_missing")
    corrected.when(SESSION).records()
    earlier = corrected.history.child(instant("2026-01-10")).grounds.statements[0].scope
    assert earlier is not None
    assert earlier.categories == ("session",)
    as_known = corrected.history.upto(5).child(instant("2026-01-10")).grounds.statements[0].scope
    assert as_known is not None
    assert as_known.categories == ("all",)


def test_the_instant_itself_can_be_corrected() -> None:
    """`at`: the entry then stands at the other instant."""
    known = given(*HELPED, SESSION).and_(corrects(6, {"at": "2026-01-30T15:00:00+01:00"}))
    assert [each.at for each in known.child.episodes["e-1"].sessions] == [instant("2026-01-30T15:00")]
    assert [each.entry for each in known.history.entries][-2:] == [6, 7]
    revoked = at(EXAMPLES["revoke_consent"].said, "2026-02-01T10:00")
    moved = given(*HELPED, revoked).and_(corrects(6, {"at": "2026-02-05T10:00:00+01:00"}, who=MOTHER))
    moved.when(SESSION).records(SessionHeld)
    moved.when(at(SESSION, "2026-02-05T10:00")).refuses("consent_missing")


def test_the_last_correction_of_a_field_counts_and_the_others_stand() -> None:
    """Each on top of the one before."""
    known = given(*HELPED, SESSION)
    known = known.and_(
        corrects(6, {"minutes": 30}),
        corrects(6, {"form": "guardian_talk", "minutes": 40}, "03-02 10:00"),
        corrects(6, {"minutes": 50}, "03-03 10:00"),
    )
    stands = known.history.standing[6]
    assert isinstance(stands, SessionHeld)
    assert (stands.minutes, stands.form) == (50, "guardian_talk")


@pytest.mark.parametrize(
    ("entry", "changes"),
    [
        (2, {"guardian": "g-x"}),
        (3, {"person": "g-f"}),
        (3, {"consent": "c-other"}),
        (4, {"episode": "e-9"}),
        (5, {"episode": "e-9"}),
        (6, {"episode": "e-9"}),
        (7, {"signal": "s-9"}),
    ],
)
def test_a_change_to_a_reference_is_invalid(entry: int, changes: dict[str, Any]) -> None:
    """Anything but references."""
    known = given(*HELPED, SESSION, SIGNALLED)
    known.when(corrects(entry, changes)).is_invalid("changes")


@pytest.mark.parametrize(
    "changes",
    [
        {"by": by(TEACHER)},
        {"receipt": {"action_id": "x", "content": "y"}},
        {"remark": "Noor"},
        {"minutes": 0},
        {"minutes": "lang"},
        {"form": "dance"},
        {"occurred_at": "yesterday"},
        {"at": "2026-03-01"},
        {},
    ],
)
def test_a_change_must_fit_the_entry(changes: dict[str, Any]) -> None:
    """Its fields, their values; not who said it, and not nothing."""
    given(*HELPED, SESSION).when(corrects(6, changes)).is_invalid("changes")


def test_rules_are_not_asked_again() -> None:
    """What happened without consent can be told so: the first entry stood, what it should have said stands."""
    known = given(*HELPED, at(EXAMPLES["revoke_consent"].said, "2026-02-05T10:00"), SESSION)
    known.when(corrects(7, {"at": "2026-02-06T10:00:00+01:00"})).records()


def test_team_and_author_correct_and_nobody_else() -> None:
    """A teacher their own signal; the team what is in its dossier; another teacher nothing."""
    known = given(*HELPED, SIGNALLED)
    for somebody in (TEACHER, JGT):
        known.when(corrects(6, {"setting": "home"}, who=somebody)).records()
        known.when(retracts(6, who=somebody)).records()
    for somebody in (COUNSELLOR, AUDITOR):
        known.when(corrects(6, {"setting": "home"}, who=somebody)).refuses("not_in_team")
        known.when(retracts(6, who=somebody)).refuses("not_in_team")


@pytest.mark.parametrize("who", [MOTHER, YOUTH])
def test_the_familys_words_are_corrected_and_retracted_by_them_alone(who: Any) -> None:
    """Not by the team, and not by another of the family."""
    known = given(*HELPED, FATHER_KNOWN, WORDS | {"by": by(who)})
    entry = known.entry
    for said in (corrects(entry, {"text": "Anders."}), retracts(entry)):
        known.when(said).refuses("role_not_permitted")
        assert known.when(said | {"by": by(FATHER)}).code in ("role_not_permitted", "not_in_team")
        known.when(said | {"by": by(who)}).records()


def test_consent_that_the_mother_gave_herself_is_hers_to_correct() -> None:
    """A professional does not retract it."""
    known = given(OPENED, MOTHER_KNOWN, CONSENTED | {"by": by(MOTHER)}, STARTED, LEAD)
    known.when(retracts(3)).refuses("role_not_permitted")
    known.when(retracts(3, who=MOTHER)).records().when(SESSION).refuses("consent_missing")


def test_a_retracted_entry_counts_no_more() -> None:
    """From its own instant: it should not have been made."""
    known = given(*HELPED, SESSION)
    retracted = known.when(retracts(6)).records(EntryRetracted)
    assert (talks(known), talks(retracted)) == (1, 0)
    assert 6 in retracted.history.facts
    assert 6 not in retracted.history.standing
    assert talks(Given(retracted.history.upto(6))) == 1


def test_retracting_a_retraction_restores() -> None:
    """And retracting that one retracts again."""
    known = given(*HELPED, SESSION, retracts(6))
    known.when(retracts(6, "03-02 10:00")).refuses("already_done")
    restored = known.and_(retracts(7, "03-02 10:00"))
    assert talks(restored) == 1
    again = restored.and_(retracts(8, "03-03 10:00"))
    assert talks(again) == 0
    assert talks(again.and_(retracts(9, "03-04 10:00"))) == 1
    assert talks(restored.and_(retracts(6, "03-03 10:00"))) == 0


def test_a_retracted_correction_leaves_the_entry_as_it_was() -> None:
    """The correction itself was the mistake."""
    known = given(*HELPED, SESSION, corrects(6, {"minutes": 30}), retracts(7, "03-02 10:00"))
    stands = known.history.standing[6]
    assert isinstance(stands, SessionHeld)
    assert stands.minutes == 45


def test_a_correction_and_a_retraction_are_not_corrected() -> None:
    """They are retracted instead."""
    known = given(*HELPED, SESSION, corrects(6, {"minutes": 30}), at(retracts(6), "2026-03-01T11:00"))
    known.when(corrects(7, {"changes": {"minutes": 20}})).refuses("not_applicable")
    known.when(corrects(8, {"reason": "Anders."})).refuses("not_applicable")


def test_the_opening_is_corrected_and_not_retracted() -> None:
    """Without it there is no child; a wrong birth date is corrected and holds from the beginning."""
    known = given(OPENED, MOTHER_KNOWN)
    known.when(retracts(1, who=COUNSELLOR)).refuses("not_applicable")
    younger = OPENED["child"] | {"birth_date": "2012-02-02"}
    corrected = known.and_(corrects(1, {"child": younger}, who=COUNSELLOR))
    youth = at(CONSENTED, "2026-02-02T10:00", person="youth")
    known.when(youth).refuses("no_standing")
    corrected.when(youth).records()


def test_a_retracted_permission_was_never_given() -> None:
    """Case 17: later deny; as known before, permit."""
    known = given(*HELPED, retracts(3, who=COUNSELLOR))
    known.when(SESSION).refuses("consent_missing")
    Given(known.history.upto(5)).when(SESSION).records()


def test_a_retracted_refusal_refuses_no_more() -> None:
    """It was said by somebody else."""
    refusal = at(
        EXAMPLES["refuse_consent"].said, "2026-01-15T10:00", consent="c-2", by=by(COUNSELLOR), evidence={"kind": "form"}
    )
    known = given(*HELPED, refusal)
    known.when(SESSION).refuses("consent_refused")
    known.and_(retracts(6, who=COUNSELLOR)).when(SESSION).records()


def test_what_somebody_ticked_can_be_corrected() -> None:
    """Lists of persons are no references of their own: who was informed may have been ticked wrongly."""
    known = given(OPENED, MOTHER_KNOWN, SIGNALLED)
    after = known.and_(corrects(3, {"informed": ["g-m"]}, who=TEACHER))
    assert set(after.child.grounds.informed_at) == {"g-m"}


def test_a_guardians_words_are_not_those_of_a_professional_with_the_same_id() -> None:
    """A person is an id in a role."""
    namesake = Actor("g-m", "jgt_consultant", "jgt-leiden")
    assigned = at(LEAD, "2026-01-12T11:00", professional=by(namesake), team_role="member")
    known = given(*HELPED, assigned, WORDS)
    known.when(retracts(known.entry, who=namesake)).refuses("role_not_permitted")


@pytest.mark.parametrize("when", ["2099-01-01T10:00:00+01:00", "2010-01-01T10:00:00+01:00"])
def test_nothing_is_corrected_into_the_future_or_to_before_birth(when: str) -> None:
    """occurred_at may lie in the past, not in the future (in_the_future), not before birth (before_birth)."""
    corrected = says("correct_entry", TEACHER, "02-02 10:00", entry=2, changes={"at": when})
    outcome = given(OPENED, SIGNALLED).when(corrected)
    stands = outcome.after.history.standing[2]
    assert stands.occurred_at == instant(SIGNALLED["at"])


def test_the_team_does_not_undo_a_restriction_by_retracting_it() -> None:
    """lift_restriction asks E, and stands on the oversight list until another person looked at it."""
    restricted = EXAMPLES["restrict_guardian"].said
    retracted = says("retract_entry", JGT, "02-02 10:00", entry=6, reason="Niet meer nodig.")
    outcome = given(*HELPED, restricted).when(retracted)
    assert outcome.after.child.grounds.restrictions


def test_of_who_the_child_is_only_the_parts_that_are_told_change() -> None:
    """A wrong birth date does not take the name away."""
    changes = {"child": {"birth_date": "2015-05-10"}}
    known = given(OPENED).and_(corrects(1, changes, who=COUNSELLOR))
    stands = known.history.standing[1]
    assert isinstance(stands, TrajectoryOpened)
    assert (stands.child.birth_date.year, stands.child.given_name) == (2015, "Noor")


@pytest.mark.parametrize(
    "name", ["open_trajectory", "restrict_guardian", "invoke_safety", "review_safety", "release_safety"]
)
def test_some_entries_are_never_taken_back(name: str) -> None:
    """The opening is corrected, a restriction lifted, and an override stays in the sight of its reviewers."""
    known = given(*EXAMPLES[name].story)
    retraction = says("retract_entry", COUNSELLOR, "03-01 10:00", entry=known.entry, reason="Vergissing.")
    known.when(retraction | {"by": EXAMPLES[name].said["by"]}).refuses("not_applicable")


def test_the_team_does_not_lift_a_legal_hold_by_retracting_it() -> None:
    """decide_request, holds, erase: records_officer."""
    retracted = says("retract_entry", JGT, "02-02 10:00", entry=6, reason="Niet meer nodig.")
    given(*HELPED, EXAMPLES["place_legal_hold"].said).when(retracted).refuses("role_not_permitted")
