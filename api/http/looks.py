"""Looks at one child. Everything that is shown is recorded before it goes."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from starlette.responses import Response

from api import handing_over
from api.http import refusals
from api.http.answers import Shown, documented, told
from api.http.asked import IN_DIGITS, OfChild, OfChildNarrowed, Reference, nothing
from api.http.caller import Asks, Caller
from api.http.problems import Problem
from api.look import Question, Refused, Seen, look
from api.main import App
from api.trail import record_query
from projections.dossier import DOSSIER
from projections.timeline import TIMELINE
from projections.trajectory import TRAJECTORY

SEEN = documented(s200=(Shown, "what may be seen"))
Entry = Annotated[int, Path(ge=1, le=1_000_000, description="the number of the entry"), IN_DIGITS]


def routes(app: App) -> APIRouter:
    router = APIRouter(prefix="/trajectories/{trajectory}", tags=["one child"], responses=SEEN)

    def seen(question: Question, trajectory: str, caller: Caller) -> Response:
        return _shown(app, question, trajectory, caller, look(app, question, trajectory))

    @router.get("")
    def trajectory(caller: Asks, trajectory: Reference, asked: OfChild) -> Response:
        """Where a child's trajectory stands."""
        return seen(asked.question(TRAJECTORY, caller), trajectory, caller)

    @router.get("/timeline")
    def timeline(caller: Asks, trajectory: Reference, asked: OfChildNarrowed) -> Response:
        """What happened, entry by entry."""
        return seen(asked.question(TIMELINE, caller), trajectory, caller)

    @router.get("/dossier")
    def dossier(caller: Asks, trajectory: Reference, asked: OfChild) -> Response:
        """Everything that may be seen of a child, to take along."""
        return seen(asked.question(DOSSIER, caller), trajectory, caller)

    @router.get("/hand-over/{entry}", dependencies=[Depends(nothing)])
    def hand_over(caller: Asks, trajectory: Reference, entry: Entry) -> Response:
        """What leaves with one's own share: what its recipient may see of the categories that it names."""
        question = Question(DOSSIER, caller.actor, caller.purpose, caller.door)
        try:
            stated = caller.purpose if caller.states_purpose else None
            outcome = handing_over.hand_over(app, trajectory, entry, caller.actor, caller.door, stated)
        except handing_over.NotShared:
            reasons = refusals.of_nobody(app, question).reasons or ("no_rule",)
            about = (f"trajectory={app.stream_of(trajectory)}", f"entry={entry}")
            record_query(app, "hand-over", about, caller.actor, caller.door, [], reasons)
            raise Problem(403, reasons[0], position=app.store.last().position) from None
        return _shown(app, question, trajectory, caller, outcome)

    return router


def _shown(app: App, question: Question, trajectory: str, caller: Caller, outcome: Seen | Refused) -> Response:
    if isinstance(outcome, Refused):
        raise refusals.of_look(app, caller, question, trajectory, outcome)
    recorded = {"trajectory": trajectory, "disclosure": str(outcome.disclosure), "position": outcome.position}
    return told(outcome.bodies[0] | recorded, outcome.position)
