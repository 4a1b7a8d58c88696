"""The line to the issuer: what we ask it over HTTP, and for how long and how much of an answer we wait."""

import json
import ssl
import time
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from typing import Any

import httpx

TIMEOUT = 5.0
"""Seconds for each step of an answer (assumed): a person waits for it."""

DEADLINE = 10.0
"""Seconds for a whole answer, lest one that drips in holds a thread."""

LARGEST = 256 * 1024
"""Bytes of one answer: far above any document of an issuer."""

HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity"}
"""Not packed, so that what is counted is what is read."""


class Unreachable(Exception):
    """The issuer did not answer, or not with what it was asked for."""


class Line:
    """Follows no redirects, heeds no proxy of the environment, and trusts whom this machine trusts."""

    def get(self, address: str) -> dict[str, Any]:
        """Raises `Unreachable`."""
        status, body = self._asked("GET", address)
        if status != HTTPStatus.OK:
            raise Unreachable
        return body

    def post(
        self, address: str, form: Mapping[str, str], credentials: tuple[str, str] | None
    ) -> tuple[int, dict[str, Any]]:
        """Status, and the body where that is 200. Raises `Unreachable`."""
        return self._asked("POST", address, data=form, auth=credentials)

    def _asked(self, method: str, address: str, **sent: Any) -> tuple[int, dict[str, Any]]:
        """A client for each question: they are rare, and nothing stays open."""
        try:
            with (
                httpx.Client(verify=_trusted(), timeout=TIMEOUT, trust_env=False) as client,
                client.stream(method, address, headers=HEADERS, follow_redirects=False, **sent) as answer,
            ):
                if answer.status_code != HTTPStatus.OK:
                    return answer.status_code, {}
                return answer.status_code, _object(_body(answer))
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as error:
            raise Unreachable from error


@cache
def _trusted() -> ssl.SSLContext:
    """Takes 20 ms to read."""
    return ssl.create_default_context()


def _body(answer: httpx.Response) -> bytes:
    until, body = time.monotonic() + DEADLINE, bytearray()
    for part in answer.iter_raw():
        body += part
        if len(body) > LARGEST or time.monotonic() > until:
            raise Unreachable
    return bytes(body)


def _object(body: bytes) -> dict[str, Any]:
    found = json.loads(body)
    if not isinstance(found, dict):
        raise Unreachable
    return found
