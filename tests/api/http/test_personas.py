"""The made-up persons of the demonstration: only here, only where nobody else can sign in."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http.personas import PERSONAS, persona
from api.http.server import http
from api.http.signing import Door, SigningIn
from api.main import App, Settings, build
from tests.api.given import log_of
from tests.api.http.given import NO_LIMIT, Asked, Reply, served
from tests.conftest import Clock, CommandLine
from tests.examples import CHILD

UNKNOWN = (401, "unauthenticated")
COACH = "Bearer demo-coach"
LOOK = f"/trajectories/{CHILD}"


@pytest.fixture(scope="module")
def demo(pit_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """One store for all: who does not sign in changes nothing in it."""
    folder = tmp_path_factory.mktemp("demo") / "store"
    shutil.copytree(pit_store, folder)
    app = build(Settings(f"sqlite:///{folder / 'zorgspoor.db'}"), Clock())
    with closing(app.store):
        yield app


@pytest.fixture(scope="module")
def here(demo: App) -> ASGIApp:
    """The demonstration, under any name."""
    return http(demo, Door(persona), rates=NO_LIMIT)


@pytest.fixture(scope="module")
def named(demo: App) -> ASGIApp:
    """The demonstration, under its own names."""
    return http(demo, Door(persona), rates=NO_LIMIT, hosts=SigningIn(None).hosts)


def from_(address: str | None, inner: ASGIApp) -> ASGIApp:
    """The same, as somebody at this address reaches it; None: through what has no address."""

    async def moved(scope: Scope, receive: Receive, send: Send) -> None:
        await inner({**scope, "client": None if address is None else (address, 4711)}, receive, send)

    return moved


def told(reply: Reply) -> tuple[int, str]:
    return reply.status, reply.json()["code"]


@pytest.mark.parametrize("word", PERSONAS)
def test_a_persona_signs_in_here(named: ASGIApp, word: str) -> None:
    """By a word, each as who they are."""
    with Asked(named) as ask:
        found = ask("GET", "/me", f"Bearer {word}", host="localhost:8000").json()
    assert (found["id"], found["acting_as"]) == (PERSONAS[word].id, PERSONAS[word].role)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1"])
def test_here_is_loopback(here: ASGIApp, address: str) -> None:
    """Of either family of addresses."""
    with Asked(from_(address, here)) as ask:
        assert ask("GET", LOOK, COACH).status == 200


@pytest.mark.parametrize("address", ["192.0.2.1", "10.0.0.1", "0.0.0.0", "2001:db8::1", "::", "localhost", "", None])  # noqa: S104  # nothing listens there
def test_from_elsewhere_nobody_signs_in(here: ASGIApp, demo: App, address: str | None) -> None:
    """With the right word as with none; nothing is recorded."""
    known = len(log_of(demo))
    with Asked(from_(address, here)) as ask:
        assert told(ask("GET", LOOK, COACH)) == UNKNOWN
    assert len(log_of(demo)) == known


FORWARDING: Mapping[str, str] = {
    "forwarded": "for=127.0.0.1",
    "x_forwarded_for": "127.0.0.1",
    "x_forwarded_host": "localhost",
    "x_forwarded_proto": "http",
    "x_forwarded_server": "localhost",
    "x_real_ip": "127.0.0.1",
    "x_client_ip": "::1",
    "x_cluster_client_ip": "127.0.0.1",
    "x_original_forwarded_for": "127.0.0.1",
    "x_envoy_external_address": "127.0.0.1",
    "true_client_ip": "127.0.0.1",
    "cf_connecting_ip": "127.0.0.1",
    "via": "1.1 proxy",
}


@pytest.mark.parametrize("header", FORWARDING)
@pytest.mark.parametrize("empty", [False, True])
def test_behind_a_proxy_nobody_signs_in(here: ASGIApp, header: str, empty: bool) -> None:
    """Who is near is then not who asks, whatever the proxy says of them."""
    with Asked(from_("127.0.0.1", here)) as ask:
        assert told(ask("GET", LOOK, COACH, **{header: "" if empty else FORWARDING[header]})) == UNKNOWN


def test_over_a_socket_a_proxy_is_found_out_as_well(here: ASGIApp) -> None:
    """Uvicorn would take the address from who passes on; the headers stay."""
    with served(here) as service:
        asked = service.by(PERSONAS["demo-coach"])
        asked.headers["authorization"] = COACH
        assert asked.get("/me").status_code == 200
        assert asked.get("/me", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 401
    assert not SigningIn(None).behind_proxies


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer demo",
        "Bearer demo-coach2",
        "Bearer Demo-Coach",
        "Bearer demo-coach demo-dpo",
        "Bearer demo-coach,demo-dpo",
        "Bearer demo-coach; role=dpo",
        "Bearer pit-2",
        "Bearer None",
        "Basic ZGVtby1jb2FjaDo=",
        "demo-coach",
        'Test ["pit-2", ["pit_coach", "pit-leiden"]]',
        "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJwaXQtMiJ9.",
    ],
)
def test_no_other_word_signs_in(here: ASGIApp, demo: App, sent: str) -> None:
    """Nor anything that looks like one; who asks is told how."""
    known = len(log_of(demo))
    with Asked(here) as ask:
        refused = ask("GET", LOOK, sent)
    assert told(refused) == UNKNOWN
    assert refused.headers["www-authenticate"] == "Bearer"
    assert len(log_of(demo)) == known


def test_of_two_tokens_none_signs_in(here: ASGIApp) -> None:
    """Nobody can say who is meant."""
    head = f"GET {LOOK} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: {COACH}\r\n"
    with served(here) as service:
        said = service.raw(f"{head}Authorization: Bearer demo-dpo\r\n\r\n".encode())
    assert said.startswith(b"HTTP/1.1 401 ")


def test_a_persona_has_no_other_role(here: ASGIApp) -> None:
    """What they state is only which of theirs."""
    with Asked(here) as ask:
        assert told(ask("GET", "/caseload", COACH, zorgspoor_role="dpo")) == (403, "no_such_role")
        assert told(ask("GET", "/caseload", COACH, zorgspoor_organisation="GM0546")) == (403, "no_such_role")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "zorgspoor.example", ""])  # noqa: S104  # it is refused
def test_without_an_issuer_only_loopback_is_served(cli: CommandLine, demo: App, host: str) -> None:
    """Bad use, before anything listens."""
    done = cli("serve", "--host", host, app=demo)
    assert (done.code, done.out) == (2, "")
    assert "--host: without an issuer" in " ".join(done.err.split())


HERE = ("localhost", "LOCALHOST:8000", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:8000", "localhost:")
ELSEWHERE = (
    "zorgspoor.example",
    "zorgspoor.example:8000",
    "localhost.zorgspoor.example",
    "zorgspoor.example#localhost",
    "localhost@zorgspoor.example",
    "localhost:zorgspoor.example",
    "localhost, zorgspoor.example",
    "127.0.0.1.zorgspoor.example",
    "127.0.0.2",
    "localhost.",
    "0.0.0.0",  # noqa: S104  # nothing listens there
    "::1",
    ":80",
    "",
)


@pytest.mark.parametrize("host", HERE)
def test_we_go_by_the_names_of_this_machine(named: ASGIApp, host: str) -> None:
    """With any port."""
    with Asked(named) as ask:
        assert ask("GET", "/me", COACH, host=host).status == 200


@pytest.mark.parametrize("host", ELSEWHERE)
@pytest.mark.parametrize("target", [LOOK, "/health/live", "/openapi.json", "/nowhere"])
def test_a_request_for_another_name_is_not_for_us(
    named: ASGIApp, here: ASGIApp, demo: App, host: str, target: str
) -> None:
    """A page of somebody else's, whose name leads here, gets nothing (DNS rebinding); not even whether it is there."""
    known = len(log_of(demo))
    with Asked(named) as ask:
        refused = ask("GET", target, COACH, host=host)
    assert told(refused) == (421, "misdirected")
    assert "example" not in refused.body.decode()
    assert len(log_of(demo)) == known


@pytest.mark.parametrize("target", ["/health/live", "/health/ready", "/metrics"])
def test_a_probe_asks_under_any_name(demo: App, target: str) -> None:
    """Where an issuer says who asks: what watches a service knows it by its number."""
    probed = http(demo, Door(persona), rates=NO_LIMIT, hosts=SigningIn(None).hosts, probed=True)
    with Asked(probed) as ask:
        assert ask("GET", target, COACH, host="10.0.0.5:8000").status == 200
        assert told(ask("GET", LOOK, COACH, host="10.0.0.5:8000")) == (421, "misdirected")
