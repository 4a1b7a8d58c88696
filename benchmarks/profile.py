"""Where the time of an append goes: `python -m benchmarks append --profile`.

Processor time beside the clock, as the clock also says how the scheduler placed client and server: on a small machine
that alone is worth 100 µs. The server's is read from the kernel (/proc/PID/schedstat, Linux).
"""

import cProfile
import pstats
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from time import perf_counter, process_time_ns

from benchmarks.append import IMPORT, OURS, postgres_contenders, sqlite_contenders
from benchmarks.measure import Contender, Measured, Rate
from benchmarks.raw import PostgresRaw
from benchmarks.size import Size

TURN = {"single": 20, "batch of 100": 2}
STAGES = {
    "encode": ("ledger/topics", "pydantic", "to_json"),
    "seal": ("ledger/seal", "ledger/mapper", "encrypt", "urandom"),
    "keys": ("ledger/keys", "ledger/sqlitekeys", "ledger/postgreskeys", "ledger/storekey"),
    "envelopes": ("ledger/store", "domain/", "ledger/log", "eventsourcing/persistence", "uuid.py", "<string>"),
    "log": ("ledger/",),
    "driver, server and disk": ("psycopg", "sqlite3", "eventsourcing/sqlite"),
}
"""What a function is counted under: the first of these whose words its file or name has."""

NOTE = "By Python's profiler, which makes Python itself about twice as slow; waiting is counted under the driver."

Cpu = Callable[[], float]
"""Seconds of processor time that the server spent on a contender."""


def measure(size: Size) -> list[Measured]:
    with postgres_contenders() as (raw, ours, _):
        assert isinstance(raw, PostgresRaw)
        cpu = {name: server_cpu(pids) for name, pids in raw.backends().items()}
        batch = {"raw COPY": raw.together, OURS: ours.together, IMPORT: ours.imported}
        found = list(_engine("PostgreSQL", {"raw INSERT": raw.singly, OURS: ours.singly}, batch, cpu, size))
    with sqlite_contenders() as (raw, ours, _):
        batch = {"raw executemany": raw.together, OURS: ours.together, IMPORT: ours.imported}
        return [*found, *_engine("SQLite", {"raw INSERT": raw.singly, OURS: ours.singly}, batch, {}, size)]


def _engine(
    engine: str,
    single: Mapping[str, Contender],
    batch: Mapping[str, Contender],
    cpu: Mapping[str, Cpu],
    size: Size,
) -> Iterator[Measured]:
    for kind, contenders in (("single", single), ("batch of 100", batch)):
        yield Measured(f"Cost of an append, {kind}, {engine}", "µs each", _costs(contenders, cpu, size, TURN[kind]))
        stages = _stages(contenders[OURS], size.rounds * TURN[kind])
        yield Measured(f"Stages of ours, {kind}, {engine}", "µs each", stages, notes=(NOTE,))


def _costs(contenders: Mapping[str, Contender], cpu: Mapping[str, Cpu], size: Size, turn: int) -> dict[str, Rate]:
    """By the clock, and processor time of client and server; median of many short turns."""
    found = dict[str, list[float]]()
    for _ in range(size.runs):
        for name, run in contenders.items():
            of_server = cpu.get("raw" if name.startswith("raw") else OURS, float)
            before = perf_counter(), process_time_ns() / 1e9, of_server()
            run(turn)
            after = perf_counter(), process_time_ns() / 1e9, of_server()
            for what, began, ended in zip(("clock", "client", "server"), before, after, strict=True):
                found.setdefault(f"{name}: {what}", []).append((ended - began) / turn * 1e6)
    return {name: Rate.of(each) for name, each in found.items() if any(each)}


def _stages(run: Contender, operations: int) -> dict[str, Rate]:
    profiler = cProfile.Profile()
    profiler.runcall(run, operations)
    spent = dict.fromkeys((*STAGES, "rest"), 0.0)
    for (file, _, function), (_, _, own, _, _) in pstats.Stats(profiler).stats.items():  # type: ignore[attr-defined]  # set by pstats, not declared
        spent[_stage(f"{file} {function}")] += own / operations * 1e6
    return {name: Rate(each, each, each) for name, each in spent.items()}


def _stage(function: str) -> str:
    return next((name for name, words in STAGES.items() if any(word in function for word in words)), "rest")


def server_cpu(pids: Sequence[int]) -> Cpu:
    """Of these server processes together; nothing where the kernel does not tell."""

    def seconds() -> float:
        spent = 0.0
        for pid in pids:
            with suppress(OSError):
                spent += int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
        return spent

    return seconds
