"""Where an episode stands is derived, as of an instant."""

from typing import get_args

from domain.trajectory import phase
from tests.domain import spec
from tests.domain.given import POLICY, Given, at, given, instant
from tests.examples import (
    ACCEPTED,
    CLOSED,
    CONSENTED,
    CONSENTED_TO_REFERRAL,
    EXAMPLES,
    FATHER_KNOWN,
    HELPED,
    LEAD,
    MOTHER_KNOWN,
    OPENED,
    PLUS_LEAD,
    PLUS_STARTED,
    REFERRED,
    REFERRING,
    SCREENING,
    SCREENING_STARTED,
    SOCIAL_WORKER,
    SPECIALIST_STARTED,
    STARTED,
    says,
)

SESSION = EXAMPLES["hold_session"].said
REVOKED = at(EXAMPLES["revoke_consent"].said, "2026-02-05T10:00")
REFUSED = at(EXAMPLES["refuse_consent"].said, "2026-02-05T10:00", consent="c-2")
LATER = "2026-03-01T10:00"


def test_the_phases_are_those_of_the_page() -> None:
    """Eight, of which `signalled` is that of a signal without an episode."""
    assert {"signalled", *get_args(phase.Phase)} == set(spec.CODES["phases"])


def test_awaiting_consent_until_it_is_complete() -> None:
    """Nobody said anything, one of two did, one refused."""
    base = (OPENED, MOTHER_KNOWN, STARTED, LEAD)
    assert given(*base).phase(LATER) == "awaiting_consent"
    assert given(*base, FATHER_KNOWN, CONSENTED).phase(LATER) == "awaiting_consent"
    assert given(*base, REFUSED).phase(LATER) == "awaiting_consent"


def test_planning_once_consent_is_or_was_complete() -> None:
    """It stays so after a withdrawal: then it is paused."""
    assert given(*HELPED).phase(LATER) == "planning"
    assert given(*HELPED, REVOKED).phase(LATER) == "planning"
    assert given(*HELPED, REVOKED).paused(LATER)


def test_planning_when_consent_was_complete_for_a_while_only() -> None:
    """By its own from and until."""
    scope = CONSENTED["scope"] | {"from": "2026-01-20T00:00:00+01:00", "until": "2026-01-25T00:00:00+01:00"}
    known = given(OPENED, MOTHER_KNOWN, CONSENTED | {"scope": scope}, STARTED, LEAD)
    assert known.phase("2026-01-19T10:00") == "awaiting_consent"
    assert known.phase("2026-01-22T10:00") == "planning"
    assert not known.paused("2026-01-22T10:00")
    assert known.phase(LATER) == "planning"
    assert known.paused(LATER)


def test_screening_while_one_runs() -> None:
    """Before it planning, after it planning."""
    known = given(*SCREENING, SCREENING_STARTED, EXAMPLES["complete_screening"].said)
    assert known.phase("2026-01-12T12:00") == "planning"
    assert known.phase("2026-01-13T10:00") == "screening"
    assert known.phase("2026-02-02T10:00") == "planning"


def test_support_once_a_session_was_held_or_a_plan_agreed() -> None:
    """Also a walk-in, before anybody consented."""
    assert given(*HELPED, SESSION).phase(LATER) == "support"
    assert given(*HELPED, EXAMPLES["agree_plan"].said).phase(LATER) == "support"
    assert given(*HELPED, SESSION).phase("2026-02-01") == "planning"
    walk_in = says("hold_session", SOCIAL_WORKER, "01-13 10:00", episode="e-1", form="walk_in", minutes=20)
    assert given(OPENED, MOTHER_KNOWN, PLUS_STARTED, PLUS_LEAD, walk_in).phase(LATER) == "support"


def test_an_interview_or_advice_is_no_support_yet() -> None:
    """Sessions and plans are."""
    known = given(*HELPED, EXAMPLES["hold_interview"].said, EXAMPLES["give_advice"].said)
    assert known.phase(LATER) == "planning"


def test_referred_while_a_referral_is_sent_accepted_or_started() -> None:
    """Declined, withdrawn and ended it is no longer."""
    sent = given(*REFERRING)
    assert sent.phase("2026-01-20T10:59") == "awaiting_consent"
    assert sent.phase("2026-01-20T11:00") == "referred"
    accepted = sent.and_(ACCEPTED)
    assert accepted.phase(LATER) == "referred"
    started = accepted.and_(SPECIALIST_STARTED)
    assert started.phase(LATER) == "referred"
    assert started.and_(EXAMPLES["end_specialist_help"].said).phase(LATER) == "awaiting_consent"
    assert sent.and_(ACCEPTED | {"answer": "declined"}).phase(LATER) == "awaiting_consent"
    assert sent.and_(EXAMPLES["withdraw_referral"].said).phase(LATER) == "awaiting_consent"


def test_a_referral_of_another_episode_is_not_this_ones() -> None:
    """Each episode has its own."""
    known = given(*REFERRING, PLUS_STARTED | {"episode": "e-2"})
    assert (known.phase(LATER), known.phase(LATER, "e-2")) == ("referred", "awaiting_consent")


def test_follow_up_while_one_may_still_come_and_closed_after() -> None:
    """With an outcome that is followed up, and consent; until it ended or all were held."""
    known = given(*HELPED, CLOSED)
    assert known.phase("2026-02-02T10:00") == "follow_up"
    assert known.phase("2027-03-04T10:00") == "follow_up"
    assert known.phase("2027-03-05T00:00") == "closed"
    assert given(*HELPED, CLOSED | {"outcome": "moved"}).phase(LATER) == "closed"
    assert known.and_(REVOKED).phase(LATER) == "closed"
    held = known.and_(at(EXAMPLES["hold_follow_up"].said, "2027-02-02T10:00"))
    assert held.phase("2027-02-03") == "closed"


def test_paused_is_open_and_complete_no_longer() -> None:
    """Not before it was complete, not when it is again, not after closing."""
    base = (OPENED, MOTHER_KNOWN, STARTED, LEAD)
    assert not given(*base).paused(LATER)
    assert not given(*HELPED).paused(LATER)
    known = given(*HELPED, SESSION, REVOKED)
    assert not known.paused("2026-02-05T09:59:59")
    assert known.paused("2026-02-05T10:00:00")
    assert known.phase(LATER) == "support"
    again = known.and_(at(CONSENTED, "2026-02-10T10:00"))
    assert (again.paused("2026-02-09"), again.paused(LATER)) == (True, False)
    assert not known.and_(at(CLOSED, "2026-02-12T10:00")).paused(LATER)


def test_a_new_guardian_or_a_birthday_pauses() -> None:
    """Whoever must consent now and has not."""
    assert given(*HELPED, at(FATHER_KNOWN, "2026-02-10T10:00")).paused(LATER)
    child = OPENED["child"] | {"birth_date": "2014-02-20"}
    known = given(OPENED | {"child": child}, *HELPED[1:])
    assert not known.paused("2026-02-19T23:59:59")
    assert known.paused("2026-02-20T00:00:00")


def consent(known: Given, when: str = LATER) -> tuple[tuple[str, ...], tuple[str, ...]]:
    child = known.as_of(when)
    answer = phase.consent(child, child.episodes["e-1"], instant(when), POLICY)
    return answer.missing, answer.refused_by


def test_who_is_silent_is_missing_and_who_said_no_refused() -> None:
    """Never both."""
    known = given(*HELPED, FATHER_KNOWN)
    assert consent(known) == (("g-f",), ())
    assert consent(known.and_(REFUSED)) == (("g-f",), ("g-m",))
    assert consent(known.and_(REVOKED)) == (("g-m", "g-f"), ())
    assert consent(given(*HELPED)) == ((), ())


def test_consent_to_another_category_does_not_pause_or_open() -> None:
    """Category session, recipient care_team."""
    base = (OPENED, MOTHER_KNOWN)
    known = given(*base, CONSENTED | {"scope": CONSENTED["scope"] | {"categories": ["plan"]}}, STARTED, LEAD)
    assert known.phase(LATER) == "awaiting_consent"
    known = given(*base, CONSENTED_TO_REFERRAL, STARTED, LEAD, REFERRED)
    assert not known.paused(LATER)
