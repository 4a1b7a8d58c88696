"""What goes back: JSON with the position of the log that it was read at; and its shapes, for the OpenAPI document."""

from collections.abc import Mapping
from typing import Any, Literal

from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from api.http.problems import MEDIA_TYPE, POSITION


def told(body: object, position: int, status: int = 200) -> JSONResponse:
    """`position`: all of the log up to it is in the answer."""
    return JSONResponse(body, status, {POSITION: str(position)})


class Answered(BaseModel):
    """What became of an action. `positions`, `entries`: where its fact stands in the log and in the child's stream."""

    status: Literal["recorded", "unchanged", "refused", "invalid"]
    code: str | None = None
    message: str | None = None
    trajectory: str | None = Field(None, description="the opaque id of the child")
    suggestions: list[str] = []
    positions: list[int]
    entries: list[int]


class ProblemDetails(BaseModel):
    """RFC 9457. `code`: why, by one word; `title`: that word, for people; `detail`: which field and which rule."""

    type: Literal["about:blank"]
    title: str
    status: int
    code: str
    detail: str | None = None
    disclosure: str | None = Field(None, description="under which id it is recorded that this was asked")


class Shown(BaseModel):
    """What may be seen, and under which id and at which position it is recorded that it was."""

    model_config = ConfigDict(extra="allow")

    disclosure: str
    position: int


class Rows(Shown):
    """A list. `next`: the cursor of the next page, where there is one."""

    next: str | None = None


class Object(BaseModel):
    """An object whose fields docs/reference tells."""

    model_config = ConfigDict(extra="allow")


REQUEST = {"Zorgspoor-Request": {"schema": {"type": "string", "format": "uuid"}, "description": "its name in the log"}}
READ_AT = {POSITION: {"schema": {"type": "integer"}, "description": "the position of the log that it was read at"}}
AGAIN = {"Retry-After": {"schema": {"type": "integer"}, "description": "seconds to wait"}}
HOW = {"WWW-Authenticate": {"schema": {"type": "string"}, "description": "how to sign in"}}

OF_PROBLEM: Mapping[int, dict[str, Any]] = {401: HOW, 429: AGAIN, 503: AGAIN}
"""Headers of one problem."""


def _always(headers: Mapping[str, Any]) -> dict[str, Any]:
    return {name: header | {"required": True} for name, header in headers.items()}


ALWAYS = _always(READ_AT | REQUEST)
"""Headers of what was answered."""


def _problem(status: int, what: str) -> dict[str, Any]:
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}}
    headers = _always(REQUEST | OF_PROBLEM.get(status, {})) | READ_AT
    return {"description": what, "content": content, "headers": headers}


PROBLEMS: Mapping[int, str] = {
    400: "the request is cut off, or no HTTP",
    401: "nobody signed in",
    403: "this person may not; or there is no such thing that they may know of",
    409: "not as things stand",
    410: "erased",
    421: "this service has another name",
    422: "does not fit: `detail` names the field and the rule",
    429: "too many requests",
    431: "the headers are too large",
    500: "a defect; nothing was shown",
    503: "not now; nothing was shown",
}
"""How each operation may answer otherwise."""

OF_BODIES: Mapping[int, str] = {
    408: "the body took too long",
    413: "the body is too large",
    415: "not application/json",
}


def documented(*bodies: Mapping[int, str], **success: tuple[type[BaseModel], str]) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route: s200=(model, description) and every problem."""
    found: dict[int | str, dict[str, Any]] = {
        int(status[1:]): {"model": model, "description": what, "headers": ALWAYS}
        for status, (model, what) in success.items()
    }
    for each in (PROBLEMS, *bodies):
        found |= {status: _problem(status, what) for status, what in each.items()}
    return found
