"""A thread that projects what comes, over whatever happens; and who waits for a position."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from time import monotonic, sleep
from typing import Any

import pytest

import api.reads
from api.main import App
from ledger.errors import Rewound, StoreUnavailable
from projections import projector as projecting
from projections.projector import Following, Projector, reading_from
from projections.readplace import ReadPlace
from projections.readstore import Behind, ReadStore, ReplacedByOther
from tests.ledger.place import Place
from tests.projections.readmodels.fold import assert_fold
from tests.projections.readmodels.logs import contact, recorded
from tests.projections.readmodels.projecting import opened
from tests.projections.readmodels.stories import kinds

SECONDS = 10.0
"""That something may take to be noticed."""


@pytest.fixture
def app(app_on_each_engine: App, monkeypatch: pytest.MonkeyPatch) -> App:
    app = app_on_each_engine
    recorded(app, [kinds()["pit"]], random.Random(1))  # noqa: S311  # no secret
    monkeypatch.setattr(projecting, "AGAIN_SECONDS", 0.02)
    return app


@contextmanager
def following(app: App) -> Iterator[list[Exception]]:
    """Somebody projects what comes into the log. What went wrong."""
    failed = list[Exception]()
    follower = Following(app.reads.projector, app.store, failed.append)
    app.reads.followed = True
    try:
        yield failed
    finally:
        follower.stop()
        app.reads.followed = False


def reads(app: App, position: int) -> None:
    with reading_from(app.store, app.reads.store, position, SECONDS) as reading:
        assert reading.position >= position


def until(is_so: Callable[[], object]) -> None:
    end = monotonic() + SECONDS
    while not is_so():
        assert monotonic() < end
        sleep(0.005)


def is_projected(app: App) -> bool:
    return app.reads.store.position() == app.store.last().position


def test_what_is_recorded_is_there_for_who_waits_for_it(app: App, place: Place) -> None:
    """By this process or another one."""
    with following(app) as failed, opened(place.url) as other:
        for writer in (app, other, app):
            contact(writer)
            position = writer.store.last().position
            with app.reads.upto(position) as reading:
                assert reading.position >= position
        assert failed == []
    assert_fold(app)


def test_who_waits_is_not_shown_what_a_log_that_was_put_back_has_no_more(
    app: App, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Something else was recorded since, as much as there was; the rows are of what is lost."""
    monkeypatch.setattr(api.reads, "PATIENCE", 0.05)
    position = app.reads.projector.catch_up()
    app.reads.followed = True
    with app.reads.upto(position) as reading:
        assert reading.position == position
    place.alter("DELETE FROM facts WHERE position = ?", position)
    contact(app)
    assert app.store.last().position == position
    with pytest.raises(Behind), app.reads.upto(position):
        pass
    app.reads.projector.catch_up()
    with app.reads.upto(position) as reading:
        assert reading.position == position
    app.reads.followed = False


def test_who_waits_where_nobody_projects_is_told(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is answered that lacks what is asked for; what is there still is."""
    monkeypatch.setattr(api.reads, "PATIENCE", 0.05)
    app.reads.followed = True
    with pytest.raises(Behind, match="not yet at position"), app.reads.upto(1):
        pass
    with pytest.raises(Behind, match="being built"), app.reads.store.reading():
        pass
    there = app.reads.projector.catch_up()
    contact(app)
    with pytest.raises(Behind, match=f"position {there + 1}"), app.reads.upto(there + 1):
        pass
    with app.reads.upto(there) as reading:
        assert reading.position == there


@pytest.mark.parametrize("here", [True, False])
def test_who_waits_goes_on_when_somebody_projects(app: App, place: Place, here: bool) -> None:
    """This process or another one, and soon."""
    app.reads.projector.catch_up()
    with opened(place.url) as other:
        for _ in range(3):
            contact(app)
            waiting = Thread(target=reads, args=(app, app.store.last().position))
            waiting.start()
            waiting.join(0.1)
            assert waiting.is_alive()
            (app if here else other).reads.projector.catch_up()
            waiting.join(1)
            assert not waiting.is_alive()


def test_it_goes_on_when_the_read_models_can_be_written_again(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though nothing more is recorded that could wake it."""
    writing, times = ReadPlace.writing, 0

    def failing(*given: Any, **named: Any) -> Any:
        nonlocal times
        times += 1
        if times <= 3:
            raise StoreUnavailable("The read models cannot be used.")
        return writing(*given, **named)

    with following(app) as failed:
        monkeypatch.setattr(ReadPlace, "writing", failing)
        contact(app)
        until(lambda: is_projected(app))
        assert [type(error) for error in failed] == [StoreUnavailable] * 3
    assert_fold(app)


def test_it_goes_on_after_a_defect(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever ended the thread would end all lists, and nobody would know."""
    apply, times = Projector.apply, 0

    def failing(*given: Any) -> None:
        nonlocal times
        times += 1
        if times <= 2:
            raise KeyError("Noor Voorbeeld")
        apply(*given)

    with following(app) as failed:
        until(lambda: is_projected(app))
        monkeypatch.setattr(Projector, "apply", failing)
        contact(app)
        until(lambda: is_projected(app))
        assert [type(error) for error in failed] == [KeyError] * 2
    assert_fold(app)


def test_it_goes_on_after_the_log_was_put_back(app: App, place: Place) -> None:
    """From what is there now."""
    with following(app) as failed:
        until(lambda: is_projected(app))
        place.alter("DELETE FROM facts WHERE position > ?", 20)
        recorded(app, [kinds()["jos"]], random.Random(2))  # noqa: S311  # no secret
        until(lambda: any(isinstance(error, Rewound) for error in failed) and is_projected(app))
        contact(app)
        until(lambda: is_projected(app))
    with opened(place.url) as fresh:
        assert_fold(fresh)


def test_it_ends_when_other_software_took_over(app: App) -> None:
    """And says so once."""
    with following(app) as failed:
        until(lambda: is_projected(app))
        reads = ReadStore(app.url, "another")
        Projector(app.store, app.programmes, app.reads.given, reads).catch_up()
        contact(app)
        until(lambda: failed)
        contact(app)
    assert [type(error) for error in failed] == [ReplacedByOther]
    assert reads.position() < app.store.last().position
    reads.close()
