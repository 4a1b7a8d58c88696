"""The lists that there are: whose candidates, by which view, in which order. How a list goes: api/listing.py."""

from collections import defaultdict
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic, sleep
from typing import Any

from sqlalchemy import and_, func, select

from api.cursor import BadCursor
from api.listing import EVERYTHING, Listed, Page, listed, of_histories, of_rows
from api.look import RETRIES, Busy, Question, refuse_known_before
from api.main import App
from api.ordering import as_candidates_or, by_due, by_lapse, by_rows, lapsing_until
from api.trail import record_query
from consent_policy.decide import decide
from consent_policy.grounds import Actor, Decision, Grounds, Request
from consent_policy.instant import LAST
from domain.disclosure import Door
from ledger.errors import KeyDestroyed
from ledger.log import EPOCH, MICROSECOND, microseconds
from projections import contacts as contact_rows
from projections import load as load_rows
from projections.candidates import (
    Candidates,
    at_school,
    called,
    doubled,
    lapsing,
    on_caseload,
    related,
    waiting,
)
from projections.contacts import School, seen_by, summary
from projections.doubles import blinded
from projections.oversight import REQUESTS, REVIEWS
from projections.readmodel import EVER
from projections.readstore import Reading, opened_body
from projections.rebuild import Progress, silent

SEARCH_SECONDS = 0.05
"""Far more than a search takes, whatever it finds."""

SOON = timedelta(days=90)
"""How long before it lapses consent stands on the list of what lapses (assumed)."""


def caseload(app: App, question: Question, page: Page = EVERYTHING, told: Progress = silent) -> Listed:
    """Every child on the viewer's list with something open or in follow-up.

    As known at an instant: one query over what the rows were then. As corrected at an earlier instant than what is
    known: every candidate is folded anew, which takes as long as it takes, and there is one page: no cursor is of it.
    """
    if not _earlier(app, question):
        return listed(app, "caseload", question, on_caseload, of_rows, page, told, as_candidates_or(by_rows, "episode"))
    if page.cursor is not None:
        raise BadCursor
    return listed(app, "caseload", question, related, of_histories, EVERYTHING, told, lambda _: by_rows)


def _earlier(app: App, question: Question) -> bool:
    """Whether the content is of an instant before the last one of which anything is known.

    Something may have been recorded by a machine whose clock is ahead of this one's.
    """
    if question.as_of is None:
        return False
    return question.as_of < (question.known_at or max(app.now(), app.store.last().recorded_at))


def class_list(app: App, question: Question, page: Page = EVERYTHING) -> Listed:
    """The children of the viewer's school."""
    return listed(app, "class-list", question, at_school, of_histories, page)


def consent_lapsing(app: App, question: Question, page: Page = EVERYTHING) -> Listed:
    """Children whose consent ends by itself before long: a birthday, or the end of what was agreed."""
    until = min(question.as_of or app.now(), LAST - SOON) + SOON
    question = replace(question, query=(f"until={until.isoformat()}",))
    candidates, parts = (related, of_histories) if _earlier(app, question) else (lapsing(until), of_rows)
    found = lapsing_until(until, parts)
    return listed(app, "lapsing", question, candidates, found, page, ordering=lambda _: by_lapse)


def reviews_due(app: App, question: Question, page: Page = EVERYTHING) -> Listed:
    """Overrides, irregularities and evidence that somebody else must still look at."""
    ordering = as_candidates_or(by_due, "safety")
    return listed(app, "reviews", question, _waiting(question, REVIEWS), of_histories, page, ordering=ordering)


def requests_due(app: App, question: Question, page: Page = EVERYTHING) -> Listed:
    """Requests of families that are not answered yet."""
    ordering = as_candidates_or(by_due, "consent")
    return listed(app, "requests", question, _waiting(question, REQUESTS), of_histories, page, ordering=ordering)


def _waiting(question: Question, rules: tuple[str, ...]) -> Candidates:
    """What waited in the past does not stand in the read models: it is looked for in all that is known."""
    now = question.as_of is None and question.known_at is None
    return waiting(*rules) if now else related


def with_bsn(app: App, question: Question, bsn: str) -> Listed:
    """The dossiers of this BSN that the viewer may know of. The BSN itself is recorded nowhere.

    It is answered after a whole number of `SEARCH_SECONDS`: how long it takes does not tell that a hidden one is there.
    """
    began = monotonic()
    found = listed(app, "search", question, called(blinded(app.reads.given.blind, bsn)), of_histories, EVERYTHING)
    sleep(SEARCH_SECONDS - (monotonic() - began) % SEARCH_SECONDS)
    return found


def possible_doubles(app: App, question: Question) -> Listed:
    """Dossiers whose BSN another one has as well."""
    return listed(app, "doubles", question, doubled, of_histories, EVERYTHING)


def load(app: App, viewer: Actor, door: Door) -> list[dict[str, Any]] | Decision:
    """How many open episodes each professional of the viewer's municipality works in; or why that is not told."""
    now = app.now()
    municipality = Grounds("", municipality=viewer.organisation)
    allowed = decide(municipality, Request(viewer, "coordination", "episode"), now, app.policy(now))
    if not allowed.permitted:
        record_query(app, "load", (), viewer, door, [], allowed.reasons)
        return allowed
    rows, position = _load_now(app, viewer.organisation)
    record_query(app, "load", (), viewer, door, rows, position=position)
    return rows


def _load_now(app: App, municipality: str) -> tuple[list[dict[str, Any]], int]:
    """With the position up to which it counts. Asked again where a child is erased meanwhile."""
    for _ in range(RETRIES):
        with suppress(KeyDestroyed), app.reads.upto(app.store.last().position) as reading:
            return _load(app, reading, municipality), reading.position
    raise Busy


def _load(app: App, reading: Reading, municipality: str) -> list[dict[str, Any]]:
    table = reading.table(load_rows.MODEL)
    works = and_(table.c.municipality == municipality, table.c.open, table.c.until == EVER)
    each = select(table.c.person, table.c.programme, table.c.stream, table.c.episode).where(works).distinct().subquery()
    counted = select(each.c.person, each.c.programme, func.count()).group_by(each.c.person, each.c.programme)
    episodes: dict[bytes, dict[str, int]] = defaultdict(dict)
    for person, programme, number in reading.rows(counted):
        episodes[person][programme] = number
    nth = func.row_number().over(partition_by=table.c.person, order_by=(table.c.stream, table.c.key)).label("nth")
    seats = select(table, nth).where(works).subquery()
    who = {
        seat.person: load_rows.read(opened_body(app.store.keys, load_rows.MODEL, seat))
        for seat in reading.rows(select(seats).where(seats.c.nth == 1))
    }
    found = [
        {"id": who[person].id, "role": who[person].role, "organisation": who[person].organisation, "episodes": numbers}
        for person, numbers in episodes.items()
    ]
    return sorted(found, key=lambda row: (-sum(row["episodes"].values()), row["id"], row["role"]))


def contacts(app: App, viewer: Actor, door: Door, as_of: datetime | None, known_at: datetime | None) -> dict[str, Any]:
    """Contacts that the viewer may see, as of an instant; that it was asked is recorded. Raises `KnownBefore`."""
    refuse_known_before(app, known_at)
    at = as_of or app.now()
    with app.reads.upto(app.store.last().position) as reading:
        position = reading.position if known_at is None else min(reading.position, app.reads.known_at(known_at))
        kinds, last = _held(reading, viewer, at, position)
        signalled = _signalled(reading, viewer, at, position)
    body = summary(kinds, last, signalled, app.programmes, at)
    filters = (f"as_of={at.isoformat()}", *([f"known_at={known_at.isoformat()}"] if known_at else []))
    record_query(app, "contacts", filters, viewer, door, [body], position=position)
    return body


def _held(
    reading: Reading, viewer: Actor, at: datetime, position: int
) -> tuple[dict[str, int], dict[School, datetime]]:
    """How many of each kind, and the last one with each school but walk-ins."""
    table, seen = reading.table(contact_rows.MODEL), seen_by(viewer)
    if seen is None:
        return {}, {}
    held = and_(table.c[seen[0]] == seen[1], table.c.at <= microseconds(at), table.c.position <= position)
    kinds = select(table.c.kind, func.count()).where(held).group_by(table.c.kind).order_by(table.c.kind)
    talked = and_(held, table.c.kind != "walk_in")
    school = (table.c.school, table.c.programme)
    last = select(*school, func.max(table.c.at)).where(talked).group_by(*school)
    return dict(tuple(row) for row in reading.rows(kinds)), _by_school(reading, last)


def _signalled(reading: Reading, viewer: Actor, at: datetime, position: int) -> dict[School, datetime]:
    """The first signal about somebody at each school; a coordinator's, of their own municipality."""
    if viewer.role != "coordinator":
        return {}
    table = reading.table(contact_rows.SIGNALS)
    stood = and_(table.c.since_position <= position, table.c.until_position > position)
    raised = and_(stood, table.c.municipality == viewer.organisation, table.c.at <= microseconds(at))
    school = (table.c.school, table.c.programme)
    return _by_school(reading, select(*school, func.min(table.c.at)).where(raised).group_by(*school))


def _by_school(reading: Reading, query: Any) -> dict[School, datetime]:
    return {(school, programme): EPOCH + at * MICROSECOND for school, programme, at in reading.rows(query)}
