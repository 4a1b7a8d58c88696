"""The HTTP door as a program sees it: a real server on loopback, where a token says who one is."""

import json
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from threading import Thread
from time import sleep
from typing import Any, cast
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
