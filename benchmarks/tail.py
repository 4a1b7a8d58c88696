"""Row 3: four processes write, and one reads along from the last position that it saw.

A reader that goes by positions misses a fact for good if a later position becomes visible first.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from time import perf_counter, sleep
from typing import Any

from eventsourcing.persistence import ApplicationRecorder

from benchmarks.measure import Goal, Measured, measured
from benchmarks.place import PostgresPlace, Stores, postgres_place
from benchmarks.size import Size
from benchmarks.stock import FUNCTION, LOCKING, NOTE, Stock, postgres_recorder
from benchmarks.workload import Ours
from ledger.engine import engine_of

OURS = "Zorgspoor"
WRITERS = 4
PAGE = 500
IDLE = 0.001
PATIENCE = 120
"""Seconds that a process waits for the others before it gives up."""

GOALS = (Goal("row 3: four writers", OURS, LOCKING, 4),)
SPAWN = get_context("spawn")


@dataclass(frozen=True, slots=True)
class Seen:
    """What the reader saw: how many facts, and how many positions that are not there, or came too late for it."""

    facts: int
    holes: int


class Team:
    """Four writers and a reader of one contender, each a process: they stand ready, and run a round when told."""

    def __init__(self, place: PostgresPlace, name: str, facts: int, rounds: int) -> None:
        self._facts = facts * WRITERS
        self._gate, self._answers = SPAWN.Barrier(WRITERS + 2), SPAWN.Queue()
        self._finished = SPAWN.Value("i", 0)  # a semaphore goes when nobody here holds it, before they have come
        shared = place.elsewhere, name, rounds, self._gate, self._finished
        self._processes = [SPAWN.Process(target=write, args=(*shared, facts)) for _ in range(WRITERS)]
        self._processes.append(SPAWN.Process(target=read, args=(*shared, self._answers)))
        for process in self._processes:
            process.start()

    def ready(self) -> None:
        self._gate.wait(PATIENCE)

    def round(self) -> float:
        """Facts per second that were written and read."""
        self._gate.wait(PATIENCE)
        began = perf_counter()
        self._gate.wait(PATIENCE)
        return self._facts / (perf_counter() - began)

    def seen(self) -> Seen:
        answer: Seen = self._answers.get(timeout=PATIENCE)
        return answer

    def end(self) -> None:
        for process in self._processes:
            process.kill()
            process.join()


def measure(size: Size) -> list[Measured]:
    each = -(-size.events // (WRITERS * size.rounds))
    with _teams(each, size.rounds) as teams:
        rounds = [{name: team.round() for name, team in teams.items()} for _ in range(size.rounds)]
        told = [_told(name, team.seen(), each * WRITERS * size.rounds) for name, team in teams.items()]
    rates = {name: [each[name] for each in rounds] for name in teams}
    return [measured("Four writers and a tailing reader, PostgreSQL", "facts/s", rates, GOALS, [*told, NOTE])]


@contextmanager
def _teams(facts: int, rounds: int) -> Iterator[dict[str, Team]]:
    """One of each contender, on one cluster, ready to run."""
    with ExitStack() as opened:
        place = opened.enter_context(postgres_place())
        opened.enter_context(Stores(place)).create("ours")
        for name in (LOCKING, FUNCTION):
            opened.enter_context(postgres_recorder(place, name))
        teams = {name: Team(place, name, facts, rounds) for name in (OURS, LOCKING, FUNCTION)}
        for team in teams.values():
            opened.callback(team.end)
        for team in teams.values():
            team.ready()
        yield teams


def _told(name: str, seen: Seen, facts: int) -> str:
    missed, passed = facts - seen.facts, seen.holes
    return f"{name}: of {facts:,} facts the reader missed {missed:,}; positions passed over: {passed:,}."


def write(place: PostgresPlace, name: str, rounds: int, gate: Any, finished: Any, facts: int) -> None:
    """One writer: single appends, as fast as they go."""
    with _writer(place, name) as append:
        append(1)
        gate.wait(PATIENCE)
        for _ in range(rounds):
            gate.wait(PATIENCE)
            append(facts)
            with finished.get_lock():
                finished.value += 1
            gate.wait(PATIENCE)


def read(place: PostgresPlace, name: str, rounds: int, gate: Any, finished: Any, answers: Any) -> None:
    """The reader: pages after the last position it saw, and in each round once more when all writers are done."""
    with _reader(place, name) as recorder:
        gate.wait(PATIENCE)
        facts, holes, last = 0, 0, recorder.max_notification_id() or 0
        for number in range(1, rounds + 1):
            gate.wait(PATIENCE)
            for position in _positions(recorder, last, partial(_done, finished, number * WRITERS)):
                facts, holes, last = facts + 1, holes + position - last - 1, position
            gate.wait(PATIENCE)
        answers.put(Seen(facts, holes))
        answers.close()
        answers.join_thread()


def _done(finished: Any, enough: int) -> bool:
    return bool(finished.value >= enough)


def _positions(recorder: ApplicationRecorder, last: int, done: Callable[[], bool]) -> Iterator[int]:
    while True:
        over = done()
        page = recorder.select_notifications(last + 1, PAGE)
        for row in page:
            last = row.id
            yield last
        if over and not page:
            return
        if not page:
            sleep(IDLE)


@contextmanager
def _writer(place: PostgresPlace, name: str) -> Iterator[Callable[[int], None]]:
    if name == OURS:
        with Stores(place) as stores:
            yield Ours(stores.open("ours")).singly
    else:
        with postgres_recorder(place, name, make=False) as recorder:
            yield Stock(recorder).singly


@contextmanager
def _reader(place: PostgresPlace, name: str) -> Iterator[ApplicationRecorder]:
    if name == OURS:
        engine = engine_of(place.url("ours"))
        yield engine.open_log()
        engine.close()
    else:
        with postgres_recorder(place, name, make=False) as recorder:
            yield recorder
