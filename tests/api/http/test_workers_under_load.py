"""Fifty people ask for a minute, of a service that is not left alone meanwhile."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep

import pytest

from benchmarks.clients import Answer
from benchmarks.place import PostgresPlace, SQLitePlace
from benchmarks.service import Service
from tests.api.http.load import Town, projecting, town, until
from tests.postgres import Cluster, cluster

CLIENTS, SECONDS, CHILDREN = 50, 60.0, 2_000
pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]


@pytest.fixture
def own() -> Iterator[Cluster]:
    """A cluster of its own, as it is restarted."""
    with cluster() as running:
        yield running


def kill_who_projects(service: Service) -> None:
    until(lambda: projecting(service))
    killed = projecting(service)
    assert killed
    os.kill(killed, signal.SIGKILL)


@contextmanager
def told(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[list[Answer]], None]]:
    """Says how long answers took, to who runs the tests."""

    def tell(answers: list[Answer]) -> None:
        taken = sorted(each.milliseconds for each in answers)
        half, within, last = taken[len(taken) // 2], taken[len(taken) * 95 // 100], taken[-1]
        in_vain = sum(each.in_vain for each in answers)
        with capsys.disabled():
            print(  # noqa: T201  # a figure for who runs it
                f"\n{len(answers):,} answers in {SECONDS:g} s to {CLIENTS} people, {in_vain} asked again: half within "
                f"{half:,.0f} ms, 95 % within {within:,.0f} ms, the last within {last:,.0f} ms"
            )

    yield tell


def assert_it_goes_on(asked: Town) -> None:
    """By itself: both workers are there, one projects, and who asks now is answered at once."""
    until(lambda: len(asked.service.workers()) == 2 and projecting(asked.service) and asked.service.ready())
    answers, outcome = asked.asked(2, 2, lambda _: None)
    assert outcome.is_well, outcome
    assert not any(each.in_vain for each in answers)
    assert asked.service.stop() == 0
    assert "Traceback" not in asked.service.said


def test_on_sqlite(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two workers are killed, one after the other, each while it projects."""

    def befalls(service: Service) -> None:
        for _ in range(2):
            sleep(SECONDS / 3)
            kill_who_projects(service)

    with town(SQLitePlace(tmp_path), tmp_path, CHILDREN) as asked, told(capsys) as tell:
        answers, outcome = asked.asked(CLIENTS, SECONDS, befalls)
        tell(answers)
        assert outcome.is_well, outcome
        assert_it_goes_on(asked)


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_on_postgresql(tmp_path: Path, own: Cluster, mode: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A worker is killed, later the database is restarted, or crashes."""

    def befalls(service: Service) -> None:
        sleep(SECONDS / 3)
        kill_who_projects(service)
        sleep(SECONDS / 3)
        own.restart(mode)

    with town(PostgresPlace(tmp_path, own), tmp_path, CHILDREN) as asked, told(capsys) as tell:
        answers, outcome = asked.asked(CLIENTS, SECONDS, befalls)
        tell(answers)
        assert outcome.is_well, outcome
        assert_it_goes_on(asked)


def test_a_worker_that_cannot_begin_is_tried_again_without_a_traceback(tmp_path: Path, own: Cluster) -> None:
    """The database is down when a worker is to be replaced: as soon as it is back, both answer."""
    with town(PostgresPlace(tmp_path, own), tmp_path, 40) as asked:
        own.stop()
        os.kill(asked.service.workers()[0], signal.SIGKILL)
        until(lambda: '"event": "worker"' in asked.service.said)
        own.start()
        until(lambda: asked.service.said.count("Application startup complete") == 3)
        assert_it_goes_on(asked)
