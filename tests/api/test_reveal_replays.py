"""A reveal is a look: it is what was shown, or nothing; it is recorded before, and replays."""

import json
from collections import Counter
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from api.look import Seen
from api.main import App
from api.reveal import Different, reveal_look
from domain.disclosure import DisclosureRefused, Look
from domain.trajectory.support import SessionHeld
from ledger.errors import StoreUnavailable
from projections.caseload import CASELOAD
from projections.trajectory import TRAJECTORY
from tests.api.given import done, facts_of, log_of, see
from tests.api.reveals import (
    DOOR,
    OTHER,
    OTHER_AUDITOR,
    approve,
    caseload,
    refused,
    results,
    retraction,
    revealed,
    shown,
    told_again,
)
from tests.api.test_replay import tampered, with_part
from tests.api.test_withdrawal import before_the_first_save
from tests.conftest import Clock, CommandLine
from tests.examples import (
    AUDITOR,
    CHILD,
    COACH,
    PERSONS,
    as_,
    session,
    withdrawal,
)


@pytest.fixture
def two(pit: App) -> App:
    """The same story of another child; the coordinator has both on the caseload."""
    return told_again(pit)


def test_reveals_replay_the_same_whatever_came_after(pit: App, clock: Clock) -> None:
    """Shown or refused, through what is recorded since."""
    seen = shown(see(pit, COACH))
    refused(pit, seen.disclosure)
    approve(pit, seen.disclosure)
    revealed(pit, seen.disclosure)
    refused(pit, seen.disclosure, OTHER_AUDITOR)
    clock.step(days=1)
    done(pit, session(), withdrawal())
    assert results(pit) == [("same", ())] * 4


def test_of_an_erased_child_nothing_is_shown(pit: App, cli: CommandLine) -> None:
    """`erased` to whoever asks, and that it was asked is recorded; what was revealed before replays as erased."""
    seen = shown(see(pit, COACH))
    approve(pit, seen.disclosure)
    revealed(pit, seen.disclosure)
    pit.store.erase(pit.stream_of(CHILD))
    assert refused(pit, seen.disclosure).decision.reasons == ("erased",)
    said = cli("reveal", seen.disclosure, "--as", as_(AUDITOR), "--json", app=pit)
    assert (said.code, json.loads(said.out)["reasons"]) == (1, ["erased"])
    assert results(pit) == [("erased", ())] * 4


def test_of_several_children_the_erased_are_counted(two: App) -> None:
    """The others are shown."""
    seen = caseload(two)
    approve(two, seen.disclosure)
    two.store.erase(two.stream_of(OTHER))
    found = revealed(two, seen.disclosure)
    assert (len(found.seen.bodies), found.withheld, found.erased) == (1, 0, 1)


@pytest.mark.parametrize("what", ["the digest", "a fact of the child"])
def test_what_was_tampered_with_is_not_shown(pit: App, folder: Path, cli: CommandLine, what: str) -> None:
    """It says DIFFERENT and what differs, by name; that it was asked is recorded, and replays."""
    seen = shown(see(pit, COACH))
    approve(pit, seen.disclosure)
    if what == "the digest":
        tampered(pit, folder, seen.position, lambda fact: with_part(fact, digest="0" * 64))
    else:
        position = facts_of(pit, SessionHeld)[-1].position
        tampered(pit, folder, position, lambda fact: fact.model_copy(update={"minutes": 46}))
    outcome = reveal_look(pit, seen.disclosure, AUDITOR, DOOR)
    assert isinstance(outcome, Different)
    assert outcome.why == ("content",)
    assert isinstance(log_of(pit)[-1].fact, DisclosureRefused)
    for form in ((), ("--json",)):
        said = cli("reveal", seen.disclosure, "--as", as_(AUDITOR), *form, app=pit)
        assert (said.code, "DIFFERENT" in said.out) == (1, True)
        assert "Noor" not in said.out
        assert "entries" not in said.out
    assert results(pit) == [("DIFFERENT", ("content",)), *[("same", ())] * 3]


def test_one_child_that_differs_keeps_all_from_being_shown(two: App, folder: Path) -> None:
    """What else stands in a disclosure that was tampered with is not trusted either."""
    seen = caseload(two)
    approve(two, seen.disclosure)
    approve(two, seen.disclosure, trajectory=OTHER)

    def without_a_digest(fact: Any) -> Any:
        first, second = fact.shown
        return fact.model_copy(update={"shown": (first, second.model_copy(update={"digest": "0" * 64}))})

    tampered(two, folder, seen.position, without_a_digest)
    outcome = reveal_look(two, seen.disclosure, AUDITOR, DOOR)
    assert isinstance(outcome, Different)
    last = log_of(two)[-1].fact
    assert isinstance(last, DisclosureRefused)
    assert len(last.withheld) == 2


def test_a_reveal_of_what_is_gone_from_the_log_is_different(pit: App, folder: Path) -> None:
    """A reveal that names another look than the one it showed, or itself, is found."""
    seen = shown(see(pit, COACH))
    approve(pit, seen.disclosure)
    found = revealed(pit, seen.disclosure).seen
    others = [(f"disclosure={each}",) for each in (uuid4(), found.disclosure, pit.store.opened.stream)]
    for filters in (*others, (), ("session",)):
        tampered(pit, folder, found.position, partial(Look.model_copy, update={"filters": filters}))
        assert results(pit)[-1] == ("DIFFERENT", ("disclosure",))


def test_a_child_that_moves_meanwhile_is_decided_about_again(pit: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is shown that the log did not allow at the position where it is recorded."""
    seen = shown(see(pit, COACH))
    approve(pit, seen.disclosure)
    taken_back = retraction(pit)
    saved = before_the_first_save(pit, monkeypatch, lambda: done(pit, taken_back))
    refused(pit, seen.disclosure)
    assert len(saved) == 3


def test_where_it_cannot_be_recorded_nothing_is_shown(
    pit: App, cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 3, and no content."""
    seen = shown(see(pit, COACH))
    approve(pit, seen.disclosure)

    def fails(*_: Any, **__: Any) -> None:
        raise StoreUnavailable("The disk of the store is full.")

    monkeypatch.setattr(pit.store, "save", fails)
    said = cli("reveal", seen.disclosure, "--as", as_(AUDITOR), "--json", app=pit)
    assert (said.code, said.out) == (3, "")


def test_looks_of_many_roles_are_revealed_as_they_were(pit: App, clock: Clock) -> None:
    """Whoever looked, with every view that they saw something of."""
    looks = [see(pit, person, view=view) for person in PERSONS for view in (CASELOAD, TRAJECTORY)]
    seen = [each for each in looks if isinstance(each, Seen)]
    clock.step(seconds=timedelta(hours=1).total_seconds())
    for number, each in enumerate(seen):
        approve(pit, each.disclosure, reveal=f"rv-{number}")
        assert revealed(pit, each.disclosure).seen.bodies == each.bodies
    assert len(seen) > 10
    assert Counter(result for result, _ in results(pit)) == Counter(same=len(facts_of(pit, Look)))
