"""Terms in Dutch working days and in calendar months."""

from datetime import date

import pytest

from domain.trajectory import overseen
from domain.trajectory.workday import is_working, months_after, working_days_after
from tests.domain.given import at, given, instant
from tests.examples import EXAMPLES


@pytest.mark.parametrize(
    ("day", "days", "last"),
    [
        (date(2026, 3, 2), 5, date(2026, 3, 9)),  # over a weekend
        (date(2026, 4, 1), 5, date(2026, 4, 10)),  # over Good Friday and Easter Monday
        (date(2026, 4, 24), 1, date(2026, 4, 28)),  # over a weekend and King's Day
        (date(2026, 5, 13), 1, date(2026, 5, 15)),  # over Ascension Day
        (date(2025, 12, 24), 5, date(2026, 1, 5)),  # over Christmas and New Year's Day
    ],
)
def test_working_days_leave_out_weekends_and_public_holidays(day: date, days: int, last: date) -> None:
    """As the Dutch calendar has them."""
    assert working_days_after(day, days) == last
    assert is_working(last)


@pytest.mark.parametrize(
    ("day", "months", "same"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
    ],
)
def test_a_month_later_is_the_same_day_or_the_last(day: date, months: int, same: date) -> None:
    """AVG 12(3): within one month."""
    assert months_after(day, months) == same


@pytest.mark.parametrize(("kind", "due"), [("copy", date(2026, 2, 15)), ("erase", date(2026, 4, 15))])
def test_a_request_is_answered_within_its_months(kind: str, due: date) -> None:
    """One month, to erase three; and it waits until it is decided."""
    example = EXAMPLES["make_request"]
    asked = given(*example.after).when(at(example.said, "2026-01-15T10:00", kind=kind)).after
    (waits,) = overseen.waiting(asked.child, instant("2026-01-16"))
    assert waits.due is not None
    assert (waits.rule, waits.due.due) == ("answer_request", due)
