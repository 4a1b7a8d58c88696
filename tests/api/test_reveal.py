"""What a look showed is shown again to the auditor for whom the dpo approved it, and to nobody else (consent.md)."""

import json
from uuid import uuid4

import pytest

from api.look import Refused, Seen
from api.main import App
from api.past_looks import NoSuchDisclosure
from api.reveal import reveal_look
from consent_policy.grounds import Actor
from domain.disclosure import Disclosed
from projections.trajectory import TRAJECTORY
from tests.api.given import body_of, done, facts_of, log_of, see, told
from tests.api.reveals import (
    DOOR,
    OTHER,
    OTHER_AUDITOR,
    approve,
    approved,
    asked,
    caseload,
    refused,
    results,
    retraction,
    revealed,
    shown,
    told_again,
)
from tests.conftest import Clock, CommandLine
from tests.examples import (
    AUDITOR,
    CHILD,
    COACH,
    COORDINATOR,
    PERSONS,
    as_,
    by,
    opening,
    session,
    withdrawal,
)


@pytest.fixture
def two(pit: App) -> App:
    """The same story of another child; the coordinator has both on the caseload."""
    return told_again(pit)


def test_exactly_what_was_shown_is_shown_again(pit: App, clock: Clock) -> None:
    """Whatever was recorded since; and it is recorded before, with entries, fields and digest of what is seen."""
    seen = shown(see(pit, COACH))
    clock.step(hours=1)
    done(pit, session(summary="Sinds die inzage."), withdrawal())
    approve(pit, seen.disclosure)
    found = revealed(pit, seen.disclosure)
    assert found.seen.bodies == seen.bodies
    first, last = (each.fact for each in facts_of(pit, Disclosed))
    assert isinstance(first, Disclosed)
    assert isinstance(last, Disclosed)
    assert (last.view, last.view_version, last.purpose, last.by) == ("reveal", 1, "audit", AUDITOR)
    assert last.filters == (f"disclosure={seen.disclosure}",)
    assert last.shown[0].version == pit.store.version(pit.stream_of(CHILD))
    assert (last.shown[0].digest, last.shown[0].fields) == (first.shown[0].digest, first.shown[0].fields)


@pytest.mark.parametrize("viewer", [COACH, COORDINATOR, AUDITOR], ids=lambda viewer: viewer.role)
@pytest.mark.parametrize("approvals", ["none", "asked for", "another auditor", "another disclosure"])
def test_without_the_approval_of_the_dpo_nothing_is_shown(pit: App, viewer: Actor, approvals: str) -> None:
    """Not even codes and dates, which the rule `audit` would show: this is about the content of that look."""
    seen, other = shown(see(pit, viewer, view=TRAJECTORY)), shown(see(pit, viewer))
    if approvals == "asked for":
        done(pit, asked(seen.disclosure))
    elif approvals == "another auditor":
        approve(pit, seen.disclosure, OTHER_AUDITOR)
    elif approvals == "another disclosure":
        approve(pit, other.disclosure)
    assert refused(pit, seen.disclosure).decision.reasons == ("no_rule",)


@pytest.mark.parametrize("viewer", PERSONS, ids=lambda viewer: f"{viewer.role} {viewer.id}")
def test_nobody_else_sees_what_an_auditor_may(pit: App, viewer: Actor) -> None:
    """Not the dpo who approved it, and not whoever was shown it."""
    seen = shown(see(pit, COACH))
    approve(pit, seen.disclosure)
    if viewer == AUDITOR:
        assert revealed(pit, seen.disclosure).seen.bodies == seen.bodies
    else:
        refused(pit, seen.disclosure, viewer)


@pytest.mark.parametrize("viewer", [AUDITOR, COORDINATOR, COACH], ids=lambda viewer: viewer.role)
def test_nobody_but_the_dpo_approves(pit: App, viewer: Actor) -> None:
    """Somebody else's approval is refused, and opens nothing."""
    seen = shown(see(pit, COACH))
    done(pit, asked(seen.disclosure))
    assert told(pit, approved(seen.disclosure, dpo=viewer)) == ("refused", "role_not_permitted")
    refused(pit, seen.disclosure)


def test_an_approval_that_is_retracted_opens_nothing_more(pit: App) -> None:
    """What was seen until then was seen."""
    seen = shown(see(pit, COACH))
    approve(pit, seen.disclosure)
    revealed(pit, seen.disclosure)
    done(pit, retraction(pit))
    refused(pit, seen.disclosure)
    assert [result for result, _ in results(pit)] == ["same"] * 3


def test_of_several_children_only_those_are_shown_for_whom_it_is_approved(two: App, cli: CommandLine) -> None:
    """Of the others nothing but that they are withheld: neither their name nor their number in the list."""
    seen = caseload(two)
    assert len(seen.bodies) == 2
    approve(two, seen.disclosure, trajectory=OTHER)
    found = revealed(two, seen.disclosure)
    child, other = (str(two.stream_of(each)) for each in (CHILD, OTHER))
    (body,) = found.seen.bodies
    assert {row["trajectory"] for row in body["rows"]} == {other}
    assert (found.withheld, found.erased) == (1, 0)
    last = facts_of(two, Disclosed)[-1].fact
    assert isinstance(last, Disclosed)
    assert [each.trajectory for each in last.shown] == [other]
    assert [each.trajectory for each in last.withheld] == [child]
    for form in ((), ("--json",)):
        said = cli("reveal", seen.disclosure, "--as", as_(AUDITOR), *form, app=two)
        assert said.code == 0
        assert other in said.out
        assert child not in said.out
    assert [result for result, _ in results(two)] == ["same"] * 4


def test_safety_is_shown_again_where_a_look_showed_it(pit: App) -> None:
    """A reveal leaves nothing out of what was shown, and says on which categories it rests."""
    invoked = {"action": "invoke_safety", "at": "2026-05-01T11:30:00+02:00", "by": by(COACH), "trajectory": CHILD}
    reason = "Kind alleen op straat, ouder niet te bereiken."
    done(pit, invoked | {"safety": "v-1", "basis": "break_glass", "reason": reason, "minutes": 60})
    seen = shown(see(pit, COACH, "safety"))
    assert reason in json.dumps(seen.bodies)
    refused(pit, seen.disclosure)
    approve(pit, seen.disclosure)
    assert revealed(pit, seen.disclosure).seen.bodies == seen.bodies
    last = facts_of(pit, Disclosed)[-1].fact
    assert isinstance(last, Disclosed)
    rules = {ground.category: ground.rule for ground in last.shown[0].grounds}
    assert (rules["safety"], rules["identity"]) == ("reveal", "reveal")


def test_looks_at_the_access_log_are_shown_again(pit: App) -> None:
    """What an auditor saw of who asked for a reveal is content of that look, as any other."""
    seen = shown(see(pit, COACH))
    approve(pit, seen.disclosure)
    of_auditor = shown(see(pit, AUDITOR))
    assert {"access_log"} <= {each["category"] for each in body_of(of_auditor)["entries"]}
    refused(pit, of_auditor.disclosure, OTHER_AUDITOR)
    approve(pit, of_auditor.disclosure, OTHER_AUDITOR, reveal="rv-2")
    assert revealed(pit, of_auditor.disclosure, OTHER_AUDITOR).seen.bodies == of_auditor.bodies


def test_a_reveal_can_be_revealed(pit: App) -> None:
    """To another auditor, where that is approved: it showed what it showed."""
    seen = shown(see(pit, COACH))
    approve(pit, seen.disclosure)
    first = revealed(pit, seen.disclosure)
    refused(pit, first.seen.disclosure, OTHER_AUDITOR)
    approve(pit, first.seen.disclosure, OTHER_AUDITOR, reveal="rv-2")
    assert revealed(pit, first.seen.disclosure, OTHER_AUDITOR).seen.bodies == seen.bodies
    assert [result for result, _ in results(pit)] == ["same"] * 4


def test_only_looks_that_showed_something_can_be_revealed(pit: App, cli: CommandLine) -> None:
    """Bad use: what is no look, and a look that was refused."""
    outcome = see(pit, COACH, "legal")
    assert isinstance(outcome, Refused)
    before = len(log_of(pit))
    for bad in ("x", str(uuid4()), str(pit.store.opened.stream), str(outcome.disclosure)):
        assert cli("reveal", bad, "--as", as_(AUDITOR), app=pit).code == 2
    with pytest.raises(NoSuchDisclosure):
        reveal_look(pit, outcome.disclosure, AUDITOR, DOOR)
    assert len(log_of(pit)) == before


def test_the_command_tells_who_was_shown_what(pit: App, cli: CommandLine) -> None:
    """As one JSON document, or for people; refused, it ends with 1 and shows no content."""
    seen = shown(see(pit, COACH))
    said = cli("reveal", seen.disclosure, "--as", as_(AUDITOR), "--json", app=pit)
    assert (said.code, json.loads(said.out)["decision"]) == (1, "deny")
    assert "Noor" not in said.out
    approve(pit, seen.disclosure)
    said = cli("reveal", seen.disclosure, "--as", as_(AUDITOR), "--json", app=pit)
    answer = json.loads(said.out)
    assert (said.code, said.err) == (0, "")
    assert answer["children"] == [json.loads(json.dumps(seen.bodies[0]))]
    assert answer["revealed"]["viewer"]["id"] == COACH.id
    assert (answer["withheld"], answer["erased"], answer["position"]) == (0, 0, log_of(pit)[-1].position)
    plain = cli("reveal", seen.disclosure, "--as", as_(AUDITOR), app=pit)
    assert plain.code == 0
    assert f"{COACH.id} (pit_coach) was shown" in plain.out


def test_a_reveal_stands_in_the_access_trail_with_what_it_is_about(pit: App, cli: CommandLine) -> None:
    """Who saw what, and the disclosure that was seen again."""
    seen = shown(see(pit, COACH))
    approve(pit, seen.disclosure)
    revealed(pit, seen.disclosure)
    row = json.loads(cli("disclosures", "--json", app=pit).out)["disclosures"][-1]
    assert (row["view"], row["filters"]) == ("reveal 1", [f"disclosure={seen.disclosure}"])
    assert row["children"][0]["entries"]


def test_a_child_of_whom_nothing_is_known_cannot_be_asked_about(pit: App) -> None:
    """A look at a reference that nobody opened showed nothing of anybody: no approval can stand for it."""
    seen = see(pit, AUDITOR, trajectory="t-unknown")
    assert isinstance(seen, Seen)
    refused(pit, seen.disclosure)
    done(pit, opening("t-unknown", at="2026-05-01T11:00:00+02:00"))
    refused(pit, seen.disclosure)
