"""Row 12: fifty people ask the service at once, of all that is asked in a day; beside the same without HTTP.

Afterwards every answer is held to the log (`benchmarks/acknowledged.py`). The service, the people and the database
share the cores of one machine. Rounds over HTTP and in process take turns, on one store that grows meanwhile.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from api.main import App, Settings, build, create
from benchmarks.acknowledged import Outcome, held_to_the_log
from benchmarks.clients import Answer, Clients, Load
from benchmarks.fill import settle
from benchmarks.helped import fill_helped
from benchmarks.inprocess import InProcess
from benchmarks.measure import Compared, Goal, Measured, Rate, measured
from benchmarks.mix import MIX, Whom
from benchmarks.place import PostgresPlace, SQLitePlace, postgres_place, sqlite_place
from benchmarks.service import Service, serving
from benchmarks.size import Size

NAME = "served"
HTTP, HERE = "over HTTP, two workers", "in process, one after the other"
HALF, MOST = "half of the answers within, {}", "95 % of the answers within, {}"
WORKERS = 2
ALONE = 0.25
"""Of the seconds over HTTP so many without it: enough for as many answers of each kind as a round needs."""

NOTE = (
    "Every fourth child is helped by the persons who ask; the others are those of row 7. People ask from a process of "
    "their own, on the same cores, each as soon as the answer before is there. In process: what answers in a worker, "
    "called without HTTP and JSON, while a worker of the service projects."
)


def measure(size: Size) -> list[Measured]:
    with postgres_place() as place:
        postgres = _measure(place, size)
    with sqlite_place() as place:
        return [*postgres, *_measure(place, size)]


@dataclass
class Rounds:
    """What was found, round by round: answers a second and milliseconds by contender, and what the log says."""

    rates: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    taken: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    of_kinds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    outcomes: list[Outcome] = field(default_factory=list)

    def add(self, name: str, milliseconds: Sequence[float], rate: float) -> None:
        self.rates[name].append(rate)
        self.taken[HALF.format(name)].append(median(milliseconds))
        self.taken[MOST.format(name)].append(most(milliseconds))

    def told(self, answers: Sequence[Answer], outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        for each in answers:
            self.of_kinds[each.kind].append(each.milliseconds)


def most(milliseconds: Sequence[float]) -> float:
    """95 % of them are within."""
    return sorted(milliseconds)[len(milliseconds) * 95 // 100]


def _measure(place: SQLitePlace | PostgresPlace, size: Size) -> list[Measured]:
    whom = _filled(place, size)
    with TemporaryDirectory() as folder, serving(place.url(NAME), Path(folder), "--rate", "none") as service:
        app = build(Settings(place.url(NAME)))
        with closing(app.store):
            rounds = _rounds(app, service, whom, size)
    return list(_tables(place.engine, rounds, size))


def _filled(place: SQLitePlace | PostgresPlace, size: Size) -> Whom:
    app = create(Settings(place.url(NAME)))
    with closing(app.store):
        children = fill_helped(place, app, NAME, size.served)
        settle(place, NAME)
        app.reads.projector.catch_up()
        settle(place, NAME)
    return Whom(children.helped, children.others)


def _rounds(app: App, service: Service, whom: Whom, size: Size) -> Rounds:
    """The first round of both warms up."""
    rounds, alone, seconds = Rounds(), InProcess(app, whom), size.seconds / size.rounds
    for number in range(size.rounds + 1):
        load = Load(service.port, size.clients, seconds, number, whom)
        answers, outcome = _asked(app, load)
        taken = alone.ask(seconds * ALONE, -1 - number)
        rounds.told(answers, outcome)
        if number:
            in_time = sum(each.came_at <= seconds for each in answers)
            rounds.add(HTTP, [each.milliseconds for each in answers], in_time / seconds)
            rounds.add(HERE, taken, len(taken) / sum(taken) * 1e3)
    return rounds


def _asked(app: App, load: Load) -> tuple[list[Answer], Outcome]:
    after = app.store.last().position
    with Clients(load) as clients:
        answers = clients.answers()
    return answers, held_to_the_log(app, after, answers)


def _tables(engine: str, rounds: Rounds, size: Size) -> Iterator[Measured]:
    people = f"{size.clients} people at once for {size.seconds:g} s, {engine}"
    yield Measured(
        f"{people}: answers",
        "a second",
        {name: Rate.of(each) for name, each in rounds.rates.items()},
        tuple(_held(engine, rounds.outcomes)),
        (f"{size.served:,} children. {NOTE}", *_statuses(rounds.outcomes), *_mix(rounds.of_kinds)),
    )
    yield measured(f"{people}: how long each takes", "ms", rounds.taken)


def _held(engine: str, outcomes: Sequence[Outcome]) -> Iterator[Compared]:
    """Numbers that must be zero in every round."""
    found = {
        "lost": [len(each.lost) for each in outcomes],
        "unlogged": [len(each.unlogged) for each in outcomes],
        "failed": [len(each.failed) for each in outcomes],
        "invented": [len(each.invented) for each in outcomes],
    }
    for name, each in found.items():
        goal = Goal(f"row 12: 0 {name}, {engine}", f"{name} at the worst", "", 0, at_most=True)
        yield Compared(goal, Rate.of([max(each)]))


def _statuses(outcomes: Sequence[Outcome]) -> Iterator[str]:
    together = sum((each.statuses for each in outcomes[1:]), outcomes[0].statuses)
    told = ", ".join(f"{number:,} times {status}" for status, number in sorted(together.items()))
    yield f"Answered, and held to the log: {told}."
    for each in outcomes:
        yield from (each.lost + each.unlogged + each.failed + each.invented)[:5]


def _mix(of_kinds: Mapping[str, Sequence[float]]) -> Iterator[str]:
    for name, kind in MIX.items():
        if taken := of_kinds.get(name):
            half, within = median(taken), most(taken)
            yield f"{kind.share} % {name} ({kind.because}): half within {half:,.0f} ms, 95 % within {within:,.0f} ms."
