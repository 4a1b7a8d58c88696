"""Instants and ages. Every instant is an aware datetime in UTC; ages are counted in Europe/Amsterdam."""

from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime

AMSTERDAM = ZoneInfo("Europe/Amsterdam")

FIRST = datetime(1900, 1, 1, tzinfo=UTC)
LAST = datetime(9999, 12, 1, tzinfo=UTC)
"""No child of today was born before, nothing is agreed beyond; and days can be added within them."""


def _in_utc(instant: datetime) -> datetime:
    try:
        in_utc = instant.astimezone(UTC)
    except OverflowError:
        in_utc = None
    if in_utc is None or not FIRST <= in_utc < LAST:
        raise ValueError("not between the years 1900 and 9999")
    return in_utc


Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""An instant with its offset, as people write it; kept in UTC."""


@lru_cache(maxsize=8192)
def local(instant: datetime) -> str:
    """The instant as people here write it, with its offset: the day that it begins with is the day in Amsterdam."""
    return instant.astimezone(AMSTERDAM).isoformat()


@lru_cache(maxsize=32_768)
def birthday(birth_date: date, age: int) -> datetime:
    """The instant at which somebody born on `birth_date` turns `age`.

    A birthday starts at 00:00 local time; born on 29 February: on 1 March in other years (consent.md).
    """
    try:
        day = birth_date.replace(year=birth_date.year + age)
    except ValueError:
        day = date(birth_date.year + age, 3, 1)
    return datetime.combine(day, time(), AMSTERDAM).astimezone(UTC)
