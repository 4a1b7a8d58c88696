"""Read models are built anew beside those that are read, while others write, project and read."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from time import sleep
from typing import Any

import pytest

from api.lists import contacts, load
from api.main import App
from domain.disclosure import Door
from ledger.errors import StoreUnavailable
from projections import projector as projecting
from projections import rebuild as rebuilding
from projections import writing
from projections.projector import Projector
from projections.readplace import ReadPlace
from projections.readstore import ReadStore
from projections.writing import written
from tests.examples import COORDINATOR
from tests.ledger.place import Place
from tests.projections.readmodels.fold import Fold, Tables, assert_fold, assert_same, standing
from tests.projections.readmodels.logs import recorded
from tests.projections.readmodels.moments import just_before
from tests.projections.readmodels.places import generations
from tests.projections.readmodels.projecting import opened
from tests.projections.readmodels.stories import Told, kinds

DOOR = Door(door="command line", authentication="test", request="1")
ROUNDS = 12
"""Of writing."""

SOME = 6
"""States of the tables that are kept to be looked at afterwards."""


@pytest.fixture
def app(app_on_each_engine: App, monkeypatch: pytest.MonkeyPatch) -> App:
    """With something in it that is projected, and more that is not; built in small pages."""
    app = app_on_each_engine
    recorded(app, some(10), random.Random(1))  # noqa: S311  # no secret
    app.reads.projector.catch_up()
    recorded(app, some(11), random.Random(2))  # noqa: S311  # no secret
    monkeypatch.setattr(projecting, "PAGE", 20)
    monkeypatch.setattr(rebuilding, "PAGE", 20)
    monkeypatch.setattr(writing, "COPIED", 1)
    return app


def some(every: int) -> list[Told]:
    """Some of the stories that there are."""
    return list(kinds().values())[::every]


@contextmanager
def beside(do: Any) -> Iterator[list[Any]]:
    """Do it again and again in a thread, with the number of the time, until this is over. What came of it."""
    found, over, wrong = list[Any](), Event(), list[Exception]()

    def run() -> None:
        while not over.is_set() and not wrong:
            try:
                found.append(do(len(found)))
                sleep(0.01)
            except Exception as error:  # noqa: BLE001  # raised below
                wrong.append(error)

    thread = Thread(target=run)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()
    for error in wrong:
        raise error


def test_while_others_write_and_read(app: App, place: Place) -> None:
    """The position that is read never goes back, and what is read is always all that there was at that position."""
    states = list[tuple[int, Tables]]()

    def append(time: int) -> None:
        if time < ROUNDS:
            recorded(writer, some(12), random.Random(time))  # noqa: S311  # no secret

    def read(time: int) -> int:
        with reader.reads.store.reading() as reading:
            if time % 10 == 0 and len(states) < SOME:
                states.append((reading.position, standing(reading, reader)))
            return reading.position

    def ask(_: int) -> None:
        before = asker.store.last().position
        load(asker, COORDINATOR, DOOR)
        contacts(asker, COORDINATOR, DOOR, None, None)
        assert asker.reads.store.position() >= before

    with opened(place.url) as writer, opened(place.url) as reader, opened(place.url) as asker:
        with beside(append), beside(ask), beside(read) as positions:
            for _ in range(3):
                app.reads.projector.rebuild()
        app.reads.projector.catch_up()
        fold = assert_fold(app)
    assert positions == sorted(positions)
    assert len(set(positions)) > 3
    for position, tables in states:
        for name, rows in fold.tables(position).items():
            assert_same(name, rows, tables[name])


def another(app: App) -> Projector:
    """Of another program, which knows nothing yet."""
    reads = ReadStore(app.url, app.reads.store.fingerprint)
    app.store.closes_too(reads.close)
    return Projector(app.store, app.programmes, app.reads.given, reads)


def test_what_is_projected_while_they_are_swapped_is_not_lost(app: App) -> None:
    """Somebody brings what is read to a position beyond what was built, at the last moment."""
    other, threads, seen = another(app), list[Thread](), list[int]()

    def project() -> None:
        recorded(app, some(20), random.Random(3))  # noqa: S311  # no secret
        threads.append(Thread(target=other.catch_up))
        threads[0].start()
        threads[0].join(0.3)
        seen.append(other.reads.position())

    with just_before(ReadStore, "swap", project):
        built = app.reads.projector.rebuild()
    assert app.reads.store.position() >= max(seen[0], built.position)
    threads[0].join()
    assert app.reads.store.position() == app.store.last().position
    assert_fold(app)


def test_somebody_finds_the_tables_that_they_came_for(app: App) -> None:
    """Though these are replaced after it was asked which to read, or while they are being read."""
    other = another(app)
    app.reads.projector.catch_up()
    fold = Fold(app)
    with just_before(ReadPlace, "takes_hold", other.rebuild), app.reads.store.reading() as reading:
        replacing = Thread(target=other.rebuild)
        replacing.start()
        replacing.join(0.3)
        assert standing(reading, app) == fold.tables()
    replacing.join()
    assert_fold(app, fold=fold)


def test_a_rebuild_that_is_interrupted_changes_nothing_that_is_read(
    app: App, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next one succeeds, and leaves nothing of the one before."""
    pages = 0

    def failing(*given: Any) -> Any:
        nonlocal pages
        pages += 1
        if pages == 3:
            raise StoreUnavailable("The disk is full.")
        return written(*given)

    app.reads.projector.catch_up()
    before, fold = app.reads.store.live(), Fold(app)
    with monkeypatch.context() as patched:
        patched.setattr(rebuilding, "written", failing)
        with pytest.raises(StoreUnavailable):
            app.reads.projector.rebuild()
    assert app.reads.store.live() == before
    assert_fold(app, fold=fold)
    app.reads.projector.rebuild()
    assert_fold(app, fold=fold)
    assert len(generations(place)) == 1


WHEN = {
    "before anything is written": (rebuilding, "folded"),
    "before it says where it is": (ReadStore, "index"),
    "before it is read": (Projector, "_swapped"),
}


@pytest.mark.parametrize("when", WHEN)
def test_of_two_who_build_at_once_both_end_well(app: App, place: Place, when: str) -> None:
    """One is done first, and replaces what the other one built so far; a third one begins at once."""
    first, begun = another(app), list[int]()

    def others() -> None:
        first.rebuild()
        begun.append(first.reads.begin().number)

    with just_before(*WHEN[when], others):
        live = app.reads.projector.rebuild()
    app.reads.projector.catch_up()
    assert app.reads.store.live() is not None
    assert live.number < begun[0]
    assert set(generations(place)) == {live.number, begun[0]}
    assert_fold(app)
