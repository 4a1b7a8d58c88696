"""What is kept of a child and read on from is what reading everything again would give."""

from dataclasses import replace
from typing import Any

from hypothesis import assume, given

from domain.envelope import Recorded
from domain.trajectory.correction import EntryCorrected
from domain.trajectory.forward import read_on, step_by_step
from domain.trajectory.history import History
from tests.domain.given import SHIPPED, STREAM
from tests.domain.stories import stories, told
from tests.domain.test_properties import some

WORKED_OUT = (
    "erased",
    "facts",
    "void",
    "standing",
    "corrections",
    "entries",
    "answers",
    "named",
    "told",
    "latest",
    "persons",
)


def differing(known: History, fresh: History) -> list[str]:
    """Names of what the two histories do not agree on, orders included."""
    pairs = {name: (getattr(known, name), getattr(fresh, name)) for name in ("recorded", *WORKED_OUT)}
    return [name for name, (one, other) in pairs.items() if one != other or _order(one) != _order(other)]


def _order(value: object) -> list[object]:
    return list(value) if isinstance(value, dict) else []


def read_one_by_one(recorded: tuple[Recorded, ...]) -> int:
    """Every fact read on from what was known before; how often nothing had to be folded again."""
    known, forward = History(STREAM, SHIPPED, recorded[:1]), 0
    for count, each in enumerate(recorded[1:], 2):
        assert known.latest.stream == STREAM
        known = read_on(known, [each])
        forward += "latest" in vars(known)
        assert differing(known, History(STREAM, SHIPPED, recorded[:count])) == []
    return forward


@given(stories())
@some
def test_reading_on_is_reading_everything(story: list[dict[str, Any]]) -> None:
    """Whatever is entered in whatever order, corrections and retractions included."""
    read_one_by_one(told(story).history.recorded)


@given(stories())
@some
def test_step_by_step_is_reading_everything(story: list[dict[str, Any]]) -> None:
    """After each step, as long as nobody asks for the next one; and what is kept in the end can be read on from."""
    recorded = told(story).history.recorded
    start = History(STREAM, SHIPPED, recorded[:1])
    assert start.latest.stream == STREAM
    for count, known in enumerate(step_by_step(start, recorded[1:]), 2):
        assert differing(known, History(STREAM, SHIPPED, recorded[:count])) == []
    assert differing(start, History(STREAM, SHIPPED, recorded[:1])) == []


@given(stories())
@some
def test_what_happened_last_is_folded_into_what_is_known(story: list[dict[str, Any]]) -> None:
    """When everything is entered as it happens, only what rewrites earlier entries makes all be folded anew.

    A correction of when something happened is left out: what comes after it may be earlier than what it moved.
    """
    recorded = told(story).history.recorded
    assume(not any(isinstance(each.fact, EntryCorrected) and "at" in each.fact.changes for each in recorded))
    instants = sorted(each.fact.occurred_at for each in recorded if each.fact)
    in_order = tuple(
        replace(each, fact=each.fact.model_copy(update={"occurred_at": at}))
        for each, at in zip(recorded, instants, strict=True)
        if each.fact
    )
    rewriting = sum("correct" in each.topic or "retract" in each.topic for each in recorded)
    assert read_one_by_one(in_order) >= len(recorded) - 1 - 2 * rewriting
