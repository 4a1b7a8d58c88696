"""The reference of the HTTP door, made from its OpenAPI document."""

import asyncio
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from typing import Any, cast

import httpx

from api.http.personas import persona
from api.http.problems import OF_THE_DOOR
from api.http.server import http
from api.http.signing import Door
from api.main import App
from docs.table import MADE, NOTHING, table

INTRO = """# HTTP

`/openapi.json` of a running service says all of this in full: the models of bodies, and how each route may answer.
How to run one, and how to sign in: [serve programs and pages](../how-to/serve.md).

* Who asks comes from signing in. `Zorgspoor-Role` and `Zorgspoor-Organisation` say as what, where somebody has
  several roles.
* `Purpose-Of-Use` says why; left out, it is the purpose of the role. `Accept-Language: nl` answers in Dutch.
* `Zorgspoor-Position` of an answer: all of the log up to it is in the answer. `Zorgspoor-Request`: the name of the
  request, which the fact that it left has too.
* What goes wrong is `application/problem+json` with a `code`: a refusal of the rules or of the consent policy, or one
  of those below. Who may not know of a child is answered as for one that is not there.
* An action is 201 when it is recorded and 200 when it was before. `Idempotency-Key` is its `action_id`.
* `as_of`: the instant of the content; `known_at`: only what was recorded by then. Permission is decided now.
* A list has `next`, the `cursor` of the next page, where there is one.
"""


def reference() -> str:
    """Every route, and every code that is not of the rules."""
    with redirect_stdout(StringIO()):  # the log of the service
        document = asyncio.run(_document())
    codes = table(
        ("code", "English", "Dutch"), ((f"`{code}`", english, dutch) for code, (english, dutch) in OF_THE_DOOR.items())
    )
    routes = table(("", "route", "parameters", "what"), _routes(document))
    return f"{MADE}{INTRO}\n## Routes\n\n{routes}\n\n## Codes of the door\n\n{codes}"


async def _document() -> dict[str, Any]:
    """As the service gives it; nothing of it is about a store."""
    served = http(cast(App, None), Door(persona))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(served), base_url="http://localhost") as client:
        return cast(dict[str, Any], (await client.get("/openapi.json")).json())


def _routes(document: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            asked = [each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"]
            what = operation.get("description") or operation["summary"]
            yield method.upper(), f"`{path}`", ", ".join(f"`{each}`" for each in asked) or NOTHING, what
