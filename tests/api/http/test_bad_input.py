"""What does not fit is told by field and rule, never by what was sent; and leaves nothing but what the rules ask."""

import json
import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from time import sleep
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.http import bodies
from api.http.bodies import MAX_BODY, MAX_DEPTH
from api.http.outermost import HEAD_BYTES
from api.main import App, Settings, build
from consent_policy.grounds import Actor
from domain.disclosure import Disclosed, DisclosureRefused, LogQueried, Look
from domain.envelope import Recorded
from tests.api.given import log_of
from tests.api.http.given import CONTENT, Asked, Reply, Service, door, served, token
from tests.conftest import Clock
from tests.examples import AUDITOR, CHILD, COACH, COORDINATOR, DPO, TEACHER, session

MARKER = "Qzxmarker"
"""Stands in everything that does not fit, and so in no answer."""

NOBODY = "00000000-0000-4000-8000-000000000000"
SAID = {name: value for name, value in session().items() if name not in ("by", "action")}
JSON = "Content-Type: application/json"


class Bad:
    """One store, asked badly by everybody; knows what each request left in the log."""

    def __init__(self, app: App, ask: Asked, service: Service) -> None:
        self.app = app
        self.ask = ask
        self.service = service

    def left(self, known: int) -> list[Recorded]:
        return log_of(self.app)[known:]

    def known(self) -> int:
        return len(log_of(self.app))

    def raw(self, sent: bytes) -> Reply:
        """The last answer to these bytes, and nothing else than answers came."""
        return replies(self.service.raw(sent))[-1]


@pytest.fixture(scope="module")
def bad(pit_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bad]:
    folder = tmp_path_factory.mktemp("bad") / "store"
    shutil.copytree(pit_store, folder)
    app = build(Settings(f"sqlite:///{folder / 'zorgspoor.db'}"), Clock())
    with closing(app.store), Asked(door(app)) as ask, served(door(app)) as service:
        yield Bad(app, ask, service)


def replies(said: bytes) -> list[Reply]:
    """Answers in a row, each with its length."""
    found = []
    while said:
        head, _, rest = said.partition(b"\r\n\r\n")
        line, *lines = head.decode("latin-1").split("\r\n")
        assert line.startswith("HTTP/1.1 "), said
        headers = {name.lower(): value for name, _, value in (each.partition(": ") for each in lines)}
        length = int(headers["content-length"])
        found.append(Reply(int(line.split()[1]), headers, rest[:length]))
        said = rest[length:]
    assert found
    return found


def told(reply: Reply) -> tuple[int, str]:
    """Status and code of a refusal, which has the shape of one and neither content nor anything that was sent."""
    assert reply.headers["content-type"] == "application/problem+json", reply
    body = reply.json()
    assert set(body) <= {"type", "title", "status", "code", "detail", "disclosure"}
    assert body["status"] == reply.status
    says_nothing(reply)
    return reply.status, body["code"]


def says_nothing(reply: Reply) -> None:
    """Of what was sent, or of what stands in the store."""
    whole = (reply.body.decode() + json.dumps(dict(reply.headers))).lower()
    assert not [word for word in (MARKER, *CONTENT) if word.lower() in whole], whole


def request(line: str, *headers: str, body: bytes = b"", by: Actor = COACH) -> bytes:
    """The bytes of a request, after which the connection is closed."""
    sent = (line, "Host: localhost", f"Authorization: {token(by)}", "Connection: close", *headers)
    return "".join(f"{each}\r\n" for each in sent).encode("latin-1") + b"\r\n" + body


def sends(bad: Bad, body: bytes, *headers: str, to: str = "/actions/hold_session") -> Reply:
    lengthy = (*(headers or (JSON,)), f"Content-Length: {len(body)}")
    return bad.raw(request(f"POST {to} HTTP/1.1", *lengthy, body=body))


LOOKS = tuple(f"/trajectories/{CHILD}{each}" for each in ("", "/timeline", "/dossier"))
LISTS = ("/caseload", "/class-list", "/lapsing", "/reviews", "/requests", "/doubles", "/changes")
QUESTIONS = ("/load", "/contacts", "/disclosures", f"/trajectories/{CHILD}/access-log", f"/disclosures/{NOBODY}/replay")
CHANGES = "?from=9000-01-01T00:00:00Z&to=9000-01-02T00:00:00Z"
"""Whatever is known now is known then."""

WRONG = (("gossip" + MARKER, COACH), ("", COACH), ("audit", COACH), ("care", AUDITOR), ("care", COORDINATOR))


@pytest.mark.parametrize("target", LOOKS)
@pytest.mark.parametrize(("purpose", "viewer"), WRONG)
def test_a_look_for_a_wrong_purpose_is_refused(bad: Bad, target: str, purpose: str, viewer: Actor) -> None:
    """A word that there is not, or a purpose that is another's; the refusal is recorded with the purpose as stated."""
    known = bad.known()
    reply = bad.ask("GET", target, token(viewer), purpose_of_use=purpose)
    status, code = told(reply)
    assert (status, code == "unknown_code") == (403, purpose in ("", "gossip" + MARKER))
    (look,) = bad.left(known)
    assert isinstance(look.fact, DisclosureRefused)
    assert (str(look.stream), look.fact.purpose) == (reply.json()["disclosure"], purpose)


@pytest.mark.parametrize("target", LISTS)
@pytest.mark.parametrize(("purpose", "viewer"), WRONG)
def test_a_list_for_a_wrong_purpose_shows_nothing(bad: Bad, target: str, purpose: str, viewer: Actor) -> None:
    """Each row is decided about: none may be shown, and that is recorded with the purpose as stated."""
    known = bad.known()
    query = CHANGES if target == "/changes" else ""
    reply = bad.ask("GET", target + query, token(viewer), purpose_of_use=purpose)
    says_nothing(reply)
    rows = [each for name, each in reply.json().items() if isinstance(each, list) and name != "disclosures"]
    assert (reply.status, rows) == (200, [[]] * len(rows))
    left = [each.fact for each in bad.left(known)]
    assert left
    assert {each.purpose for each in left if isinstance(each, Look)} == {purpose}
    assert not [each for each in left if isinstance(each, Disclosed) and each.shown]


@pytest.mark.parametrize("target", QUESTIONS)
@pytest.mark.parametrize(("purpose", "viewer"), [("gossip" + MARKER, DPO), ("care", AUDITOR), ("legal", COORDINATOR)])
def test_a_question_for_a_wrong_purpose_is_refused(bad: Bad, target: str, purpose: str, viewer: Actor) -> None:
    """Where a rule has one purpose, no other will do; that it was asked is recorded, with the reason."""
    known = bad.known()
    reply = bad.ask("GET", target, token(viewer), purpose_of_use=purpose)
    status, code = told(reply)
    (asked,) = bad.left(known)
    assert isinstance(asked.fact, LogQueried)
    assert (status, (code,), asked.fact.count) == (403, asked.fact.reasons, 0)


def test_a_search_for_a_wrong_purpose_finds_nothing(bad: Bad) -> None:
    """Not even that there is a dossier."""
    reply = bad.ask("POST", "/search", token(AUDITOR), {"bsn": "111222333"}, purpose_of_use="care")
    assert (reply.status, reply.json()["dossiers"]) == (200, [])


@pytest.mark.parametrize(
    "headers",
    [
        ["Content-Type: text/plain"],
        ["Content-Type: text/json"],
        [f"Content-Type: {MARKER}"],
        ["Content-Type: application/jsonx"],
        ["Content-Type: application/json, text/plain"],
        ["Content-Type: multipart/form-data; boundary=x"],
        ["Content-Type: application/x-www-form-urlencoded"],
        ["Content-Type: application/problem+json"],
        ["Content-Type: application/json; charset=utf-16"],
        ["Content-Type: application/json; charset=latin1"],
        ["Content-Type: "],
        ["Content-Type: ;"],
        ["Content-Type: \xff"],
        ["X-None: 1"],
        [JSON, JSON],
        [JSON, "Content-Type: text/plain"],
        [JSON, "Content-Encoding: gzip"],
    ],
    ids=repr,
)
@pytest.mark.parametrize("to", ["/actions/hold_session", "/actions", "/search"])
def test_another_content_type_is_refused(bad: Bad, headers: list[str], to: str) -> None:
    """Only JSON, as it is, in UTF-8, and said once."""
    known = bad.known()
    assert told(sends(bad, json.dumps(SAID).encode(), *headers, to=to)) == (415, "unsupported_media_type")
    assert bad.known() == known


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "Application/JSON",
        "application/json;charset=utf-8",
        'application/json; charset="UTF-8"',
        "application/json; x",
        "application/json ; x=y",
    ],
)
def test_json_is_json_however_it_is_said(bad: Bad, kind: str) -> None:
    """Case and other parameters do not matter (RFC 9110 §8.3.1)."""
    reply = sends(bad, b"{}", f"Content-Type: {kind}")
    assert told(reply) == (422, "invalid")
    assert "Field required" in reply.json()["detail"]


def twice(name: str) -> str:
    return f'"{name}": 1, "{name}": 2'


WHOLE = json.dumps(SAID)
NO_JSON = {
    "nothing": b"",
    "blank": b" \n",
    "half": WHOLE[:-1].encode(),
    "two values": WHOLE.encode() * 2,
    "trailing": WHOLE.encode() + b" " + MARKER.encode(),
    "trailing comma": WHOLE[:-1].encode() + b",}",
    "single quotes": WHOLE.replace('"', "'").encode(),
    "comment": b"/* */" + WHOLE.encode(),
    "byte order mark": b"\xef\xbb\xbf" + WHOLE.encode(),
    "utf-16": WHOLE.encode("utf-16"),
    "utf-16 without mark": WHOLE.encode("utf-16-le"),
    "utf-32": WHOLE.encode("utf-32"),
    "latin-1": json.dumps(SAID | {"summary": MARKER + "é"}, ensure_ascii=False).encode("latin-1"),
    "overlong": b'{"\xc0\xaf": 1}',
    "surrogate in utf-8": b'{"summary": "\xed\xa0\x80"}',
    "NaN": b'{"minutes": NaN}',
    "Infinity": b'{"minutes": Infinity}',
    "-Infinity": b'{"minutes": -Infinity}',
    "1e999": b'{"minutes": 1e999}',
    "-1e999": b'{"minutes": -1e999}',
    "leading zero": b'{"minutes": 045}',
    "plus": b'{"minutes": +45}',
    "hexadecimal": b'{"minutes": 0x2d}',
    "thousands of digits": b'{"minutes": ' + b"9" * 5_000 + b"}",
    "half of a pair": b'{"summary": "\\ud800"}',
    "other half of a pair": b'{"summary": "\\udc00x"}',
    "half of a pair as a name": b'{"\\ud800": 1}',
    "NUL": b'{"summary": "\0"}',
    "line end in text": b'{"summary": "a\nb"}',
    "bad escape": b'{"summary": "\\x41"}',
    "name twice": f"{{{twice(MARKER)}}}".encode(),
    "name twice within": f'{{"a": {{{twice(MARKER)}}}}}'.encode(),
    "name twice far within": b'[{"a": [{"b": {' + twice("trajectory").encode() + b"}}]}]",
    "name twice, written otherwise": b'{"form": 1, "\\u0066orm": 2}',
    "deep list": b"[" * (MAX_DEPTH + 2) + b"]" * (MAX_DEPTH + 2),
    "deep object": b'{"a":' * (MAX_DEPTH + 1) + b"1" + b"}" * (MAX_DEPTH + 1),
    "very deep list": b"[" * 400_000 + b"]" * 400_000,
    "very deep object": b'{"a":' * 150_000 + b"1" + b"}" * 150_000,
    "deep and open": b"[" * 900_000,
}


@pytest.mark.parametrize("body", NO_JSON.values(), ids=NO_JSON.keys())
@pytest.mark.parametrize("to", ["/actions/hold_session", "/actions", "/search"])
def test_what_is_no_json_is_refused(bad: Bad, body: bytes, to: str) -> None:
    """Or what two readers could read in two ways (RFC 8259, RFC 7493)."""
    known = bad.known()
    reply = sends(bad, body, to=to)
    assert told(reply) == (422, "invalid")
    assert reply.json()["detail"].startswith("body: one JSON value")
    assert bad.known() == known


class Unfitting(NamedTuple):
    """What is sent instead, as JSON; the field that is told, and (part of) the rule."""

    field: str
    value: str
    told: str
    rule: str = ""


UNFITTING = [
    Unfitting("minutes", '"45"', "minutes", "valid integer"),
    Unfitting("minutes", "1.0", "minutes", "valid integer"),
    Unfitting("minutes", "45.5", "minutes", "valid integer"),
    Unfitting("minutes", "1e1", "minutes", "valid integer"),
    Unfitting("minutes", "true", "minutes", "valid integer"),
    Unfitting("minutes", "null", "minutes", "valid integer"),
    Unfitting("minutes", "-0", "minutes", "greater than 0"),
    Unfitting("minutes", "-45", "minutes", "greater than 0"),
    Unfitting("minutes", "1" + "0" * 400, "minutes", "less than or equal to 1440"),
    Unfitting("minutes", "1e308", "minutes", "valid integer"),
    Unfitting("minutes", "5e-324", "minutes", "valid integer"),
    Unfitting("minutes", "[45]", "minutes", "valid integer"),
    Unfitting("form", f'"{MARKER}"', "form", "Input should be 'coach_at_school'"),
    Unfitting("form", "1", "form"),
    Unfitting("episode", '""', "episode", "at least 1 character"),
    Unfitting("episode", f'" {MARKER}"', "episode", "match pattern"),
    Unfitting("episode", f'"{MARKER}\\n"', "episode", "match pattern"),
    Unfitting("episode", f'"{MARKER}\\u00a0"', "episode", "match pattern"),
    Unfitting("episode", f'"{MARKER * 40}"', "episode", "at most 200 characters"),
    Unfitting("episode", f'["{MARKER}"]', "episode", "valid string"),
    Unfitting("episode", "7", "episode", "valid string"),
    Unfitting("trajectory", "null", "trajectory", "valid string"),
    Unfitting("trajectory", f'{{"{MARKER}": 1}}', "trajectory", "valid string"),
    Unfitting("with", f'"{MARKER}"', "with", "valid array"),
    Unfitting("with", f'["{MARKER}", 7]', "with.1", "valid string"),
    Unfitting("with", f'{{"{MARKER}": 1}}', "with", "valid array"),
    Unfitting("summary", f'"{MARKER}{"x" * 20_000}"', "summary", "at most 20000 characters"),
    Unfitting("summary", "7", "summary", "valid string"),
    Unfitting("irregular", f'"{MARKER}"', "irregular", "a reason of at least 20 characters"),
    Unfitting("at", f'"{MARKER}"', "at", "valid datetime"),
    Unfitting("at", "1777000000", "at", "valid datetime"),
    Unfitting("at", "1777000000.5", "at", "valid datetime"),
    Unfitting("at", '"2026-04-28T11:00:00"', "at", "timezone"),
    Unfitting("at", '"2026-04-28"', "at", ""),
    Unfitting("at", '"0000-01-01T00:00:00Z"', "at", "year 0"),
    Unfitting("at", '"1899-12-31T23:59:59Z"', "at", "between the years 1900 and 9999"),
    Unfitting("at", '"9999-12-31T23:59:59Z"', "at", "between the years 1900 and 9999"),
    Unfitting("at", '"10000-01-01T00:00:00Z"', "at", "valid datetime"),
    Unfitting("at", '"2026-02-30T00:00:00Z"', "at", "valid datetime"),
    Unfitting("action", f'"{MARKER}"', "action", "another than the route says"),
    Unfitting("action_id", f'" {MARKER}"', "action_id", "match pattern"),
    Unfitting("action_id", f'"{MARKER}\\r\\n{MARKER}"', "action_id", "match pattern"),
    Unfitting("by", f'"{MARKER}"', "by", "another than who signed in"),
    Unfitting("by", f'{{"id": "{MARKER}", "role": "pit_coach", "organisation": "x"}}', "by", "who signed in"),
    Unfitting(MARKER, "1", "?", "unknown field"),
    Unfitting("recorded_at", '"2026-04-28T11:00:00Z"', "recorded_at", "unknown field"),
    Unfitting("__proto__", f'{{"{MARKER}": 1}}', "?", "unknown field"),
]


@pytest.mark.parametrize("case", UNFITTING, ids=lambda each: f"{each.field}={each.value[:30]}")
def test_what_does_not_fit_is_told_by_field_and_rule(bad: Bad, case: Unfitting) -> None:
    """In one action, and in a list of them; it never reaches the rules, and leaves nothing."""
    known = bad.known()
    fields = SAID | {case.field: None}
    written = ", ".join(
        f"{json.dumps(name)}: {case.value if name == case.field else json.dumps(value)}"
        for name, value in fields.items()
    )
    one = sends(bad, f"{{{written}}}".encode())
    assert told(one) == (422, "invalid")
    where, _, rule = one.json()["detail"].partition(": ")
    assert (where, case.rule in rule) == (case.told, True), one.json()["detail"]
    name = "" if case.field == "action" else '"action": "hold_session", '
    several = sends(bad, f"[{{{name}{written}}}]".encode(), to="/actions")
    says_nothing(several)
    assert [each["status"] for each in several.json()] == ["invalid"]
    assert bad.known() == known


@pytest.mark.parametrize("at", ["1777000000", "1777000000000", "-1", "1777000000.5"])
def test_digits_are_no_instant(bad: Bad, at: str) -> None:
    """A number in quotes is no number, and a number is no instant (docs/decisions/0014)."""
    reply = bad.ask("POST", "/actions/hold_session", token(COACH), SAID | {"at": at})
    assert told(reply) == (422, "invalid")


@pytest.mark.parametrize("body", [b"[]", b"7", b"null", b'"a"', b"true"])
@pytest.mark.parametrize(("to", "rule"), [("/actions/hold_session", "body: an object"), ("/search", "")])
def test_another_value_than_an_object_is_refused(bad: Bad, body: bytes, to: str, rule: str) -> None:
    """Whatever it is."""
    reply = sends(bad, body, to=to)
    assert told(reply) == (422, "invalid")
    assert rule in reply.json()["detail"]


@pytest.mark.parametrize("body", [b"{}", b"7", b"null", json.dumps([{}] * 201).encode()])
def test_a_list_is_a_list_of_at_most_so_many(bad: Bad, body: bytes) -> None:
    """More is for an import."""
    reply = sends(bad, body, to="/actions")
    assert told(reply) == (422, "invalid")
    assert reply.json()["detail"] == "body: a list of at most 200 actions"


@pytest.mark.parametrize("bsn", ['"123456789"', f'"{MARKER}"', '""', "111222333", "null", '["111222333"]', '"\\u0661"'])
def test_a_search_for_no_bsn_is_refused(bad: Bad, bsn: str) -> None:
    """And leaves nothing: no dossier was looked for."""
    known = bad.known()
    reply = sends(bad, f'{{"bsn": {bsn}}}'.encode(), to="/search")
    assert told(reply) == (422, "invalid")
    assert reply.json()["detail"].startswith("bsn: ")
    assert bad.known() == known


@pytest.mark.parametrize(
    "text", ["a\0b", "\x1b[2J", "\u202eabc", "\u0085", "e\u0301", "\U000f0000", "\u2028", "\ufffe"]
)
def test_odd_characters_in_text_come_back_as_they_were_sent(bad: Bad, text: str) -> None:
    """What somebody wrote is not made into something else: recorded as it is, and shown as it is."""
    said = SAID | {"summary": text, "action_id": f"odd-{text.encode().hex()}"}
    recorded = bad.ask("POST", "/actions/hold_session", token(COACH), said)
    assert recorded.status == 201
    shown = bad.ask("GET", f"/trajectories/{CHILD}/timeline?category=session", token(COACH))
    entry = recorded.json()["entries"][0]
    fields = {each["entry"]: each["fields"] for each in shown.json()["entries"]}
    assert fields[entry]["summary"] == text


@pytest.mark.parametrize("reference", [f"{MARKER}\0", f"{MARKER}\x1b", f"\u202e{MARKER}", f"{MARKER}/..", "e-2\u0301"])
def test_odd_references_are_just_not_known(bad: Bad, reference: str) -> None:
    """None is taken for another one."""
    reply = bad.ask("POST", "/actions/hold_session", token(COACH), SAID | {"episode": reference})
    assert told(reply) == (403, "unknown_reference")


@pytest.mark.parametrize("framing", ["Content-Length", "chunked"])
def test_too_large_a_body_is_refused(bad: Bad, framing: str) -> None:
    """However its length is said; the connection is closed, since nobody reads the rest."""
    known, body = bad.known(), json.dumps(SAID | {"summary": MARKER + "x" * MAX_BODY}).encode()
    if framing == "chunked":
        parts = [body[first : first + 60_000] for first in range(0, len(body), 60_000)]
        body = b"".join(b"%x\r\n%b\r\n" % (len(each), each) for each in parts) + b"0\r\n\r\n"
        reply = bad.raw(request("POST /actions/hold_session HTTP/1.1", JSON, "Transfer-Encoding: chunked", body=body))
    else:
        reply = sends(bad, body)
    assert told(reply) == (413, "too_large")
    assert reply.headers["connection"] == "close"
    assert reply.json()["detail"] == f"body: at most {MAX_BODY} bytes"
    assert bad.known() == known


@settings(max_examples=60, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=60) | st.text(max_size=40).map(lambda each: each.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_answered(bad: Bad, body: bytes) -> None:
    """None is a defect, and none leaves anything."""
    known = bad.known()
    assert told(sends(bad, body)) == (422, "invalid")
    assert bad.known() == known


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)


@settings(
    max_examples=100, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(field=st.sampled_from(sorted(SAID)), value=VALUES)
def test_any_value_in_any_field_is_answered(bad: Bad, field: str, value: Any) -> None:
    """By a refusal with the shape of one, or because it fits."""
    reply = bad.ask("POST", "/actions/hold_session", token(COACH), SAID | {field: value, "action_id": "any"})
    if reply.status not in (200, 201):
        assert told(reply)[0] in (403, 409, 422)


PAGES = ("/caseload", "/class-list", "/lapsing", "/reviews", "/requests")
WITH_INSTANTS = (*PAGES, "/doubles", "/contacts", f"/trajectories/{CHILD}", f"/trajectories/{CHILD}/timeline")
WITHOUT = ("/load", "/programmes", "/policies", "/me", f"/trajectories/{CHILD}/hand-over/1")
ALL = (*WITH_INSTANTS, *WITHOUT, f"/disclosures/{NOBODY}/replay", f"/disclosures/{NOBODY}/content", "/disclosures")


def asks_in_vain(bad: Bad, target: str, by: Actor = COORDINATOR) -> str:
    """What is told of an address that does not fit; nothing is recorded."""
    known = bad.known()
    reply = bad.ask("GET", target, token(by))
    assert told(reply) == (422, "invalid"), target
    assert bad.known() == known
    return str(reply.json()["detail"])


@pytest.mark.parametrize("target", ALL)
@pytest.mark.parametrize("name", [MARKER, f"{MARKER}[]", "Limit", "as-of", quote(f"{MARKER}\0\r\n"), ""])
def test_a_parameter_that_nobody_knows_is_refused(bad: Bad, target: str, name: str) -> None:
    """It is not passed over: who asks would take the answer for one to what they asked."""
    assert asks_in_vain(bad, f"{target}?{name}={MARKER}") == "query.?: unknown field"


@pytest.mark.parametrize("target", WITHOUT)
def test_an_instant_where_there_is_none_is_refused(bad: Bad, target: str) -> None:
    """What is told there is told as of now."""
    assert asks_in_vain(bad, f"{target}?as_of=2026-01-01T00:00:00Z") == "query.as_of: unknown field"


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("limit=1&limit=2", "limit"),
        ("limit=1&limit=1", "limit"),
        ("as_of=2026-04-01T00:00:00Z&as_of=2026-03-01T00:00:00Z", "as_of"),
        (f"reason={MARKER}&reason={MARKER}2", "reason"),
        (f"{MARKER}=1&{MARKER}=2", "?"),
    ],
)
def test_a_parameter_that_stands_twice_is_refused(bad: Bad, query: str, name: str) -> None:
    """Of two one would be passed over."""
    assert asks_in_vain(bad, f"/caseload?{query}") == f"query.{name}: more than once"


INSTANTS = (
    "",
    MARKER,
    "now",
    "0",
    "1777000000",
    "-1777000000",
    "+1777000000",
    "1777000000.5",
    "1777000000000000",
    "1_777_000_000",
    "1e9",
    "NaN",
    "infinity",
    " 1777000000",
    "2026-04-01",
    "2026-04-01T10:00:00",
    "2026-04-01T10:00:00 01:00",
    "2026-04-01T25:00:00Z",
    "2026-02-30T10:00:00Z",
    "2026-04-01T10:00:00+99:00",
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "1899-12-31T23:59:59Z",
    "9999-12-31T23:59:59-14:00",
    "9999-11-30T00:00:00Z",
    "10000-01-01T00:00:00Z",
    "292277026596-12-04T15:30:08Z",
    "+292277026596-12-04T15:30:08Z",
    "٢٠٢٦-04-01T10:00:00Z",
    f"2026-04-01T10:00:00Z{MARKER}",
    "2026-04-01T10:00:00Z\0",
)


@pytest.mark.parametrize("instant", INSTANTS)
def test_what_is_no_instant_is_refused(bad: Bad, instant: str) -> None:
    """Or has no offset, or lies where nothing can be known."""
    for target, name in (("/caseload", "as_of"), ("/lapsing", "known_at"), (f"/trajectories/{CHILD}", "as_of")):
        assert asks_in_vain(bad, f"{target}?{name}={quote(instant)}").startswith(f"query.{name}: ")
    for name in ("from", "to"):
        assert asks_in_vain(bad, f"/disclosures?{name}={quote(instant)}", AUDITOR).startswith(f"query.{name}: ")
    explain = f"/explain?trajectory={CHILD}&category=session&at={quote(instant)}"
    assert asks_in_vain(bad, explain).startswith("query.at: ")


@pytest.mark.parametrize("target", WITH_INSTANTS)
@pytest.mark.parametrize("as_of", ["1900-01-01T00:00:00Z", "9998-12-31T23:59:59Z", "2026-04-01T10:00:00%2B14:00"])
def test_the_first_and_the_last_instant_are_answered(bad: Bad, target: str, as_of: str) -> None:
    """Nothing runs over at the ends of time."""
    assert bad.ask("GET", f"{target}?as_of={as_of}", token(COORDINATOR)).status in (200, 403)


@pytest.mark.parametrize("target", WITH_INSTANTS)
def test_what_was_known_before_the_store_is_refused(bad: Bad, target: str) -> None:
    """An empty answer would say that there was nothing."""
    assert asks_in_vain(bad, f"{target}?known_at=1900-01-01T00:00:00Z").startswith("known_at: earlier than")


def test_what_was_decided_before_there_was_a_policy_is_refused(bad: Bad) -> None:
    """Nobody decided then, so nobody can say what was."""
    explain = f"/explain?trajectory={CHILD}&category=session&at=1900-01-01T00:00:00Z"
    assert asks_in_vain(bad, explain) == "at: earlier than the first policy"


def test_changes_go_forward(bad: Bad) -> None:
    """Both ends are asked for, in their order."""
    assert asks_in_vain(bad, "/changes").startswith("query.from: Field required")
    later = "/changes?from=2026-04-02T00:00:00Z&to=2026-04-01T00:00:00Z"
    assert asks_in_vain(bad, later) == "from: not after to"


NUMBERS = (
    "",
    "0",
    "-1",
    "+1",
    "1.5",
    "1.0",
    "1e1",
    "1_0",
    " 1",
    "0x1",
    "\u0661",
    "1" + "0" * 30,
    "9" * 5_000,
    "NaN",
    MARKER,
)


@pytest.mark.parametrize("number", NUMBERS, ids=lambda each: each[:20])
def test_what_is_no_number_of_rows_is_refused(bad: Bad, number: str) -> None:
    """Whole, in digits, within the limits."""
    for target in PAGES:
        assert asks_in_vain(bad, f"{target}?limit={quote(number)}").startswith("query.limit: ")
    for target in ("/disclosures", f"/trajectories/{CHILD}/access-log"):
        assert asks_in_vain(bad, f"{target}?limit={quote(number)}", AUDITOR).startswith("query.limit: ")


@pytest.mark.parametrize("number", [each for each in NUMBERS if each], ids=lambda each: each[:20])
def test_what_is_no_number_of_an_entry_is_refused(bad: Bad, number: str) -> None:
    """As above."""
    target = f"/trajectories/{CHILD}/hand-over/{quote(number)}"
    assert asks_in_vain(bad, target).startswith("path.entry: ")


@pytest.mark.parametrize("disclosure", [MARKER, "z", "0", NOBODY[:-1], NOBODY + "0", "%7B" + MARKER, "%00", "41:1"])
def test_what_is_no_id_of_a_disclosure_is_refused(bad: Bad, disclosure: str) -> None:
    """Told without the character that does not fit."""
    rule = "path.disclosure: Value error, the id of a disclosure, a UUID"
    for route in ("replay", "content"):
        assert asks_in_vain(bad, f"/disclosures/{disclosure}/{route}", AUDITOR) == rule


CURSOR = "cursor: not given out for this list, this viewer and these parameters"


@pytest.fixture(scope="module")
def given_out(bad: Bad) -> str:
    """The cursor of a page of the trail, as the auditor got it."""
    for _ in range(3):
        bad.ask("GET", f"/trajectories/{CHILD}", token(COACH))
    return str(bad.ask("GET", "/disclosures?limit=1", token(AUDITOR)).json()["next"])


def test_a_cursor_fits_what_it_was_given_out_for(bad: Bad, given_out: str) -> None:
    """This viewer, this list, these parameters."""
    assert bad.ask("GET", f"/disclosures?limit=2&cursor={given_out}", token(AUDITOR)).status == 200
    assert asks_in_vain(bad, f"/disclosures?cursor={given_out}", DPO) == CURSOR
    assert asks_in_vain(bad, f"/disclosures?viewer=pit-1&cursor={given_out}", AUDITOR) == CURSOR
    assert asks_in_vain(bad, f"/disclosures?trajectory={CHILD}&cursor={given_out}", AUDITOR) == CURSOR
    assert asks_in_vain(bad, f"/trajectories/{CHILD}/access-log?cursor={given_out}", AUDITOR) == CURSOR
    for target in PAGES:
        assert asks_in_vain(bad, f"{target}?cursor={given_out}") == CURSOR


def test_a_cursor_of_another_store_fits_nothing(bad: Bad, given_out: str, app: App) -> None:
    """Each store seals with a key of its own."""
    with Asked(door(app)) as ask:
        reply = ask("GET", f"/disclosures?cursor={given_out}", token(AUDITOR))
    assert told(reply) == (422, "invalid")


@pytest.mark.parametrize("cursor", [MARKER, "A", "AAAA", "=", "====", "%00", "%C3%A9", "-_-_", "A" * 2_000, "%FF%FE"])
def test_what_is_no_cursor_is_refused(bad: Bad, cursor: str) -> None:
    """Whatever it is."""
    for target in (*PAGES, "/disclosures"):
        assert asks_in_vain(bad, f"{target}?cursor={cursor}", AUDITOR) == CURSOR


@pytest.mark.parametrize(("cursor", "rule"), [("", "at least 1"), ("A" * 2_001, "at most 2000")])
def test_a_cursor_has_a_length(bad: Bad, cursor: str, rule: str) -> None:
    """At most what we ever give out."""
    assert rule in asks_in_vain(bad, f"/caseload?cursor={cursor}")


@settings(max_examples=60, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_cursor_with_one_bit_changed_or_cut_off_fits_nothing(bad: Bad, given_out: str, data: st.DataObject) -> None:
    """It is sealed whole."""
    place = data.draw(st.integers(0, len(given_out) - 2))
    other = data.draw(st.sampled_from([each for each in "ABCDabcd0189-_" if each != given_out[place]]))
    flipped = given_out[:place] + other + given_out[place + 1 :]
    for cursor in (flipped, given_out[: place or 1]):
        assert asks_in_vain(bad, f"/disclosures?limit=1&cursor={cursor}", AUDITOR) == CURSOR


ODD_REFERENCES = (
    "..",
    ".",
    "...",
    "%2e%2e",
    "%00",
    f"{MARKER}%00",
    f"{CHILD}%00",
    f"{CHILD}%20",
    f"%20{CHILD}",
    CHILD.upper(),
    f"{CHILD}%0d%0aX-{MARKER}:1",
    "%FF",
    "%ED%A0%80",
    "%F0%9F%A7%92",
    quote("caf\u00e9"),
    quote("cafe\u0301"),
    quote(f"\u202e{CHILD}"),
    quote(f"{CHILD}\u200b"),
    quote("\uff54-pit-1"),
    "111222333",
    "123456782",
    f"{CHILD}'--",
    f"{CHILD};{MARKER}",
    "*",
    "%25",
    "x" * 200,
)
VIEWS = ("", "/timeline", "/dossier")


@pytest.mark.parametrize("reference", ODD_REFERENCES)
@pytest.mark.parametrize("view", VIEWS)
def test_an_odd_reference_is_that_of_nobody(bad: Bad, reference: str, view: str) -> None:
    """It names no child, whatever it looks like; that it was asked for is recorded as it is for every other."""
    known = bad.known()
    reply = bad.ask("GET", f"/trajectories/{reference}{view}", token(COACH))
    nobody = bad.ask("GET", f"/trajectories/nobody{view}", token(COACH))
    assert told(reply) == told(nobody) == (403, "not_in_team")
    assert len(reply.body) == len(nobody.body)
    assert [isinstance(each.fact, DisclosureRefused) for each in bad.left(known)] == [True, True]


@pytest.mark.parametrize(
    "path", ["%2e%2e%2f", "a%2Fb", "..%2f..%2fetc", f"{CHILD}/", f"{CHILD}//timeline", "", "/", "a/b/c"]
)
def test_a_path_that_there_is_not_is_told_as_that(bad: Bad, path: str) -> None:
    """Not sent elsewhere, which would say what was asked; nothing is recorded."""
    known = bad.known()
    reply = bad.ask("GET", f"/trajectories/{path}?x={MARKER}", token(COACH))
    assert told(reply) == (404, "not_found")
    assert "location" not in reply.headers
    assert bad.known() == known


@pytest.mark.parametrize("view", VIEWS)
def test_too_long_a_reference_is_refused(bad: Bad, view: str) -> None:
    """With its rule."""
    target = f"/trajectories/{MARKER}{'x' * 200}{view}"
    assert asks_in_vain(bad, target) == "path.trajectory: String should have at most 200 characters"


@pytest.mark.parametrize("form", [str.upper, "{{{}}}".format, "urn:uuid:{}".format, lambda each: each.replace("-", "")])
def test_the_opaque_id_is_one_however_it_is_written(bad: Bad, form: Any) -> None:
    """One child, one decision, one trail (RFC 9562)."""
    opaque = str(bad.app.stream_of(CHILD))
    known = bad.known()
    reply = bad.ask("GET", f"/trajectories/{quote(form(opaque))}", token(COACH))
    (look,) = bad.left(known)
    assert reply.status == 200
    assert isinstance(look.fact, Disclosed)
    assert look.fact.shown[0].trajectory == opaque


HEADERS = ("Purpose-Of-Use", "Zorgspoor-Role", "Zorgspoor-Organisation", "Idempotency-Key")


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_that_stands_twice_is_refused(bad: Bad, name: str) -> None:
    """Of two one would be passed over, and who stands between may take the other."""
    known = bad.known()
    reply = bad.raw(request(f"GET /trajectories/{CHILD} HTTP/1.1", f"{name}: care", f"{name}: {MARKER}"))
    assert told(reply) == (422, "invalid")
    assert reply.json()["detail"] == f"header.{name}: more than once"
    assert bad.known() == known


@pytest.mark.parametrize("name", HEADERS)
def test_too_long_a_header_is_refused(bad: Bad, name: str) -> None:
    """By its name, without its value."""
    known = bad.known()
    reply = sends(bad, b"{}", JSON, f"{name}: {MARKER}{'x' * 200}")
    assert told(reply) == (422, "invalid")
    assert reply.json()["detail"] == f"header.{name}: String should have at most 200 characters"
    assert bad.known() == known


@pytest.mark.parametrize("name", [*HEADERS, "Accept-Language", "Authorization", "Content-Type", "Host", "X-Other"])
@pytest.mark.parametrize("value", [b"a\r\n\tX: %b", b"a\r%b", b"a\0%b", b"a\x0b%b", b"\x7f%b", b"a\r\r\n%b"])
def test_nothing_is_slipped_into_a_header(bad: Bad, name: str, value: bytes) -> None:
    """Half a line end is no HTTP; a line that goes on is one value, which nobody hears back."""
    sent = request("GET /me HTTP/1.1")
    line = name.encode() + b": " + value % MARKER.encode() + b"\r\n"
    reply = bad.raw(sent.replace(b"\r\n\r\n", b"\r\n" + line + b"\r\n"))
    if reply.status != 200:
        assert told(reply)[0] in (400, 401, 403, 422)
    says_nothing(reply)


@pytest.mark.parametrize(
    "value", ["\xe9", "\xff\xfe", "caf\xc3\xa9", "=?utf-8?q?care?=", "care, audit", "care;q=1", '"care"']
)
def test_odd_bytes_in_a_purpose_are_no_purpose(bad: Bad, value: str) -> None:
    """No word is guessed from them."""
    reply = bad.raw(request(f"GET /trajectories/{CHILD} HTTP/1.1", f"Purpose-Of-Use: {value}"))
    assert told(reply) == (403, "unknown_code")


@pytest.mark.parametrize("value", ["*", "", ";;;,,,", "nl;q=x", "\xff", "x" * 5_000, "nl-BE-u-co-phonebk", MARKER])
def test_any_language_is_answered_in_one_of_ours(bad: Bad, value: str) -> None:
    """Dutch or English, and nothing of what was wanted."""
    reply = bad.raw(request("GET /nowhere HTTP/1.1", f"Accept-Language: {value}"))
    assert told(reply) == (404, "not_found")
    assert reply.headers["content-language"] in ("nl", "en")


@pytest.mark.parametrize(
    "sent",
    [
        request("GET /me HTTP/1.1", f"X: {MARKER}{'x' * HEAD_BYTES}"),
        request("GET /me HTTP/1.1", *(f"X-{number}: {MARKER}" for number in range(1_500))),
        request(f"GET /me?{MARKER}={'x' * HEAD_BYTES} HTTP/1.1"),
        request(f"GET /trajectories/{MARKER}{'x' * HEAD_BYTES} HTTP/1.1"),
        request("GET /me HTTP/1.1", f"X: {MARKER}{'x' * HEAD_BYTES}")[:-4],
    ],
    ids=["one header", "many headers", "query", "path", "without an end"],
)
def test_too_large_a_head_is_refused(bad: Bad, sent: bytes) -> None:
    """However it is divided."""
    known = bad.known()
    reply = bad.raw(sent)
    assert told(reply) == (431, "too_large")
    assert reply.json()["detail"] == f"headers: at most {HEAD_BYTES} bytes"
    assert bad.known() == known


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "PUT", "PATCH", "DELETE", "PROPFIND", "get", MARKER])
@pytest.mark.parametrize("target", ["/me", f"/trajectories/{CHILD}", "/actions", "/actions/hold_session", "/search"])
def test_another_method_is_refused(bad: Bad, method: str, target: str) -> None:
    """With those that there are; nothing is sent back as TRACE would."""
    known = bad.known()
    reply = (
        bad.raw(request(f"{method} {target} HTTP/1.1", f"X-Other: {MARKER}"))
        if method != "HEAD"
        else bad.ask(method, target, token(COACH))
    )
    assert told(reply) == (405, "method_not_allowed")
    assert reply.headers["allow"] in ("GET", "POST")
    assert bad.known() == known


def test_a_head_has_no_body(bad: Bad) -> None:
    """Its answer ends with its headers (RFC 9110 §9.3.2)."""
    said = bad.service.raw(request("HEAD /me HTTP/1.1"))
    assert said.startswith(b"HTTP/1.1 405 ")
    assert said.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "_method"])
def test_a_method_is_what_the_request_line_says(bad: Bad, name: str) -> None:
    """No header makes another one of it."""
    known = bad.known()
    reply = bad.raw(request("GET /actions HTTP/1.1", f"{name}: POST", JSON))
    assert told(reply) == (405, "method_not_allowed")
    assert bad.known() == known


NO_REQUEST = {
    "HTTP/0.9": b"GET /me\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00" + MARKER.encode() + b"\r\n\r\n",
    "words": f"{MARKER}\r\n\r\n".encode(),
    "no version": request(f"GET /{MARKER}"),
    "odd version": request("GET /me HTTP/1"),
    "another protocol": request("GET /me SIP/2.0"),
    "space in the target": request(f"GET /me {MARKER} HTTP/1.1"),
    "control in the target": request(f"GET /me\x01{MARKER} HTTP/1.1"),
    "bytes in the target": request(f"GET /me\xff{MARKER} HTTP/1.1"),
    "no host": b"GET /me HTTP/1.1\r\n\r\n",
    "two hosts": request("GET /me HTTP/1.1", f"Host: {MARKER}"),
    "space before the colon": request("GET /me HTTP/1.1", f"Purpose-Of-Use : {MARKER}"),
    "no colon": request("GET /me HTTP/1.1", MARKER),
    "no name": request("GET /me HTTP/1.1", f": {MARKER}"),
    "two lengths": request("POST /actions HTTP/1.1", JSON, "Content-Length: 2", "Content-Length: 3", body=b"[] "),
    "two lengths in one": request("POST /actions HTTP/1.1", JSON, "Content-Length: 2, 3", body=b"[] "),
    "negative length": request("POST /actions HTTP/1.1", JSON, "Content-Length: -2", body=b"[]"),
    "signed length": request("POST /actions HTTP/1.1", JSON, "Content-Length: +2", body=b"[]"),
    "length in words": request("POST /actions HTTP/1.1", JSON, f"Content-Length: {MARKER}", body=b"[]"),
    "hexadecimal length": request("POST /actions HTTP/1.1", JSON, "Content-Length: 0x2", body=b"[]"),
    "huge length": request("POST /actions HTTP/1.1", JSON, "Content-Length: 1" + "0" * 40, body=b"[]"),
    "another coding": request("POST /actions HTTP/1.1", JSON, "Transfer-Encoding: gzip", body=b"[]"),
    "two codings": request("POST /actions HTTP/1.1", JSON, "Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"),
    "coding twice": request(
        "POST /actions HTTP/1.1", JSON, "Transfer-Encoding: chunked", "Transfer-Encoding: chunked", body=b"0\r\n\r\n"
    ),
    "hidden coding": request("POST /actions HTTP/1.1", JSON, "Transfer-Encoding: xchunked", body=b"0\r\n\r\n"),
    "coding with a tab": request("POST /actions HTTP/1.1", JSON, "Transfer-Encoding: \x0bchunked", body=b"0\r\n\r\n"),
}


@pytest.mark.parametrize("sent", NO_REQUEST.values(), ids=NO_REQUEST.keys())
def test_what_is_no_request_is_told_so(bad: Bad, sent: bytes) -> None:
    """By a problem as every other; the connection is closed, and nothing is recorded."""
    known = bad.known()
    (reply,) = replies(bad.service.raw(sent))
    assert told(reply) == (400, "invalid")
    assert reply.headers["connection"] == "close"
    assert bad.known() == known


HIDDEN = request("POST /actions/hold_session HTTP/1.1", JSON, f"Content-Length: {len(WHOLE)}", body=WHOLE.encode())
CHUNKED = "Transfer-Encoding: chunked"
SMUGGLED = {
    "length and coding": request("POST /actions HTTP/1.1", JSON, "Content-Length: 5", CHUNKED, body=b"0\r\n\r\n"),
    "coding and length": request("POST /actions HTTP/1.1", JSON, CHUNKED, "Content-Length: 900", body=b"0\r\n\r\n"),
    "length too short": request(
        "POST /actions HTTP/1.1", JSON, "Content-Length: 2", CHUNKED, body=b"2\r\n[]\r\n0\r\n\r\n"
    ),
    "chunk size in words": request("POST /actions HTTP/1.1", JSON, CHUNKED, body=b"zz\r\n[]\r\n0\r\n\r\n"),
    "chunk size with a sign": request("POST /actions HTTP/1.1", JSON, CHUNKED, body=b"+2\r\n[]\r\n0\r\n\r\n"),
    "chunk size negative": request("POST /actions HTTP/1.1", JSON, CHUNKED, body=b"-2\r\n[]\r\n0\r\n\r\n"),
    "chunk size with 0x": request("POST /actions HTTP/1.1", JSON, CHUNKED, body=b"0x2\r\n[]\r\n0\r\n\r\n"),
    "chunk size huge": request("POST /actions HTTP/1.1", JSON, CHUNKED, body=b"f" * 30 + b"\r\n[]\r\n0\r\n\r\n"),
    "chunk too short": request("POST /actions HTTP/1.1", JSON, CHUNKED, body=b"1\r\n[]\r\n0\r\n\r\n"),
    "chunk with half a line end": request("POST /actions HTTP/1.1", JSON, CHUNKED, body=b"2\n[]\n0\n\n"),
}


@pytest.mark.parametrize("sent", SMUGGLED.values(), ids=SMUGGLED.keys())
def test_no_request_is_hidden_in_another(bad: Bad, sent: bytes) -> None:
    """Where two could differ about where a request ends, it is the last of its connection (RFC 9112 §6.1)."""
    known = bad.known()
    said = bad.service.raw(sent.replace(b"Connection: close\r\n", b"") + HIDDEN)
    (reply,) = replies(said)
    assert told(reply) == (400, "invalid")
    assert reply.headers["connection"] == "close"
    assert bad.known() == known


@pytest.mark.parametrize("target", [f"http://{MARKER}/me", "http://localhost/me", "*", "localhost:80", "//me", "me"])
def test_another_form_of_target_is_no_route(bad: Bad, target: str) -> None:
    """We are no proxy: the target is a path (RFC 9112 §3.2)."""
    reply = bad.raw(request(f"GET {target} HTTP/1.1"))
    assert told(reply)[0] in (400, 404)


def test_a_connection_that_says_nothing_leaves_nothing(bad: Bad) -> None:
    """Opened and closed."""
    known = bad.known()
    socket.create_connection(("127.0.0.1", bad.service.port)).close()
    assert bad.ask("GET", "/me", token(COACH)).status == 200
    assert bad.known() == known


def test_nothing_of_all_this_stands_in_the_log(bad: Bad) -> None:
    """But a purpose that was stated, and what the coach said that fitted."""
    for each in log_of(bad.app):
        if each.fact is not None and not isinstance(each.fact, Look):
            assert not re.search(MARKER, each.fact.model_dump_json())


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ({"concerns": ["x"] * 1_001}, "concerns: at most 1000 values"),
        ({"concerns": [{"a": ["x"] * 600}, {"b": ["x"] * 600}]}, "concerns: at most 1000 values"),
        ({"Noor": ["x"] * 1_001}, "?: at most 1000 values"),
        ({f"f{number}": 1 for number in range(101)}, "action: at most 100 fields"),
    ],
    ids=["many", "many within", "a name that nobody has", "fields"],
)
def test_more_values_than_anybody_tells(pit: App, more: dict[str, Any], rule: str) -> None:
    """Refused before each of them is held to the model, which costs a thousand times what it costs to send."""
    with Asked(door(pit)) as ask:
        answer = ask("POST", "/actions/raise_signal", token(TEACHER), {"trajectory": CHILD} | more)
    assert (answer.status, answer.json()["detail"]) == (422, rule)


def test_no_more_is_told_than_somebody_mends(pit: App) -> None:
    """The first twenty of what does not fit."""
    with Asked(door(pit)) as ask:
        answer = ask("POST", "/actions/raise_signal", token(TEACHER), {"concerns": [1] * 1_000})
    assert answer.json()["detail"].count(";") == 19


def test_a_body_that_waits_for_us_came_in_time(pit: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what somebody sends slowly is too slow, not what we read slowly."""
    read = bodies.parsed

    def slowly(body: bytes) -> Any:
        sleep(0.3)
        return read(body)

    monkeypatch.setattr(bodies, "SECONDS", 0.1)
    monkeypatch.setattr(bodies, "parsed", slowly)
    with Asked(door(pit)) as ask:
        sent = {"trajectory": CHILD, "text": "a" * bodies.LARGE}
        assert ask("POST", "/actions/add_statement", token(TEACHER), sent).status == 422
