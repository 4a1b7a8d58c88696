"""A log as years of work leave it: half of the facts are looks, the other half dossiers of thirty entries.

A dossier is spread over a fifth of the log, among all others; after each of its entries somebody looks at it as it then
stands, at the trajectory or at the timeline.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from time import time_ns
from typing import Any
from uuid import UUID, uuid4

from api.look import Question, look
from api.main import App, Settings, create
from benchmarks.child import clock, done, story
from benchmarks.fill import Body, stream_of, write_rows
from benchmarks.place import PostgresPlace, SQLitePlace
from benchmarks.raw import Row
from domain.disclosure import Door
from domain.envelope import Recorded
from domain.facts import FACTS, UPCASTERS
from ledger.keys import Keys
from ledger.seal import place
from ledger.topics import Topics
from projections.timeline import TIMELINE
from projections.trajectory import TRAJECTORY
from tests.examples import OPENED, SOCIAL_WORKER

PAGE = 10_000
"""Facts written together."""

KEYS = 2_000
"""Keys minted together."""

SHARE = 0.2
"""Of the log: over so much of it a dossier is spread."""

NOTE = (
    "Half of the facts are looks; the rest are dossiers of 30 entries, each spread over a fifth of the log among all "
    "others, and looked at after each entry by a team member (trajectory and timeline in turn). One entry of a dossier "
    "is recorded late, the others in the order in which they happened."
)
DOOR = Door(door="http", authentication="OpenID Connect", request="c5f1c1a6-1b5c-4d4e-9d3b-1f0a7e0d2f10")


@dataclass(frozen=True, slots=True)
class Dossier:
    """Its entries, and after each a look, in which the child is called `name`."""

    name: bytes
    entries: tuple[Body, ...]
    looks: tuple[Body, ...]


@cache
def dossier() -> Dossier:
    """As actions and looks leave it."""
    with TemporaryDirectory() as folder:
        app = create(Settings(f"sqlite:///{Path(folder) / 'looks.db'}"), clock=clock)
        try:
            looks = tuple(_looked(app))
            child = app.stream_of(OPENED["trajectory"])
            entries = tuple(_body(each) for each in app.history(child).recorded)
        finally:
            app.store.close()
    return Dossier(str(child).encode(), entries, looks)


def _in_order() -> list[dict[str, Any]]:
    """The story as it happened; but the first advice is recorded at the end."""
    told = sorted(story(), key=itemgetter("at"))
    late = next(number for number, said in enumerate(told) if said["action"] == "give_advice")
    return [*told[:late], *told[late + 1 :], told[late]]


def _looked(app: App) -> Iterator[Body]:
    for number, said in enumerate(_in_order()):
        done(app, said)
        view = TIMELINE if number % 2 else TRAJECTORY
        seen = look(app, Question(view, SOCIAL_WORKER, "care", DOOR), said["trajectory"])
        (recorded,) = app.store.stream(seen.disclosure)
        yield _body(recorded)


def _body(recorded: Recorded) -> Body:
    assert recorded.fact is not None
    return Body(recorded.topic, Topics(FACTS, UPCASTERS).encode(recorded.fact))


def fill_mixed(at: SQLitePlace | PostgresPlace, app: App, name: str, facts: int) -> int:
    """Put about so many facts in a store; how many there are then."""
    children = [stream_of(app, number) for number in range(max(1, facts // (2 * len(dossier().entries))))]
    for first in range(0, len(children), KEYS):
        app.store.keys.mint_all(children[first : first + KEYS])
    rows = _rows(app.store.keys, _turns(children), app.store.last().position + 1)
    while page := list(islice(rows, PAGE)):
        write_rows(at, name, page)
    return app.store.last().position


def _turns(children: list[UUID]) -> Iterator[UUID]:
    """Whose next entry is told: each child in a part of the log."""
    chance = random.Random(1)  # noqa: S311  # the same order each time
    moments = list[tuple[float, UUID]]()
    for child in children:
        begins = chance.random() * (1 - SHARE)
        moments += [(begins + chance.random() * SHARE, child) for _ in dossier().entries]
    return (child for _, child in sorted(moments))


def _rows(keys: Keys, turns: Iterator[UUID], position: int) -> Iterator[Row]:
    told, versions, now = dossier(), dict[UUID, int](), time_ns() // 1000
    for child in turns:
        version = versions[child] = versions.get(child, 0) + 1
        topic, body = told.entries[version - 1]
        yield position, child, version, topic, now, keys.get(child).seal(body, place(child, version, topic))
        look, (topic, body) = uuid4(), told.looks[version - 1]
        body = body.replace(told.name, str(child).encode())
        yield position + 1, look, 1, topic, now, keys.of_store.seal(body, place(look, 1, topic))
        position += 2
