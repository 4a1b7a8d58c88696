"""Row 5: a whole action (load the child, decide, seal, append) beside the append alone; with few children and many.

Warm: this process has seen the child before. Cold: it has not, so the child is read, unsealed and folded first.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import count
from time import perf_counter

from api.main import App
from benchmarks.child import done, session
from benchmarks.fill import fill, settle
from benchmarks.measure import PROBE, Contender, Goal, Measured, interleaved, measured, probe
from benchmarks.place import PostgresPlace, SQLitePlace, Stores, postgres_place, sqlite_place
from benchmarks.size import Size
from benchmarks.workload import Ours

ALONE = "append alone"


def measure(size: Size) -> list[Measured]:
    with postgres_place() as place:
        postgres = _measure(place, size)
    with sqlite_place() as place:
        return [postgres, _measure(place, size)]


def _measure(place: SQLitePlace | PostgresPlace, size: Size) -> Measured:
    contenders, notes = dict[str, Contender](), list[str]()
    with ExitStack() as opened:
        stores = opened.enter_context(Stores(place))
        contenders[PROBE] = opened.enter_context(probe())
        contenders[ALONE] = Ours(stores.create("alone")).singly
        for children in (size.few, size.many):
            notes += _filled(place, stores, children, size, contenders)
        rounds = interleaved(contenders, size, size.actions)
    return measured(f"A whole action, {place.engine}", "actions/s", rounds, list(_goals(place.engine, size)), notes)


def _filled(
    place: SQLitePlace | PostgresPlace, stores: Stores, children: int, size: Size, contenders: dict[str, Contender]
) -> Iterator[str]:
    name, began = f"of_{children}", perf_counter()
    first = stores.create(name)
    known = fill(place, first, name, children, min(size.few, children))
    settle(place, name)
    spent = perf_counter() - began
    yield f"{children:,} children, {first.store.last().position:,} facts: filled in {spent:,.0f} s."
    half = len(known) // 2
    contenders[_warm(children)] = Warm(stores.open(name), known[:half]).act
    contenders[_cold(children)] = Cold(stores.open(name), known[half:]).act


def _warm(children: int) -> str:
    return f"warm, {children:,} children"


def _cold(children: int) -> str:
    return f"cold, {children:,} children"


def _goals(engine: str, size: Size) -> Iterator[Goal]:
    yield Goal(f"row 5: action beside append, {engine}", _warm(size.few), ALONE, 0.6)
    yield Goal(f"row 5: the same, cold, {engine}", _cold(size.few), ALONE, 0.6)
    for kind in (_warm, _cold):
        what = f"row 5: flat from {size.few:,} to {size.many:,} children, {engine}"
        yield Goal(what, kind(size.few), kind(size.many), 1.2, at_most=True)


class Warm:
    """Another session of children that this process has in memory, in turn."""

    def __init__(self, app: App, children: Sequence[str]) -> None:
        self._app = app
        self._sessions = ((child, number) for number in count() for child in children)
        for _ in children:
            self.act(1)

    def act(self, actions: int) -> None:
        for _ in range(actions):
            child, number = next(self._sessions)
            done(self._app, session(child, number))


class Cold:
    """A session of children that nobody in this process has read; each is cold but once."""

    def __init__(self, app: App, children: Sequence[str]) -> None:
        self._app = app
        self._children = iter(children)

    def act(self, actions: int) -> None:
        for _ in range(actions):
            done(self._app, session(next(self._children), 0))
