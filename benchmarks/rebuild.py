"""Row 8: all read models built anew from the log, beside reading and decoding it, and beside the stock runner.

Page by page, as the projector goes on with what comes in, is told beside it.
"""

import resource
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from time import perf_counter

from api.main import App
from benchmarks.fill import settle
from benchmarks.measure import Goal, Measured, measured
from benchmarks.mixed import NOTE, fill_mixed
from benchmarks.place import PostgresPlace, SQLitePlace, Stores, postgres_place, sqlite_place
from benchmarks.size import Size
from benchmarks.stockrunner import NOTE as STOCK_NOTE
from benchmarks.stockrunner import RUNNER, StockRunner
from ledger.store import Store

REBUILD, PAGES, READING = "all read models anew", "page by page", "reading and decoding alone, one process"
ROUNDS = 5
"""At the most: each takes minutes."""

PAGE = 1_000
"""Facts read together by who only reads them, or projects them page by page."""

PART, STOCK_PART = 10, 50_000
"""Of so many facts one is projected page by page, and for so many a batch of a hundred by the stock runner."""

Rate = Callable[[], float]
"""Facts per second."""


def measure(size: Size) -> list[Measured]:
    with postgres_place() as postgres, closing(StockRunner(postgres)) as stock:
        found = [_measure(postgres, stock, size)]
        with sqlite_place() as sqlite:
            return [*found, _measure(sqlite, stock, size)]


def _measure(place: SQLitePlace | PostgresPlace, stock: StockRunner, size: Size) -> Measured:
    with ExitStack() as opened:
        stores, began = opened.enter_context(Stores(place)), perf_counter()
        facts = fill_mixed(place, stores.create("mixed"), "mixed", size.facts)
        settle(place, "mixed")
        filled = perf_counter() - began
        contenders = dict(_contenders(stores.open("mixed"), stock, facts))
        rounds = [{name: rate() for name, rate in contenders.items()} for _ in range(min(size.rounds, ROUNDS))]
    goals = [
        Goal(f"row 8: read models anew, {place.engine}", REBUILD, RUNNER, 25),
        Goal(f"row 8: beside reading alone, {place.engine}", REBUILD, READING, 0.5),
    ]
    notes = [f"{facts:,} facts, filled in {filled:,.0f} s. {NOTE}", STOCK_NOTE, _memory()]
    rates = {name: [each[name] for each in rounds] for name in contenders}
    return measured(f"Read models anew, {place.engine}", "facts/s", rates, goals, notes)


def _contenders(app: App, stock: StockRunner, facts: int) -> Iterator[tuple[str, Rate]]:
    yield READING, lambda: _rate(lambda: _read(app.store))
    yield REBUILD, lambda: _rate(lambda: app.reads.projector.rebuild().position)
    yield PAGES, lambda: _rate(lambda: _pages(app, facts // PART))
    yield RUNNER, lambda: stock.rate(1 + facts // STOCK_PART)


def _rate(run: Callable[[], int]) -> float:
    began = perf_counter()
    return run() / (perf_counter() - began)


def _read(store: Store) -> int:
    after = 0
    while page := store.log(after, PAGE):
        after = page[-1].position
    return after


def _pages(app: App, facts: int) -> int:
    """In tables of their own, which nobody read before."""
    reads, after = app.reads.store, 0
    made = reads.begin()
    reads.index(made.number)
    with reads.place.writing() as connection:
        reads.swap(made, connection)
    while after < facts:
        page = app.store.log(after, PAGE)
        app.reads.projector.apply(page)
        after = page[-1].position
    return after


def _memory() -> str:
    """Linux tells kilobytes, macOS bytes."""
    most = max(resource.getrusage(each).ru_maxrss for each in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return f"No process of ours had more than {most >> (20 if sys.platform == 'darwin' else 10):,} MB."
