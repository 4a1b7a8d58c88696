"""Read models that several processes build together: any of them may be killed."""

from multiprocessing import active_children
from pathlib import Path
from time import monotonic, sleep

import pytest

from api.main import App
from ledger.errors import StoreUnavailable
from projections import rebuild as rebuilding
from tests.ledger.place import Place
from tests.projections.readmodels.fold import Fold, assert_fold
from tests.projections.readmodels.logs import filled
from tests.projections.readmodels.places import generations
from tests.projections.readmodels.projecting import started

pytestmark = [pytest.mark.long, pytest.mark.timeout(180)]

SECONDS = 20.0
"""That processes may take to start, or to end."""


@pytest.fixture
def app(app_on_each_engine: App, monkeypatch: pytest.MonkeyPatch) -> App:
    """With something that is projected, and more that is not; other processes help, however little there is."""
    app = app_on_each_engine
    filled(app, every=2)
    app.reads.projector.catch_up()
    filled(app)
    monkeypatch.setattr(rebuilding, "FEW", 0)
    return app


def helpers_of(process: int) -> list[int]:
    """Its children, but for what Python itself needs (proc(5))."""
    found = list[int]()
    for child in (Path("/proc") / str(process) / "task" / str(process) / "children").read_text().split():
        with_what = (Path("/proc") / child / "cmdline").read_bytes()
        found += [int(child)] if b"spawn_main" in with_what else []
    return found


def until_there_are(process: int) -> list[int]:
    end = monotonic() + SECONDS
    while not (found := helpers_of(process)):
        assert monotonic() < end
        sleep(0.01)
    return found


def test_each_row_is_there_once(app: App) -> None:
    """Whoever of them folded the child."""
    helped = set[int]()
    app.reads.projector.rebuild(lambda *_: helped.update(each.pid or 0 for each in active_children()))
    assert len(helped) > 1
    assert_fold(app)
    assert active_children() == []


def test_one_who_helps_is_killed(app: App, place: Place) -> None:
    """What is half built is not read; the next build succeeds."""
    fold, before = Fold(app), app.reads.store.live()

    def kill(*_: object) -> None:
        for each in active_children()[:1]:
            each.kill()

    with pytest.raises(StoreUnavailable):
        app.reads.projector.rebuild(kill)
    assert app.reads.store.live() == before
    assert_fold(app, whole=False)
    app.reads.projector.rebuild()
    assert_fold(app, fold=fold)
    assert len(generations(place)) == 1


@pytest.mark.parametrize("seconds", [0.0, 0.5, 1.0])
def test_who_asked_them_is_killed(app: App, place: Place, seconds: float) -> None:
    """They end, and what is read stays as it was; or it was just done."""
    before = app.reads.store.live()
    building = started(place.url, "rebuild", 5, helped=True)
    assert building.pid
    helpers = until_there_are(building.pid)
    sleep(seconds)
    building.kill()
    building.join()
    end = monotonic() + SECONDS
    while any((Path("/proc") / str(each) / "cmdline").exists() for each in helpers):
        assert monotonic() < end
        sleep(0.05)
    live = app.reads.store.live()
    assert live
    assert before
    assert live == before or (seconds and live.number > before.number)
    assert_fold(app, whole=live != before)
