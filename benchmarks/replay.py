"""Row 10: disclosures replayed per second, beside reading and decoding the facts that they rest on, once each.

Each look is at one child, with a dossier of about thirty entries: in turn at where it stands, and at all that happened.
Children are looked at one after the other, and then all of them again, as in months of work.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from itertools import product

from api.look import Question, Seen, look
from api.main import App, Settings
from api.replaying import replay_together
from benchmarks.fill import fill, settle
from benchmarks.measure import Contender, Goal, Measured, interleaved, measured, ratio, times
from benchmarks.place import PostgresPlace, SQLitePlace, Stores, postgres_place, sqlite_place
from benchmarks.size import Size
from domain.disclosure import Door
from projections.timeline import TIMELINE
from projections.trajectory import TRAJECTORY
from tests.examples import SOCIAL_WORKER

AGAIN = 20
"""How often each child is looked at."""

ROUNDS = 5
"""At the most: each takes many seconds."""

TOGETHER = "replay, a process for each core"
ONCE = "replay, one process, each child looked at once"
READING = "reading and decoding the same facts"
GOAL = "goal"
PER_SECOND = 2_000
VIEWS = (TRAJECTORY, TIMELINE)
DOOR = Door(door="command line", authentication="benchmark", request="r-1", os_user="benchmark")


def measure(size: Size) -> list[Measured]:
    with postgres_place() as place:
        postgres = _measure(place, size)
    with sqlite_place() as place:
        return [postgres, _measure(place, size)]


def _measure(place: SQLitePlace | PostgresPlace, size: Size) -> Measured:
    looks, few_turns = size.few * AGAIN, replace(size, rounds=min(size.rounds, ROUNDS), turns=1)
    with ExitStack() as opened:
        stores = opened.enter_context(Stores(place))
        often, once = (_looked_at(place, stores, f"times_{each}", size.few, each) for each in (AGAIN, 1))
        contenders: dict[str, Contender] = {
            READING: lambda _: sum(1 for _ in often.log()),
            TOGETHER: _replaying(often, place.url(f"times_{AGAIN}"), looks),
            ONCE: _replaying(once, place.url("times_1"), size.few, processes=1),
        }
        rounds = times(interleaved(contenders, few_turns, looks), 1 / AGAIN, [ONCE])
    rounds[GOAL] = [PER_SECOND] * few_turns.rounds
    goal = Goal(f"row 10: replay of disclosures, {place.engine}", TOGETHER, GOAL, 1)
    return measured(f"Replay of disclosures, {place.engine}", "looks/s", rounds, [goal], list(_notes(rounds, size)))


def _looked_at(place: SQLitePlace | PostgresPlace, stores: Stores, name: str, children: int, looks_at_each: int) -> App:
    """A store in which every child was looked at so often."""
    app = stores.create(name)
    known = fill(place, app, name, children, children)
    for turn, (number, child) in product(range(looks_at_each), enumerate(known)):
        seen = look(app, Question(VIEWS[(turn + number) % 2], SOCIAL_WORKER, "care", DOOR), child)
        assert isinstance(seen, Seen)
    settle(place, name)
    return app


def _replaying(app: App, url: str, looks: int, processes: int | None = None) -> Contender:
    """All of them, each the same: anything else would measure something else."""

    def run(_: int) -> None:
        found = Counter(each.result for each in replay_together(app, partial(Settings, url), processes))
        if found != Counter(same=looks):
            raise RuntimeError(found)

    return run


def _notes(rounds: Mapping[str, Sequence[float]], size: Size) -> Iterator[str]:
    beside = ratio(rounds[TOGETHER], rounds[READING])
    yield (
        f"{size.few:,} children, looked at {AGAIN} times each. Starting the other processes is counted; each of them "
        "reads every child once."
    )
    yield (
        f"Replaying goes {beside.median:.2f} ({beside.least:.2f}\N{EN DASH}{beside.most:.2f}) times as fast as reading "
        "and decoding the looks and the facts of their children once, in one process."
    )
