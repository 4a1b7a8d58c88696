"""Dutch working days and calendar months, for terms that the law or the programme counts in them."""

from calendar import monthrange
from datetime import date, timedelta
from functools import cache

from holidays import country_holidays

SATURDAY = 5


@cache
def _holidays(year: int) -> frozenset[date]:
    return frozenset(country_holidays("NL", years=year))


def is_working(day: date) -> bool:
    """Neither weekend nor a Dutch public holiday."""
    return day.weekday() < SATURDAY and day not in _holidays(day.year)


def working_days_after(day: date, days: int) -> date:
    """The last of so many working days after a day."""
    while days:
        day += timedelta(days=1)
        days -= is_working(day)
    return day


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or its last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
