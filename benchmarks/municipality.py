"""The children of one municipality, as they stand on a coordinator's list: open, in follow-up, past it, or not at all.

What is open is due on many days, some of them past, so that the order of the list has to be found.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from api.main import App, Settings, create
from benchmarks.child import ADVICE, MEETING, OPENING, SESSION, STATEMENT, clock, done, later
from benchmarks.fill import Body, filled
from benchmarks.place import PostgresPlace, SQLitePlace
from domain.facts import FACTS, UPCASTERS
from ledger.topics import Topics
from tests.examples import CARE, CONSENTED, FATHER, FORM, OPENED, SIGNALLED, SOCIAL_WORKER, by, says

OF_100 = {"open": 10, "in follow-up": 2, "past follow-up": 28, "closed": 60}
"""So many of a hundred children. What is open is a dossier of thirty entries; most others have four."""

DAYS_AGO: Mapping[str, Sequence[int]] = {
    "open": range(0, 117, 4),
    "in follow-up": range(30, 270, 30),
    "past follow-up": range(480, 960, 60),
    "closed": (240,),
}
"""By how many days earlier it all happened, for one child after the other."""

PROGRAMME = "ot"
"""A plan of help is reviewed every ninety days there."""

NOTE = (
    "Of a hundred children ten have something open (thirty entries each, due on thirty different days), two are in "
    "follow-up, 28 past it; the others are closed without."
)
Story = Sequence[Body]

STARTED = says("start_episode", SOCIAL_WORKER, "01-12 10:00", episode="e-1", programme=PROGRAMME)
LEAD = says(
    "assign", SOCIAL_WORKER, "01-12 10:05", episode="e-1", professional=by(SOCIAL_WORKER), team_role="intake_lead"
)
HELPED = (
    *OPENING,
    SIGNALLED | {"programme": PROGRAMME},
    CONSENTED,
    says("give_consent", FATHER, "01-09 16:35", consent="c-f", person="g-f", scope=CARE, evidence=FORM),
    STARTED,
    LEAD,
)
CLOSED = says("close_episode", SOCIAL_WORKER, "02-02 10:00", episode="e-1", outcome="sufficient", note="Het gaat goed.")


def fill_municipality(at: SQLitePlace | PostgresPlace, app: App, name: str, children: int) -> None:
    """So many children in a store, of each kind as many as there are of it, mixed."""
    told = {kind: cycle(each) for kind, each in stories().items()}
    kinds = [kind for kind, share in OF_100.items() for _ in range(share)]
    order = [kinds[number * 37 % len(kinds)] for number in range(len(kinds))]
    filled(at, app, name, (next(told[order[number % len(order)]]) for number in range(children)))


@cache
def stories() -> dict[str, list[Story]]:
    """As actions leave them, by kind."""
    with TemporaryDirectory() as folder:
        app = create(Settings(f"sqlite:///{Path(folder) / 'stories.db'}"), clock=clock)
        try:
            return {kind: [_told(app, kind, days) for days in each] for kind, each in DAYS_AGO.items()}
        finally:
            app.store.close()


def _told(app: App, kind: str, days: int) -> Story:
    topics, child = Topics(FACTS, UPCASTERS), f"{kind}-{days}"
    for said in _happened(kind):
        done(app, _earlier(said, days) | {"trajectory": child})
    recorded = app.history(app.stream_of(child)).recorded
    return [Body(each.topic, topics.encode(each.fact)) for each in recorded if each.fact]


def _happened(kind: str) -> Iterator[dict[str, Any]]:
    match kind:
        case "open":
            yield from HELPED
            for said, times in ((ADVICE, 6), (MEETING, 6), (STATEMENT, 6), (SESSION, 4)):
                yield from (later(said, number) for number in range(times))
        case "in follow-up":
            yield from (*HELPED, CLOSED)
        case _:
            yield from (OPENED, STARTED, LEAD, CLOSED | {"outcome": "moved" if kind == "closed" else "sufficient"})


def _earlier(said: dict[str, Any], days: int) -> dict[str, Any]:
    return said | {"at": (datetime.fromisoformat(said["at"]) - timedelta(days=days)).isoformat()}
