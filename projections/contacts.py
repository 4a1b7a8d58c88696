"""Contacts without a name: how many of each kind, and with which school a programme has lost touch."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from consent_policy.grounds import Actor
from consent_policy.vocabulary import SCHOOL_ORGANISATION, SCHOOL_ROLES
from domain.actor import PROFESSIONAL, school_of
from domain.contact import ContactHeld
from domain.programme import Programmes
from domain.trajectory.due import Due, after, local_day


@dataclass(frozen=True, slots=True)
class SchoolSignal:
    """That a programme was addressed about somebody at a school; about whom is not told."""

    municipality: str
    organisation: str
    programme: str
    at: datetime


def may_see(contact: ContactHeld, viewer: Actor) -> bool:
    """A coordinator sees those of their municipality, a professional those of their own organisation or school."""
    if viewer.role == "coordinator":
        return viewer.organisation == contact.municipality
    if viewer.role in SCHOOL_ROLES:
        return viewer.organisation == school_of(contact.school)
    return viewer.role in PROFESSIONAL and viewer.organisation == contact.by.organisation


def summary(
    contacts: Iterable[ContactHeld], signals: Iterable[SchoolSignal], programmes: Programmes, at: datetime
) -> dict[str, Any]:
    """Counts by kind, and the last contact with each school as of an instant (domain.md, contact with each school)."""
    held = [each for each in contacts if each.occurred_at <= at]
    last: dict[tuple[str, str], datetime | None] = {}
    since: dict[tuple[str, str], datetime] = {}
    for each in held:
        if each.kind != "walk_in":
            key = (each.school, each.programme)
            last[key] = max(each.occurred_at, last.get(key) or each.occurred_at)
            since[key] = last[key] or each.occurred_at
    for signal in signals:
        key = (signal.organisation.removeprefix(SCHOOL_ORGANISATION), signal.programme)
        programme = programmes.get(signal.programme)
        if signal.at <= at and programme and programme.school_contact_days and last.setdefault(key, None) is None:
            since[key] = min(signal.at, since.get(key, signal.at))
    rows = [_school(*key, last[key], since[key], programmes, local_day(at)) for key in sorted(last)]
    return {"contacts": dict(Counter(each.kind for each in held)), "schools": rows}


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
