"""An import that is killed at any point and run again leaves exactly what one that was let be leaves."""

import os
import random
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from time import sleep
from typing import Any

import pytest

from api.main import Settings, build, create
from tests.api.many import written
from tests.conftest import NO_BYTECODE, ROOT
from tests.ledger.place import Place

MAIN = "from api.cli import main; main()"


def importing(file: Path, place: Place) -> "subprocess.Popen[bytes]":
    """`zorgspoor import`, in a process of its own."""
    command = [sys.executable, "-c", MAIN, "import", str(file), "--store", place.url]
    env = {"PYTHONPATH": str(ROOT), "PATH": os.defpath, **NO_BYTECODE}
    return subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)  # noqa: S603  # our own


def imported(file: Path, place: Place) -> None:
    """To its end: some lines are refused, so it exits with 1."""
    running = importing(file, place)
    _, problems = running.communicate()
    assert running.returncode == 1, problems


def killed(file: Path, place: Place, at: int, pause: float) -> bool:
    """Kill -9 so many seconds after the log holds so many facts; whether it was still at work."""
    running = importing(file, place)
    with closing(build(Settings(place.url)).store) as store:
        while running.poll() is None and store.last().position < at:
            sleep(0.002)
    sleep(pause)
    running.send_signal(signal.SIGKILL)
    running.communicate()
    return running.returncode == -signal.SIGKILL


def standing(place: Place) -> list[tuple[Any, ...]]:
    """Everything in the log but when it was recorded; each position follows the one before it."""
    app = build(Settings(place.url))
    log = list(app.log())
    app.store.close()
    assert [each.position for each in log] == list(range(1, len(log) + 1))
    return [(each.stream, each.entry, each.topic, each.fact) for each in log]


def kill_again_and_again(place: Place, file: Path, times: int) -> tuple[int, set[int]]:
    """How often it was at work when it was killed, and how many facts stood then."""
    create(Settings(place.url)).store.close()
    imported(file, place)
    whole = standing(place)
    seed = random.randrange(2**32)  # noqa: S311  # no secret
    chance, at_work, stood = random.Random(seed), 0, set[int]()  # noqa: S311  # as above
    for time in range(times):
        place.empty()
        at_work += killed(file, place, chance.randrange(1, len(whole)), chance.uniform(0, 0.1))
        half = standing(place)
        assert half == whole[: len(half)], f"seed {seed}, kill {time}"
        stood.add(len(half))
        imported(file, place)
        assert standing(place) == whole, f"seed {seed}, kill {time}"
    return at_work, stood


def test_a_killed_import_goes_on_where_it_was(place: Place, tmp_path: Path) -> None:
    """The same end state, no fact twice, none lost."""
    at_work, _ = kill_again_and_again(place, written(1_000, tmp_path), 4)
    assert at_work > 0


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_an_import_of_ten_thousand_lines_is_killed_fifty_times(place: Place, tmp_path: Path) -> None:
    """As above, at all kinds of moments."""
    at_work, stood = kill_again_and_again(place, written(10_000, tmp_path), 50)
    assert at_work > 25
    assert len(stood) > 15
