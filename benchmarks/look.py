"""Row 6: one disclosure of one child (decide, build, record durably that it is shown), beside the append alone.

Warm: this process has seen the child before. Cold: it has not, so the child is read, unsealed and folded first.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import cycle
from uuid import uuid4

from api.look import Question, Seen, look
from api.main import App
from benchmarks.fill import fill, settle
from benchmarks.measure import PROBE, Goal, Measured, interleaved, measured, probe
from benchmarks.mixed import DOOR
from benchmarks.place import PostgresPlace, SQLitePlace, Stores, postgres_place, sqlite_place
from benchmarks.size import Size
from domain.envelope import Unrecorded
from domain.fact import Fact
from projections.trajectory import TRAJECTORY
from tests.examples import SOCIAL_WORKER

ALONE = "append alone of such a look"
WARM, COLD = "look, warm", "look, cold"
QUESTION = Question(TRAJECTORY, SOCIAL_WORKER, "care", DOOR)
NOTE = "A member of the team looks at the trajectory of a child with thirty entries; {:,} bytes say so."


def measure(size: Size) -> list[Measured]:
    with postgres_place() as place:
        postgres = _measure(place, size)
    with sqlite_place() as place:
        return [postgres, _measure(place, size)]


def _measure(place: SQLitePlace | PostgresPlace, size: Size) -> Measured:
    with ExitStack() as opened:
        stores = opened.enter_context(Stores(place))
        disk = opened.enter_context(probe())
        known = fill(place, stores.create("looked"), "looked", size.few, size.few)
        settle(place, "looked")
        half = len(known) // 2
        warm, cold = Looks(stores.open("looked"), cycle(known[:half])), Looks(stores.open("looked"), iter(known[half:]))
        warm.look(half)
        fact = warm.last()
        contenders = {PROBE: disk, ALONE: Alone(stores.create("alone"), fact).append, WARM: warm.look, COLD: cold.look}
        rounds = interleaved(contenders, size, size.actions)
    goal = Goal(f"row 6: a look beside the append alone, {place.engine}", ALONE, WARM, 1.3, at_most=True)
    note = NOTE.format(len(fact.model_dump_json(exclude_none=True)))
    return measured(f"One look, {place.engine}", "a second", rounds, [goal], [note])


class Looks:
    """Somebody looks at these children, one after the other."""

    def __init__(self, app: App, children: Iterator[str]) -> None:
        self._app = app
        self._children = children

    def look(self, looks: int) -> None:
        for _ in range(looks):
            seen = look(self._app, QUESTION, next(self._children))
            assert isinstance(seen, Seen), seen

    def last(self) -> Fact:
        """What was recorded of the last look."""
        (recorded,) = self._app.store.at([self._app.store.last().position])
        assert recorded.fact is not None
        return recorded.fact


class Alone:
    """The same fact, which was decided before."""

    def __init__(self, app: App, fact: Fact) -> None:
        self._store = app.store
        self._fact = fact

    def append(self, looks: int) -> None:
        for _ in range(looks):
            self._store.save([Unrecorded(uuid4(), 1, self._fact)])
