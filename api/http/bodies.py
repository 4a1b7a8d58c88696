"""JSON as programs send it, read once and strictly: no name twice, no number that is none, no more than fits."""

import asyncio
import json
import math
from email.message import Message
from typing import Annotated, Any, NoReturn

from fastapi import Depends
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from api.http.problems import Problem

MAX_BODY = 1_000_000
"""Bytes of one request: far above any action, far below what would fill the memory."""

LARGE = 10_000
"""Bytes that take so long to read that others would wait: a thread does that."""

MAX_DEPTH = 50
"""Brackets within brackets: no action has ten."""

SECONDS = 10.0
"""That a body may take to come: half a minute of a slow line is more than any action needs."""

RULE = (
    "body: one JSON value in UTF-8, each name once in an object, whole characters, finite numbers, "
    f"{MAX_DEPTH} levels at the most"
)

NOTHING = object()


async def read(request: Request) -> Any:
    """What was sent. Raises `Problem`: another content type, too much, too slow, or not one JSON value."""
    if not _is_json(request):
        raise Problem(415, "unsupported_media_type")
    try:
        async with asyncio.timeout(SECONDS):
            body = await _whole(request)
    except TimeoutError:
        raise Problem(408, "too_slow", headers={"Connection": "close"}) from None
    return parsed(body) if len(body) < LARGE else await run_in_threadpool(parsed, body)


def _is_json(request: Request) -> bool:
    """As it is, or said to be in UTF-8, the only way to write it (RFC 8259 §8.1); and said once."""
    sent = Message()
    types = request.headers.getlist("content-type")
    sent["content-type"] = types[0] if len(types) == 1 else ""
    coded = request.headers.get("content-encoding", "identity").strip().lower() != "identity"
    written = str(sent.get_param("charset", "utf-8")).lower() in ("utf-8", "utf8")
    return sent.get_content_type() == "application/json" and written and not coded


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
    """One JSON value (RFC 8259; RFC 7493: names are unique, no half of a character). Raises `Problem`."""
    try:
        found = json.loads(
            body.decode(), object_pairs_hook=_each_name_once, parse_constant=_no_number, parse_float=_finite
        )
        json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        found = NOTHING
    if found is NOTHING or _depth(found) > MAX_DEPTH:
        raise Problem(422, "invalid", RULE)
    return found


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name twice")
    return found


def _no_number(_: str) -> NoReturn:
    raise ValueError("not a number")


def _finite(written: str) -> float:
    """1e999 is a number to JSON, and infinite to Python."""
    number = float(written)
    if not math.isfinite(number):
        raise ValueError("not a number")
    return number


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
