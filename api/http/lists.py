"""Lists over many children: each row only where it may be shown, and the whole recorded before it goes."""

from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.responses import Response

from api import difference, lists
from api.http import refusals
from api.http.answers import OF_BODIES, Object, Rows, documented, told
from api.http.asked import OfChanges, OfChild, OfPage, nothing
from api.http.bodies import Sent
from api.http.caller import Asks
from api.http.problems import Problem
from api.listing import Listed, Page, rows_of
from api.look import Question
from api.main import App
from api.parse import reasons
from api.purposes import purpose_of
from consent_policy.grounds import Decision
from domain.field import Bsn
from projections.caseload import CASELOAD
from projections.class_list import CLASS_LIST
from projections.doubles import IDENTITY
from projections.oversight import REQUESTS_DUE, REVIEWS_DUE
from projections.view import View


class ListOf(NamedTuple):
    """A list that is asked for by nothing but who looks. `what`: how its rows are called."""

    ask: Callable[[App, Question, Page], Listed]
    view: View
    what: str
    says: str


LISTS = {
    "caseload": ListOf(lists.caseload, CASELOAD, "caseload", "Every episode that is open or in follow-up."),
    "class-list": ListOf(lists.class_list, CLASS_LIST, "children", "The children of one's school."),
    "lapsing": ListOf(lists.consent_lapsing, CASELOAD, "lapsing", "Episodes in which consent lapses within 90 days."),
    "reviews": ListOf(lists.reviews_due, REVIEWS_DUE, "reviews", "What somebody else must still look at."),
    "requests": ListOf(lists.requests_due, REQUESTS_DUE, "requests", "Requests of families without an answer yet."),
}


class Search(BaseModel):
    """A search: the BSN goes in the body, since addresses are kept by browsers and proxies."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    bsn: Annotated[Bsn, "nine digits that pass the elevens test"]


PAGE = documented(s200=(Rows, "the rows that may be shown"))
FOUND = documented(OF_BODIES, s200=(Rows, "the dossiers that may be shown"))
NUMBERS = documented(s200=(Object, "numbers"))


def routes(app: App) -> APIRouter:
    router = APIRouter(tags=["lists"])
    for name, of in LISTS.items():
        router.add_api_route(f"/{name}", _route(app, of), methods=["GET"], name=name, summary=of.says, responses=PAGE)

    @router.post("/search", responses=FOUND, openapi_extra=SEARCHED)
    def search(caller: Asks, asked: OfChild, sent: Sent) -> Response:
        """Dossiers with a BSN, which goes in the body."""
        found = lists.with_bsn(app, asked.question(IDENTITY, caller), _bsn(sent))
        return _page("dossiers", list(found.seen.bodies), found)

    @router.get("/doubles", responses=PAGE)
    def doubles(caller: Asks, asked: OfChild) -> Response:
        """Dossiers that may be of one child: another one has the same BSN."""
        found = lists.possible_doubles(app, asked.question(IDENTITY, caller))
        return _page("dossiers", list(found.seen.bodies), found)

    @router.get("/load", responses=NUMBERS, dependencies=[Depends(nothing)])
    def load(caller: Asks) -> Response:
        """How many open episodes each professional of the municipality works in."""
        refusals.refuse_other_purpose(app, caller, "load", (), "coordination")
        position = app.store.last().position
        found = lists.load(app, caller.actor, caller.door)
        if isinstance(found, Decision):
            raise Problem(403, found.reasons[0], position=position)
        return told({"professionals": found}, position)

    @router.get("/contacts", responses=NUMBERS)
    def contacts(caller: Asks, asked: OfChild) -> Response:
        """Contacts without a name: how many of each kind, and the last with each school."""
        refusals.refuse_other_purpose(app, caller, "contacts", (), purpose_of(caller.actor.role))
        position = app.store.last().position
        return told(lists.contacts(app, caller.actor, caller.door, asked.as_of, asked.known_at), position)

    @router.get("/changes", responses=documented(s200=(Object, "rows that came, went, and became others")))
    def changes(caller: Asks, asked: OfChanges) -> Response:
        """What became other on a caseload between two instants, each as known then."""
        if asked.since > asked.until:
            raise Problem(422, "invalid", "from: not after to")
        question = Question(CASELOAD, caller.actor, caller.purpose, caller.door, reason=asked.reason)
        found = difference.between(app, question, asked.since, asked.until)
        return told(difference.as_json(found), found.seen[1].seen.position)

    return router


def _route(app: App, of: ListOf) -> Callable[..., Response]:
    def answer(caller: Asks, asked: OfPage) -> Response:
        found = of.ask(app, asked.question(of.view, caller), Page(asked.limit, asked.cursor))
        return _page(of.what, list(found.seen.bodies) if of.view is CLASS_LIST else rows_of(found), found)

    return answer


def _page(what: str, rows: list[dict[str, Any]], found: Listed) -> Response:
    recorded = {"disclosure": str(found.seen.disclosure), "position": found.seen.position}
    return told({what: rows} | recorded | ({"next": found.next} if found.next else {}), found.seen.position)


def _bsn(sent: object) -> str:
    try:
        return Search.model_validate(sent).bsn
    except ValidationError as error:
        raise Problem(422, "invalid", reasons(error)) from None


SEARCHED: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": Search.model_json_schema()}}}
}
