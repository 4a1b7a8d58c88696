"""How long a dossier is kept. The terms are data with their source (`retention.toml`)."""

import tomllib
from datetime import UTC, date, datetime, time
from importlib.resources import files
from typing import cast

from consent_policy.instant import AMSTERDAM
from domain.trajectory.state import Child

_TERMS = tomllib.loads((files("domain") / "retention.toml").read_text(encoding="utf-8"))


def is_over(child: Child, at: datetime) -> bool:
    """Whether the dossier need not be kept any longer."""
    ends = ends_at(child)
    return ends is not None and ends <= at


def ends_at(child: Child) -> datetime | None:
    """When the retention term of the dossier ends, as far as can be said now.

    None: nothing happened yet, or the term starts when the child leaves school, which no action says.
    """
    term = _TERMS["signal_only" if not child.episodes else child.grounds.regime]
    if child.last_at is None or term["from"] != "last_fact":
        return None
    return _years_after(child.last_at, cast(int, term["years"]))


def _years_after(at: datetime, years: int) -> datetime:
    day = at.astimezone(AMSTERDAM).date()
    try:
        later = day.replace(year=day.year + years)
    except ValueError:
        later = date(day.year + years, 3, 1)
    return datetime.combine(later, time(), AMSTERDAM).astimezone(UTC)
