"""Who a child is: what stands on the first entry as it stands now, and the schools. ◆: sealed wherever it is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from consent_policy.grounds import SchoolYear
from domain.trajectory.child import TrajectoryOpened
from domain.trajectory.history import Entry, History


@dataclass(frozen=True, slots=True)
class Identity:
    """`entry`: where it was told. `schools`: in the order in which the child came to them."""

    entry: int
    child: Mapping[str, Any]
    schools: tuple[SchoolYear, ...]


def identity_of(history: History, as_of: datetime | None = None) -> Identity | None:
    """None: nothing stands that says who it is. `as_of`: the schools until then."""
    child = history.latest if as_of is None else history.child(as_of)
    return identified(opened_of(history), child.grounds.schools)


def opened_of(history: History) -> Entry | None:
    """The entry that says who the child is, as it stands now."""
    return next((each for each in history.entries if isinstance(each.fact, TrajectoryOpened)), None)


def identified(opened: Entry | None, schools: tuple[SchoolYear, ...]) -> Identity | None:
    if opened is None:
        return None
    assert isinstance(opened.fact, TrajectoryOpened)
    return Identity(opened.entry, opened.fact.child.model_dump(mode="json", exclude_none=True), schools)
