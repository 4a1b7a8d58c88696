"""Many people who ask at once, each over a connection that is kept, from one process of their own.

Whoever gets no answer, or 503, asks again, an action with the same key, as a page or a program does. Only the standard
library: who asks is to leave the cores to the service.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Thread
from time import perf_counter, sleep
from typing import Any, Self

from benchmarks.mix import Ask, Mix, Whom

ROOT = Path(__file__).parents[1]
AGAIN_SECONDS = 0.1
"""Until somebody asks again."""

PATIENCE = 30.0
"""Seconds that somebody goes on asking for one thing."""

SECONDS = 20.0
"""That somebody waits for one answer."""


@dataclass(frozen=True, slots=True)
class Load:
    """`clients` people ask for so many seconds, each as soon as the answer before is there."""

    port: int
    clients: int
    seconds: float
    seed: int
    whom: Whom


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `status` 0: nothing did; `in_vain`: how often it was asked before, without an answer or told 503.

    `request`: its name in the log; `position`: of the header; `disclosure`, `positions`, `entries`, `trajectory`: as
    told; `shown`: the children on it; `rows`: how many, of a list. `milliseconds`: since it was asked first; `came_at`:
    how many seconds after somebody asked anything at all.
    """

    kind: str
    key: str
    status: int
    milliseconds: float
    came_at: float
    in_vain: int
    request: str = ""
    position: int = 0
    disclosure: str = ""
    trajectory: str = ""
    positions: tuple[int, ...] = ()
    entries: tuple[int, ...] = ()
    shown: tuple[str, ...] = ()
    rows: int = 0


@dataclass(slots=True)
class _Came:
    """An answer as it came; read when nobody asks any more."""

    ask: Ask
    milliseconds: float = 0
    came_at: float = 0
    in_vain: int = 0
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def read(self) -> Answer:
        answer = Answer(self.ask.kind, self.ask.key, self.status, self.milliseconds, self.came_at, self.in_vain)
        if not self.status:
            return answer
        told = json.loads(self.body)
        acted = "positions" in told
        rows = next((each for each in told.values() if isinstance(each, list) and self.ask.kind in ROWS), [])
        return Answer(
            **asdict(answer)
            | {
                "request": self.headers.get("zorgspoor-request", ""),
                "position": int(self.headers.get("zorgspoor-position", 0)),
                "disclosure": told.get("disclosure", ""),
                "trajectory": told.get("trajectory", ""),
                "positions": tuple(told["positions"] if acted else ()),
                "entries": tuple(told["entries"] if acted else ()),
                "shown": tuple({each["trajectory"]: None for each in rows if "trajectory" in each}),
                "rows": len(rows),
            }
        )


ROWS = frozenset({"caseload", "search", "lapsing", "load", "who looked"})
"""What is answered by a list."""


class Client:
    """One of them."""

    def __init__(self, load: Load, number: int) -> None:
        self.came = list[_Came]()
        self._mix = Mix(load.whom, load.seed * 1_000 + number)
        self._seconds = load.seconds
        self._connection = HTTPConnection("127.0.0.1", load.port, timeout=SECONDS)

    def run(self) -> None:
        began = perf_counter()
        for ask in self._mix:
            if perf_counter() - began > self._seconds:
                break
            came = self._answered(ask)
            came.came_at = perf_counter() - began
            self.came.append(came)
        self._connection.close()

    def _answered(self, ask: Ask) -> _Came:
        began, in_vain = perf_counter(), 0
        while True:
            came = self._asked(ask)
            came.milliseconds, came.in_vain = (perf_counter() - began) * 1e3, in_vain
            if came.status not in (0, 503) or came.milliseconds > PATIENCE * 1e3:
                return came
            in_vain += 1
            sleep(AGAIN_SECONDS)

    def _asked(self, ask: Ask) -> _Came:
        came = _Came(ask)
        try:
            self._connection.request(ask.method, ask.target, _body(ask), _headers(ask))
            response = self._connection.getresponse()
            came.body, came.status = response.read(), response.status
            came.headers = {name.lower(): value for name, value in response.getheaders()}
        except (OSError, HTTPException):
            self._connection.close()
            return _Came(ask)
        if ask.kind == "caseload":
            self._mix.leafed(_following(came.body))
        return came


def _body(ask: Ask) -> bytes | None:
    return json.dumps(ask.body).encode() if ask.body else None


def _headers(ask: Ask) -> dict[str, str]:
    headers = {"Authorization": f"Bearer {ask.persona}"}
    if ask.body:
        headers["Content-Type"] = "application/json"
    if ask.key:
        headers["Idempotency-Key"] = ask.key
    return headers


def _following(body: bytes) -> str | None:
    """The cursor at the end of a page, without reading the whole of it."""
    _, found, rest = body.rpartition(b'"next":"')
    return rest.partition(b'"')[0].decode() if found else None


class Clients:
    """A process in which they ask, from now on."""

    def __init__(self, load: Load) -> None:
        command = [sys.executable, "-m", "benchmarks.clients"]
        self._process = subprocess.Popen(  # noqa: S603  # our own program
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asdict(load)))
        self._process.stdin.close()

    def answers(self) -> list[Answer]:
        """What they were all told, when they have done asking."""
        assert self._process.stdout is not None
        with self._process.stdout as told:
            answers = [_read(json.loads(line)) for line in told]
        if self._process.wait():
            raise RuntimeError("who asks ended early")
        return answers

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()


def _read(told: dict[str, Any]) -> Answer:
    lists = {name: tuple(each) for name, each in told.items() if isinstance(each, list)}
    return Answer(**(told | lists))


def main() -> None:
    """What the process does: reads the load, and writes an answer a line."""
    told = json.load(sys.stdin)
    load = Load(**told | {"whom": Whom(**told["whom"])})
    clients = [Client(load, number) for number in range(load.clients)]
    threads = [Thread(target=each.run) for each in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for client in clients:
        for came in client.came:
            print(json.dumps(asdict(came.read())))


if __name__ == "__main__":
    main()
