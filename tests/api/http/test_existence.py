"""That a child is there is told to nobody who may not know of it: by no status, body, count, header or cursor."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.main import App, Settings, build
from api.purposes import purpose_of
from tests.api.given import do
from tests.api.http.given import Asked, Reply, door, token
from tests.api.http.matrix import VIEWERS, account_of, linked
from tests.conftest import Clock
from tests.examples import lines_of

OVERSEE = ("auditor", "dpo", "records_officer")
CARRY = ("ambulatory_supervisor", "partnership_advisor")
"""Roles that may know of the hidden child: they look after all dossiers, or carry its programme wherever they work."""

LISTS = ("caseload", "class-list", "lapsing", "reviews", "requests", "doubles", "load", "contacts", "me", "disclosures")
PAGES = ("?limit=1", "?as_of=2026-04-01T10:00:00Z", "?known_at=2099-01-01T00:00:00Z")
OWN = ("disclosure", "position", "next")
OWN_HEADERS = ("zorgspoor-position", "zorgspoor-request")
HIDDEN_BSN = "999990019"


def hidden() -> Iterator[dict[str, Any]]:
    """The case of De Meierij, as of another child, municipality and school, with a BSN."""
    for line in lines_of("jos.jsonl"):
        if line["at"] < "2090":
            said = line | {name: value for name, value in HIDDEN.items() if name in line}
            yield said | ({"child": line["child"] | {"bsn": HIDDEN_BSN}} if "child" in line else {})


HIDDEN = {"trajectory": "t-hidden", "municipality": "GM9999", "school": "99ZZ", "contact": "k-hidden"}


@pytest.fixture
def beside(pit: App, folder: Path, tmp_path: Path, clock: Clock) -> Iterator[App]:
    """The same store to the byte, with one child more."""
    linked(pit)
    pit.reads.projector.catch_up()
    shutil.copytree(folder, tmp_path / "beside")
    app = build(Settings(f"sqlite:///{tmp_path / 'beside' / 'zorgspoor.db'}"), clock)
    statuses = [do(app, said).status for said in hidden()]
    assert statuses.count("recorded") > 8, statuses
    yield app
    app.store.close()


def told(reply: Reply) -> tuple[Any, ...]:
    """All of an answer but its own ids; of a cursor, how long it is."""
    headers = {name: value for name, value in reply.headers.items() if name not in (*OWN_HEADERS, "content-length")}
    body = reply.json()
    return reply.status, headers, {name: body[name] for name in body if name not in OWN}, len(body.get("next", ""))


@pytest.mark.timeout(180)
def test_no_list_tells_of_a_hidden_child(pit: App, beside: App) -> None:
    """Every list, every page: the same with it as without it; its contacts are its municipality's."""
    with Asked(door(pit)) as without, Asked(door(beside)) as with_it:
        for viewer in VIEWERS:
            if viewer.role in (*OVERSEE, *CARRY):
                continue
            who = token(viewer, account=account_of(viewer))
            for name in LISTS:
                for page in ("", *PAGES) if name not in ("load", "me", "disclosures", "contacts") else ("",):
                    for purpose in (purpose_of(viewer.role), "care", "gossip"):
                        asked = ("GET", f"/{name}{page}", who)
                        one, other = (ask(*asked, purpose_of_use=purpose) for ask in (without, with_it))
                        assert told(one) == told(other), (viewer, name, page, purpose)


def test_no_search_tells_of_a_hidden_child(pit: App, beside: App) -> None:
    """By the very BSN of the child that one may not know of."""
    with Asked(door(pit)) as without, Asked(door(beside)) as with_it:
        for viewer in VIEWERS:
            if viewer.role in OVERSEE:
                continue
            asked = ("POST", "/search", token(viewer, account=account_of(viewer)), {"bsn": HIDDEN_BSN})
            one, other = (ask(*asked) for ask in (without, with_it))
            assert told(one) == told(other), viewer
            assert HIDDEN_BSN.encode() not in other.body


def test_it_is_there(beside: App) -> None:
    """Who may know of it does see it: else the tests above would hold of anything."""
    with Asked(door(beside)) as ask:
        officer = next(each for each in VIEWERS if each.role == "records_officer")
        found = ask("POST", "/search", token(officer), {"bsn": HIDDEN_BSN}).json()["dossiers"]
        assert [each["trajectory"] for each in found] == [str(beside.stream_of("t-hidden"))]
