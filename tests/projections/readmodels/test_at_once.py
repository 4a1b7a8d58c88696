"""Several programs project at once: they only take work from each other."""

import pytest

from api.main import App
from tests.ledger.place import Place
from tests.projections.readmodels.fold import assert_fold
from tests.projections.readmodels.logs import filled
from tests.projections.readmodels.places import generations
from tests.projections.readmodels.projecting import CONTEXT, Said, started

PROGRAMS = 4


def all_end(place: Place, what: str, page: int) -> list[object]:
    said: list[Said] = [CONTEXT.SimpleQueue() for _ in range(PROGRAMS)]
    processes = [started(place.url, what, page, said=each) for each in said]
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * PROGRAMS
    return [each.get()[0] for each in said]


@pytest.mark.parametrize(
    ("begun", "what"), [(False, "catch_up"), (True, "catch_up"), (True, "rebuild")], ids=["from nothing", "on", "anew"]
)
def test_at_once(app_on_each_engine: App, place: Place, begun: bool, what: str) -> None:
    """From nothing or from a beginning; on page by page, or all anew: every fact counts once."""
    app = app_on_each_engine
    if begun:
        app.reads.projector.catch_up()
    filled(app, every=8)
    ends = all_end(place, what, 9)
    assert ends == [app.store.last().position] * PROGRAMS
    assert_fold(app)
    assert len(generations(place)) == 1
