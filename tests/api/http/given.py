"""The HTTP door as a program sees it: a real server on loopback, where a token says who one is."""

import asyncio
import json
import socket
import ssl
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from threading import Thread
from time import sleep
from typing import Any, Self, cast
from urllib.parse import quote, unquote

import httpx
import uvicorn
from starlette.requests import Request
from starlette.types import ASGIApp

from api.http.caller import Seat, Signed
from api.http.connections import Timely
from api.http.problems import Problem
from api.http.rates import Rates
from api.http.server import http
from api.http.signing import Door
from api.main import App
from consent_policy.grounds import Actor

NO_TLS = ssl.create_default_context()
"""Made once: it takes a tenth of a second."""

NO_LIMIT = Rates(None, "1000000/minute")
CONTENT = ("Noor", "Voorbeeld", "111222333", "boos", "onrustig", "ruzie", "pauze", "Angstklachten", "humor")
"""Words that stand in the pit case, and in no refusal."""


def anybody(request: Request) -> Signed:
    """Who the token says; no token: nobody."""
    kind, _, said = request.headers.get("authorization", "").partition(" ")
    if kind != "Test":
        raise Problem(401, "unauthenticated", headers={"WWW-Authenticate": "Bearer"})
    person, *seats = json.loads(unquote(said))
    return Signed(person, tuple(Seat(*each) for each in seats), "test")


def token(*actors: Actor, account: str | None = None) -> str:
    """What somebody in these roles sends. `account`: the subject of a family's sign-in."""
    seats = [(each.role, each.organisation) for each in actors]
    return f"Test {quote(json.dumps([account or actors[0].id, *seats]))}"


def door(app: App, rates: Rates = NO_LIMIT, **more: Any) -> ASGIApp:
    """The whole door over this application, without a socket."""
    return http(app, Door(anybody), rates=rates, **more)


@dataclass(frozen=True)
class Service:
    """A door on loopback. `held`: what ends with it."""

    port: int
    held: ExitStack

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def by(self, *actors: Actor, account: str | None = None, **headers: str) -> httpx.Client:
        """Somebody who asks."""
        sent = {"Authorization": token(*actors, account=account)} | headers
        return self.held.enter_context(httpx.Client(base_url=self.base, headers=sent, timeout=30, verify=NO_TLS))

    def raw(self, sent: bytes, seconds: float = 10) -> bytes:
        """What comes back to these very bytes until the connection is closed."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as connection:
            connection.sendall(sent)
            return b"".join(iter(lambda: connection.recv(65_536), b""))


@contextmanager
def served(app: ASGIApp) -> Iterator[Service]:
    """A server as `zorgspoor serve` sets it up, in a thread."""
    config = uvicorn.Config(
        app, port=0, http=Timely, ws="none", log_config=None, access_log=False, server_header=False, lifespan="off"
    )
    bound = config.bind_socket()
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    while not server.started:
        sleep(0.005)
    try:
        with ExitStack() as held:
            yield Service(bound.getsockname()[1], held)
    finally:
        server.should_exit = True
        thread.join()
        bound.close()


def problem(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal, which has the shape of one and no content."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    body = cast(Mapping[str, Any], answer.json())
    assert set(body) <= {"type", "title", "status", "code", "detail", "disclosure"}, body
    assert body["status"] == answer.status_code
    assert not [word for word in CONTENT if word in answer.text or word in str(answer.headers)], answer.text
    return answer.status_code, body["code"]


@dataclass(frozen=True)
class Reply:
    """An answer without a socket: its bytes, and what they say."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Asked:
    """Asks a door within this process, one request after the other: for very many of them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._thread = Thread(target=self._loop.run_until_complete, args=(self._over.wait(),), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()
        self._loop.close()

    def __call__(self, method: str, target: str, who: str, body: object = None, **headers: str) -> Reply:
        """`who`: a token; `headers`: with `_` for `-`."""
        asking = self._ask(method, target, {"authorization": who} | headers, body)
        return asyncio.run_coroutine_threadsafe(asking, self._loop).result()

    async def _ask(self, method: str, target: str, headers: Mapping[str, str], body: object) -> Reply:
        path, _, query = target.partition("?")
        sent = b"" if body is None else json.dumps(body).encode()
        typed = {} if body is None else {"content-type": "application/json"}
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "scheme": "http",
            "headers": [
                (name.replace("_", "-").encode(), value.encode()) for name, value in {**typed, **headers}.items()
            ],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
            "state": {},
        }
        coming = iter([{"type": "http.request", "body": sent, "more_body": False}])
        said: list[MutableMapping[str, Any]] = []

        async def receive() -> MutableMapping[str, Any]:
            return next(coming, {"type": "http.disconnect"})

        async def send(message: MutableMapping[str, Any]) -> None:
            said.append(message)

        await self._app(scope, receive, send)
        told = {name.decode(): value.decode() for name, value in said[0]["headers"]}
        return Reply(said[0]["status"], told, b"".join(each.get("body", b"") for each in said[1:]))
