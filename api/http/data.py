"""What is in force here, and who one is here."""

from typing import Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api import in_force
from api.accounts import Account, children_of
from api.http.answers import Object, documented, told
from api.http.asked import nothing
from api.http.caller import AsksWhoTheyAre, Caller, SignedIn
from api.look import RETRIES, Busy
from api.main import App
from api.may_know import may_know
from api.trail import record_query
from consent_policy.decide import decide
from consent_policy.grounds import Actor, Request
from consent_policy.vocabulary import CATEGORIES
from domain.trajectory.history import History
from ledger.errors import Moved

DATA = documented(s200=(Object, "what is in force"))


def routes(app: App) -> APIRouter:
    router = APIRouter(tags=["data"], dependencies=[Depends(nothing)])

    @router.get("/programmes", responses=DATA)
    def programmes(_: SignedIn) -> Response:
        """The programmes in force, with versions and hashes."""
        return told({"programmes": in_force.programmes(app.programmes)}, app.store.last().position)

    @router.get("/policies", responses=DATA)
    def policies(_: SignedIn) -> Response:
        """The consent policies, with the instant from which each is in force and its hash."""
        return told({"policies": in_force.policies(app.policies)}, app.store.last().position)

    @router.get("/me", responses=documented(s200=(Object, "who one is here")))
    def me(caller: AsksWhoTheyAre) -> Response:
        """Who one is here: roles, and, for a family, the trajectories that one's account is linked to.

        Who has several roles, or none, and states none, hears only that.
        """
        position = app.store.last().position
        signed = caller.signed if isinstance(caller, Caller) else caller
        roles = [{"role": each.role, "organisation": each.organisation} for each in signed.seats]
        body: dict[str, Any] = {"id": signed.subject, "roles": roles, "acting_as": None}
        if isinstance(caller, Caller):
            body["acting_as"] = caller.actor.role
            if caller.account:
                body["trajectories"] = _linked(app, caller, caller.account)
        return told(body, position)

    return router


def _linked(app: App, caller: Caller, account: Account) -> list[dict[str, Any]]:
    """The trajectories of which somebody may see anything at all, recorded; in each they are called otherwise."""
    for _ in range(RETRIES):
        histories = [app.history(child) for child in children_of(app, account)]
        own = [
            {"trajectory": str(each.stream), "person": actor.id}
            for each in histories
            if (actor := account.actor_in(each)) and _sees_anything(app, actor, each)
        ]
        try:
            unmoved = {each.stream: each.version for each in histories}
            record_query(app, "me", (), caller.actor, caller.door, own, unmoved=unmoved)
        except Moved:
            continue
        return own
    raise Busy


def _sees_anything(app: App, actor: Actor, history: History) -> bool:
    now = app.now()
    policy, grounds = app.policy(now), history.latest.grounds
    return may_know(app, actor, history, now) and any(
        decide(grounds, Request(actor, "subject_access", category), now, policy).permitted for category in CATEGORIES
    )
