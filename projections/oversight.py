"""What waits for somebody else: reviews and confirmations that are due, and requests of families to be answered."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from domain.trajectory.history import History
from domain.trajectory.overseen import Overseen, waiting
from projections.lens import Item
from projections.readmodel import CODE, EVER, NUMBER, Given, OfChild, Row
from projections.trajectory import sees_waiting, waiting_row
from projections.view import Content, Frame, View

REVIEWS = ("review_safety", "review_irregularity", "confirm_entry")
REQUESTS = ("answer_request",)


def rows(history: History, _: Given) -> Iterator[Row]:
    child = history.latest
    if child.last_at is None:
        return
    for each in waiting(child, child.last_at):
        due = each.due.due.toordinal() if each.due else EVER
        yield Row(_key(each), (child.grounds.municipality, each.rule, due))


def _key(each: Overseen) -> int:
    """An entry may wait for a review and for a confirmation."""
    rules = (*REVIEWS, *REQUESTS)
    return each.entry * len(rules) + rules.index(each.rule)


def _view(name: str, rules: tuple[str, ...]) -> View:
    def build(frame: Frame) -> Content:
        return _content(frame, rules)

    return View(name, 1, build, Item("consent"))


def _content(frame: Frame, rules: tuple[str, ...]) -> Content:
    """What of one child waits, as much of it as the viewer may see."""
    child = frame.history.child(frame.as_of)
    found = [each for each in waiting(child, frame.as_of) if each.rule in rules and sees_waiting(frame, each)]
    told = [{"trajectory": frame.reference} | _shown(frame, each, frame.as_of) for each in found]
    return Content({"rows": told}, {each.entry: tuple(row) for each, row in zip(found, told, strict=True)})


def _shown(frame: Frame, each: Overseen, at: datetime) -> dict[str, Any]:
    row = waiting_row(each, at)
    if each.rule in REQUESTS:
        fact = frame.now.facts[each.entry]
        row |= fact.model_dump(mode="json", include={"request", "kind", "person"})
    return row


REVIEWS_DUE = _view("reviews", REVIEWS)
REQUESTS_DUE = _view("requests", REQUESTS)

MODEL = OfChild(
    "waiting",
    {"municipality": CODE, "rule": CODE, "due": NUMBER},
    (rows,),
    indexes=(("rule", "due", "stream"), ("municipality", "rule", "due")),
)
