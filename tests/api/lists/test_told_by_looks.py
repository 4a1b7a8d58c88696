"""A look at a list says which list it was and which part of it, and by which policies it was decided and told."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import api.look
from api.listing import EVERYTHING, Page
from api.lists import caseload, class_list, consent_lapsing, possible_doubles, requests_due, reviews_due, with_bsn
from api.look import Question
from api.main import App
from api.replay import replay_all
from consent_policy.policy import Policy, load, shipped
from projections.class_list import CLASS_LIST
from projections.doubles import IDENTITY
from projections.oversight import REQUESTS_DUE, REVIEWS_DUE
from projections.trajectory import TRAJECTORY
from tests.api.given import done, see
from tests.api.lists.given import asked, helped, looks_of
from tests.conftest import Clock
from tests.examples import COORDINATOR, COUNSELLOR, JGT, NOW, RECORDS_OFFICER

SHIPPED = Path(__file__).parents[3] / "consent_policy" / "policies" / "2026-11.toml"
BSN = "111222333"


def test_each_list_is_named_in_its_look(app: App) -> None:
    """With the part of it that was asked for, and never with a BSN or a cursor."""
    for child in ("t-1", "t-2"):
        done(app, *helped(child))
    first = caseload(app, asked(JGT), Page(1))
    caseload(app, asked(JGT), Page(1, first.next))
    caseload(app, asked(JGT))
    class_list(app, asked(COUNSELLOR, CLASS_LIST))
    consent_lapsing(app, asked(JGT, as_of=NOW))
    reviews_due(app, asked(RECORDS_OFFICER, REVIEWS_DUE))
    requests_due(app, asked(RECORDS_OFFICER, REQUESTS_DUE))
    with_bsn(app, asked(JGT), BSN)
    possible_doubles(app, asked(RECORDS_OFFICER, IDENTITY))
    see(app, JGT, trajectory="t-1")
    until = (NOW + timedelta(days=90)).isoformat()
    assert [each.query for each in looks_of(app)] == [
        ("list=caseload", "limit=1", "page=first"),
        ("list=caseload", "limit=1", "page=next"),
        ("list=caseload",),
        ("list=class-list",),
        ("list=lapsing", f"until={until}"),
        ("list=reviews",),
        ("list=requests",),
        ("list=search",),
        ("list=doubles",),
        (),
    ]
    assert {each.result for each in replay_all(app)} == {"same"}


def policy(folder: Path, name: str, since: datetime) -> Policy:
    """Under which children under 12 consent as well, so that nobody's consent here is complete."""
    text = SHIPPED.read_text("utf-8").replace('id = "2026-11"', f'id = "{name}"', 1)
    text = text.replace("in_force_from = 2015-01-01T00:00:00+01:00", f"in_force_from = {since.isoformat()}", 1)
    young = 'competent = "either"\ncare = ["guardians"]'
    assert young in text
    file = folder / f"{name}.toml"
    file.write_text(text.replace(young, 'competent = "either"\ncare = ["youth", "guardians"]', 1), "utf-8")
    return load(file)


def with_policy(app: App, added: Policy) -> App:
    return replace(app, policies=shipped() | {added.id: added})


ASKED: tuple[Callable[[App, Question, Page], object], ...] = (
    caseload,
    lambda app, question, _: see(app, question.viewer, question.purpose, TRAJECTORY, "t-1", known_at=question.known_at),
)


@pytest.fixture
def known_at(app: App, clock: Clock) -> datetime:
    """By when a child is helped, an hour ago."""
    done(app, *helped("t-1"))
    known_at = app.store.last().recorded_at
    clock.now = known_at + timedelta(hours=1)
    return known_at


@pytest.mark.parametrize("ask", ASKED, ids=["a list", "a child"])
def test_a_policy_that_is_added_later_changes_no_look_of_before(
    app: App, known_at: datetime, tmp_path: Path, ask: Callable[[App, Question, Page], object]
) -> None:
    """In force since before what was known, it would tell that consent was never complete."""
    ask(app, asked(JGT, known_at=known_at), EVERYTHING)
    (look,) = looks_of(app)
    assert (look.policy, look.policy_known) == ("2026-11", "2026-11")
    added = with_policy(app, policy(tmp_path, "2026-04", known_at - timedelta(days=1)))
    assert added.policy(known_at).id == "2026-04"
    assert {each.result for each in replay_all(added)} == {"same"}


@pytest.mark.parametrize("ask", ASKED, ids=["a list", "a child"])
def test_the_policy_that_tells_what_was_known_is_named(
    app: App, known_at: datetime, tmp_path: Path, ask: Callable[[App, Question, Page], object]
) -> None:
    """Decided by the newer one, told by the older; also once a third one reaches back to then."""
    both = with_policy(app, policy(tmp_path, "2026-05", known_at + timedelta(minutes=30)))
    ask(both, asked(COORDINATOR, known_at=known_at, purpose="coordination"), EVERYTHING)
    (look,) = looks_of(app)
    assert (look.policy, look.policy_known) == ("2026-05", "2026-11")
    assert look.policy_known_sha256 == shipped()["2026-11"].sha256
    third = policy(tmp_path, "2026-04", known_at - timedelta(days=1))
    assert {each.result for each in replay_all(replace(both, policies={**both.policies, third.id: third}))} == {"same"}


@pytest.mark.parametrize("ask", ASKED, ids=["a list", "a child"])
def test_looks_of_before_the_second_policy_was_named_replay(
    app: App,
    known_at: datetime,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ask: Callable[[App, Question, Page], object],
) -> None:
    """They were told by the policy in force at the instant that they name."""
    both = with_policy(app, policy(tmp_path, "2026-05", known_at + timedelta(minutes=30)))
    told = vars(api.look)["_told"]
    unnamed = {"policy_known": None, "policy_known_sha256": None}
    monkeypatch.setattr(api.look, "_told", lambda *asked: told(*asked) | unnamed)
    ask(both, asked(COORDINATOR, known_at=known_at, purpose="coordination"), EVERYTHING)
    (look,) = looks_of(app)
    assert (look.policy, look.policy_known) == ("2026-05", None)
    assert {each.result for each in replay_all(both)} == {"same"}
