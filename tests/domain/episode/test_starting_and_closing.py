"""Help starts when it may, once at a time in a programme, and ends when nothing is left open."""

from typing import Any

import pytest

from domain.trajectory.episode import EpisodeClosed, EpisodeStarted, FollowUpHeld
from tests.domain.given import at, given, instant
from tests.examples import (
    ACCEPTED,
    CLOSED,
    COACH,
    CONSENTED,
    CONSENTED_TO_PIT,
    COORDINATOR,
    EXAMPLES,
    EXPLAINED,
    FATHER_KNOWN,
    HELPED,
    JGT,
    LEAD,
    MOTHER_KNOWN,
    OPENED,
    PIT_STARTED,
    PLUS_STARTED,
    REFERRING,
    STARTED,
    by,
)

SESSION = EXAMPLES["hold_session"].said
FOLLOW_UP = EXAMPLES["hold_follow_up"].said
PIT = (OPENED, MOTHER_KNOWN, EXPLAINED, CONSENTED_TO_PIT)


def started(when: str, episode: str = "e-2", **changes: Any) -> dict[str, Any]:
    return at(STARTED, when, episode=episode, **changes)


def test_pit_asks_consent_before_it_starts() -> None:
    """Of every guardian, to category episode, naming pit (case 28)."""
    given(OPENED, MOTHER_KNOWN).when(PIT_STARTED).refuses("consent_missing", "g-m")
    given(OPENED).when(PIT_STARTED).refuses("no_one_with_authority")
    given(OPENED, MOTHER_KNOWN, CONSENTED).when(PIT_STARTED).refuses("consent_missing", "g-m")
    given(*PIT, FATHER_KNOWN).when(PIT_STARTED).refuses("consent_missing", "g-f")
    given(*PIT).when(PIT_STARTED).records(EpisodeStarted, programme_version=1)
    only_sessions = CONSENTED_TO_PIT | {"scope": CONSENTED_TO_PIT["scope"] | {"categories": ["session"]}}
    given(*PIT[:-1], only_sessions).when(PIT_STARTED).refuses("consent_missing")


def test_pit_starts_on_the_consent_of_its_own_instant() -> None:
    """A start of before the consent is refused, one of before a withdrawal stands."""
    revoked = at(EXAMPLES["revoke_consent"].said, "2026-01-20T10:00")
    given(*PIT, revoked).when(at(PIT_STARTED, "2026-01-19T10:00")).records()
    given(*PIT, revoked).when(at(PIT_STARTED, "2026-01-21T10:00")).refuses("consent_missing")
    given(*PIT).when(at(PIT_STARTED, "2026-01-09T16:15")).refuses("consent_missing")


def test_other_programmes_start_without_consent() -> None:
    """Consent is asked before care."""
    given(OPENED).when(STARTED).records()


def test_one_episode_of_a_programme_is_open_at_a_time() -> None:
    """Another programme may run beside it; the next one starts when the first has ended."""
    known = given(OPENED, STARTED, LEAD)
    known.when(started("2026-01-20T10:00")).refuses("already_open")
    known.when(PLUS_STARTED | {"episode": "e-2"}).records()
    closed = known.and_(CLOSED)
    closed.when(started("2026-02-02T10:00")).records(EpisodeStarted)
    closed.when(started("2026-02-02T09:59:59")).refuses("already_open")


def test_a_backdated_start_does_not_overlap_an_episode_that_came_later() -> None:
    """It would be open while the later one was."""
    known = given(OPENED, STARTED, LEAD)
    known.when(started("2026-01-08T10:00")).refuses("already_open")
    known.and_(CLOSED).when(started("2026-01-08T10:00")).refuses("already_open")


def test_a_reentry_steps_into_a_closed_episode_of_the_same_programme() -> None:
    """Not into an open one, nor one of another programme, nor before it was closed."""
    known = given(OPENED, STARTED, LEAD, CLOSED)
    known.when(started("2026-02-05T10:00", reenters="e-1")).records(EpisodeStarted, reenters="e-1")
    known.when(at(PLUS_STARTED, "2026-02-05T10:00", episode="e-2", reenters="e-1")).refuses("not_applicable")
    given(OPENED, STARTED).when(started("2026-02-05T10:00", reenters="e-1")).refuses("not_applicable")
    known.when(started("2026-02-02T09:00", reenters="e-1")).refuses("not_applicable")


def test_nothing_is_done_in_a_closed_episode() -> None:
    """But releasing, following up, and what belongs to a referral."""
    known = given(*HELPED, CLOSED)
    for name in ("hold_session", "hold_interview", "give_advice", "agree_plan", "review_plan", "hold_meeting"):
        known.when(at(EXAMPLES[name].said, "2026-02-03T10:00")).refuses("episode_closed")
    known.when(at(LEAD, "2026-02-03T10:00", team_role="member")).refuses("episode_closed")
    known.when(at(CLOSED, "2026-02-03T10:00")).refuses("episode_closed")
    known.when(at(EXAMPLES["extend_sessions"].said, "2026-02-03T10:00", by=by(JGT))).refuses("episode_closed")
    known.when(at(EXAMPLES["escalate_referral"].said, "2026-02-03T10:00")).refuses("episode_closed")
    known.when(at(EXAMPLES["release"].said, "2026-02-03T10:00")).records()


def test_a_closing_entered_late_leaves_no_care_behind_it() -> None:
    """A session that is known already was not held in a closed episode."""
    known = given(*HELPED, at(SESSION, "2026-01-30T10:00"))
    known.when(at(CLOSED, "2026-01-29T10:00")).refuses("episode_closed")
    known.when(CLOSED).records(EpisodeClosed)


@pytest.mark.parametrize("name", ["hold_interview", "give_advice", "agree_plan", "review_plan", "hold_meeting"])
def test_no_kind_of_care_comes_after_the_closing(name: str) -> None:
    """Every care action counts."""
    given(*HELPED, EXAMPLES[name].said).when(at(CLOSED, "2026-01-29T10:00")).refuses("episode_closed")


def test_an_open_referral_is_answered_or_withdrawn_first() -> None:
    """Sent: no; accepted, declined or withdrawn: yes."""
    known = given(*REFERRING)
    known.when(CLOSED).refuses("referral_open")
    known.and_(ACCEPTED).when(CLOSED).records()
    known.and_(ACCEPTED | {"answer": "declined"}).when(CLOSED).records()
    known.and_(at(EXAMPLES["withdraw_referral"].said, "2026-01-21T10:00")).when(CLOSED).records()


def test_closing_asks_no_consent() -> None:
    """Ending actions stay possible."""
    given(OPENED, STARTED, LEAD).when(CLOSED).records()
    revoked = at(EXAMPLES["revoke_consent"].said, "2026-01-20T10:00")
    given(*HELPED, revoked).when(CLOSED | {"outcome": "consent_withdrawn"}).records()


def test_a_coordinator_closes_too() -> None:
    """Of the child's municipality."""
    given(OPENED, STARTED).when(CLOSED | {"by": by(COORDINATOR)}).records()
    given(OPENED, STARTED).when(CLOSED | {"by": by(COACH)}).refuses("not_in_team")


def test_following_up_asks_consent_unless_nobody_was_reached() -> None:
    """Category episode; whoever was not reached was not asked anything."""
    revoked = at(EXAMPLES["revoke_consent"].said, "2026-03-01T10:00")
    known = given(*HELPED, CLOSED, revoked)
    known.when(FOLLOW_UP).refuses("consent_missing", "g-m")
    known.when(FOLLOW_UP | {"finding": "not_reached"}).records(FollowUpHeld)
    known.when(at(FOLLOW_UP, "2026-02-20T10:00")).records()


def test_an_open_episode_is_not_followed_up() -> None:
    """Nor at an instant at which it was still open."""
    given(*HELPED).when(FOLLOW_UP).refuses("not_applicable")
    given(*HELPED, CLOSED).when(at(FOLLOW_UP, "2026-02-02T09:59:59")).refuses("not_applicable")
    given(*HELPED, CLOSED).when(at(FOLLOW_UP, "2026-02-02T10:00:00")).records()


def test_an_episode_is_open_from_its_start_to_its_closing() -> None:
    """The start is in, the closing is out."""
    episode = given(*HELPED, CLOSED).child.episodes["e-1"]
    wanted = {
        "2026-01-12T09:59:59": False,
        "2026-01-12T10:00": True,
        "2026-02-02T09:59:59": True,
        "2026-02-02T10:00": False,
    }
    assert {when: episode.open_at(instant(when)) for when in wanted} == wanted
