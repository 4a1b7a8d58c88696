"""Who projects is killed, at whatever point: every fact counts exactly once, and no position is ahead of its rows."""

import random
from signal import SIGKILL
from time import monotonic, sleep

import pytest

from api.main import Settings, create
from tests.ledger.place import Place
from tests.projections.readmodels.fold import Fold, assert_fold
from tests.projections.readmodels.logs import filled
from tests.projections.readmodels.places import forget, generations
from tests.projections.readmodels.projecting import NEVER, ended, opened, started

PAGE = 7
"""Facts of one transaction."""


class Killing:
    """A log, and programs that project it until they are killed. `every`: how much of all stories is in it."""

    def __init__(self, place: Place, seed: int, every: int) -> None:
        self.place = place
        self.chance = random.Random(seed)  # noqa: S311  # no secret
        app = create(Settings(place.url))
        filled(app, every=every)
        self.fold = Fold(app)
        app.store.close()
        self.positions = set[int]()
        self.at_work = 0

    def begin(self, upto: int = 0) -> None:
        """Read models at an early position: much is still to come."""
        forget(self.place)
        with opened(self.place.url) as app:
            app.reads.projector._swapped(app.reads.store.begin())
            app.reads.projector.catch_up(upto)

    def measure(self, what: str) -> tuple[int, float]:
        """How many lines it is, and how many seconds where nothing is traced."""
        self.begin()
        _, lines = ended(self.place.url, what, PAGE, line=NEVER)
        self.begin()
        begun = monotonic()
        assert ended(self.place.url, what, PAGE) == (self.fold.last, 0)
        return lines, monotonic() - begun

    def kill(self, what: str, *, line: int = 0, commits: int = 0, after: float = 0.0) -> None:
        """At a line of ours, after transactions, or at a moment, wherever that is. What stands then is whole."""
        process = started(self.place.url, what, PAGE, line=line, commits=commits)
        if not (line or commits):
            sleep(after)
            process.kill()
        process.join()
        self.at_work += process.exitcode == -SIGKILL
        with opened(self.place.url) as app:
            assert_fold(app, fold=self.fold, whole=False)
            self.positions.add(app.reads.store.position())

    def kill_somewhere(self, what: str, time: int, lines: int, seconds: float) -> None:
        """In turn at a random line, after some transactions, and at a random moment."""
        match time % 3:
            case 0:
                self.kill(what, line=self.chance.randint(1, lines))
            case 1:
                self.kill(what, commits=self.chance.randint(1, 12))
            case _:
                self.kill(what, after=self.chance.uniform(0, seconds))

    def finish(self, what: str) -> None:
        """Who comes next goes on from there; who builds anew leaves nothing beside it."""
        assert ended(self.place.url, what, PAGE) == (self.fold.last, 0)
        with opened(self.place.url) as app:
            assert_fold(app, fold=self.fold)
        assert what == "catch_up" or len(generations(self.place)) == 1


def test_killed_while_projecting_and_while_building(place: Place) -> None:
    """A few times; `make long` does it many times. What is read stays as it is, whatever is half done beside it."""
    killing = Killing(place, seed=1, every=6)
    killing.begin()
    killing.kill("catch_up", line=700)
    killing.kill("catch_up", commits=2)
    killing.kill("catch_up", commits=1)
    killing.kill("rebuild", commits=3)
    killing.kill("rebuild", after=0.1)
    killing.finish("catch_up")
    killing.finish("rebuild")
    assert killing.at_work >= 4


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_killed_while_projecting_many_times(place: Place) -> None:
    """Each goes on where the one before it was killed, until all is projected; and then from the beginning."""
    killing = Killing(place, seed=2, every=1)
    lines, seconds = killing.measure("catch_up")
    killing.begin()
    for time in range(40):
        killing.kill_somewhere("catch_up", time, lines // 3, seconds / 3)
        if max(killing.positions) == killing.fold.last or time % 5 == 4:
            killing.finish("catch_up")
            killing.begin()
    killing.finish("catch_up")
    assert killing.at_work > 20
    assert len(killing.positions) > 10


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_killed_while_building_many_times(place: Place) -> None:
    """What is read stays where it is; and the next one succeeds, whatever others left."""
    killing = Killing(place, seed=3, every=1)
    lines, seconds = killing.measure("rebuild")
    killing.begin(killing.fold.last // 2)
    for time in range(40):
        killing.kill_somewhere("rebuild", time, lines, seconds)
        if time % 10 == 9:
            killing.finish("rebuild")
            killing.begin(killing.fold.last // 2)
    killing.finish("rebuild")
    assert killing.at_work > 20
