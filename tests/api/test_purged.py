"""What read models hold of a child is gone as soon as it is erased, before anybody projects anything."""

import json
from pathlib import Path

import pytest
from sqlalchemy import func, select

from api.importing import answers, lines
from api.main import App
from projections.models import OF_CHILD
from tests.api.given import do, done
from tests.examples import EXAMPLES

ERASE = EXAMPLES["erase"]
OTHER = [line | {"trajectory": "t-other"} for line in ERASE.after if line["action"] == "open_trajectory"]


def rows_of(app: App) -> int:
    """How many rows about children there are, as the tables stand."""
    with app.reads.store.reading() as reading:
        return sum(
            count
            for model in OF_CHILD
            for (count,) in reading.rows(select(func.count()).select_from(reading.table(model)))
        )


@pytest.fixture
def app(app_on_each_engine: App) -> App:
    """A child that is about to be erased, and another one, both projected."""
    for line in ERASE.after:
        do(app_on_each_engine, line)
    done(app_on_each_engine, *OTHER)
    app_on_each_engine.reads.projector.catch_up()
    return app_on_each_engine


def test_the_rows_of_an_erased_child_go_with_its_key(app: App) -> None:
    """Those of the other child stay."""
    before = rows_of(app)
    done(app, ERASE.said)
    left = rows_of(app)
    assert 0 < left < before
    app.reads.projector.catch_up()
    assert rows_of(app) == left


def test_the_rows_go_as_well_where_an_import_erases(app: App, tmp_path: Path) -> None:
    """When the import has made it durable."""
    file = tmp_path / "erase.jsonl"
    file.write_text(json.dumps(ERASE.said) + "\n", "utf-8")
    before = rows_of(app)
    with file.open("rb") as source:
        (answer,) = [said for _, said in answers(app, lines(source), recorded_clock=False)]
    assert (answer.status, 0 < rows_of(app) < before) == ("recorded", True)


def test_erasing_makes_no_read_models_where_there_are_none(app_on_each_engine: App) -> None:
    """They are made when somebody first asks them something."""
    app = app_on_each_engine
    for line in ERASE.after:
        do(app, line)
    done(app, ERASE.said)
    assert not app.reads.store.place.exists()
