"""Our side: a small application behind the sign-in, over real HTTP; and a browser that goes to and fro."""

import base64
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import uvicorn
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http.caller import Signed, language_of
from api.http.problems import OF_THE_DOOR, Problem, answered
from api.signin.sign_in import OpenIdConnect

TRUSTED = ssl.create_default_context()
"""Made once: it takes 20 ms."""


def door(sign_in: OpenIdConnect) -> ASGIApp:
    """The routes of signing in, and some that show who signed in."""
    site = FastAPI()
    site.include_router(sign_in.router)
    site.add_exception_handler(Problem, _told)

    @site.get("/who")
    @site.post("/who")
    def _who(request: Request) -> Response:
        return _shown(sign_in.signed(request))

    @site.get("/form")
    def _form(request: Request) -> Response:
        return JSONResponse({"csrf": sign_in.csrf_of(request)})

    @site.post("/form")
    def _sent(request: Request) -> Response:
        return _shown(sign_in.signed(request, request.query_params.get("csrf", "")))

    return sign_in.renewing(site)


def _shown(signed: Signed) -> Response:
    seats = [[each.role, each.organisation] for each in signed.seats]
    shown = {"subject": signed.subject, "seats": seats, "by": signed.authentication, "door": signed.door}
    return JSONResponse(shown)


def _told(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    if error.code not in OF_THE_DOOR:  # a code that the door gets with this sign-in
        return JSONResponse({"code": error.code, "detail": error.detail}, error.status, error.headers)
    return answered(error, language_of(request))


@dataclass
class Served:
    """What is served at this address can be another application for each test."""

    address: str
    inner: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.inner is not None
        await self.inner(scope, receive, send)


@contextmanager
def serving() -> Iterator[Served]:
    """On a free port of this machine."""
    with socket.socket(proto=socket.IPPROTO_TCP) as listening:  # else answers wait for acknowledgements, 40 ms each
        listening.bind(("127.0.0.1", 0))
        served = Served(f"http://127.0.0.1:{listening.getsockname()[1]}")
        server = uvicorn.Server(uvicorn.Config(served, log_level="critical", lifespan="off", ws="none"))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield served
        finally:
            server.should_exit = True
            thread.join()


@dataclass
class Browser:
    """Keeps cookies, and shows each step on the way instead of following it."""

    address: str
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = httpx.Client(base_url=self.address, trust_env=False, verify=TRUSTED)

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.client.get(path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self.client.post(path, **more)

    def leaves(self, after: str = "/") -> str:
        """The address at the issuer that we send it to."""
        return self.client.get("/sign-in", params={"next": after}).headers["location"]

    def comes_back(self, after: str = "/") -> str:
        """The address with which the issuer sends it back to us."""
        return self.client.get(self.leaves(after)).headers["location"]

    def signs_in(self, after: str = "/") -> httpx.Response:
        """The answer to the last step."""
        return self.client.get(self.comes_back(after))

    @property
    def cookies(self) -> dict[str, str]:
        return {each.name: each.value or "" for each in self.client.cookies.jar}


def asked_for(address: str) -> dict[str, str]:
    """The parameters of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def code_of(answer: httpx.Response) -> tuple[int, str]:
    """Status, and the code of the problem."""
    return answer.status_code, json.loads(answer.text)["code"]


FAILED = (400, "sign_in_failed")
ATTEMPT = "zorgspoor-sign-in"
"""The cookie of an attempt to sign in."""


def replaced(address: str, **said: str | None) -> str:
    """The same address with other parameters; None: without."""
    kept = {name: value for name, value in (asked_for(address) | said).items() if value is not None}
    return str(httpx.URL(address.partition("?")[0], params=kept))


def failed(browser: Browser, answer: httpx.Response) -> bool:
    """Whether signing in failed, without a session, and the cookie of the attempt is gone."""
    assert code_of(answer) == FAILED
    assert f'{ATTEMPT}=""; HttpOnly; Max-Age=0; Path=/; SameSite=lax' in answer.headers.get_list("set-cookie")
    assert browser.get("/who").status_code == 401
    return browser.cookies == {}


def refused(answer: httpx.Response) -> bool:
    """Whether an answer says no more than that this is no token."""
    assert answer.status_code == 401
    assert json.loads(answer.text)["code"] == "unauthenticated"
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    return set(json.loads(answer.text)) == {"type", "title", "status", "code"}


def part(value: object) -> str:
    """As a part of a JWT is written."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
