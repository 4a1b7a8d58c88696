"""One route for each action, made from its model: POST /actions/{action}; and a list of them, each answered."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header
from starlette.requests import Request
from starlette.responses import Response

from api.act import act
from api.answer import Answer, invalid
from api.http import asked, refusals
from api.http.answers import ALWAYS, OF_BODIES, Answered, documented, told
from api.http.bodies import Sent
from api.http.caller import KEY, Asks, Caller, Entrance
from api.http.problems import Problem
from api.main import App
from api.parse import KINDS, NotAnAction, parse
from domain.action import Action, Deed
from domain.refusal import Code

MANY = 200
"""Actions in one list."""

Key = Annotated[str | None, Header(alias=KEY, min_length=1, max_length=200)]

EXAMPLES = json.loads((files("api.http") / "examples.json").read_text("utf-8"))
"""One of every action, from the tests."""

DONE = documented(
    OF_BODIES,
    s200=(Answered, "it was recorded before: the same action again"),
    s201=(Answered, "recorded"),
)
EACH = documented(OF_BODIES) | {
    200: {
        "description": "an answer for each, in their order",
        "headers": ALWAYS,
        "content": {
            "application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Answered"}}}
        },
    }
}


@dataclass(frozen=True, slots=True)
class Told:
    """An action as it was sent, held to its model, with its answer; None: it did not fit."""

    action: Deed | None
    answer: Answer


def routes(app: App) -> APIRouter:
    router = APIRouter(prefix="/actions", tags=["actions"], dependencies=[Depends(asked.nothing)])
    for name, kind in KINDS.items():
        router.add_api_route(
            f"/{name}",
            _route(app, name),
            methods=["POST"],
            name=name,
            summary=(kind.__doc__ or "").strip().partition("\n")[0],
            status_code=201,
            responses=DONE,
            openapi_extra=_body(_schema(kind), example=EXAMPLES[name]),
        )
    router.add_api_route(
        "",
        _many(app),
        methods=["POST"],
        name="actions",
        summary="A list of actions, each answered.",
        responses=EACH,
        openapi_extra=_body({"type": "array", "items": {"oneOf": [*map(_schema, KINDS.values())]}, "maxItems": MANY}),
    )
    return router


def _route(app: App, name: str) -> Callable[..., Response]:
    def answer(caller: Asks, sent: Sent, key: Key = None) -> Response:
        given = _answered(app, sent, caller, name, key)
        if given.status in ("recorded", "unchanged"):
            return told(given.as_json(), _position(app, given), 201 if given.status == "recorded" else 200)
        raise _problem(app, given)

    return answer


def _many(app: App) -> Callable[..., Response]:
    def answer(request: Request, caller: Asks, sent: Sent, key: Key = None) -> Response:
        if key is not None:
            raise Problem(422, "invalid", f"{KEY}: each action of a list has an action_id of its own")
        if not isinstance(sent, list) or len(sent) > MANY:
            raise Problem(422, "invalid", f"body: a list of at most {MANY} actions")
        answers = [_answered(app, each, caller) for each in sent]
        entrance: Entrance = request.app.state.entrance
        entrance.rates.refused(caller.signed.subject, sum(each.status == "refused" for each in answers))
        return told([each.as_json() for each in answers], app.store.last().position)

    return answer


def _answered(app: App, sent: object, caller: Caller, name: str | None = None, key: str | None = None) -> Answer:
    """The answer to an action of who signed in: `by` is always that person."""
    try:
        action, by = _fitting(app, sent, caller, name, key)
    except NotAnAction as error:
        return invalid(str(error))
    if by not in (None, _by(action)):
        return invalid("by: another than who signed in")
    answer = act(app, action, language=caller.language, account=caller.account, present=True)
    return refusals.of_action(app, caller, action, answer)


def _fitting(app: App, sent: object, caller: Caller, name: str | None, key: str | None) -> tuple[Deed, object]:
    """The action, by who signed in, and the `by` that was sent, if any. Raises NotAnAction."""
    if not isinstance(sent, dict):
        raise NotAnAction("body: an object")
    said = {"action": name, "action_id": key}
    for field, value in said.items():
        if value is not None and sent.get(field, value) != value:
            raise NotAnAction(f"{field}: another than {ELSEWHERE[field]} says")
    given = {field: value for field, value in said.items() if value is not None}
    own = {"id": caller.actor.id, "role": caller.actor.role, "organisation": caller.actor.organisation}
    action = parse(sent | given | {"by": own}, app.programmes)
    if caller.account and isinstance(action, Action):
        history = app.history(app.stream_of(action.trajectory))
        action = action.model_copy(update={"by": refusals.known_as(caller, history)})
    return action, sent.get("by")


ELSEWHERE: Mapping[str, str] = {"action": "the route", "action_id": KEY}


def _by(action: Deed) -> dict[str, str]:
    return {"id": action.by.id, "role": action.by.role, "organisation": action.by.organisation}


def _position(app: App, given: Answer) -> int:
    return given.positions[-1] if given.positions else app.store.last().position


def _problem(app: App, answer: Answer) -> Problem:
    if answer.status == "invalid":
        return Problem(422, "invalid", answer.message)
    code = Code(answer.code or "")
    return Problem(refusals.status_of(code), code.value, position=app.store.last().position)


def _schema(kind: type[Deed]) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{kind.__name__}"}


def _body(schema: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """For the OpenAPI document; what was sent is read and held to the model by `parse`."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema, **more}}}}
