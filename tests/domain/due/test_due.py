"""What is due and from when it is late: computed for the instant that is asked about, and never an error."""

import pytest

from domain.trajectory import due
from tests.domain import spec
from tests.domain.given import Given, at, given, instant
from tests.examples import (
    CLOSED,
    COACH,
    CONSENTED,
    CONSENTED_TO_PIT,
    COORDINATOR,
    COUNSELLOR,
    EXAMPLES,
    EXPLAINED,
    HELPED,
    MOTHER_KNOWN,
    OPENED,
    OT_STARTED,
    PIT_STARTED,
    SECOND_COACH,
    STARTED,
    by,
    says,
)

FOLLOW_UP = EXAMPLES["hold_follow_up"].said
PIT_LEAD = says("assign", COACH, "01-12 11:00", episode="e-1", professional=by(COACH), team_role="lead")
PIT = (OPENED, MOTHER_KNOWN, EXPLAINED, CONSENTED_TO_PIT, PIT_STARTED, PIT_LEAD)
PIT_CLOSED = CLOSED | {"by": by(COACH)}
PIT_FOLLOW_UP = FOLLOW_UP | {"by": by(COACH)}
PIT_DATES = ["2026-05-03", "2026-08-01", "2027-02-02"]
"""90, 180 and 365 days after 2 February 2026."""


def dates(known: Given, when: str, episode: str = "e-1") -> list[str]:
    return [day for rule, day in known.due(when, episode) if rule == "follow_up"]


def test_a_second_coach_is_due_fourteen_days_after_the_start() -> None:
    """Until there is one; and again when that one left."""
    known = given(*PIT)
    duo = at(PIT_LEAD, "2026-02-10T10:00", professional=by(SECOND_COACH), team_role="duo")
    assert known.due("2026-01-20") == [("duo", "2026-01-26")]
    assert known.due("2026-03-01") == [("duo", "2026-01-26")]
    with_duo = known.and_(duo)
    assert with_duo.due("2026-02-11") == []
    assert with_duo.due("2026-02-09") == [("duo", "2026-01-26")]
    left = at(
        EXAMPLES["release"].said, "2026-02-20T10:00", by=by(COACH), professional=by(SECOND_COACH), team_role="duo"
    )
    assert with_duo.and_(left).due("2026-02-21") == [("duo", "2026-01-26")]


def test_other_programmes_have_no_second_coach() -> None:
    """Nothing is due in an open jgt episode."""
    assert given(*HELPED).due("2026-12-01") == []


def test_days_late_are_counted_from_the_day_after() -> None:
    """On the day itself it is not late."""
    row = due.Due("duo", due.local_day(instant("2026-01-26T23:59")))
    assert row.days_late(due.local_day(instant("2026-01-26T23:59"))) == 0
    assert row.days_late(due.local_day(instant("2026-01-27T00:00"))) == 1
    assert row.days_late(due.local_day(instant("2026-01-20T00:00"))) == -6


def test_an_ot_is_reviewed_every_ninety_days() -> None:
    """From the start, then from the last review; not while closed."""
    lead = says(
        "assign", COUNSELLOR, "01-12 11:00", episode="e-1", professional=by(COUNSELLOR), team_role="case_manager"
    )
    known = given(OPENED, MOTHER_KNOWN, CONSENTED, OT_STARTED, lead)
    assert known.due("2026-02-01") == [("review", "2026-04-12")]
    reviewed = known.and_(at(EXAMPLES["review_plan"].said, "2026-03-10T10:00", by=by(COUNSELLOR)))
    assert reviewed.due("2026-03-09") == [("review", "2026-04-12")]
    assert reviewed.due("2026-03-11") == [("review", "2026-06-08")]
    closed = reviewed.and_(at(CLOSED, "2026-04-01T10:00", by=by(COORDINATOR), outcome="moved"))
    assert closed.due("2026-07-01") == []


@pytest.mark.parametrize(
    ("outcome", "asked"),
    [
        ("sufficient", True),
        ("referred", True),
        ("other_help_found", True),
        ("no_help_needed", True),
        ("declined_by_family", False),
        ("consent_withdrawn", False),
        ("moved", False),
    ],
)
def test_follow_up_is_due_after_some_outcomes(outcome: str, asked: bool) -> None:
    """Sufficient, referred, other help found, no help needed."""
    known = given(*PIT, PIT_CLOSED | {"outcome": outcome})
    assert dates(known, "2026-02-03") == (PIT_DATES if asked else [])


@pytest.mark.parametrize("programme", spec.PROGRAMMES)
def test_follow_up_is_due_on_the_days_of_the_programme(programme: str) -> None:
    """90, 180 and 365 days in pit, 365 elsewhere."""
    started = (PIT_STARTED if programme == "pit" else STARTED) | {"programme": programme}
    lead = at(CLOSED, "2026-02-02T10:00", by=by(COORDINATOR))
    known = given(OPENED, MOTHER_KNOWN, EXPLAINED, CONSENTED, at(CONSENTED_TO_PIT, "2026-01-09T17:00", consent="c-2"))
    known = known.having(started, lead)
    days = spec.PROGRAMMES[programme]["follow_up_days"]
    assert dates(known, "2026-02-03") == PIT_DATES[-len(days) :]


def test_follow_up_is_due_while_consent_stands() -> None:
    """After a withdrawal nobody is asked any more; with it again, they are."""
    revoked = at(EXAMPLES["revoke_consent"].said, "2026-03-01T10:00")
    known = given(*PIT, PIT_CLOSED, revoked)
    assert dates(known, "2026-02-28") == PIT_DATES
    assert dates(known, "2026-03-02") == []
    again = known.and_(at(CONSENTED_TO_PIT, "2026-03-10T10:00"))
    assert dates(again, "2026-03-11") == PIT_DATES


@pytest.mark.parametrize(
    ("day", "left"),
    [
        ("2026-04-18", PIT_DATES),
        ("2026-04-19", PIT_DATES[1:]),
        ("2026-05-03", PIT_DATES[1:]),
        ("2026-07-17", PIT_DATES[1:]),
        ("2026-07-18", PIT_DATES[2:]),
    ],
)
def test_a_follow_up_covers_the_dates_up_to_fourteen_days_after_it(day: str, left: list[str]) -> None:
    """And what came before it."""
    known = given(*PIT, PIT_CLOSED, at(PIT_FOLLOW_UP, f"{day}T10:00"))
    assert dates(known, f"{day}T12:00") == left


def test_not_reached_covers_none() -> None:
    """Nobody was asked."""
    known = given(*PIT, PIT_CLOSED, at(PIT_FOLLOW_UP, "2026-05-03T10:00", finding="not_reached"))
    assert dates(known, "2026-05-04") == PIT_DATES


@pytest.mark.parametrize("finding", ["well", "concern", "in_specialist_help"])
def test_every_other_finding_covers(finding: str) -> None:
    """Whatever was found."""
    known = given(*PIT, PIT_CLOSED, at(PIT_FOLLOW_UP, "2026-05-03T10:00", finding=finding))
    assert dates(known, "2026-05-04") == PIT_DATES[1:]


def test_a_follow_up_does_not_cover_before_it_was_held() -> None:
    """As of an earlier instant it was still due."""
    known = given(*PIT, PIT_CLOSED, at(PIT_FOLLOW_UP, "2026-05-03T10:00"))
    assert dates(known, "2026-05-03T09:59") == PIT_DATES


def test_a_reentry_takes_over() -> None:
    """From its start; the new episode has dates of its own when it closes."""
    again = at(PIT_STARTED, "2026-04-01T10:00", episode="e-2", reenters="e-1")
    known = given(*PIT, PIT_CLOSED, again)
    assert dates(known, "2026-03-31") == PIT_DATES
    assert dates(known, "2026-04-01T10:00") == []
    closed = known.and_(at(CLOSED, "2026-05-01T10:00", by=by(COORDINATOR), episode="e-2"))
    assert dates(closed, "2026-05-02") == []
    assert dates(closed, "2026-05-02", "e-2") == ["2026-07-30", "2026-10-28", "2027-05-01"]


def test_an_episode_that_reenters_nothing_takes_nothing_over() -> None:
    """Another episode of the same programme is another question."""
    known = given(*PIT, PIT_CLOSED, at(PIT_STARTED, "2026-04-01T10:00", episode="e-2"))
    assert dates(known, "2026-04-02") == PIT_DATES


def test_follow_up_ends_thirty_days_after_the_last_date() -> None:
    """The thirtieth day is in, the day after is out."""
    known = given(*PIT, PIT_CLOSED)
    assert dates(known, "2027-03-04T23:59:59") == PIT_DATES
    assert dates(known, "2027-03-05T00:00:00") == []
    episode = known.child.episodes["e-1"]
    assert due.follow_up_until(known.child, episode) == instant("2027-03-05T00:00")


def test_an_open_episode_has_no_follow_up() -> None:
    """It has not ended."""
    known = given(*HELPED)
    assert due.follow_up_dates(known.child.episodes["e-1"]) == []
    assert due.follow_up_until(known.child, known.child.episodes["e-1"]) is None


def test_the_teams_access_ends_with_follow_up() -> None:
    """The policy is told the same instant."""
    (episode,) = given(*PIT, PIT_CLOSED).child.grounds.episodes
    assert episode.follow_up_until == instant("2027-03-05T00:00")
    (moved,) = given(*PIT, PIT_CLOSED | {"outcome": "moved"}).child.grounds.episodes
    assert moved.follow_up_until is None
