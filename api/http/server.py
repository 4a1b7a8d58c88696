"""The HTTP door: routes, how what goes wrong is told, and the document that describes them."""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Lifespan

from api.cursor import BadCursor
from api.http import actions, asked, audits, data, health, lists, looks
from api.http.answers import Answered, ProblemDetails
from api.http.caller import HEADERS, Entrance, language_of
from api.http.metrics import Metrics
from api.http.outermost import Outermost
from api.http.problems import Problem, answered
from api.http.rates import Rates
from api.http.signing import Door
from api.look import Busy, KnownBefore
from api.main import VERSION, App
from api.parse import KINDS, fields_of
from consent_policy.policy import PolicyMissing
from ledger.errors import LedgerError, place_of

PARAMETERS = asked.NAMES | audits.NAMES | {"query", "path", "header", "entry", "disclosure", *HEADERS}
"""What may be told of where something does not fit: never a name that somebody made up."""

AGAIN = {"Retry-After": "1"}
log = structlog.get_logger("zorgspoor")
SCHEMAS = "#/components/schemas/{model}"


def http(
    app: App,
    door: Door,
    *,
    rates: Rates | None = None,
    metrics: Metrics | None = None,
    hosts: frozenset[str] | None = None,
    encrypted: bool = False,
    probed: bool = False,
    lifespan: Lifespan[FastAPI] | None = None,
) -> Outermost:
    """The application behind this door. `hosts`, `encrypted`, `probed`: see Outermost."""
    counted = metrics or Metrics()
    made = FastAPI(
        title="Zorgspoor",
        version=VERSION,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        redirect_slashes=False,  # whereto would say what was asked
    )
    made.state.entrance = Entrance(app, door.signed, rates or Rates())
    own = [each.routes(app) for each in (looks, lists, audits, data, actions)]  # the few that are asked most go first
    for router in own:
        made.include_router(router, dependencies=[Depends(asked.each_once)])
    made.include_router(health.routes(app, counted))
    for router in door.routers:
        made.include_router(router)
    for kind, told in TOLD.items():
        made.add_exception_handler(kind, _handler(told))
    made.openapi = lambda: _openapi(made)  # type: ignore[method-assign]  # how FastAPI wants it extended
    return Outermost(door.around(made), counted, hosts, encrypted=encrypted, probed=probed)


def _of_http(error: Exception) -> Problem:
    assert isinstance(error, HTTPException)
    code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "invalid")
    return Problem(error.status_code, code, headers=error.headers or {})


def _of_fields(error: Exception) -> Problem:
    assert isinstance(error, RequestValidationError)
    each_once = {(each["loc"], each["type"]): each for each in error.errors()}
    return Problem(422, "invalid", fields_of(each_once.values(), PARAMETERS))


def _as_it_is(error: Exception) -> Problem:
    assert isinstance(error, Problem)
    return error


def _of_store(error: Exception) -> Problem:
    """Those who run the service read in its log what the store has."""
    log.error("unavailable", kind=type(error).__name__, place=place_of(error))
    return Problem(503, "unavailable", headers=AGAIN)


TOLD: dict[type[Exception], Callable[[Exception], Problem]] = {
    Problem: _as_it_is,
    HTTPException: _of_http,
    RequestValidationError: _of_fields,
    KnownBefore: lambda error: Problem(422, "invalid", f"{error}: earlier than the first fact of this store"),
    BadCursor: lambda _: Problem(
        422, "invalid", "cursor: not given out for this list, this viewer and these parameters"
    ),
    PolicyMissing: lambda _: Problem(422, "invalid", "at: earlier than the first policy"),
    Busy: lambda _: Problem(503, "unavailable", headers=AGAIN),
    LedgerError: _of_store,
    Exception: lambda _: Problem(500, "defect"),
}
"""What each error is to who asked; none says what was sent, or what stands in the store."""


def _handler(told: Callable[[Exception], Problem]) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def handle(request: Request, error: Exception) -> Response:
        return answered(told(error), language_of(request))

    return handle


def _openapi(made: FastAPI) -> dict[str, Any]:
    """With the models of the actions, which are read by ourselves and not by FastAPI."""
    if made.openapi_schema is None:
        document = get_openapi(title=made.title, version=made.version, routes=made.routes)
        models: list[type[BaseModel]] = [*KINDS.values(), Answered, ProblemDetails]
        _, schemas = models_json_schema([(kind, "validation") for kind in models], ref_template=SCHEMAS)
        for kind in KINDS.values():
            _said_by_signing_in(schemas["$defs"][kind.__name__])
        components = document.setdefault("components", {})
        components.setdefault("schemas", {}).update(schemas["$defs"])
        components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"token": []}]
        _stated_or_left_out(document)
        made.openapi_schema = document
    return made.openapi_schema


def _stated_or_left_out(document: dict[str, Any]) -> None:
    """Nobody can write a null in an address or a header, which None in a model would promise."""
    operations = [each for path in document["paths"].values() for each in path.values()]
    for parameter in (each for operation in operations for each in operation.get("parameters", ())):
        schema = parameter["schema"]
        stated = [each for each in schema.pop("anyOf", ()) if each != {"type": "null"}]
        schema.update(*stated)


def _said_by_signing_in(schema: dict[str, Any]) -> None:
    """Who acts need not be told, and is never another than who signed in."""
    schema["required"] = [name for name in schema["required"] if name != "by"]
