"""Many children at once: sealed under keys of their own and written by a bulk path, with contiguous positions.

A day's work would put them there one action at a time; what is measured afterwards does not know the difference.
"""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import islice
from time import time_ns
from typing import LiteralString, NamedTuple
from uuid import UUID

from api.main import App
from benchmarks.child import OPENING, facts
from benchmarks.place import PostgresPlace, SQLitePlace
from benchmarks.raw import INSERT, TYPES, Row
from domain.facts import FACTS, UPCASTERS
from ledger.address import Database, Files, address_of
from ledger.seal import place
from ledger.topics import Topics

PAGE = 2_000
"""Children written together; their keys are in memory meanwhile."""

COPY: LiteralString = "COPY facts (position, stream, version, topic, recorded_at, state) FROM STDIN (FORMAT BINARY)"


class Body(NamedTuple):
    """A fact that is encoded and not yet sealed."""

    topic: str
    body: bytes


def fill(at: SQLitePlace | PostgresPlace, app: App, name: str, children: int, known: int) -> list[str]:
    """Put so many children in a store; `known` of them, scattered among the others, have the whole story.

    The others have its first three entries: an identity and two guardians. Returns the references of the known.
    """
    topics = Topics(FACTS, UPCASTERS)
    whole = [Body(fact.TOPIC, topics.encode(fact)) for fact in facts()]
    chosen = set(random.Random(1).sample(range(children), known))  # noqa: S311  # the same ones each time
    filled(at, app, name, (whole if each in chosen else whole[: len(OPENING)] for each in range(children)))
    return [reference_of(each) for each in sorted(chosen)]


def filled(at: SQLitePlace | PostgresPlace, app: App, name: str, stories: Iterable[Sequence[Body]]) -> None:
    """Put a child in a store for each of these stories."""
    position, numbered = app.store.last().position, enumerate(stories)
    while page := {stream_of(app, number): story for number, story in islice(numbered, PAGE)}:
        app.store.keys.mint_all(list(page))
        position += write_rows(at, name, list(_rows(app, page, position)))


def reference_of(number: int) -> str:
    return f"t-{number}"


def stream_of(app: App, number: int) -> UUID:
    return app.store.keys.opaque_id("trajectory", reference_of(number))


def _rows(app: App, stories: Mapping[UUID, Sequence[Body]], position: int) -> Iterator[Row]:
    now = time_ns() // 1000
    for stream, story in stories.items():
        key = app.store.keys.get(stream)
        for version, (topic, body) in enumerate(story, 1):
            position += 1
            yield position, stream, version, topic, now, key.seal(body, place(stream, version, topic))


def write_rows(at: SQLitePlace | PostgresPlace, name: str, rows: list[Row]) -> int:
    address = address_of(at.url(name))
    if isinstance(at, SQLitePlace):
        assert isinstance(address, Files)
        with closing(at.connect(address.log)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(INSERT, ((row[0], row[1].bytes, *row[2:]) for row in rows))
            connection.execute("COMMIT")
        return len(rows)
    assert isinstance(address, Database)
    with at.connect() as server, server.cursor() as cursor:
        cursor.execute("SELECT set_config('search_path', %s, false)", (address.schema,))
        with cursor.copy(COPY) as copying:
            copying.set_types(TYPES)
            for row in rows:
                copying.write_row(row)
    return len(rows)


def settle(at: SQLitePlace | PostgresPlace, name: str) -> None:
    """What the engine does by itself in the hours after: statistics and a checkpoint."""
    address = address_of(at.url(name))
    if isinstance(address, Files):
        assert isinstance(at, SQLitePlace)
        with closing(at.connect(address.log)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    else:
        assert isinstance(at, PostgresPlace)
        at.cluster.execute("VACUUM ANALYZE")
        at.cluster.execute("CHECKPOINT")
