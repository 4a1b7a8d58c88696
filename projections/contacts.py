"""Contacts without a name: how many of each kind, and with which school a programme has lost touch."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from consent_policy.grounds import Actor
from consent_policy.vocabulary import SCHOOL_ORGANISATION, SCHOOL_ROLES
from domain.actor import PROFESSIONAL
from domain.contact import ContactHeld
from domain.envelope import Recorded
from domain.programme import Programmes
from domain.trajectory.due import Due, after, local_day
from domain.trajectory.history import History
from projections.readmodel import CODE, NUMBER, FactRow, Given, OfChild, OfFact, Row, instant

School = tuple[str, str]
"""A school (its BRIN) and a programme."""


def rows(recorded: Recorded, _: Given) -> Iterator[FactRow]:
    fact = recorded.fact
    if isinstance(fact, ContactHeld):
        who = (fact.municipality, fact.by.organisation, fact.school)
        yield FactRow(0, (*who, fact.programme, fact.kind, instant(fact.occurred_at)))


class Raised(NamedTuple):
    """Signals about one child: (entry, programme, at, the organisation of the school)."""

    municipality: str
    signals: tuple[tuple[int, str, datetime, str | None], ...]


def raised(history: History, _: Given) -> Raised:
    child = history.latest
    signals = ((each.entry, each.programme, each.at, child.school_at(each.at)) for each in child.signals.values())
    return Raised(child.grounds.municipality, tuple(signals))


def signals(raised: Raised, _: Given) -> Iterator[Row]:
    """That a programme was addressed about somebody at a school; about whom is not told to who counts them."""
    for entry, programme, at, organisation in raised.signals:
        school = (organisation or "").removeprefix(SCHOOL_ORGANISATION)
        yield Row(entry, (raised.municipality, school, programme, instant(at)))


def seen_by(viewer: Actor) -> tuple[str, str] | None:
    """(column, value) of the contacts that a viewer sees; None: of none.

    A coordinator sees those of their municipality, a professional those of their own organisation or school.
    """
    if viewer.role == "coordinator":
        return "municipality", viewer.organisation
    if viewer.role in SCHOOL_ROLES:
        at_school = viewer.organisation.startswith(SCHOOL_ORGANISATION)
        return ("school", viewer.organisation.removeprefix(SCHOOL_ORGANISATION)) if at_school else None
    return ("organisation", viewer.organisation) if viewer.role in PROFESSIONAL else None


def summary(
    kinds: Mapping[str, int],
    last: Mapping[School, datetime],
    signalled: Mapping[School, datetime],
    programmes: Programmes,
    at: datetime,
) -> dict[str, Any]:
    """Counts by kind, and the last contact with each school as of an instant (domain.md, contact with each school).

    `last`: contacts but walk-ins; `signalled`: the first signal.
    """
    asked = {key: since for key, since in signalled.items() if key not in last and _kept_up(key[1], programmes)}
    found = [_school(*key, last.get(key), since, programmes, local_day(at)) for key, since in {**asked, **last}.items()]
    return {"contacts": dict(kinds), "schools": sorted(found, key=lambda row: (row["school"], row["programme"]))}


def _kept_up(programme: str, programmes: Programmes) -> bool:
    known = programmes.get(programme)
    return known is not None and known.school_contact_days is not None


def _school(
    school: str, programme: str, last: datetime | None, since: datetime, programmes: Programmes, today: date
) -> dict[str, Any]:
    known = programmes.get(programme)
    days = known.school_contact_days if known else None
    due = Due("school_contact", after(since, days)) if days else None
    late = due is not None and due.days_late(today) > 0
    return {
        "school": school,
        "programme": programme,
        "last_contact": local_day(last).isoformat() if last else None,
        "overdue": [{"rule": due.rule, "due": due.due.isoformat(), "days_late": due.days_late(today)}]
        if due and late
        else [],
    }


MODEL = OfFact(
    "contact",
    {"municipality": CODE, "organisation": CODE, "school": CODE, "programme": CODE, "kind": CODE, "at": NUMBER},
    (ContactHeld.TOPIC,),
    rows,
    indexes=(("municipality", "at"), ("organisation", "at"), ("school", "at")),
)

SIGNALS = OfChild(
    "school_signal",
    {"municipality": CODE, "school": CODE, "programme": CODE, "at": NUMBER},
    (raised, signals),
    kept=True,
    indexes=(("municipality", "until_position"),),
)
