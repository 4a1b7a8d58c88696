"""Row 9: how long somebody waits to read what they wrote: from before the action until the read models have its fact.

A thread follows the log and projects it (`Following`), in the process that writes or in another one. The children are
in the memory of who acts and of who projects.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from itertools import count
from multiprocessing import get_context
from typing import Any

from api.main import App, Settings, build
from benchmarks.child import clock, done, session
from benchmarks.fill import fill, settle
from benchmarks.measure import PROBE, Goal, Measured, latencies, measured, probe
from benchmarks.place import PostgresPlace, SQLitePlace, Stores, postgres_place, sqlite_place
from benchmarks.size import Size
from benchmarks.stockrunner import NOTE, RUNNER, StockRunner
from projections.projector import Following

PATIENCE = 60
"""Seconds after which nobody waits any longer."""

HERE, ELSEWHERE = "projected by a thread", "projected by another process"
SPAWN = get_context("spawn")

Wait = Callable[[], object]


def measure(size: Size) -> list[Measured]:
    """The stock runner, which has PostgreSQL only, is beside both engines."""
    with postgres_place() as postgres, sqlite_place() as sqlite, _stock(postgres) as stock:
        return [_measure(place, stock, size) for place in (postgres, sqlite)]


def _measure(place: SQLitePlace | PostgresPlace, stock: Wait, size: Size) -> Measured:
    with ExitStack() as opened:
        disk = opened.enter_context(probe())
        ours = dict(_contenders(place, opened, size))
        rounds = latencies({PROBE: lambda: disk(1), **ours, RUNNER: stock}, size, size.waits)
    goals = list(_goals(place.engine))
    return measured(f"Reading one's own write, {place.engine}", "ms, half of them", rounds, goals, [NOTE])


def _goals(engine: str) -> Iterator[Goal]:
    for name in (HERE, ELSEWHERE):
        yield Goal(f"row 9: one's own write, in ms, {engine}", name, "", 5, at_most=True)
        yield Goal(f"row 9: one's own write, {engine}", name, RUNNER, 1 / 20, at_most=True)


def _contenders(place: SQLitePlace | PostgresPlace, opened: ExitStack, size: Size) -> Iterator[tuple[str, Wait]]:
    stores = opened.enter_context(Stores(place))
    for number, where in enumerate((HERE, ELSEWHERE)):
        app = stores.create(f"own_{number}")
        known = fill(place, app, f"own_{number}", size.few, size.few)
        settle(place, f"own_{number}")
        projected = _projected(app) if where == HERE else _projected_elsewhere(place.url(f"own_{number}"))
        opened.enter_context(projected)
        yield where, Writer(app, known[: size.waits]).write


class Writer:
    """Holds sessions of children in turn, and reads each as soon as it can be read."""

    def __init__(self, app: App, children: Sequence[str]) -> None:
        self._app = app
        app.reads.followed = True
        self._sessions = ((child, number) for number in count() for child in children)
        for _ in children:
            self.write()

    def write(self) -> None:
        position = done(self._app, session(*next(self._sessions)))
        with self._app.reads.upto(position) as reading:
            assert reading.position >= position


@contextmanager
def _projected(app: App) -> Iterator[None]:
    following = Following(app.reads.projector, app.store, _failed)
    yield
    following.stop()


def _failed(error: Exception) -> None:
    raise error


@contextmanager
def _projected_elsewhere(url: str) -> Iterator[None]:
    """From when another process has caught up with the log."""
    stands, enough = SPAWN.Event(), SPAWN.Event()
    process = SPAWN.Process(target=project, args=(url, stands, enough))
    process.start()
    if not stands.wait(PATIENCE):
        raise RuntimeError("the other process does not project")
    yield
    enough.set()
    process.join()


def project(url: str, stands: Any, enough: Any) -> None:
    """What the other process does."""
    app = build(Settings(url), clock)
    with closing(app.store), _projected(app):
        stands.set()
        enough.wait()


@contextmanager
def _stock(place: PostgresPlace) -> Iterator[Wait]:
    with closing(StockRunner(place)) as stock, stock.running() as runner:

        def write() -> None:
            runner.wait(stock.append(), PATIENCE)

        yield write
