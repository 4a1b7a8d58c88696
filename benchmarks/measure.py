"""How everything is measured: contenders side by side in one run, taking turns, five rounds or more, medians quoted.

Turns are short (tens of milliseconds), as a disk and a scheduler change their mind within seconds.
"""

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

from benchmarks.size import Size

Contender = Callable[[int], object]
"""Does so many operations."""

PROBE = "fdatasync probe"
BLOCK = b"x" * 4096


@dataclass(frozen=True, slots=True)
class Rate:
    """Operations per second, or a ratio of two such rates, over the rounds."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, rounds: Sequence[float]) -> "Rate":
        return cls(median(rounds), min(rounds), max(rounds))


@dataclass(frozen=True, slots=True)
class Goal:
    """That `of` is at least (`at_most`: at the most) so many times as fast as `over`. `what` names it to a reader.

    `over` is empty: `times` is the figure itself, in the unit of the table.
    """

    what: str
    of: str
    over: str
    times: float
    at_most: bool = False


@dataclass(frozen=True, slots=True)
class Compared:
    """A goal, and the ratio that was measured, round by round."""

    goal: Goal
    ratio: Rate

    @property
    def met(self) -> bool:
        return self.ratio.median <= self.goal.times if self.goal.at_most else self.ratio.median >= self.goal.times


@dataclass(frozen=True, slots=True)
class Measured:
    """One table: rates by contender, goals, and what a reader must know to read them."""

    title: str
    unit: str
    rates: Mapping[str, Rate]
    compared: tuple[Compared, ...] = ()
    notes: tuple[str, ...] = ()


def measured(
    title: str, unit: str, rounds: Mapping[str, Sequence[float]], goals: Sequence[Goal] = (), notes: Sequence[str] = ()
) -> Measured:
    """Ratios are taken within each round, so what changes from round to round (the disk) falls out."""
    compared = tuple(Compared(goal, _reached(goal, rounds)) for goal in goals)
    return Measured(title, unit, {name: Rate.of(each) for name, each in rounds.items()}, compared, tuple(notes))


def _reached(goal: Goal, rounds: Mapping[str, Sequence[float]]) -> Rate:
    return ratio(rounds[goal.of], rounds[goal.over]) if goal.over else Rate.of(rounds[goal.of])


def ratio(of: Sequence[float], over: Sequence[float]) -> Rate:
    return Rate.of([one / other for one, other in zip(of, over, strict=True)])


def interleaved(contenders: Mapping[str, Contender], size: Size, operations: int) -> dict[str, list[float]]:
    """Rates of every round, by contender. Each runs once before, to warm up; the order turns round with every turn."""
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for run in contenders.values():
        run(operations)
    for _ in range(size.rounds):
        spent = _round(contenders, size.turns, operations)
        for name, seconds in spent.items():
            found[name].append(size.turns * operations / seconds)
    return found


def _round(contenders: Mapping[str, Contender], turns: int, operations: int) -> dict[str, float]:
    spent = dict.fromkeys(contenders, 0.0)
    for turn in range(turns):
        for name in contenders if turn % 2 else reversed(list(contenders)):
            began = time.perf_counter()
            contenders[name](operations)
            spent[name] += time.perf_counter() - began
    return spent


def latencies(contenders: Mapping[str, Callable[[], object]], size: Size, operations: int) -> dict[str, list[float]]:
    """The median of every round, in milliseconds, by contender; they take turns, after one to warm up."""
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for run in contenders.values():
        run()
    for _ in range(size.rounds):
        taken: dict[str, list[float]] = {name: [] for name in contenders}
        for _ in range(operations):
            for name, run in contenders.items():
                taken[name].append(milliseconds(run))
        for name, each in taken.items():
            found[name].append(median(each))
    return found


def milliseconds(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return (time.perf_counter() - began) * 1e3


def times(rounds: Mapping[str, Sequence[float]], factor: float, names: Sequence[str]) -> dict[str, list[float]]:
    """Rates of these names counted in something else: facts instead of batches of them."""
    return {name: [rate * factor if name in names else rate for rate in each] for name, each in rounds.items()}


@contextmanager
def probe() -> Iterator[Contender]:
    """Durable writes of 4 KiB: disks are shared and drift, so every table that writes says this too."""
    with tempfile.TemporaryFile() as file:

        def run(operations: int) -> None:
            for _ in range(operations):
                os.pwrite(file.fileno(), BLOCK, 0)
                os.fdatasync(file.fileno())

        yield run
