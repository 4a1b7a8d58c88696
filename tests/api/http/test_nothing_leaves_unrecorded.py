"""Whatever somebody is shown or refused stands in the log first: one entry for each request, and none without one."""

import random
from collections import Counter
from itertools import cycle, islice
from typing import Any, NamedTuple
from unittest.mock import patch

import pytest
from starlette.types import ASGIApp

from api.main import App
from consent_policy.grounds import Actor
from domain.disclosure import Disclosed, DisclosureRefused, LogQueried
from ledger.errors import StoreUnavailable
from tests.api.given import do, texts_of
from tests.api.http.given import Asked, Reply, door, token
from tests.api.http.matrix import account_of, linked
from tests.api.test_append_fails import broken, full
from tests.examples import (
    CHILD,
    COACH,
    COORDINATOR,
    EVALUATOR,
    MOTHER,
    PIT,
    RECORDS_OFFICER,
    SCREENER,
    SECOND_COACH,
    TEACHER,
)

STRANGER = Actor("smw-9", "school_social_worker", "elsewhere")
BSN = {"bsn": "111222333"}


class Request(NamedTuple):
    """What is asked, by whom, and what the log has of it: something shown, a refusal, or a question that was asked."""

    who: Actor
    target: str
    entry: type[Disclosed | DisclosureRefused | LogQueried]
    body: dict[str, Any] | None = None

    def ask(self, ask: Asked) -> Reply:
        who = token(self.who, account=account_of(self.who))
        return ask("GET" if self.body is None else "POST", self.target, who, self.body)


ALLOWED = (
    Request(COACH, f"/trajectories/{CHILD}", Disclosed),
    Request(SECOND_COACH, f"/trajectories/{CHILD}/timeline?category=session&category=plan", Disclosed),
    Request(COORDINATOR, "/caseload?limit=50", Disclosed),
    Request(MOTHER, f"/trajectories/{CHILD}/dossier", Disclosed),
    Request(TEACHER, "/class-list", Disclosed),
    Request(RECORDS_OFFICER, "/search", Disclosed, BSN),
    Request(COACH, f"/trajectories/{CHILD}/dossier", Disclosed),
)
REFUSED = (
    Request(STRANGER, f"/trajectories/{CHILD}", DisclosureRefused),
    Request(COACH, "/load", LogQueried),
    Request(EVALUATOR, f"/trajectories/{CHILD}/dossier", DisclosureRefused),
    Request(COACH, "/disclosures?limit=10", LogQueried),
    Request(SCREENER, "/trajectories/nobody/timeline", DisclosureRefused),
)
"""Detail, list, search and export."""


@pytest.fixture
def practised(app_on_each_engine: App) -> App:
    """The pit case on each engine, with the accounts of the family."""
    for line in PIT:
        do(app_on_each_engine, line)
    linked(app_on_each_engine)
    app_on_each_engine.reads.projector.catch_up()
    return app_on_each_engine


def scripted(number: int) -> list[Request]:
    """Seven allowed for three refused, in an order that chance gave once."""
    allowed, refused = islice(cycle(ALLOWED), number * 7 // 10), islice(cycle(REFUSED), number * 3 // 10)
    script = [*allowed, *refused]
    random.Random(6).shuffle(script)  # noqa: S311  # no secret
    return script


def answered(app: App, ask: Asked, request: Request) -> None:
    """As it should be, with one entry in the log that says so."""
    before = app.store.last().position
    reply = request.ask(ask)
    (entry,) = app.store.log(before, 10)
    assert isinstance(entry.fact, request.entry), request
    assert (entry.fact.by, entry.fact.door.request) == (request.who, reply.headers["zorgspoor-request"])
    assert reply.status == (200 if request in ALLOWED else 403), request
    if not isinstance(entry.fact, LogQueried):
        assert reply.json()["disclosure"] == str(entry.stream)


def run(app: App, number: int) -> None:
    before = app.store.last().position
    with Asked(door(app)) as ask:
        for request in scripted(number):
            answered(app, ask, request)
    assert app.store.last().position - before == number


def test_one_entry_for_each_request(practised: App) -> None:
    """Shown or refused: 350 and 150."""
    run(practised, 500)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_ten_thousand_entries_for_ten_thousand_requests(practised: App) -> None:
    """7 000 shown and 3 000 refused."""
    run(practised, 10_000)


def nothing(app: App, served: ASGIApp, number: int) -> None:
    """Every request is told to come again; not a word of the child goes, and nothing is recorded."""
    texts = texts_of(each for each in app.history(app.stream_of(CHILD)).facts.values())
    before = app.store.last().position
    with Asked(served) as ask:
        for request in scripted(number):
            reply = request.ask(ask)
            assert (reply.status, reply.json()["code"], reply.headers["retry-after"]) == (503, "unavailable", "1")
            assert len(reply.body) < 200
            assert not [text for text in texts if text.encode() in reply.body]
    assert app.store.last().position == before


def test_nothing_leaves_where_appends_fail(practised: App) -> None:
    """0 records, whoever asks for whatever."""
    with broken(practised):
        nothing(practised, door(practised), 200)


def test_nothing_leaves_where_the_disk_is_full(pit: App) -> None:
    """As above; the log itself refuses."""
    linked(pit)
    pit.reads.projector.catch_up()
    with full(pit):
        with Asked(door(pit)) as ask:
            while any(request.ask(ask).status != 503 for request in (*ALLOWED, *REFUSED)):
                pass  # what was free on the last pages is used first
        nothing(pit, door(pit), 50)


def test_what_leaves_now_and_then_is_what_was_recorded(practised: App) -> None:
    """Appends fail at random: as many answers with something in them as entries."""
    chance, save, told = random.Random(7), practised.store.save, Counter[int]()  # noqa: S311  # no secret

    def fails_now_and_then(*arguments: Any, **named: Any) -> Any:
        if chance.random() < 0.3:
            raise StoreUnavailable("The disk of the store fails.")
        return save(*arguments, **named)

    before = practised.store.last().position
    with Asked(door(practised)) as ask, patch.object(practised.store, "save", fails_now_and_then):
        for request in scripted(300):
            told[request.ask(ask).status] += 1
    assert told[200] + told[403] == practised.store.last().position - before
    assert told[503] > 50
