"""Other software, policies or programmes give other rows: built beside those that are read, and then read instead."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

import consent_policy.policy
from api.main import App
from consent_policy.policy import load, shipped
from domain.programme import Programmes
from domain.programme import load as load_programmes
from projections import caseload, models
from projections.models import fingerprint
from projections.readstore import ReplacedByOther
from tests.ledger.place import Place
from tests.projections.readmodels.fold import Fold, assert_fold
from tests.projections.readmodels.logs import filled
from tests.projections.readmodels.places import generations

SHIPPED = Path(consent_policy.policy.__file__).parent / "policies" / "2026-11.toml"


@pytest.fixture
def app(app_on_each_engine: App) -> App:
    """Everything is projected."""
    filled(app_on_each_engine, every=8)
    app_on_each_engine.reads.projector.catch_up()
    return app_on_each_engine


@pytest.fixture
def other(app: App, tmp_path: Path) -> App:
    """The same store with another policy from February on."""
    text = SHIPPED.read_text("utf-8")
    text = text.replace('id = "2026-11"', 'id = "2026-09"', 1)
    text = text.replace("in_force_from = 2015-01-01T00:00:00+01:00", "in_force_from = 2026-02-01T00:00:00+01:00", 1)
    file = tmp_path / "2026-09.toml"
    file.write_text(text, "utf-8")
    other = replace(app, policies=shipped() | {"2026-09": load(file)})
    assert other.reads.store.fingerprint != app.reads.store.fingerprint
    return other


def test_it_is_built_beside(app: App, other: App, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old one is read until the new one is there, with the rows of the new policy."""
    fold, seen = Fold(app), list[int]()

    def looking(done: int, total: int) -> None:
        if done:
            assert_fold(app, fold=fold)
            seen.append(done)

    monkeypatch.setattr("projections.rebuild.PAGE", 15)
    other.reads.projector.catch_up(told=looking)
    assert len(seen) > 3
    assert_fold(other)
    assert len(generations(place)) == 1


def test_who_reads_the_old_one_is_told(app: App, other: App) -> None:
    """And does not put it back; what they record is recorded."""
    fold = Fold(app)
    with app.reads.store.reading() as reading:
        rows = reading.rows(select(func.count()).select_from(reading.table(caseload.MODEL)))
    assert rows[0][0] == len(fold.tables()["caseload"])
    other.reads.projector.catch_up()
    live = other.reads.store.live()
    for ask in (
        app.reads.store.live,
        app.reads.store.position,
        app.reads.projector.catch_up,
        app.reads.projector.rebuild,
    ):
        with pytest.raises(ReplacedByOther, match="Other software"):
            ask()
    with pytest.raises(ReplacedByOther), app.reads.store.reading():
        pass
    filled(app, every=20)
    assert other.reads.store.live() == live
    other.reads.projector.catch_up()
    assert_fold(other)


def test_what_rows_follow_from_has_a_fingerprint(app: App, other: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """Policies, programmes, whose log it is, and the shape of the read models."""
    given, store = app.reads.given, str(app.store.opened.stream)
    told = [
        fingerprint(given, app.programmes, store),
        fingerprint(other.reads.given, app.programmes, store),
        fingerprint(given, app.programmes, "another"),
        fingerprint(given, one_programme_less(app.programmes), store),
    ]
    monkeypatch.setattr(models, "NUMBER", models.NUMBER + 1)
    told.append(fingerprint(given, app.programmes, store))
    assert len(set(told)) == len(told)
    monkeypatch.undo()
    assert fingerprint(given, load_programmes(), store) == told[0]


def one_programme_less(programmes: Programmes) -> Programmes:
    return Programmes(programmes, dict(list(programmes.sha256.items())[1:]))
