"""The worked cases of consent.md that can be said over Grounds, by their numbers there."""

import pytest

from consent_policy.consent import assess, has_standing
from consent_policy.grounds import Actor, Ask
from tests.consent_policy.given import (
    CHILD,
    COORDINATOR,
    HELP,
    NOON,
    POLICY,
    RESEARCHER,
    STRANGER,
    TEACHER,
    YOUTH,
    F,
    M,
    S,
    at,
    at_school,
    competent,
    court,
    decided,
    episode,
    exception,
    given,
    granted,
    guardian,
    has_authority,
    has_none,
    look,
    member,
    override,
    permits,
    refuses,
    restricted,
    shared,
    withdraws,
    withheld,
)

BOTH = (*HELP, permits(M), permits(F))
AT_13 = "2012-01-01"
AT_17 = "2008-01-01"


def test_01_one_of_two_guardians_is_not_enough() -> None:
    """At 11 every guardian with authority must consent; who is silent is named."""
    decision = decided(given(*HELP, permits(M)))
    assert (decision.decision, decision.rule, decision.reasons) == ("deny", "care-team", ("consent_missing",))
    assert (decision.required, decision.missing, decision.refused_by) == ((M, F), (F,), ())


def test_02_both_guardians_are_enough() -> None:
    """The same child, with both."""
    decision = decided(given(*BOTH))
    assert (decision.decision, decision.rule, decision.reasons, decision.missing) == ("permit", "care-team", (), ())
    assert decision.entries == (1, 2, 4, 5, 6)


@pytest.mark.parametrize(("when", "decision"), [("2025-03-10T09:59:59", "permit"), ("2025-03-10T10:00:00", "deny")])
def test_03_a_withdrawal_works_from_its_instant_on(when: str, decision: str) -> None:
    """One second before it the team still sees; from it on the team does not."""
    revoked = given(*BOTH, withdraws(F, when="2025-03-10T10:00:00"))
    assert decided(revoked, when=when).decision == decision
    assert decided(given(*BOTH), when=when).permitted, "as known before"


@pytest.mark.parametrize(("when", "refused_by"), [("2025-03-10T09:59:59", (F,)), ("2025-03-10T10:00:00", ())])
def test_04_who_lost_authority_is_no_longer_required(when: str, refused_by: tuple[str, ...]) -> None:
    """A refusal stops counting from the instant at which authority is lost."""
    decision = decided(given(*HELP, refuses(F), permits(M), has_none(F, "2025-03-10T10:00")), when=when)
    assert (decision.permitted, decision.refused_by) == (not refused_by, refused_by)


def test_05_a_court_stands_in_within_its_scope_and_covers_the_refusal() -> None:
    """For sessions the court consents in F's place; for the screening F's refusal stands."""
    grounds = given(*HELP, permits(M), refuses(F), court(F, "session"))
    assert decided(grounds).permitted
    denied = decided(grounds, look(category="screening"))
    assert (denied.reasons, denied.refused_by, denied.missing) == (("consent_refused",), (F,), ())


def test_06_an_order_counts_once_it_is_known() -> None:
    """The order of 1 April, recorded on the 10th, is not among the grounds as known on the 5th."""
    known_later = (court(F, "session", when="2025-04-01T10:00"),)
    assert not decided(given(*HELP, permits(M), refuses(F)), when="2025-04-05T12:00").permitted
    assert decided(given(*HELP, permits(M), refuses(F), *known_later), when="2025-04-11T12:00").permitted


@pytest.mark.parametrize(
    ("when", "missing"), [("2026-02-28T22:59:59+00:00", ()), ("2026-02-28T23:00:00+00:00", (CHILD,))]
)
def test_07_the_youths_part_is_missing_from_midnight_in_amsterdam(when: str, missing: tuple[str, ...]) -> None:
    """At 12 the youth must consent as well, from 00:00 local time."""
    decision = decided(given(*BOTH), when=when)
    assert (decision.permitted, decision.missing) == (not missing, missing)


def test_08_at_13_the_youths_refusal_counts() -> None:
    """Both guardians agree; the youth does not."""
    decision = decided(given(*BOTH, refuses(CHILD), born=AT_13))
    assert (decision.reasons, decision.refused_by) == (("consent_refused",), (CHILD,))


def test_09_an_exception_stands_in_for_all_guardians() -> None:
    """At 13 the youth's persistent wish can stand in for a guardian who refuses."""
    refused = (*HELP, permits(CHILD), permits(F), refuses(M))
    assert decided(given(*refused, born=AT_13)).reasons == ("consent_refused",)
    assert decided(given(*refused, exception(), born=AT_13)).permitted


@pytest.mark.parametrize(("when", "missing"), [("2025-02-20T12:00", ()), ("2025-03-03T12:00", (CHILD,))])
def test_10_who_is_not_competent_is_not_asked_until_competence_is_restored(when: str, missing: tuple[str, ...]) -> None:
    """At 13, not competent, the guardians decide; once competent the youth's part is missing."""
    assessed = (competent(False, "2025-02-11T10:00"), competent(True, "2025-03-01T10:00"))
    decision = decided(given(*BOTH, *assessed, born=AT_13), when=when)
    assert (decision.permitted, decision.missing) == (not missing, missing)


def test_11_at_17_a_guardian_has_no_say() -> None:
    """M has no standing to refuse, and even a refusal from before would not count."""
    grounds = given(*HELP, permits(CHILD), refuses(M, when="2023-01-01"), born=AT_17)
    assert not has_standing(grounds, M, at(NOON), POLICY)
    decision = decided(grounds)
    assert (decision.permitted, decision.required) == (True, (CHILD,))


def test_12_from_18_on_a_mentor_is_needed_for_who_is_not_competent() -> None:
    """Parental authority ends at the 18th birthday; authority recorded after it is a mentor's."""
    parents = (*BOTH, competent(False))
    assert decided(given(*parents, born=AT_17)).permitted
    eighteen = "2026-01-01T00:00"
    denied = decided(given(*parents, born=AT_17), when=eighteen)
    assert (denied.reasons, denied.required) == (("no_one_with_authority",), ())
    mentor = given(*parents, has_authority("g-x", eighteen), permits("g-x", ref="m", when=eighteen), born=AT_17)
    assert decided(mentor, when=eighteen).required == ("g-x",)
    assert decided(mentor, when=eighteen).permitted


@pytest.mark.parametrize(
    "viewer", [STRANGER, S.__class__(S.id, "youth_nurse", S.organisation), S.__class__(S.id, S.role, "org-b")]
)
def test_13_another_role_or_organisation_is_another_actor(viewer: Actor) -> None:
    """The team knows the whole actor: id, role and organisation."""
    decision = decided(given(*BOTH), look(viewer))
    assert (decision.decision, decision.rule, decision.reasons) == ("deny", None, ("not_in_team",))


@pytest.mark.parametrize("order", [1, -1])
def test_14_a_specific_refusal_beats_a_general_permission_in_either_order(order: int) -> None:
    """A newer or broader permission under another reference does not lift a refusal."""
    said = [permits(M, when="2025-02-10"), refuses(M, "plan", when="2025-02-11")][::order]
    grounds = given(has_authority(M), episode(), member(), *said)
    assert decided(grounds, look(category="plan")).reasons == ("consent_refused",)
    assert decided(grounds).permitted


@pytest.mark.parametrize(("when", "permitted"), [("2025-06-30T23:59:59", True), ("2025-07-01T00:00:00", False)])
def test_15_a_permission_ends_at_the_instant_until(when: str, permitted: bool) -> None:
    """`until` itself is no longer covered."""
    grounds = given(has_authority(M), episode(), member(), permits(M, until="2025-07-01T00:00"))
    assert decided(grounds, when=when).permitted is permitted


def test_16_a_permission_and_a_refusal_at_one_instant_under_two_references_deny() -> None:
    """Neither is the later one, and a refusal beats a permission."""
    grounds = given(has_authority(M), episode(), member(), permits(M), refuses(M))
    assert decided(grounds).reasons == ("consent_refused",)


def test_17_a_retracted_permission_is_gone() -> None:
    """As known before the retraction it stands; afterwards it is not among the grounds."""
    assert decided(given(has_authority(M), episode(), member(), permits(M))).permitted
    assert decided(given(has_authority(M), episode(), member())).reasons == ("consent_missing",)


def test_18_a_class_list_shows_the_29_whose_guardians_did_not_refuse() -> None:
    """Of 30 children one guardian refused to share with the school."""
    named = permits(M, to="org:school-12AB")
    children = [given(at_school(), has_authority(M), named) for _ in range(29)]
    children.append(given(at_school(), has_authority(M), refuses(M, to="org:school-12AB")))
    assert sum(decided(child, look(TEACHER, category="advice")).permitted for child in children) == 29


def test_19_consent_to_care_is_not_consent_to_research() -> None:
    """Consent for one purpose never serves another."""
    grounds = given(
        *HELP, permits(M, to=("care_team", "role:researcher")), permits(F, to=("care_team", "role:researcher"))
    )
    decision = decided(grounds, look(RESEARCHER, "research", "screening"))
    assert (decision.rule, decision.reasons) == ("research", ("consent_missing",))


@pytest.mark.parametrize(
    ("when", "permitted"), [("2025-10-26T02:29:59+02:00", True), ("2025-10-26T02:30:00+01:00", False)]
)
def test_21_the_second_half_past_two_comes_after_the_first(when: str, permitted: bool) -> None:
    """Revoked at the first 02:30 of the night in which summer time ends."""
    grounds = given(*BOTH, withdraws(F, when="2025-10-26T02:30:00+02:00"))
    assert decided(grounds, when=when).permitted is permitted


def test_22_a_twins_consent_is_the_twins_own() -> None:
    """Grounds are about one child: the other has its own."""
    assert decided(given(*BOTH)).permitted
    assert not decided(given(*HELP)).permitted


@pytest.mark.parametrize(("when", "rule"), [("2026-02-28T23:59:59", None), ("2026-03-01T00:00:00", "youth")])
def test_23_a_youth_reads_the_own_file_from_12_on(when: str, rule: str | None) -> None:
    """At 11 no rule applies; at 12 the rule `youth` does."""
    decision = decided(given(*HELP), look(YOUTH, "subject_access"), when=when)
    assert (decision.permitted, decision.rule) == (rule is not None, rule)


def test_24_an_entry_withheld_from_a_guardian_is_left_out() -> None:
    """The rest is shown, and the other guardian sees that entry too."""
    grounds = given(*HELP, withheld(9, M), born=AT_13)
    assert decided(grounds, look(guardian(M), "subject_access", entry=9)).reasons == ("withheld",)
    assert decided(grounds, look(guardian(M), "subject_access", entry=8)).permitted
    assert decided(grounds, look(guardian(F), "subject_access", entry=9)).permitted


@pytest.mark.parametrize("category", ["plan", "episode", "access_log", "safety"])
def test_25_a_restriction_to_all_keeps_everything(category: str) -> None:
    """Also what was granted as general information."""
    grounds = given(has_authority(M), has_authority(F), restricted(F), granted(F, "episode"))
    decision = decided(grounds, look(guardian(F), "subject_access", category))
    assert (decision.rule, decision.reasons, decision.entries) == ("restriction", ("restricted",), (3,))
    assert decided(grounds, look(guardian(M), "subject_access", "plan")).permitted


def test_26_an_unreleased_override_is_kept_from_guardians() -> None:
    """Neither the safety entry, nor its share with Veilig Thuis, nor the looks that rest on it."""
    grounds = given(*HELP, override("veilig_thuis"), shared("session"))
    secret, share = 5, 6
    mother = guardian(M)
    assert decided(grounds, look(mother, "subject_access", "safety", entry=secret)).reasons == ("withheld",)
    assert decided(grounds, look(mother, "subject_access", "safety")).reasons == ("withheld",)
    assert decided(grounds, look(mother, "subject_access", "access_log", entry=secret)).reasons == ("withheld",)
    assert decided(grounds, look(mother, "subject_access", "access_log", entry=share)).reasons == ("withheld",)
    assert decided(grounds, look(mother, "subject_access", "access_log", entry=1)).permitted
    released = given(*HELP, override("veilig_thuis", released="2025-03-03T11:59"))
    assert decided(released, look(mother, "subject_access", "safety", entry=5)).permitted
    assert decided(released, look(mother, "subject_access", "access_log", entry=5)).permitted


def test_27_naming_the_school_does_not_open_the_gate_of_care() -> None:
    """The gate asks for the recipient care_team."""
    grounds = given(has_authority(M), episode(), member(), permits(M, to="org:school-12AB"))
    gate = assess(grounds, Ask("care", "session", "care_team", "preventie_plus"), at(NOON), POLICY, "care")
    assert (gate.complete, gate.reasons, gate.missing) == (False, ("consent_missing",), (M,))


def test_28_general_consent_does_not_cover_a_programme_that_explains_itself_first() -> None:
    """PIT asks consent after its approach was explained, so consent to it names it."""
    ask = Ask("care", "episode", "care_team", "pit", explained_first=True)
    general = given(has_authority(M), permits(M))
    named = given(has_authority(M), permits(M, programme="pit"))
    assert assess(general, ask, at(NOON), POLICY, "care").reasons == ("consent_missing",)
    assert assess(named, ask, at(NOON), POLICY, "care").complete


def test_29_a_member_of_one_team_does_not_see_another_episode() -> None:
    """Nor the coordinator, whose rule is another one."""
    grounds = given(*BOTH, episode("e-2", "ot"))
    assert decided(grounds, look(episode="e-1")).permitted
    assert decided(grounds, look(episode="e-2")).reasons == ("not_in_team",)
    assert decided(grounds, look(COORDINATOR, "coordination", "episode", episode="e-2")).rule == "coordination"
