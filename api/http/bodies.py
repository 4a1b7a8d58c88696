"""JSON as programs send it, read once and strictly: no name twice, no number that is none, no more than fits."""

import asyncio
import json
from typing import Annotated, Any, NoReturn

from fastapi import Depends
from starlette.requests import ClientDisconnect, Request

from api.http.problems import Problem

MAX_BODY = 1_000_000
"""Bytes of one request: far above any action, far below what would fill the memory."""

MAX_DEPTH = 50
"""Brackets within brackets: no action has ten."""

SECONDS = 10.0
"""That a body may take to come: half a minute of a slow line is more than any action needs."""

NOTHING = object()


async def read(request: Request) -> Any:
    """What was sent. Raises `Problem`: another content type, too much, too slow, or not one JSON value."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Problem(415, "unsupported_media_type")
    try:
        async with asyncio.timeout(SECONDS):
            return parsed(await _whole(request))
    except TimeoutError:
        raise Problem(408, "too_slow", headers={"Connection": "close"}) from None


Sent = Annotated[Any, Depends(read)]


async def _whole(request: Request) -> bytes:
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > MAX_BODY:
                raise Problem(413, "too_large", f"body: at most {MAX_BODY} bytes", {"Connection": "close"})
    except ClientDisconnect:
        raise Problem(400, "invalid", "body: ended early") from None
    return bytes(body)


def parsed(body: bytes) -> Any:
    """One JSON value (RFC 8259; RFC 7493: names are unique). Raises `Problem`."""
    try:
        found = json.loads(body.decode(), object_pairs_hook=_each_name_once, parse_constant=_no_number)
    except (ValueError, RecursionError):
        found = NOTHING
    if found is NOTHING or _depth(found) > MAX_DEPTH:
        raise Problem(
            422, "invalid", f"body: one JSON value, each name once in an object, {MAX_DEPTH} levels at the most"
        )
    return found


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name twice")
    return found


def _no_number(_: str) -> NoReturn:
    raise ValueError("not a number")


def _depth(value: Any) -> int:
    """How many brackets the deepest part is in; read without recursion, which what is sent could exhaust."""
    depth, level = 0, [value]
    while level := [part for each in level for part in _parts(each)]:
        depth += 1
    return depth


def _parts(value: Any) -> list[Any]:
    match value:
        case dict():
            return list(value.values())
        case list():
            return value
        case _:
            return []
