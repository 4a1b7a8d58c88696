"""Nothing counts before its instant, and what was worked out at one moment is not used at another."""

from datetime import timedelta
from typing import Any

import pytest

from consent_policy.decide import decide
from tests.consent_policy.given import (
    AUDITOR,
    HELP,
    NOON,
    POLICY,
    RESEARCHER,
    SPECIALIST,
    TEACHER,
    VEILIG_THUIS,
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
    guardian,
    has_authority,
    has_none,
    informed,
    look,
    member,
    override,
    permits,
    referral,
    refuses,
    reveal,
    screening,
    shared,
    signal,
    withdraws,
)

LATER = "2025-03-03T12:01"
ONE = (has_authority(M), permits(M))
SCREENER = member(RESEARCHER, team_role="screener")
MELDING = look(VEILIG_THUIS, "safety", "plan", reason="melding")

NOT_YET = {
    "episode": (given(*ONE, episode(since=LATER), member()), look()),
    "membership": (given(*ONE, episode(), member(since=LATER)), look()),
    "consent": (given(has_authority(M), episode(), member(), permits(M, when=LATER)), look()),
    "informed": (given(has_authority(M), episode(), member(), informed(M, LATER)), look(category="contact_details")),
    "signal": (given(signal(when=LATER)), look(TEACHER, category="signal")),
    "picked up": (
        given(has_authority(M), informed(M), signal(picked_up_by=S, picked_up=LATER)),
        look(category="contact_details"),
    ),
    "screening": (given(*ONE, episode(), SCREENER, screening(since=LATER)), look(RESEARCHER, category="screening")),
    "school": (
        given(has_authority(M), at_school(when=LATER), permits(M, to="org:school-12AB")),
        look(TEACHER, category="plan"),
    ),
    "override": (given(override(since=LATER)), look(S, "safety", "identity")),
    "share": (given(override("veilig_thuis"), shared("plan", when=LATER)), MELDING),
    "share before the override": (given(override("veilig_thuis"), shared("plan", when="2025-03-03T11:00")), MELDING),
    "release": (
        given(has_authority(M), override(released=LATER)),
        look(guardian(M), "subject_access", "safety", entry=2),
    ),
    "reveal": (given(reveal(approved=LATER)), look(AUDITOR, "audit", disclosure="d-1")),
    "episode named by a recipient": (
        given(has_authority(M), episode(since=LATER), permits(M, to="org:ggz-rijnland")),
        look(SPECIALIST, episode="e-1"),
    ),
}


@pytest.mark.parametrize("what", NOT_YET)
def test_what_starts_later_does_not_count_yet(what: str) -> None:
    """Denied at noon, one minute before it."""
    grounds, request = NOT_YET[what]
    assert not decided(grounds, request).permitted


@pytest.mark.parametrize("what", sorted(set(NOT_YET) - {"share before the override"}))
def test_and_counts_from_its_instant_on(what: str) -> None:
    """Permitted one minute later, so it was that alone which lacked."""
    grounds, request = NOT_YET[what]
    assert decided(grounds, request, LATER).permitted


def test_a_referral_of_another_episode_does_not_count() -> None:
    """A request that names an episode is about that one."""
    grounds = given(episode("e-1"), episode("e-2"), referral("signal", legal=True))
    assert decided(grounds, look(SPECIALIST, "referral", "signal", episode="e-1")).permitted
    assert not decided(grounds, look(SPECIALIST, "referral", "signal", episode="e-2")).permitted


@pytest.mark.parametrize(
    "turn",
    [
        (permits(M), permits(F)),
        (permits(M), permits(F, when="2025-03-03T12:00")),
        (permits(M), permits(F, until="2025-03-03T12:00")),
        (permits(M), permits(F, since="2025-03-03T12:00")),
        (permits(M), permits(F), refuses(F, when="2025-03-03T12:00")),
        (permits(M), permits(F), withdraws(M, when="2025-03-03T12:00")),
        (permits(M), has_none(F, "2025-03-03T12:00")),
        (permits(M), permits(F), competent(False, "2025-03-03T12:00")),
        (permits(M), court(F, when="2025-03-03T12:00")),
        (permits(M), court(F, until="2025-03-03T12:00")),
        (permits("youth"), exception(since="2025-03-03T12:00")),
    ],
)
@pytest.mark.parametrize("born", ["2014-03-01", "2013-03-03", "2012-01-01", "2009-03-03", "2007-03-03"])
def test_one_value_asked_at_many_instants_answers_as_a_fresh_one_does(turn: tuple[Any, ...], born: str) -> None:
    """What Grounds remember between two moments is an index and no part of the answer."""
    facts = (*HELP, *turn)
    grounds = given(*facts, born=born)
    for minutes in (-1441, -720, -1, 0, 1, 1440, -1, 0):
        instant = at(NOON) + timedelta(minutes=minutes)
        assert decide(grounds, look(), instant, POLICY) == decide(given(*facts, born=born), look(), instant, POLICY)
