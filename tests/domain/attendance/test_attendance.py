"""Absence from school and return to it, told by the team or the school."""

import pytest

from domain.trajectory.attendance import AbsenceReported, ReturnReported
from tests.domain.given import at, given, instant
from tests.examples import ABSENT, CLOSED, COACH, EXAMPLES, HELPED, JGT, OPENED, STARTED, by

BACK = EXAMPLES["report_return"].said


def test_nobody_is_absent_or_back_on_a_day_to_come() -> None:
    """Today is allowed, in Amsterdam."""
    given(OPENED).when(ABSENT | {"since": "2026-01-21"}).refuses("in_the_future")
    given(OPENED).when(ABSENT | {"since": "2026-01-20"}).records(AbsenceReported)
    given(OPENED).when(at(ABSENT, "2026-01-19T23:30:00+00:00", since="2026-01-20")).records()
    given(OPENED, ABSENT).when(BACK | {"on": "2026-02-03"}).refuses("in_the_future")


def test_nobody_is_back_before_being_away() -> None:
    """On the same day: yes."""
    given(OPENED, ABSENT).when(BACK | {"on": "2026-01-11"}).refuses("not_applicable")
    given(OPENED, ABSENT).when(BACK | {"on": "2026-01-12"}).records(ReturnReported)


def test_one_is_back_in_part_and_then_in_full_and_then_no_more() -> None:
    """A full return ends it."""
    part = given(OPENED, ABSENT, BACK)
    full = part.when(at(BACK, "2026-02-09T10:00", on="2026-02-09", extent="full")).records()
    full.when(at(BACK, "2026-02-10T10:00", on="2026-02-10", extent="full")).refuses("already_done")
    part.when(at(BACK, "2026-02-09T10:00", on="2026-02-09")).records()


@pytest.mark.parametrize(
    ("extent", "day", "away"),
    [
        (None, "2026-01-11", False),
        (None, "2026-01-12", True),
        (None, "2026-03-01", True),
        ("full", "2026-02-01", True),
        ("full", "2026-02-02", False),
        ("partial", "2026-02-02", True),
    ],
)
def test_a_child_is_away_from_the_first_day_until_it_is_back_in_full(extent: str | None, day: str, away: bool) -> None:
    """In part is still away in part."""
    known = given(OPENED, ABSENT) if extent is None else given(OPENED, ABSENT, BACK | {"extent": extent})
    assert known.child.absences["a-1"].away_on(instant(f"{day}T12:00")) == away


def test_the_team_tells_it_too() -> None:
    """In its episode, while it is open; others do not."""
    known = given(*HELPED)
    in_episode = ABSENT | {"by": by(JGT), "episode": "e-1"}
    known.when(in_episode).records()
    known.and_(CLOSED).when(at(in_episode, "2026-02-03T10:00")).refuses("episode_closed")
    known.when(ABSENT | {"by": by(COACH)}).refuses("not_in_team")
    given(OPENED, STARTED).when(in_episode).refuses("not_in_team")
