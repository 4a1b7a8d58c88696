"""Two clocks: an action is allowed at its own instant, on what is known now; never in the future or before birth."""

import pytest

from domain.trajectory.support import SessionHeld
from tests.domain.given import at, given, instant
from tests.examples import (
    AUTHORITY_LOST,
    CLOSED,
    CONSENTED,
    COORDINATOR,
    EXAMPLES,
    FATHER_KNOWN,
    HELPED,
    LEAD,
    MOTHER_KNOWN,
    OPENED,
    OPENED_AT_13,
    STARTED,
    TEACHER,
    says,
)

SESSION = EXAMPLES["hold_session"].said
REVOKED = EXAMPLES["revoke_consent"].said


def test_now_is_not_the_future() -> None:
    """The instant of entering itself is allowed, a microsecond later is not."""
    given(*HELPED).when(SESSION, now=SESSION["at"]).records(SessionHeld)
    later = at(SESSION, instant(SESSION["at"]).replace(microsecond=1))
    given(*HELPED).when(later, now=SESSION["at"]).refuses("in_the_future")


def test_birth_is_midnight_in_amsterdam() -> None:
    """Born on 10 May 2016: from 00:00 on, summer time."""
    guardian = at(MOTHER_KNOWN, "2016-05-09T22:00:00+00:00")
    given(OPENED).when(guardian).records()
    given(OPENED).when(at(guardian, "2016-05-09T21:59:59+00:00")).refuses("before_birth")


def test_a_dossier_is_not_opened_before_birth() -> None:
    """The child that is named in the opening itself counts."""
    given().when(at(OPENED, "2016-05-09T23:59:59")).refuses("before_birth")
    given().when(at(OPENED, "2016-05-10T00:00:00")).records()


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name not in ("hold_contact", "open_trajectory")])
def test_no_action_is_of_before_birth_or_of_tomorrow(name: str) -> None:
    """Every action keeps to the child's life and to today."""
    example = EXAMPLES[name]
    given(*example.after).when(at(example.said, "2010-01-01T10:00")).refuses("before_birth")
    given(*example.after).when(at(example.said, "2030-01-01T10:00"), now="2029-12-31T10:00").refuses("in_the_future")


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name not in ("hold_contact", "open_trajectory")])
def test_nothing_is_done_for_a_child_that_is_not_known(name: str) -> None:
    """The dossier is opened first."""
    given().when(EXAMPLES[name].said).refuses("unknown_reference")


def test_a_dossier_is_opened_once() -> None:
    """The same trajectory with other content is in use."""
    given(OPENED).when(OPENED_AT_13).refuses("reference_in_use")


def test_a_session_of_before_a_withdrawal_stands_when_it_is_entered_after_it() -> None:
    """A withdrawal does not reach back."""
    known = given(*HELPED, at(REVOKED, "2026-01-20T10:00:00"))
    known.when(at(SESSION, "2026-01-20T09:59:59")).records(SessionHeld)
    known.when(at(SESSION, "2026-01-20T10:00:00")).refuses("consent_missing")


def test_a_session_of_before_the_closing_stands_when_it_is_entered_after_it() -> None:
    """A closing does not reach back."""
    known = given(*HELPED, CLOSED)
    known.when(at(SESSION, "2026-02-02T09:59:59")).records(SessionHeld)
    known.when(at(SESSION, "2026-02-02T10:00:00")).refuses("episode_closed")


def test_consent_of_later_does_not_reach_back() -> None:
    """A session of before the consent, entered after it, was without consent."""
    known = given(OPENED, MOTHER_KNOWN, STARTED, LEAD, at(CONSENTED, "2026-01-20T10:00"))
    known.when(at(SESSION, "2026-01-19T10:00")).refuses("consent_missing")
    known.when(at(SESSION, "2026-01-20T10:00")).records(SessionHeld)


def test_a_permission_of_last_week_entered_today_does_not_overrule_a_newer_refusal() -> None:
    """Facts fold by when they occurred."""
    refusal = at(EXAMPLES["refuse_consent"].said, "2026-01-20T10:00")
    known = given(OPENED, MOTHER_KNOWN, STARTED, LEAD, refusal, at(CONSENTED, "2026-01-15T10:00"))
    known.when(at(SESSION, "2026-01-21T10:00")).refuses("consent_refused", "g-m")
    known.when(at(SESSION, "2026-01-16T10:00")).records(SessionHeld)


def test_somebody_on_the_team_then_may_enter_it_later() -> None:
    """Who was on the team at the instant of the talk held it, also if they are released since."""
    released = EXAMPLES["release"].said
    known = given(*HELPED, released)
    known.when(at(SESSION, "2026-02-02T09:59:59")).records(SessionHeld)
    known.when(at(SESSION, "2026-02-02T10:00:00")).refuses("not_in_team")


def test_somebody_was_not_on_the_team_before_being_assigned() -> None:
    """Nor is their work of before."""
    known = given(OPENED, MOTHER_KNOWN, CONSENTED, STARTED, at(LEAD, "2026-01-20T10:00"))
    known.when(at(SESSION, "2026-01-20T09:59:59")).refuses("not_in_team")


def test_authority_counts_at_the_instant_of_care() -> None:
    """A father whose authority is entered today, since last week, was missing since last week."""
    known = given(*HELPED, at(FATHER_KNOWN, "2026-01-20T10:00"))
    known.when(at(SESSION, "2026-01-19T10:00")).records(SessionHeld)
    known.when(at(SESSION, "2026-01-21T10:00")).refuses("consent_missing", "g-f")
    lost = at(AUTHORITY_LOST, "2026-01-25T10:00", guardian="g-f")
    known.and_(lost).when(at(SESSION, "2026-01-26T10:00")).records(SessionHeld)


@pytest.mark.parametrize(
    ("name", "when"),
    [
        ("inform", "2026-01-06T14:59:59"),
        ("pick_up_signal", "2026-01-06T14:59:59"),
        ("settle_signal", "2026-01-06T14:59:59"),
        ("hold_session", "2026-01-12T09:59:59"),
        ("assign", "2026-01-12T09:59:59"),
        ("close_episode", "2026-01-12T09:59:59"),
        ("hold_follow_up", "2026-01-12T09:59:59"),
        ("complete_screening", "2026-01-13T09:59:59"),
        ("answer_referral", "2026-01-20T10:59:59"),
        ("withdraw_referral", "2026-01-20T10:59:59"),
        ("start_specialist_help", "2026-01-20T10:59:59"),
        ("report_return", "2026-01-20T08:59:59"),
        ("review_safety", "2026-01-20T09:59:59"),
        ("release_safety", "2026-01-20T09:59:59"),
        ("approve_reveal", "2026-01-20T09:59:59"),
        ("decide_request", "2026-01-20T09:59:59"),
        ("lift_legal_hold", "2026-01-20T09:59:59"),
        ("end_protection_order", "2026-01-20T09:59:59"),
    ],
)
def test_what_is_pointed_at_is_unknown_before_it_came_to_be(name: str, when: str) -> None:
    """A second before, the reference was nobody's."""
    example = EXAMPLES[name]
    given(*example.after).when(at(example.said, when)).refuses("unknown_reference")


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("change_authority", {"guardian": "g-x"}),
        ("restrict_guardian", {"guardian": "g-x"}),
        ("lift_restriction", {"guardian": "youth"}),
        ("grant_general_information", {"guardian": "g-x"}),
        ("record_court_consent", {"guardian": "youth"}),
        ("link_account", {"person": "g-x"}),
        ("explain_approach", {"to": ["youth", "g-x"]}),
        ("give_consent", {"person": "g-x"}),
        ("refuse_consent", {"person": "school"}),
        ("revoke_consent", {"consent": "c-x"}),
        ("raise_signal", {"informed": ["g-x"]}),
        ("inform", {"persons": ["g-x"]}),
        ("inform", {"signal": "s-x"}),
        ("start_episode", {"signal": "s-x"}),
        ("start_episode", {"reenters": "e-x"}),
        ("hold_session", {"with": ["g-x"]}),
        ("hold_session", {"withheld_from": ["g-x"]}),
        ("agree_plan", {"agreed_with": ["g-x"]}),
        ("complete_screening", {"screening": "sc-x"}),
        ("report_absence", {"episode": "e-x"}),
        ("withhold_entry", {"from": ["g-x"]}),
        ("withhold_entry", {"entry": 99}),
        ("correct_entry", {"entry": 99}),
        ("retract_entry", {"entry": 99}),
        ("confirm_entry", {"entry": 99}),
        ("make_request", {"person": "g-x"}),
        ("erase", {"request": "q-x"}),
    ],
)
def test_nothing_points_at_what_is_not_there(name: str, changes: dict[str, object]) -> None:
    """Each field that points at something points at something of this child."""
    example = EXAMPLES[name]
    given(*example.after).when(example.said | changes).refuses("unknown_reference")


INTRODUCING = [
    name
    for name in EXAMPLES
    if name
    in (
        "add_guardian",
        "raise_signal",
        "start_episode",
        "start_screening",
        "report_absence",
        "escalate_referral",
        "register_external_referral",
        "invoke_safety",
        "make_request",
        "place_legal_hold",
        "request_reveal",
        "start_protection_order",
    )
]


@pytest.mark.parametrize("name", INTRODUCING)
def test_a_name_is_given_once(name: str) -> None:
    """The same reference at another instant is other content."""
    example = EXAMPLES[name]
    later = at(example.said, "2026-03-02T10:00")
    given(*example.story).when(later).refuses("reference_in_use")


def test_a_name_stays_taken_after_its_entry_is_retracted() -> None:
    """What was said under a name is not said again of something else."""
    retracted = EXAMPLES["retract_entry"]
    signal = at(retracted.after[-1], "2026-02-03T10:00", description="Iets anders.")
    given(*retracted.story).when(signal).refuses("reference_in_use")


def test_the_same_name_of_another_kind_is_free() -> None:
    """Unique per kind within the child."""
    given(*HELPED).when(says("place_legal_hold", COORDINATOR, "02-02 10:00", hold="e-1", basis="Klacht.")).refuses(
        "role_not_permitted"
    )
    given(OPENED, MOTHER_KNOWN | {"guardian": "x"}).when(
        says("raise_signal", TEACHER, "01-06 15:00", signal="x", programme="jgt", concerns=["other"], setting="home",
             description="Stil.", informed=["x"])
    ).records()  # fmt: skip


def test_as_known_and_as_corrected_differ() -> None:
    """As known at T folds what was recorded by T; as corrected, all that is known now."""
    known = given(*HELPED).when(at(REVOKED, "2026-01-20T10:00"), now="2026-02-10T10:00").records()
    early = known.history.known_at(instant("2026-02-01T10:00"))
    when = instant("2026-01-25T10:00")
    assert len(early.child(when).grounds.statements) == 1
    assert [each.says for each in known.history.child(when).grounds.statements] == ["permit", "withdraw"]
    assert len(known.history.child(instant("2026-01-19T10:00")).grounds.statements) == 1


def test_an_entry_is_its_number_in_the_stream() -> None:
    """From one, in order of recording, whatever the order of occurrence."""
    late = given(*HELPED).when(at(FATHER_KNOWN, "2026-01-06T10:00"), now="2026-02-01T10:00").records()
    assert late.entry == 6
    assert [each.entry for each in late.history.entries] == [1, 2, 6, 3, 4, 5]
    assert late.history.upto(5).latest.guardians == ("g-m",)


def test_a_consent_is_unknown_before_it_was_given() -> None:
    """Else a withdrawal is recorded that withdraws nothing."""
    early = at(REVOKED, "2026-01-08T10:00")
    given(OPENED, MOTHER_KNOWN, CONSENTED).when(early).refuses("unknown_reference")
