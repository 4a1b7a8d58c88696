"""How soon a follower sees what another process committed, what an idle one costs, and what NOTIFY costs an append.

`python -m benchmarks.following`, with the tables of `--latency`, `--idle` or `--notify` only. Seconds of this machine,
no ratios: nothing else here does the same. Medians with 95 % and the most.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median, quantiles
from threading import Thread
from time import monotonic, perf_counter, process_time, sleep
from uuid import uuid4

from eventsourcing.persistence import StoredEvent
from psycopg.sql import SQL, Composable, Literal

from benchmarks.place import PostgresPlace, SQLitePlace, postgres_place, sqlite_place
from ledger.postgresschema import Schemas, fields
from ledger.store import Store
from tests.ledger.notes import create, note, reopen

ROOT = Path(__file__).parents[1]
GAPS = {0.0: 400, 0.02: 150, 0.2: 30, 1.0: 15, 5.0: 5}
"""Seconds between two appends of the other process, and how many."""

IDLE_SECONDS = 20
SLOW_DISK = {"commit_delay": "3000", "commit_siblings": "0"}
"""Microseconds that a flush waits for others to join it: a disk of 3 ms, as far as commits can tell."""

STORES = 4
NUMBER_1 = ROOT / "tests/ledger/schema_1/postgres_append.sql"
"""It notified with every append."""


def write(url: str, gap: float, count: int) -> None:
    """The other process: says the position of each append and when it was acknowledged."""
    with reopen(url) as store:
        child = uuid4()
        store.save([note(child, 1)])
        sleep(1)
        for version in range(2, count + 2):
            [saved] = store.save([note(child, version)])
            sys.stdout.write(f"{saved.position} {monotonic()}\n")
            sys.stdout.flush()
            sleep(gap)


@contextmanager
def following(store: Store, seen: dict[int, float]) -> Iterator[None]:
    """In a thread of its own: when each position was seen."""

    def collect() -> None:
        for page in tail:
            now = monotonic()
            seen.update((fact.position, now) for fact in page)

    with store.follow(store.last().position) as tail:
        thread = Thread(target=collect)
        thread.start()
        yield
    thread.join()


def latency(place: SQLitePlace | PostgresPlace) -> None:
    with create(place.url("latency")) as store:
        for gap, count in GAPS.items():
            seen = dict[int, float]()
            command = [sys.executable, "-m", __spec__.name, "write", place.url("latency"), str(gap), str(count)]
            with following(store, seen):
                said = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout  # noqa: S603  # ours
                sleep(1.5)
            pairs = [line.split() for line in said.splitlines()]
            late = sorted((seen[int(position)] - float(when)) * 1e3 for position, when in pairs)
            most = f"95 %: {late[int(len(late) * 0.95)]:.2f}, most: {late[-1]:.2f}"
            print(
                f"{place.engine}, an append every {gap} s: seen after {median(late):.2f} ms ({most}, n = {len(late)})"
            )


def idle(place: SQLitePlace | PostgresPlace) -> None:
    with create(place.url("idle")) as store, following(store, {}):
        sleep(12)
        used, began = process_time(), monotonic()
        sleep(IDLE_SECONDS)
        share = (process_time() - used) / (monotonic() - began)
        print(f"{place.engine}, an idle follower: {share:.2%} of one processor")


def notifying(place: PostgresPlace, name: str) -> None:
    """Give a store the append of number 1."""
    names: dict[str, Composable] = {**Schemas(name).names, **fields(Schemas(name))}
    with place.connect() as connection:
        text = NUMBER_1.read_text().replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
        connection.execute(SQL(text).format(**names))


def notify(place: PostgresPlace) -> None:
    """One append after the other, in turns on two stores; nobody follows either."""
    with ExitStack() as stack:
        stores = [stack.enter_context(create(place.url(name))) for name in ("always", "sleepers")]
        notifying(place, "always")
        found: list[list[float]] = [[], []]
        for turn in range(6_000):
            for each in (0, 1) if turn % 2 else (1, 0):
                began = perf_counter()
                stores[each]._log.append([StoredEvent(uuid4(), 1, "test.note.2", b"x" * 300)])  # noqa: SLF001  # unsealed
                found[each].append((perf_counter() - began) * 1e6)
    for name, micros in zip(("every append notifies", "only sleepers are notified"), found, strict=True):
        low, middle, _ = quantiles(micros[500:], n=4)
        print(f"PostgreSQL, {name}: {middle:.0f} µs an append (fastest quarter within {low:.0f})")


def together(place: PostgresPlace) -> None:
    """Four stores at once on a slow disk, each followed and each written to by a process of its own."""
    with place.connect() as connection:
        for setting, value in SLOW_DISK.items():
            connection.execute(SQL("ALTER SYSTEM SET {} = {}").format(SQL(setting), Literal(value)))
        connection.execute("SELECT pg_reload_conf()")
    for kind in ("always", "sleepers"):
        names = [f"{kind}_{number}" for number in range(STORES)]
        stores = [create(place.url(name)) for name in names]
        for name in names:
            if kind == "always":
                notifying(place, name)
        with ExitStack() as stack:
            for store in stores:
                stack.enter_context(following(store, {}))
            rate = _rate([place.url(name) for name in names])
        print(f"PostgreSQL, {STORES} stores, flush of 3 ms, notifying {kind}: {rate:.0f} appends a second together")
        for store in stores:
            store.close()


def _rate(urls: Sequence[str], count: int = 400) -> float:
    command = [sys.executable, "-m", __spec__.name, "write"]
    writers = [
        subprocess.Popen([*command, url, "0", str(count)], cwd=ROOT, stdout=subprocess.PIPE, text=True)  # noqa: S603  # ours
        for url in urls
    ]
    said = [[float(line.split()[1]) for line in writer.communicate()[0].splitlines()] for writer in writers]
    begin, end = max(times[0] for times in said), min(times[-1] for times in said)
    return sum(begin <= time <= end for times in said for time in times) / (end - begin)


def main() -> None:
    chosen = set(sys.argv[1:]) or {"--latency", "--idle", "--notify"}
    with sqlite_place() as sqlite, postgres_place() as postgres:
        measured: dict[str, Callable[[SQLitePlace | PostgresPlace], None]] = {"--latency": latency, "--idle": idle}
        for name in sorted(chosen & set(measured)):
            measured[name](sqlite)
            measured[name](postgres)
        if "--notify" in chosen:
            notify(postgres)
            together(postgres)


if __name__ == "__main__":
    if sys.argv[1:2] == ["write"]:
        write(sys.argv[2], float(sys.argv[3]), int(sys.argv[4]))
    else:
        main()
