"""Children of a municipality whom the made-up persons of the demonstration help: a coach on the team, a mother.

It all happened in the months before the benchmark is run, as the service that is asked about it has no clock but that
of the machine. Each of these children has a BSN of its own, so that a search finds one.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count, cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from stdnum.nl.bsn import is_valid

from api.http.personas import PERSONAS
from api.main import App, Settings, create
from benchmarks.child import done, later
from benchmarks.fill import Body, filled, reference_of
from benchmarks.municipality import OF_100, Story, stories
from benchmarks.place import PostgresPlace, SQLitePlace
from domain.fact import Fact
from domain.facts import FACTS, UPCASTERS
from domain.trajectory.child import TrajectoryOpened
from ledger.topics import Topics
from tests.examples import (
    COACH,
    CONSENTED_TO_PIT,
    COUNSELLOR,
    EXPLAINED,
    FATHER_KNOWN,
    MOTHER_KNOWN,
    NOW,
    OPENED,
    SIGNALLED,
    by,
    says,
)

EVERY = 4
"""One child of so many is helped by them; the others are those of the municipality of row 7."""

OURS = PERSONAS["demo-coach"]
BEGUN = (
    OPENED | {"child": OPENED["child"] | {"birth_date": "2017-09-10"}},
    MOTHER_KNOWN,
    FATHER_KNOWN,
    SIGNALLED,
    EXPLAINED | {"to": ["g-m", "g-f"]},
    CONSENTED_TO_PIT,
    CONSENTED_TO_PIT | {"consent": "c-f", "person": "g-f"},
    says("start_episode", OURS, "01-12 10:00", episode="e-1", programme="pit", signal="s-1"),
    says("assign", OURS, "01-12 10:05", episode="e-1", professional=by(OURS), team_role="lead"),
    says("assign", OURS, "01-12 10:06", episode="e-1", professional=by(COACH), team_role="duo"),
    says("link_account", COUNSELLOR, "01-13 10:00", person="g-m", subject=PERSONAS["demo-mother"].id),
    says("confirm_entry", OURS, "01-14 10:00", entry=11),
)
HELP = (
    says("hold_interview", OURS, "02-02 10:00", episode="e-1", summary="Druk in de klas.", **{"with": "school"}),
    says("hold_session", OURS, "02-03 10:00", episode="e-1", form="child_talk", minutes=45, summary="Over de pauze."),
    says("add_statement", COUNSELLOR, "02-04 09:00", text="Wij zien thuis een ander kind."),
)
"""Each six times: a dossier of thirty entries."""


class Helped(NamedTuple):
    """A child whom they help. `bsn`: by which it can be found."""

    trajectory: str
    bsn: str


class Children(NamedTuple):
    """Of one store: whom these persons help, and whom others do."""

    helped: list[Helped]
    others: list[str]


def fill_helped(at: SQLitePlace | PostgresPlace, app: App, name: str, children: int) -> Children:
    """Put so many children in a store."""
    helped = [Helped(reference_of(each), bsn) for each, bsn in zip(range(0, children, EVERY), _bsns(), strict=False)]
    ours, others = (_helped(each.bsn) for each in helped), _others()
    filled(at, app, name, (next(others if number % EVERY else ours) for number in range(children)))
    return Children(helped, [reference_of(each) for each in range(children) if each % EVERY])


def _bsns() -> Iterator[str]:
    return (bsn for bsn in map(str, count(100_000_000)) if is_valid(bsn))


def _others() -> Iterator[Story]:
    """As row 7 has them."""
    told = {kind: cycle(each) for kind, each in stories().items()}
    kinds = [kind for kind, share in OF_100.items() for _ in range(share)]
    return (next(told[kinds[number * 37 % len(kinds)]]) for number in count())


def _helped(bsn: str) -> Story:
    opened, rest = _known()
    own = opened.model_copy(update={"child": opened.child.model_copy(update={"bsn": bsn})})
    return [_body(own), *rest]


@cache
def _known() -> tuple[TrajectoryOpened, list[Body]]:
    """As actions leave them: the first fact, and the others, which every child has the same."""
    with TemporaryDirectory() as folder:
        app = create(Settings(f"sqlite:///{Path(folder) / 'helped.db'}"))
        try:
            opened, *rest = _told(app)
        finally:
            app.store.close()
    assert isinstance(opened, TrajectoryOpened)
    return opened, [_body(each) for each in rest]


def _body(fact: Fact) -> Body:
    return Body(fact.TOPIC, Topics(FACTS, UPCASTERS).encode(fact))


def _told(app: App) -> Iterator[Fact]:
    days = (datetime.now(UTC) - NOW).days
    helped = (later(said, number) for said in HELP for number in range(6))
    for said in (*BEGUN, *helped):
        done(app, _moved(said, days))
    for each in app.history(app.stream_of(OPENED["trajectory"])).recorded:
        assert each.fact is not None
        yield each.fact


def _moved(said: dict[str, Any], days: int) -> dict[str, Any]:
    """So many days later, of a child that is always as old."""
    moved = said | {"at": (datetime.fromisoformat(said["at"]) + timedelta(days=days)).isoformat()}
    if "child" in said:
        born = datetime.fromisoformat(said["child"]["birth_date"]) + timedelta(days=days)
        moved |= {"child": said["child"] | {"birth_date": born.date().isoformat()}}
    return moved
