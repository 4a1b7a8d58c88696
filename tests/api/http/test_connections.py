"""Connections: none keeps a place by being slow, and what is ready goes at once."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from statistics import median

import pytest

from api.http import bodies, connections
from api.main import App
from domain.disclosure import Disclosed
from tests.api.given import facts_of, log_of
from tests.api.http.given import Service, problem, token
from tests.examples import CHILD, COACH, EVALUATOR, session

SHORT = 0.3
"""Seconds, instead of those of the service."""

HOST = b"Host: localhost\r\nAuthorization: " + token(COACH).encode() + b"\r\n"
POST = b"POST /actions/hold_session HTTP/1.1\r\nContent-Type: application/json\r\n" + HOST
ME = b"GET /me HTTP/1.1\r\n" + HOST
BODY = json.dumps({name: value for name, value in session().items() if name != "by"}).encode()


@pytest.fixture
def connected(service: Service) -> Iterator[Callable[[], socket.socket]]:
    """Makes connections to the service, and closes them at the end."""
    made: list[socket.socket] = []

    def connect() -> socket.socket:
        made.append(socket.create_connection(("127.0.0.1", service.port), timeout=10))
        return made[-1]

    yield connect
    for each in made:
        each.close()


def until_closed(connection: socket.socket, drip: bytes = b"") -> tuple[float, bytes]:
    """How long the other side holds out, a drip of bytes every now and then, and what it says."""
    began, said = time.monotonic(), b""
    connection.settimeout(0.02)
    while time.monotonic() - began < 10:
        try:
            connection.sendall(drip)
            more = connection.recv(65_536)
        except TimeoutError:
            continue
        except OSError:
            break
        if not more:
            break
        said += more
    return time.monotonic() - began, said


def answers(connection: socket.socket, number: int) -> bytes:
    """What comes until there are so many answers."""
    said = b""
    while said.count(b"HTTP/1.1 ") < number or said.count(b"\r\n\r\n{") < number:
        more = connection.recv(65_536)
        assert more, said
        said += more
    return said


@pytest.mark.parametrize("head", [b"", b"GET", ME + b"X: "])
def test_a_slow_head_is_waited_for_only_so_long(
    connected: Callable[[], socket.socket], monkeypatch: pytest.MonkeyPatch, head: bytes
) -> None:
    """A byte now and then keeps no place, nor does a connection that says nothing."""
    monkeypatch.setattr(connections, "HEAD_SECONDS", SHORT)
    connection = connected()
    connection.sendall(head)
    held, said = until_closed(connection, b"x" if head else b"")
    assert (said, held < 5) == (b"", True)


def test_a_slow_body_is_waited_for_only_so_long(
    connected: Callable[[], socket.socket], monkeypatch: pytest.MonkeyPatch, pit: App
) -> None:
    """Then 408, the connection is closed, and nothing is recorded."""
    monkeypatch.setattr(bodies, "SECONDS", SHORT)
    known = len(log_of(pit))
    connection = connected()
    connection.sendall(POST + b"Content-Length: 500\r\n\r\n" + BODY[:20])
    held, said = until_closed(connection)
    assert said.startswith(b"HTTP/1.1 408 ")
    assert b'"code": "too_slow"' in said
    assert b"connection: close" in said.lower()
    assert held < 5
    assert len(log_of(pit)) == known


def test_a_body_that_was_answered_already_is_waited_for_only_so_long(
    connected: Callable[[], socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who goes on sending what nobody reads keeps no place either."""
    monkeypatch.setattr(connections, "HEAD_SECONDS", SHORT)
    connection = connected()
    connection.sendall(b"POST /nowhere HTTP/1.1\r\n" + HOST + b"Content-Length: 100000\r\n\r\n")
    held, said = until_closed(connection, b"x")
    assert said.startswith(b"HTTP/1.1 404 ")
    assert held < 5


def test_an_answer_that_nobody_reads_is_kept_only_so_long(
    service: Service, connected: Callable[[], socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who asks and never reads loses the connection; others are answered meanwhile."""
    monkeypatch.setattr(connections, "READ_SECONDS", SHORT)
    connection = connected()
    connection.sendall((b"GET /openapi.json HTTP/1.1\r\n" + HOST + b"\r\n") * 50)
    time.sleep(1)
    assert service.by(COACH).get("/me").status_code == 200
    time.sleep(1)
    said = 0
    with pytest.raises(OSError, match="reset"):  # noqa: PT012  # what the kernel still has may be read before
        while more := connection.recv(65_536):
            said += len(more)
        raise ConnectionResetError("reset")
    assert said < 50 * len(service.by(COACH).get("/openapi.json").content)


@pytest.mark.parametrize("framing", [b"Content-Length: 500\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n5\r\n"])
def test_a_body_that_is_cut_off_is_not_done(
    service: Service, connected: Callable[[], socket.socket], pit: App, framing: bytes
) -> None:
    """Half an action is none: nothing is recorded, and the service goes on."""
    known = len(log_of(pit))
    connection = connected()
    connection.sendall(POST + framing + BODY[:5])
    connection.shutdown(socket.SHUT_WR)
    held, _ = until_closed(connection)
    assert held < 5
    assert len(log_of(pit)) == known
    assert service.by(COACH).get("/me").status_code == 200


def test_an_action_of_who_goes_away_is_done_once(
    service: Service, connected: Callable[[], socket.socket], pit: App
) -> None:
    """Nobody heard whether it was done; asked again, it stands once, whether it was or not."""
    known = len(log_of(pit))
    for _ in range(3):
        connection = connected()
        connection.sendall(POST + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY)
        connection.close()
    again = service.by(COACH).post("/actions/hold_session", content=BODY, headers={"Content-Type": "application/json"})
    assert again.json()["status"] in ("recorded", "unchanged")
    assert service.by(COACH).post("/actions/hold_session", json=json.loads(BODY)).json()["status"] == "unchanged"
    assert len(log_of(pit)) == known + 1


def test_a_look_of_who_goes_away_is_recorded(
    service: Service, connected: Callable[[], socket.socket], pit: App
) -> None:
    """What may have left us was disclosed, whether or not anybody read it."""
    connection = connected()
    connection.sendall(b"GET /trajectories/%s HTTP/1.1\r\n" % CHILD.encode() + HOST + b"\r\n")
    connection.close()
    deadline = time.monotonic() + 5
    while not facts_of(pit, Disclosed) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(facts_of(pit, Disclosed)) == 1
    assert service.by(COACH).get("/me").status_code == 200


def test_a_connection_is_kept_for_the_next_request(connected: Callable[[], socket.socket]) -> None:
    """One after the other on one connection, until either side says that it closes."""
    connection = connected()
    for _ in range(3):
        connection.sendall(ME + b"\r\n")
        assert answers(connection, 1).startswith(b"HTTP/1.1 200 ")
    connection.sendall(ME + b"Connection: close\r\n\r\n")
    _, said = until_closed(connection)
    assert said.startswith(b"HTTP/1.1 200 ")


def test_pipelined_requests_are_answered_in_their_order(connected: Callable[[], socket.socket]) -> None:
    """Sent together, each is answered to who asked it."""
    connection = connected()
    other = b"GET /me HTTP/1.1\r\nHost: localhost\r\nAuthorization: " + token(EVALUATOR).encode() + b"\r\n\r\n"
    connection.sendall(ME + b"\r\n" + other + ME + b"\r\n")
    said = answers(connection, 3)
    assert [said.index(b'"acting_as":"evaluator"') > said.index(b'"acting_as":"pit_coach"'), said.count(b"200 OK")] == [
        True,
        3,
    ]
    assert said.rindex(b'"acting_as":"pit_coach"') > said.index(b'"acting_as":"evaluator"')


def test_what_follows_a_request_that_is_none_is_not_read(connected: Callable[[], socket.socket], pit: App) -> None:
    """The first is answered, the second is told that it is no HTTP, and the connection is closed."""
    known = len(log_of(pit))
    connection = connected()
    connection.sendall(ME + b"\r\n" + b"MARKER\r\n\r\n" + POST + b"Content-Length: 0\r\n\r\n")
    _, said = until_closed(connection)
    assert [said.count(b"HTTP/1.1 200 "), said.count(b"HTTP/1.1 400 "), said.count(b"HTTP/1.1")] == [1, 1, 2 + 1]
    assert b"MARKER" not in said
    assert len(log_of(pit)) == known


def test_who_is_to_go_on_is_told_so(connected: Callable[[], socket.socket]) -> None:
    """Expect: 100-continue is answered where the body is read (RFC 9110 §10.1.1), and to nobody else."""
    connection = connected()
    connection.sendall(POST + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(BODY))
    assert connection.recv(65_536).startswith(b"HTTP/1.1 100 ")
    connection.sendall(BODY)
    assert answers(connection, 1).startswith(b"HTTP/1.1 201 ")
    nobody = POST.replace(b"Authorization: Test", b"Authorization: Nobody")
    refused = connected()
    refused.sendall(nobody + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(BODY))
    assert answers(refused, 1).startswith(b"HTTP/1.1 401 ")


def test_head_and_body_of_an_answer_go_at_once(service: Service) -> None:
    """None waits for an acknowledgement, which takes 40 ms (RFC 1122)."""
    coach = service.by(COACH)
    coach.get("/me")
    taken = []
    for _ in range(20):
        began = time.perf_counter()
        assert coach.get("/me").status_code == 200
        taken.append(time.perf_counter() - began)
    assert median(taken) < 0.02


def test_an_upgrade_is_not_made(service: Service) -> None:
    """There are no web sockets here: the request is answered as it is."""
    asked = service.by(COACH, Connection="Upgrade", Upgrade="websocket")
    assert asked.get("/me").status_code == 200
    assert problem(asked.get("/nowhere")) == (404, "not_found")
