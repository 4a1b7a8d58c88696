"""Instants and ages. Every instant is an aware datetime in UTC; ages are counted in Europe/Amsterdam."""

from datetime import UTC, date, datetime, time
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime

AMSTERDAM = ZoneInfo("Europe/Amsterdam")

Instant = Annotated[AwareDatetime, AfterValidator(lambda instant: instant.astimezone(UTC))]
"""An instant with its offset, as people write it; kept in UTC."""


def birthday(birth_date: date, age: int) -> datetime:
    """The instant at which somebody born on `birth_date` turns `age`.

    A birthday starts at 00:00 local time; born on 29 February: on 1 March in other years (consent.md).
    """
    try:
        day = birth_date.replace(year=birth_date.year + age)
    except ValueError:
        day = date(birth_date.year + age, 3, 1)
    return datetime.combine(day, time(), AMSTERDAM).astimezone(UTC)
