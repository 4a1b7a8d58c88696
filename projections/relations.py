"""Why a child can stand on somebody's list at all: municipality, school, own teams, the queue of a programme.

A list looks only among these candidates, and asks the consent policy about each (consent.md).
"""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from consent_policy.grounds import Actor, Membership, SchoolYear
from consent_policy.vocabulary import SCHOOL_ROLES
from domain.actor import OVERSEERS, PROFESSIONAL
from domain.programme import Programmes
from domain.trajectory.history import History
from domain.trajectory.state import Child
from projections.readmodel import BYTES, CODE, EVER, NUMBER, Blind, Given, OfChild, Row, instant

MUNICIPALITY, SCHOOL, PERSON, PROGRAMME, ANYBODY = "municipality", "school", "person", "programme", "anybody"
KINDS = (MUNICIPALITY, SCHOOL, PERSON, PROGRAMME, ANYBODY)

Relation = tuple[str, bytes]
"""A kind, and with whom or what."""


class Related(NamedTuple):
    """What of a child relates it to others. `programmes`: (entry, programme, since)."""

    opened_by: Actor
    municipality: str
    schools: tuple[SchoolYear, ...]
    team: tuple[Membership, ...]
    programmes: tuple[tuple[int, str, datetime], ...]


def related(history: History, _: Given) -> Related | None:
    child = history.latest
    if history.erased or child.opened_by is None:
        return None
    grounds = child.grounds
    return Related(child.opened_by, grounds.municipality, grounds.schools, grounds.team, tuple(_programmes(child)))


def rows(related: Related | None, given: Given) -> Iterator[Row]:
    if related is None:
        return
    first = related.schools[0].entry
    yield _row(first, MUNICIPALITY, related.municipality.encode())
    yield _row(first, PERSON, person(given.blind, related.opened_by))
    yield _row(first, ANYBODY, b"")
    yield from _schools(related.schools)
    for seat in related.team:
        yield _row(seat.entry, PERSON, person(given.blind, seat.actor), instant(seat.since))
    for entry, programme, since in related.programmes:
        yield _row(entry, PROGRAMME, programme.encode(), instant(since))


def _schools(years: tuple[SchoolYear, ...]) -> Iterator[Row]:
    """Before the first school is known, the first."""
    for number, year in enumerate(years):
        until = instant(years[number + 1].at) if number + 1 < len(years) else EVER
        yield _row(year.entry, SCHOOL, year.organisation.encode(), instant(year.at) if number else -EVER, until)


def _programmes(child: Child) -> Iterator[tuple[int, str, datetime]]:
    for signal in child.signals.values():
        yield signal.entry, signal.programme, signal.at
    for episode in child.episodes.values():
        yield episode.entry, episode.programme.id, episode.started


def _row(entry: int, kind: str, value: bytes, since: int = -EVER, until: int = EVER) -> Row:
    return Row(entry * len(KINDS) + KINDS.index(kind), (kind, value, since, until))


def person(blind: Blind, actor: Actor) -> bytes:
    """Somebody in one role of one organisation, as looked up; who it is does not stand here."""
    return blind("actor", actor.id, actor.role, actor.organisation)


def relations_of(viewer: Actor, programmes: Programmes, blind: Blind) -> list[Relation]:
    """To what this viewer's candidates are related: one of these is enough (domain.md, Actors). None: no list."""
    if viewer.role in OVERSEERS:
        return [(ANYBODY, b"")]
    if viewer.role == "coordinator":
        return [(MUNICIPALITY, viewer.organisation.encode())]
    if viewer.role not in PROFESSIONAL:
        return []
    own = [(SCHOOL, viewer.organisation.encode()), (PERSON, person(blind, viewer))]
    if viewer.role in SCHOOL_ROLES:
        return own  # they carry a programme at their own school only
    return [*own, *((PROGRAMME, each.id.encode()) for each in programmes if each.carries(viewer, None))]


MODEL = OfChild(
    "relation",
    {"kind": CODE, "value": BYTES, "since": NUMBER, "until": NUMBER},
    (related, rows),
    kept=True,
    indexes=(("kind", "value", "until_position", "stream"), ("stream", "until_position")),
)
