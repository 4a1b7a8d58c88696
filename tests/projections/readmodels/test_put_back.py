"""The log was put back to an older backup: what was projected of what is not there any more is projected anew."""

import random
from uuid import UUID

import pytest

from api.main import App
from domain.envelope import Unrecorded
from ledger.errors import Rewound
from projections.readstore import Behind
from tests.ledger.place import Place
from tests.projections.readmodels.fold import assert_fold
from tests.projections.readmodels.logs import recorded
from tests.projections.readmodels.projecting import opened
from tests.projections.readmodels.stories import Told, kinds

BACKUP = 30
"""The last position that is in it."""

STORIES = [kinds()[name] for name in ("hold_session", "pit", "hold_follow_up")]
OTHERS = [kinds()[name] for name in ("jgt", "make_request", "jos")]


@pytest.fixture
def app(app_on_each_engine: App) -> App:
    """Everything is projected, by a projector that has it all in memory."""
    app = app_on_each_engine
    app.reads.projector.catch_up()
    recorded(app, STORIES, random.Random(1))  # noqa: S311  # no secret
    app.reads.projector.catch_up()
    return app


def put_back(place: Place, to: int = BACKUP) -> None:
    place.alter("DELETE FROM facts WHERE position > ?", to)


def go_on(app: App, stories: list[Told], seed: int) -> None:
    recorded(app, stories, random.Random(seed))  # noqa: S311  # no secret


def assert_right(place: Place) -> None:
    """For a process that knows nothing: one that appended what is lost may have it in memory."""
    with opened(place.url) as fresh:
        assert_fold(fresh)


@pytest.mark.parametrize("since", [0, 1, 3])
def test_to_a_shorter_one(app: App, place: Place, since: int) -> None:
    """Also where something else was recorded since, but not as much, or more."""
    before = app.reads.store.position()
    put_back(place)
    go_on(app, OTHERS[:since], 2)
    assert (app.store.last().position < before) == (since < 3)
    assert app.reads.projector.catch_up() == app.store.last().position
    assert_right(place)


def last_child(app: App) -> tuple[UUID, int]:
    (last,) = app.store.at([app.store.last().position])
    assert last.topic.startswith("trajectory.")
    return last.stream, last.entry


def told_otherwise(app: App, child: UUID, entry: int) -> None:
    """Another fact, as the same entry of the same child: only what it says, and when it was recorded, is another."""
    app.store.save([Unrecorded(child, entry, kinds()["raise_signal"][-1])])


@pytest.mark.parametrize("noticed_by", ["the same", "another"])
def test_to_one_in_which_the_child_went_on_otherwise(app: App, place: Place, noticed_by: str) -> None:
    """Who kept the child in memory as it never was goes on from what is there."""
    while not app.store.at([app.store.last().position])[0].topic.startswith("trajectory."):
        put_back(place, app.store.last().position - 1)
    app.reads.projector.catch_up()
    child, entry = last_child(app)
    put_back(place, app.store.last().position - 1)
    told_otherwise(app, child, entry)
    if noticed_by == "the same":
        app.reads.projector.catch_up()
    else:
        with opened(place.url) as other:
            other.reads.projector.catch_up()
    assert_right(place)
    told_otherwise(app, child, entry + 1)
    app.reads.projector.catch_up()
    assert_right(place)


def test_while_it_is_projected(app: App, place: Place) -> None:
    """What was to be projected is not there; the next time it is noticed."""
    goal = app.store.last().position
    go_on(app, OTHERS, 3)
    live = app.reads.store.live()
    assert live
    put_back(place, goal)
    with pytest.raises(Rewound):
        app.reads.projector.catch_up(goal + 5)
    put_back(place)
    go_on(app, OTHERS[:1], 4)
    app.reads.projector.catch_up()
    assert_right(place)


def test_before_a_follower_has_read_anything(app: App, place: Place) -> None:
    """It began where the log was then; what comes next is of another log, in which everything before may be another."""
    began = app.reads.projector.catch_up()
    put_back(place)
    go_on(app, OTHERS, 5)
    assert app.store.last().position > began
    with pytest.raises(Behind, match="put back"):
        app.reads.projector.apply(app.store.log(began, 1))
    app.reads.projector.catch_up()
    assert_right(place)
