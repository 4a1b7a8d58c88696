"""Around everything: each request gets a name, each answer its headers, and whatever happens is told without a value.

The log of the service has a line for each request: route, status, time, and the name that the fact of it has too. It
never has an address as it was asked for, which names a child, nor who asked.
"""

import time
from collections.abc import MutableMapping
from typing import Any
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.caller import language_of
from api.http.metrics import Metrics
from api.http.problems import Problem, answered
from ledger.errors import place_of

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""What every answer carries: nothing is kept, guessed at, framed or told to others (OWASP, Secure Headers)."""

ONLY_ENCRYPTED = {"Strict-Transport-Security": "max-age=31536000"}
"""Where we are reached by https (RFC 6797)."""

HEAD_BYTES = 16_384
"""Of a request line with its headers (assumed)."""

TOO_LONG = Problem(431, "too_large", f"headers: at most {HEAD_BYTES} bytes", {"Connection": "close"})
TWO_LENGTHS = Problem(400, "invalid", "Content-Length, Transfer-Encoding: one of them", {"Connection": "close"})
"""Who passes requests on may take the other one for where the next request begins (RFC 9112 §6.1)."""

FOR_PROBES = frozenset({"/health/live", "/health/ready", "/metrics"})
"""Asked for under whatever name a probe has for us, and about nobody."""

METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE"})
UNKNOWN = "other"

log = structlog.get_logger("zorgspoor")


class Outermost:
    """`hosts`: the names that we go by; None: any. A request for another one is not for us (DNS rebinding).

    `probed`: those who run the service ask how it does under other names as well.
    """

    def __init__(
        self, inner: ASGIApp, metrics: Metrics, hosts: frozenset[str] | None, *, encrypted: bool, probed: bool
    ) -> None:
        self._inner = inner
        self._metrics = metrics
        self._hosts = hosts
        self._probes = FOR_PROBES if probed else frozenset[str]()
        self._headers = HEADERS | (ONLY_ENCRYPTED if encrypted else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        await _Answering(self._headers, self._metrics, scope, receive, send).through(
            self._inner, None if scope["path"] in self._probes else self._hosts
        )


class _Answering:
    """One request on its way."""

    def __init__(self, headers: dict[str, str], metrics: Metrics, scope: Scope, receive: Receive, send: Send) -> None:
        self._headers = headers
        self._metrics = metrics
        self._scope, self._receive, self._send = scope, receive, send
        self._began = time.perf_counter()
        self._status: int | None = None
        self._state: MutableMapping[str, Any] = scope.setdefault("state", {})
        self._state["request"] = str(uuid4())

    async def through(self, inner: ASGIApp, hosts: frozenset[str] | None) -> None:
        try:
            problem = _of_head(self._scope, hosts)
            if problem is None:
                await inner(self._scope, self._receive, self.answer)
            else:
                await self._tell(problem)
        except Exception as error:  # noqa: BLE001  # the last resort: whoever else catches it tells its values
            where = {"kind": type(error).__name__, "place": place_of(error), "request": self._state["request"]}
            log.error("defect", **where)  # noqa: TRY400  # a traceback tells values
            await self._tell(Problem(500, "defect"))
        finally:
            self._written()

    async def answer(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in self._headers.items():
                headers.setdefault(name, value)
            headers["Zorgspoor-Request"] = self._state["request"]
        await self._send(message)

    async def _tell(self, problem: Problem) -> None:
        """Nothing more can be told once an answer has begun."""
        if self._status is None:
            await answered(problem, language_of(Request(self._scope)))(self._scope, self._receive, self.answer)

    def _written(self) -> None:
        seconds = time.perf_counter() - self._began
        route = getattr(self._scope.get("route"), "path", UNKNOWN)
        method = self._scope["method"] if self._scope["method"] in METHODS else UNKNOWN
        status = self._status or 0
        self._metrics.answered(method, route, status, seconds)
        log.info(
            "request",
            method=method,
            route=route,
            status=status,
            milliseconds=round(seconds * 1000, 1),
            request=self._state["request"],
        )


def _of_head(scope: Scope, hosts: frozenset[str] | None) -> Problem | None:
    """What is wrong before anybody looks at what is asked."""
    names = {name for name, _ in scope["headers"]}
    if {b"content-length", b"transfer-encoding"} <= names:
        return TWO_LENGTHS
    if _length(scope) > HEAD_BYTES:
        return TOO_LONG
    return None if hosts is None or _host(scope) in hosts else Problem(421, "misdirected")


def _length(scope: Scope) -> int:
    """Bytes of the head: uvicorn holds only those to a limit that come in several pieces."""
    line = len(scope.get("raw_path") or b"") + len(scope["query_string"])
    return line + sum(len(name) + len(value) + len(": \r\n") for name, value in scope["headers"])


def _host(scope: Scope) -> str:
    """Without the port; what is none stays, and is nobody's name."""
    host = Headers(scope=scope).get("host", "").lower()
    name, _, port = host.rpartition(":")
    return name if name and (port.isdigit() or not port) else host
