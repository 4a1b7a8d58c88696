"""Makes a sample: a small store of invented children at whom many have looked, as this software writes it now.

    python -m tests.samples.make 2026-11

Made before a change of what facts hold or views show, and kept for good: whatever comes later must replay all its looks
(tests/samples/test_samples.py). Nobody in it exists; its key is no secret.
"""

import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from api.act import act
from api.listing import Page
from api.lists import (
    caseload,
    class_list,
    consent_lapsing,
    possible_doubles,
    requests_due,
    reviews_due,
    with_bsn,
)
from api.look import Question, look
from api.main import App, Settings, create
from api.parse import NotAnAction, parse
from consent_policy.grounds import Actor
from domain.disclosure import Door
from projections.caseload import CASELOAD
from projections.class_list import CLASS_LIST
from projections.dossier import DOSSIER
from projections.doubles import IDENTITY
from projections.old.caseload_1 import CASELOAD_1
from projections.oversight import REQUESTS_DUE, REVIEWS_DUE
from projections.timeline import TIMELINE
from projections.trajectory import TRAJECTORY
from projections.view import View
from tests.api.given import PURPOSE_OF
from tests.conftest import Clock
from tests.examples import lines_of

SAMPLES = Path(__file__).parent
FILES = ("pit", "jgt", "ot", "jos", "preventie_plus", "known")
VIEWS = (TRAJECTORY, TIMELINE, DOSSIER, CASELOAD, CASELOAD_1)
BSN = "111222333"
BEGAN = datetime(2026, 6, 1, 10, tzinfo=UTC)


def main() -> None:
    """Make the sample of this name."""
    folder = SAMPLES / sys.argv[1]
    folder.mkdir()
    clock = Clock(BEGAN)
    app = create(Settings(f"sqlite:///{folder / 'zorgspoor.db'}"), clock=clock)
    for file in FILES:
        clock.step(days=1)
        for line in lines_of(f"{file}.jsonl"):
            with suppress(NotAnAction):
                act(app, parse({name: value for name, value in line.items() if name != "recorded_at"}, app.programmes))
        for trajectory, viewer in persons(file):
            see_all(app, trajectory, viewer)
        for viewer in dict.fromkeys(viewer for _, viewer in persons(file)):
            list_all(app, viewer)
    app.store.close()
    for left in folder.glob("zorgspoor.read.db*"):
        left.unlink()


def persons(file: str) -> Iterator[tuple[str, Actor]]:
    """Each child of a file with each who did something for it."""
    named = ((line["trajectory"], Actor(**line["by"])) for line in lines_of(f"{file}.jsonl") if "trajectory" in line)
    return iter(dict.fromkeys(named))


def see_all(app: App, trajectory: str, viewer: Actor) -> None:
    for view in VIEWS:
        look(app, question(view, viewer), trajectory)
    earlier = app.now() - timedelta(days=60)
    look(app, question(TRAJECTORY, viewer, as_of=earlier), trajectory)
    look(app, question(TIMELINE, viewer, known_at=max(app.began, app.now() - timedelta(days=1))), trajectory)


def list_all(app: App, viewer: Actor) -> None:
    caseload(app, question(CASELOAD, viewer), Page(2))
    caseload(app, question(CASELOAD, viewer, as_of=app.now() - timedelta(days=60)))
    class_list(app, question(CLASS_LIST, viewer))
    consent_lapsing(app, question(CASELOAD, viewer))
    reviews_due(app, question(REVIEWS_DUE, viewer))
    requests_due(app, question(REQUESTS_DUE, viewer))
    with_bsn(app, question(CASELOAD, viewer), BSN)
    possible_doubles(app, question(IDENTITY, viewer))


def question(view: View, viewer: Actor, as_of: datetime | None = None, known_at: datetime | None = None) -> Question:
    door = Door(door="command line", authentication="test", request="1")
    return Question(view, viewer, PURPOSE_OF.get(viewer.role, "care"), door, as_of, known_at)


if __name__ == "__main__":
    main()
