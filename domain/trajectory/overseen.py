"""What somebody else must still look at or answer, and until when (domain.md: reviews, confirmations, requests)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from consent_policy.vocabulary import Category
from domain.trajectory.due import Due, local_day
from domain.trajectory.oversight import asks_another
from domain.trajectory.state import Child
from domain.trajectory.workday import months_after, working_days_after

REVIEW_DAYS = 5
"""Working days within which the use of an override is judged (domain.md, Actions, review_safety)."""

MONTHS_TO_ANSWER = {"erase": 3}
"""Months within which a request is answered; one, unless it says otherwise here (AVG 12(3); Jeugdwet 7.3.9)."""


@dataclass(frozen=True, slots=True)
class Overseen:
    """An entry that waits for somebody. `due`: by when, where there is a term; `category`: as what it is seen."""

    rule: str
    entry: int
    category: Category
    due: Due | None = None


def waiting(child: Child, at: datetime) -> Iterator[Overseen]:
    """Everything about this child that waits for another person at an instant; `child` is folded up to it."""
    for override in child.grounds.overrides:
        if override.safety not in child.judged:
            by = working_days_after(local_day(override.since), REVIEW_DAYS)
            yield Overseen("review_safety", override.entry, "safety", Due("review_safety", by))
    for told in child.told:
        if told.at > at:
            continue
        if told.irregular and told.entry not in child.reviewed:
            yield Overseen("review_irregularity", told.entry, "episode")
        if not told.void and asks_another(told) and told.entry not in child.confirmed:
            yield Overseen("confirm_entry", told.entry, "consent")
    for request in child.requests.values():
        if request.decided is None:
            by = _answered_by(local_day(request.at), request.kind)
            yield Overseen("answer_request", request.entry, "consent", Due("answer_request", by))


def _answered_by(day: date, kind: str) -> date:
    return months_after(day, MONTHS_TO_ANSWER.get(kind, 1))
