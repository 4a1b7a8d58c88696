"""Rows 1, 2 and 4: a durable, gap-free append, one fact and a hundred together, mapper and sealing included."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from typing import Protocol

from benchmarks.measure import PROBE, Contender, Goal, Measured, interleaved, measured, probe, times
from benchmarks.place import Stores, postgres_place, sqlite_place
from benchmarks.raw import PostgresRaw, SQLiteRaw
from benchmarks.size import Size
from benchmarks.stock import FUNCTION, LOCKING, NOTE, Stock, postgres_recorder, sqlite_recorder
from benchmarks.workload import BATCH, CHILDREN, Ours

OURS = "Zorgspoor"
IMPORT = "Zorgspoor, four new children in each"

POSTGRES_SINGLE = (
    Goal("row 1: durable append, PostgreSQL", OURS, "raw INSERT", 0.75),
    Goal("row 1: durable append, PostgreSQL", OURS, LOCKING, 2.5),
)
POSTGRES_BATCH = (
    Goal("row 2: batch of 100, PostgreSQL", OURS, "raw COPY", 0.45),
    Goal("row 2: batch of 100, PostgreSQL", OURS, LOCKING, 2.5),
)
SQLITE_SINGLE = (Goal("row 4: durable append, SQLite", OURS, "raw INSERT", 0.85),)
SQLITE_BATCH = (Goal("row 4: batch of 100, SQLite", OURS, "raw executemany", 0.75),)


class Appends(Protocol):
    """What every contender can do."""

    def singly(self, operations: int) -> None: ...

    def together(self, operations: int) -> None: ...


def measure(size: Size) -> list[Measured]:
    with postgres_contenders() as (raw, ours, rest):
        postgres = list(_measure("PostgreSQL", raw, ours, rest, ("raw INSERT", "raw COPY"), size))
    with sqlite_contenders() as (raw, ours, rest):
        sqlite = list(_measure("SQLite", raw, ours, rest, ("raw INSERT", "raw executemany"), size))
    return [*postgres, *sqlite]


Contenders = tuple[PostgresRaw | SQLiteRaw, Ours, Mapping[str, Stock]]


@contextmanager
def postgres_contenders() -> Iterator[Contenders]:
    with ExitStack() as opened:
        place = opened.enter_context(postgres_place())
        stores = opened.enter_context(Stores(place))
        stock = {name: opened.enter_context(postgres_recorder(place, name)) for name in (LOCKING, FUNCTION)}
        ours = Ours(stores.create("ours"))
        raw = opened.enter_context(closing(PostgresRaw(place, stores, "ours")))
        yield raw, ours, {name: Stock(each) for name, each in stock.items()}


@contextmanager
def sqlite_contenders() -> Iterator[Contenders]:
    with ExitStack() as opened:
        place = opened.enter_context(sqlite_place())
        stores = opened.enter_context(Stores(place))
        stock = opened.enter_context(sqlite_recorder(place))
        ours = Ours(stores.create("ours"))
        yield opened.enter_context(closing(SQLiteRaw(place, stores, "ours"))), ours, {LOCKING: Stock(stock)}


def _measure(
    engine: str, raw: Appends, ours: Ours, rest: Mapping[str, Appends], names: tuple[str, str], size: Size
) -> Iterator[Measured]:
    goals = (POSTGRES_SINGLE, POSTGRES_BATCH) if engine == "PostgreSQL" else (SQLITE_SINGLE, SQLITE_BATCH)
    everyone = {OURS: ours, **rest}
    with probe() as disk:
        alone = {PROBE: disk, names[0]: raw.singly} | {name: each.singly for name, each in everyone.items()}
        rounds = interleaved(alone, size, size.appends)
        yield measured(f"Single append, {engine}", "appends/s", rounds, goals[0], (_sizes(raw), NOTE))
        batches: dict[str, Contender] = {PROBE: disk, names[1]: raw.together}
        batches |= {name: each.together for name, each in everyone.items()} | {IMPORT: ours.imported}
        rounds = interleaved(batches, size, size.batches)
        facts = times(rounds, BATCH, [name for name in batches if name != PROBE])
        yield measured(f"Append of {BATCH} facts, {engine}", "facts/s", facts, goals[1], (_sizes(raw),))


def _sizes(raw: Appends) -> str:
    assert isinstance(raw, PostgresRaw | SQLiteRaw)
    return f"Sealed bodies of {raw.bytes} bytes, spread over {CHILDREN} children."
