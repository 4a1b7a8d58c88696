"""Some people ask for some seconds, and a worker is killed among them; what they were told is held to the log."""

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from time import sleep

import pytest

from api.main import App
from benchmarks.acknowledged import Outcome, held_to_the_log
from benchmarks.clients import Answer
from benchmarks.mix import MIX
from benchmarks.place import SQLitePlace
from benchmarks.service import Service
from tests.api.http.load import Town, projecting, town, until

pytestmark = pytest.mark.timeout(120)


@dataclass(frozen=True)
class Asked:
    """What people were told since a position of the log, and what the log said of it."""

    town: Town
    after: int
    answers: list[Answer]
    outcome: Outcome

    @property
    def app(self) -> App:
        return self.town.app

    def one(self, of: str, status: int) -> Answer:
        """An answer that was had at once."""
        found = (each for each in self.answers if (MIX[each.kind].of, each.status, each.in_vain) == (of, status, 0))
        return next(found)

    def otherwise(self, told: Answer, *instead: Answer) -> Outcome:
        """What the log says, had this been told instead."""
        answers = [each for each in self.answers if each is not told]
        return held_to_the_log(self.app, self.after, [*answers, *instead])


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """Ten people, five seconds, one worker killed."""
    folder = tmp_path_factory.mktemp("town")
    with town(SQLitePlace(folder), folder, 80) as made:
        after = made.app.store.last().position
        yield Asked(made, after, *made.asked(10, 5, kill_who_projects))


def kill_who_projects(service: Service) -> None:
    """Of two workers the one on which everybody's lists wait."""
    sleep(1.5)
    killed = projecting(service)
    assert killed
    os.kill(killed, signal.SIGKILL)


def test_what_was_told_stands_though_a_worker_is_killed(asked: Asked) -> None:
    """Nothing acknowledged is lost, nothing shown is unlogged, nothing stands that nobody asked."""
    assert asked.outcome.is_well, asked.outcome
    assert any(each.in_vain for each in asked.answers)
    assert {MIX[each.kind].of for each in asked.answers if each.status == 200} >= {"look", "page"}
    assert {each.status for each in asked.answers} >= {200, 201}
    until(lambda: len(asked.town.service.workers()) == 2 and projecting(asked.town.service))
    assert "Traceback" not in asked.town.service.said


Instead = Callable[[Answer], Answer]


@pytest.mark.parametrize(
    "instead",
    [
        lambda told: replace(told, key="never-sent"),
        lambda told: replace(told, positions=(told.positions[0] + 1,)),
        lambda told: replace(told, entries=(told.entries[0] + 1,)),
        lambda told: replace(told, trajectory="another"),
    ],
)
def test_an_action_that_stands_otherwise_than_was_told_is_lost(asked: Asked, instead: Instead) -> None:
    """The check finds what it is there for."""
    told = asked.one("action", 201)
    assert asked.otherwise(told, instead(told)).lost


@pytest.mark.parametrize(
    ("of", "instead"),
    [
        ("look", lambda told: replace(told, request="another")),
        ("look", lambda told: replace(told, disclosure="another")),
        ("look", lambda told: replace(told, position=told.position + 1)),
        ("look", lambda told: replace(told, status=403)),
        ("page", lambda told: replace(told, shown=told.shown[1:])),
        ("page", lambda told: replace(told, shown=(*told.shown, "one more"))),
    ],
)
def test_a_look_that_stands_otherwise_than_was_shown_is_unlogged(asked: Asked, of: str, instead: Instead) -> None:
    """One child more on a page than the log has is one too many."""
    told = asked.one(of, 200)
    assert asked.otherwise(told, instead(told)).unlogged


def test_what_nobody_was_told_is_invented(asked: Asked) -> None:
    """An action in the log that nobody sent."""
    assert len(asked.otherwise(asked.one("action", 201)).invented) == 1


@pytest.mark.parametrize("status", [500, 409, 429])
def test_what_should_have_been_answered_and_was_not_failed(asked: Asked, status: int) -> None:
    """A defect, or a refusal of what may be done."""
    told = asked.one("action", 201)
    assert len(asked.otherwise(told, replace(told, status=status)).failed) == 1
