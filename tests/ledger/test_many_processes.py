"""Several programs write to one store at once, and some of them die."""

import subprocess
import sys
from pathlib import Path
from time import sleep

import pytest

from ledger.store import Store
from tests.ledger.notes import create, new_child, reopen
from tests.ledger.place import Place, SQLitePlace

ROOT = Path(__file__).parents[2]


def writer(*arguments: object) -> "subprocess.Popen[str]":
    """Another program that has the same store open (tests/ledger/writer.py)."""
    command = [sys.executable, "-m", "tests.ledger.writer", *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)  # noqa: S603  # our own program


def assert_whole(store: Store) -> None:
    """Positions 1..N without gaps, every version of every stream once and in order, every body readable."""
    facts = store.log(limit=1_000_000)
    assert [fact.position for fact in facts] == list(range(1, len(facts) + 1))
    assert all(fact.fact is not None for fact in facts)
    for stream in {fact.stream for fact in facts}:
        versions = [fact.entry for fact in facts if fact.stream == stream]
        assert versions == list(range(1, len(versions) + 1))


def test_two_processes_leave_one_order_without_gaps(store: Store, place: Place) -> None:
    """Every position and every version once, and each program sees its own positions ascend."""
    writers = [writer("own_streams", place.url, 60) for _ in range(2)]
    said = [[int(line) for line in process.communicate()[0].split()] for process in writers]
    assert [process.returncode for process in writers] == [0, 0]
    assert all(positions == sorted(positions) for positions in said)
    assert not set(said[0]) & set(said[1])
    assert store.last().position == 1 + 2 * 60 * 3
    assert_whole(store)


def test_of_two_processes_that_decide_on_the_same_version_one_is_refused(store: Store, place: Place) -> None:
    """The stream grows by exactly the appends that were acknowledged."""
    child = new_child(store)
    writers = [writer("one_stream", place.url, 150, child) for _ in range(2)]
    said = [process.communicate()[0].split() for process in writers]
    acknowledged = [int(line) for lines in said for line in lines if line != "0"]
    assert store.version(child) == 1 + len(acknowledged)
    assert len(acknowledged) == len(set(acknowledged))
    assert_whole(store)


@pytest.mark.parametrize("seconds", [0.02, 0.1])
def test_a_killed_writer_loses_nothing_acknowledged(place: Place, store: Store, seconds: float) -> None:
    """After kill -9 in the middle of appends: whole, and at least up to the last acknowledged position."""
    process = writer("own_streams", place.url, 100_000)
    assert process.stdout is not None
    first = int(process.stdout.readline())
    sleep(seconds)
    process.kill()
    lines = process.communicate()[0].splitlines(keepends=True)
    acknowledged = [int(line) for line in lines if line.endswith("\n")]
    with reopen(place.url) as after:
        assert after.last().position >= max(acknowledged, default=first)
        assert_whole(after)
        new_child(after)
        assert_whole(after)


def test_a_full_disk_is_said_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    """The operator reads what to do; what was acknowledged stands."""
    place = SQLitePlace(tmp_path)
    create(place.url).close()
    lines = writer("until_it_fails", place.url, 200_000).communicate()[0].splitlines()
    assert lines[-1].startswith("StoreUnavailable: ")
    assert "disk" in lines[-1]
    with reopen(place.url) as after:
        assert after.last().position == int(lines[-2])
        assert_whole(after)
