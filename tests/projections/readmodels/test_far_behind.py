"""A projector that was off for a million facts."""

import logging
import random
from collections.abc import Iterator
from threading import Thread
from time import monotonic, sleep

import pytest
from sqlalchemy import func, select

import api.reads
from api.main import App
from benchmarks.child import OPENING, facts
from benchmarks.fill import fill
from benchmarks.place import PostgresPlace, SQLitePlace, Stores, postgres_place, sqlite_place
from projections import entries, projector, summary
from projections.readmodel import ReadModel
from projections.readstore import Behind
from tests.api.given import done
from tests.examples import opening
from tests.projections.readmodels.fold import assert_fold_of

CHILDREN, KNOWN = 290_000, 5_000
"""All have the first three entries, and these many the whole story."""

SAMPLE = 300

NAME = "far_behind"

Place = SQLitePlace | PostgresPlace


@pytest.fixture(params=[sqlite_place, postgres_place], ids=["sqlite", "postgresql"])
def at(request: pytest.FixtureRequest) -> Iterator[Place]:
    with request.param() as place:
        yield place


def count(app: App, model: ReadModel) -> int:
    with app.reads.store.reading() as reading:
        return int(reading.rows(select(func.count()).select_from(reading.table(model)))[0][0])


def asked_meanwhile(reader: App, catching_up: Thread, before: int, last: int) -> int:
    """How often it was answered from what there was, and nobody was given less than they asked for."""
    answered = 0
    while catching_up.is_alive():
        with reader.reads.store.reading() as reading:
            rows = reading.rows(select(func.count()).select_from(reading.table(summary.MODEL)))[0][0]
            assert (reading.position, rows) in {(before, 1), (last, CHILDREN + 1)}
            answered += reading.position == before
        if reader.reads.store.position() == before:
            with pytest.raises(Behind, match=f"position {last}"), reader.reads.upto(last):
                pass
        sleep(0.5)
    return answered


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_it_catches_up_with_a_million_facts(at: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """By building anew; until that is done what is read is what there was, and who needs more is told to wait."""
    monkeypatch.setattr(api.reads, "PATIENCE", 0.1)
    with Stores(at) as stores:
        app, reader = stores.create(NAME), stores.open(NAME)
        reader.reads.followed = True
        done(app, opening("t-first"))
        before = app.reads.projector.catch_up()
        fill(at, app, NAME, CHILDREN, KNOWN)
        last = app.store.last().position
        assert last - before >= 1_000_000 > projector.FAR_BEHIND
        began, catching_up = monotonic(), Thread(target=app.reads.projector.catch_up)
        catching_up.start()
        answered = asked_meanwhile(reader, catching_up, before, last)
        catching_up.join()
        logging.getLogger(__name__).info("caught up with %d facts in %.0f s", last - before, monotonic() - began)
        assert answered > 10
        assert app.reads.store.position() == last
        assert count(app, summary.MODEL) == CHILDREN + 1
        assert count(app, entries.MODEL) == 1 + KNOWN * len(facts()) + (CHILDREN - KNOWN) * len(OPENING)
        chance = random.Random(1)  # noqa: S311  # no secret
        assert_fold_of(app, {app.stream_of(f"t-{chance.randrange(CHILDREN)}") for _ in range(SAMPLE)})
