"""Of a child that is erased no row is left, wherever it comes from; who looked at it stays."""

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import select

from api.main import App
from domain.envelope import Recorded
from projections import access_trail
from projections import projector as projecting
from projections import rebuild as rebuilding
from projections.folding import Folding
from projections.models import OF_CHILD
from projections.projector import Projector
from projections.readstore import Reading
from tests.api.given import done
from tests.ledger.place import Place
from tests.projections.readmodels.fold import assert_fold
from tests.projections.readmodels.logs import contact, erase
from tests.projections.readmodels.moments import just_after
from tests.projections.readmodels.planting import SAID, child_of, erased, erased_alone, plant, rows_of
from tests.projections.readmodels.projecting import opened

WAYS = pytest.mark.parametrize("way", [erased, erased_alone])


@pytest.fixture
def planted(app_on_each_engine: App) -> App:
    plant(app_on_each_engine)
    return app_on_each_engine


def tables_with(app: App, child: UUID) -> list[tuple[int, str]]:
    """In which tables of which generations the child has rows."""
    reads, found = app.reads.store, list[tuple[int, str]]()
    with reads.place.reading() as connection:
        for number in connection.execute(select(reads._generations.table.c.number)).scalars().all():
            reading = Reading(connection, reads.tables(number), 0, "")
            found += [(number, model.name) for model in OF_CHILD if rows_of(reading, model, child)]
    return found


def looks_at(app: App, child: UUID) -> int:
    with app.reads.store.reading() as reading:
        table = reading.table(access_trail.MODEL)
        return len(reading.rows(select(table).where(table.c.child == child.bytes)))


@WAYS
def test_no_row_is_left_but_who_looked(planted: App, way: Callable[[App], None]) -> None:
    """The trail outlives the dossier."""
    child = child_of(planted)
    assert [name for _, name in tables_with(planted, child)] == [model.name for model in OF_CHILD]
    looks = looks_at(planted, child)
    way(planted)
    planted.reads.projector.catch_up()
    assert tables_with(planted, child) == []
    assert looks_at(planted, child) == looks > 0
    assert_fold(planted)


def test_nor_is_any_in_what_is_being_built(planted: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """What has been written of it goes, and what has been read and not yet written never comes."""
    child = child_of(planted)
    other = Projector(planted.store, planted.programmes, planted.reads.given, planted.reads.store)

    def erase_and_project() -> None:
        erased(planted)
        other.catch_up()
        assert tables_with(planted, child) == []

    def is_of_it(page: list[Recorded]) -> bool:
        return any(each.stream == child for each in page)

    monkeypatch.setattr(rebuilding, "PAGE", 30)
    with just_after(rebuilding, "folded", erase_and_project, is_of_it):
        planted.reads.projector.rebuild()
    assert tables_with(planted, child) == []
    assert_fold(planted)


def test_nor_is_any_in_what_a_killed_build_left(planted: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody reads it, and yet it stays until somebody builds anew."""
    child = child_of(planted)
    with monkeypatch.context() as patched:
        patched.setattr(Projector, "_swapped", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            planted.reads.projector.rebuild()
    assert len({number for number, _ in tables_with(planted, child)}) == 2
    erased_alone(planted)
    planted.reads.projector.catch_up()
    assert tables_with(planted, child) == []


@pytest.mark.parametrize("elsewhere", [False, True])
def test_nor_of_one_who_is_erased_while_a_page_of_it_is_projected(planted: App, place: Place, elsewhere: bool) -> None:
    """Its facts were read, and its key is gone when rows come to be written, whether this process knows that or not."""
    child = child_of(planted)

    def erase_it() -> None:
        if elsewhere:
            with opened(place.url) as other:
                erase(other, child)
        else:
            erase(planted, child)

    done(planted, SAID)
    with just_after(Folding, "changes", erase_it):
        planted.reads.projector.catch_up()
    planted.reads.projector.catch_up()
    assert tables_with(planted, child) == []
    assert_fold(planted)


def test_it_does_not_stay_in_the_memory_of_who_projects(
    planted: App, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the next fact on, whoever that is about."""
    child = child_of(planted)
    done(planted, SAID)
    planted.reads.projector.catch_up()
    (_, folding) = planted.reads.projector._foldings or (0, None)
    assert folding
    assert child in folding._known
    position = planted.store.last().position + 1
    with opened(place.url) as other:
        contact(other)
        erase(other, child)
    monkeypatch.setattr(projecting, "PAGE", 1)
    assert planted.reads.projector.catch_up(position) == position
    assert child not in folding._known
