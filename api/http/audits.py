"""Questions of those who check: who saw what, is that what was shown, could it be seen. That they ask is recorded."""

import json
from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from starlette.responses import Response

from api import asks, show_replays
from api.asks import Asked, Asker
from api.cursor import Cursor, read_cursor, write_cursor
from api.http import refusals
from api.http.answers import Object, documented, told
from api.http.asked import AskedLooks, OfAllLooks, OfLooks, Reference, When, nothing
from api.http.caller import Asks, Caller
from api.http.problems import Problem
from api.look import RETRIES, Busy, Refused
from api.main import App
from api.may_know import may_know
from api.past_looks import NoSuchDisclosure
from api.replay import replay as replay_one
from api.reveal import Different, reveal_look
from api.trail import Filter, record_query
from api.trail import disclosures as looks
from consent_policy.decide import decide
from consent_policy.grounds import Actor, Decision, Grounds, Request
from domain.disclosure import Look
from ledger.errors import Moved
from projections import access_trail
from projections.candidates import Spot

NO_SUCH = {404: "there is no disclosure of this id"}
TRAIL = documented(s200=(Object, "looks, in the order of the log"))
REPLAYED = documented(NO_SUCH, s200=(Object, "what became of it: same, erased or DIFFERENT"))
REVEALED = documented(NO_SUCH, s200=(Object, "what was shown"))
EXPLAINED = documented(s200=(Object, "the decision"))


def _id(value: object) -> UUID:
    """As pydantic reads it, which tells the character that does not fit."""
    try:
        return UUID(str(value))
    except ValueError:
        raise ValueError("the id of a disclosure, a UUID") from None


Disclosure = Annotated[UUID, BeforeValidator(_id), Path(description="the id of a disclosure")]


class Explained(BaseModel):
    """Whether a viewer could see a category of this child, and why. Without a viewer: who asks."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    trajectory: str = Field(min_length=1, max_length=200)
    category: str = Field(max_length=50)
    purpose: str | None = Field(None, max_length=50, description="none: that of the role of who asks")
    viewer: str | None = Field(None, max_length=200, description="none: who asks; only auditors ask of others")
    role: str | None = Field(None, max_length=50, description="of the viewer")
    organisation: str | None = Field(None, max_length=200, description="of the viewer")
    at: When | None = Field(None, description="decided at that instant; none: now")
    known_at: When | None = Field(None, description="on what was recorded by then")
    recipient: str | None = Field(None, max_length=200)
    episode: str | None = Field(None, max_length=200)
    signal: str | None = Field(None, max_length=200)
    reason: str | None = Field(None, min_length=1, max_length=1_000)


NAMES = frozenset(Explained.model_fields)


def routes(app: App) -> APIRouter:
    router = APIRouter(tags=["audit"])

    @router.get("/disclosures", responses=TRAIL)
    def disclosures(caller: Asks, asked: OfAllLooks) -> Response:
        """Who saw what, when, on which ground."""
        child = None if asked.trajectory is None else str(app.stream_of(asked.trajectory))
        return _trail(app, caller, asked, child, asked.viewer)

    @router.get("/trajectories/{trajectory}/access-log", responses=TRAIL)
    def access_log(caller: Asks, trajectory: Reference, asked: OfLooks) -> Response:
        """Who looked at this child, when and why."""
        return _trail(app, caller, asked, str(app.stream_of(trajectory)), None)

    @router.get("/disclosures/{disclosure}/replay", responses=REPLAYED, dependencies=[Depends(nothing)])
    def replay(caller: Asks, disclosure: Disclosure) -> Response:
        """Rebuild what was shown, and compare."""
        position = app.store.last().position
        _refuse_no_auditor(app, caller, "replay", (f"disclosure={disclosure}",))
        try:
            replayed = show_replays.row(replay_one(app, disclosure))
        except NoSuchDisclosure:
            replayed = None
        rows = [replayed] if replayed else []
        about = (f"disclosure={disclosure}",)
        record_query(app, "replay", about, caller.actor, caller.door, rows, position=position)
        if replayed is None:
            raise Problem(404, "not_found", position=position)
        return told(replayed, position)

    @router.get("/disclosures/{disclosure}/content", responses=REVEALED, dependencies=[Depends(nothing)])
    def content(caller: Asks, disclosure: Disclosure) -> Response:
        """What a look showed, for the auditor for whom the dpo approved that."""
        _refuse_no_auditor(app, caller, "reveal", (f"disclosure={disclosure}",))
        return _revealed(app, caller, disclosure)

    @router.get("/explain", responses=EXPLAINED)
    def explain(caller: Asks, asked: Annotated[Explained, Query()]) -> Response:
        """Could this person see it, and why. Without content."""
        position = app.store.last().position
        about = (f"trajectory={app.stream_of(asked.trajectory)}",)
        if (asked.viewer, asked.role, asked.organisation) == (None, None, None):
            return told(_explained_of_oneself(app, caller, asked, about), position)
        _refuse_no_auditor(app, caller, "explain", about)
        decision = asks.as_json(asks.explain(app, _question(caller, asked, caller.actor), app.now()))
        record_query(app, "explain", about, caller.actor, caller.door, [decision], position=position)
        return told(decision, position)

    return router


def _trail(app: App, caller: Caller, asked: AskedLooks, child: str | None, viewer: str | None) -> Response:
    purpose = _why(caller, child)
    named = replace(caller, actor=refusals.known_as(caller, app.history(UUID(child)))) if child else caller
    refusals.refuse_other_purpose(app, named, "disclosures", Filter(child, viewer).told(), purpose)
    position = app.store.last().position
    who = (caller.actor.id, caller.actor.role, caller.actor.organisation)
    cursor = Cursor(json.dumps(["looks", *who, child, viewer, str(asked.since), str(asked.until)]).encode())
    after = read_cursor(app, asked.cursor, cursor)
    wanted = Filter(child, viewer, asked.since, asked.until, after.rank if after else None, asked.limit)
    rows = looks(app, wanted, caller.actor, caller.door, caller.account, purpose)
    if isinstance(rows, Decision):
        reason = rows.reasons[0]
        if child is not None and not refusals.knows(app, caller, UUID(child)):
            reason = refusals.of_nobody_trail(app, caller, purpose).reasons[0]
        raise Problem(410 if reason == "erased" else 403, reason, position=position)
    body: dict[str, Any] = {"disclosures": rows}
    if len(rows) == asked.limit:
        body["next"] = write_cursor(app, cursor, Spot(0, rows[-1]["position"], UUID(int=0)))
    return told(body, position)


def _why(caller: Caller, child: str | None) -> str:
    """Why anybody asks for the trail; who carries out a request of a family asks for that of one child (rule legal)."""
    if caller.account:
        return "subject_access"
    return "legal" if child is not None and caller.purpose == "legal" else "audit"


def _refuse_no_auditor(app: App, caller: Caller, query: str, about: tuple[str, ...]) -> None:
    """Only who may see the trail of all dossiers goes on; that others asked is recorded. Raises `Problem`."""
    now = app.now()
    allowed = decide(Grounds(""), Request(caller.actor, "audit", "access_log"), now, app.policy(now))
    if not allowed.permitted:
        raise refusals.of_query(app, caller, query, about, allowed.reasons[0])
    refusals.refuse_other_purpose(app, caller, query, about, "audit")


def _revealed(app: App, caller: Caller, disclosure: UUID) -> Response:
    try:
        found = reveal_look(app, disclosure, caller.actor, caller.door)
    except NoSuchDisclosure:
        record_query(app, "reveal", (f"disclosure={disclosure}",), caller.actor, caller.door, [])
        raise Problem(404, "not_found", position=app.store.last().position) from None
    if isinstance(found, Refused):
        reason = found.decision.reasons[0]
        told_as, position = str(found.disclosure), found.position
        raise Problem(410 if reason == "erased" else 403, reason, disclosure=told_as, position=position)
    if isinstance(found, Different):
        raise Problem(409, "different", ", ".join(found.why), disclosure=str(found.disclosure), position=found.position)
    look = found.look
    assert isinstance(look.fact, Look)
    recorded = {"disclosure": str(found.seen.disclosure), "position": found.seen.position}
    counts = {"withheld": found.withheld, "erased": found.erased}
    children = list(found.seen.bodies)
    body = {"revealed": access_trail.told(look, look.fact), "children": children} | counts | recorded
    return told(body, found.seen.position)


def _explained_of_oneself(app: App, caller: Caller, asked: Explained, about: tuple[str, ...]) -> dict[str, Any]:
    """The decision and its reasons, recorded; who is missing is for those who audit."""
    child = app.stream_of(asked.trajectory)
    for _ in range(RETRIES):
        history = app.history(child)
        own = refusals.known_as(caller, history)
        whole = _question(caller, asked, own)
        if not may_know(app, own, history, app.now()):
            whole = whole.model_copy(update={"trajectory": NOBODY})
        decision = asks.as_json(asks.explain(app, whole, app.now()))
        row = {name: decision[name] for name in OF_ONESELF if name in decision}
        try:
            record_query(app, "explain", about, own, caller.door, [row], unmoved={child: history.version})
        except Moved:
            continue
        return row
    raise Busy


def _question(caller: Caller, asked: Explained, own: Actor) -> Asked:
    """Whoever is not told is who asks."""
    viewer = Asker(
        id=asked.viewer or own.id, role=asked.role or own.role, organisation=asked.organisation or own.organisation
    )
    question = asked.model_dump(exclude={"viewer", "role", "organisation", "purpose"}, exclude_none=True)
    return Asked(viewer=viewer, purpose=asked.purpose or caller.purpose, **question)


OF_ONESELF = ("decision", "rule", "reasons", "policy", "policy_sha256")

NOBODY = " "
"""No trajectory is called so: what is explained about it is what is explained about a child that is not there."""
