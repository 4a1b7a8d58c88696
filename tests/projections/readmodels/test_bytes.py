"""Which bytes somebody finds who has a copy of the read models: nothing personal, and nothing of who is erased."""

from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pytest

from api.main import App
from domain.fact import ChildFact
from projections import caseload
from projections.models import OF_CHILD
from tests.api.given import done, texts_of
from tests.api.test_secrecy import NEVER, REFERENCE
from tests.ledger.place import Place, PostgresPlace, SQLitePlace
from tests.projections.readmodels.logs import look
from tests.projections.readmodels.places import files_of
from tests.projections.readmodels.planting import NAMED, SAID, child_of, erased, erased_alone, plant, rows_of

WAYS = pytest.mark.parametrize("way", [erased, erased_alone])


@pytest.fixture
def planted(app_on_each_engine: App) -> App:
    plant(app_on_each_engine)
    return app_on_each_engine


def content_of(place: Place) -> bytes:
    """Every byte of the read models, as somebody comes by them who has a copy."""
    if isinstance(place, SQLitePlace):
        assert {file.suffix for file in files_of(place)} == {".db", ".db-wal", ".db-shm"}
        return b"".join(file.read_bytes() for file in files_of(place))
    assert isinstance(place, PostgresPlace)
    return place.cluster.dump(f"{place.schema}_read").encode()


def words_of(app: App) -> set[str]:
    """Every ◆ text, reference, person and birth date that was told of the child."""
    facts = [each.fact for each in app.store.stream(child_of(app)) if isinstance(each.fact, ChildFact)]
    people = {each.by.id for each in facts}
    texts = {text for text in texts_of(facts) if len(text) > 5}
    assert {"kikker-pit-1", "kikker-ib-1"} <= people
    assert {"Sproetje", "999990019", "2016-05-10", "Kikkerpraat."} <= texts
    return {*texts, *people, *(f"kikker-{name}" for name in NAMED), *NEVER, REFERENCE}


def test_nothing_personal_stands_in_the_clear(planted: App, place: Place) -> None:
    """Neither before nor after erasure; on PostgreSQL a dump shows bytes in hexadecimal."""
    words = {form for word in words_of(planted) for form in (word.encode(), word.encode().hex().encode())}
    for way in (planted.reads.projector.rebuild, lambda: erased(planted), lambda: None):
        content = content_of(place)
        assert b"GM0546" in content
        assert [word for word in words if word in content] == []
        way()
        planted.reads.projector.catch_up()


PIECE = 24
"""Bytes of a body that are looked for: pages of a file cut the body anywhere."""


def bodies_of(app: App) -> list[bytes]:
    with app.reads.store.reading() as reading:
        rows = [row for model in OF_CHILD for row in rows_of(reading, model, child_of(app))]
    return [row.body for row in rows if row.body]


def left_of(bodies: list[bytes], place: SQLitePlace) -> int:
    """Of how many bodies any piece is still in a file."""
    content = b"".join(file.read_bytes() for file in files_of(place))
    pieces = [[body[at : at + PIECE] for at in range(0, len(body) - PIECE, PIECE)] for body in bodies]
    return sum(any(piece in content for piece in of_one) for of_one in pieces)


@pytest.fixture
def on_disk(app: App, folder: Path) -> tuple[App, SQLitePlace]:
    plant(app)
    return app, SQLitePlace(folder)


@WAYS
def test_sealed_bodies_do_not_stay_in_the_files(on_disk: tuple[App, SQLitePlace], way: Callable[[App], None]) -> None:
    """Nor in the write-ahead log, nor what was there before rows were replaced or read models built anew."""
    app, place = on_disk
    bodies = bodies_of(app)
    done(app, SAID)
    app.reads.projector.catch_up()
    bodies += bodies_of(app)
    app.reads.projector.rebuild()
    bodies += bodies_of(app)
    assert left_of(bodies, place) >= len(bodies) / 3
    way(app)
    app.reads.projector.catch_up()
    assert left_of(bodies, place) == 0
    app.store.close()
    assert left_of(bodies, place) == 0


def test_nor_where_somebody_still_read_them(on_disk: tuple[App, SQLitePlace]) -> None:
    """Who erases is not held up; and when nobody reads them any more, they go with the next fact that is projected."""
    app, place = on_disk
    bodies = bodies_of(app)
    with app.reads.store.reading() as reading:
        assert rows_of(reading, caseload.MODEL, child_of(app))
        begun = monotonic()
        erased(app)
        app.reads.projector.catch_up()
        assert monotonic() - begun < 3
    look(app, child_of(app))
    app.reads.projector.catch_up()
    assert left_of(bodies, place) == 0
