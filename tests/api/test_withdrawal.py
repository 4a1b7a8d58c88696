"""A withdrawal of consent stops the next look, also one that was being decided when it came."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest

from api.look import Busy, Refused, Seen
from api.main import App
from consent_policy.decide import decide
from consent_policy.grounds import Request
from domain.disclosure import Disclosed, DisclosureRefused, Look
from domain.envelope import Recorded
from domain.trajectory.consent import ConsentRevoked
from projections.trajectory import TRAJECTORY
from tests.api.given import body_of, done, facts_of, log_of, see
from tests.conftest import CommandLine
from tests.examples import CHILD, COACH, FATHER, SECOND_COACH, as_, by, session, withdrawal


def assert_nothing_was_shown_that_the_log_did_not_allow(app: App) -> None:
    """Every look shown was decided on all that stood before its position, and is permitted on that (ledger.md)."""
    for shown in facts_of(app, Disclosed):
        fact = shown.fact
        assert isinstance(fact, Disclosed)
        for part in fact.shown:
            stream = UUID(part.trajectory)
            assert part.version == sum(each.position <= shown.position for each in app.store.stream(stream))
            grounds = app.history(stream).upto(part.version).latest.grounds
            for ground in part.grounds:
                asked = Request(fact.by, fact.purpose, ground.category, episode=ground.episode, signal=ground.signal)
                decided = decide(grounds, asked, fact.occurred_at, app.policy(fact.occurred_at))
                assert (decided.decision, decided.rule) == (ground.decision, ground.rule)


def before_the_first_save(app: App, monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> list[int]:
    """Let something happen between deciding and appending; the list counts how often was saved."""
    save, saved = app.store.save, list[int]()

    def later(*arguments: Any, **named: Any) -> list[Recorded]:
        saved.append(1)
        if len(saved) == 1:
            happens()
        return save(*arguments, **named)

    monkeypatch.setattr(app.store, "save", later)
    return saved


def test_a_look_after_a_withdrawal_is_refused(pit: App, cli: CommandLine) -> None:
    """The coach saw the sessions; the father withdraws; the coach sees none, and the log has both in that order."""
    asked = ("timeline", CHILD, "--as", as_(COACH), "--category", "session", "--json")
    seen = cli(*asked, app=pit)
    assert seen.code == 0
    assert {each["what"] for each in json.loads(seen.out)["entries"]} == {"session-held"}
    done(pit, withdrawal())
    refused = cli(*asked, app=pit)
    assert (refused.code, refused.err) == (1, "")
    answer = json.loads(refused.out)
    assert (answer["decision"], answer["rule"], answer["reasons"]) == ("deny", "care-team", ["consent_missing"])
    assert set(answer) == {"decision", "rule", "reasons", "disclosure"}
    last = [type(each.fact) for each in log_of(pit)[-3:]]
    assert last == [Disclosed, ConsentRevoked, DisclosureRefused]


def test_the_family_withdraws_by_itself_and_it_holds_at_once(pit: App) -> None:
    """Whoever gave consent withdraws it without a professional, at the very instant of the next look."""
    done(pit, withdrawal(by=by(FATHER), evidence=None, at=pit.now().isoformat()))
    assert isinstance(see(pit, COACH, categories=("session",)), Refused)


def test_the_team_still_sees_whose_file_it_must_close(pit: App) -> None:
    """After a withdrawal: who the child is and the episode as codes and dates, nothing of what was said (closing)."""
    done(pit, withdrawal())
    seen = body_of(see(pit, COACH))
    assert {each["category"] for each in seen["entries"]} <= {"identity", "episode"}


def test_a_withdrawal_between_deciding_and_appending_makes_the_look_decide_again(
    pit: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was permitted on the old version is refused on the new one, and only the refusal is in the log."""
    saved = before_the_first_save(pit, monkeypatch, lambda: done(pit, withdrawal()))
    outcome = see(pit, COACH, categories=("session",))
    assert isinstance(outcome, Refused)
    assert len(saved) == 3
    assert facts_of(pit, Disclosed) == []
    assert [type(each.fact) for each in log_of(pit)[-2:]] == [ConsentRevoked, DisclosureRefused]


def test_an_action_between_deciding_and_appending_is_shown_too(pit: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """The content is built anew as well: a look shows the version that it names."""
    before_the_first_save(pit, monkeypatch, lambda: done(pit, session()))
    shown = body_of(see(pit, COACH, categories=("session",)))
    assert shown["entries"][-1]["at"] == "2026-04-28T11:00:00+02:00"
    assert_nothing_was_shown_that_the_log_did_not_allow(pit)


def test_a_look_at_a_child_that_keeps_changing_gives_up(
    pit: App, cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 3, nothing shown, nothing recorded of it."""
    save, day = pit.store.save, iter(range(1, 1000))

    def moved(facts: Any, *rest: Any, **named: Any) -> Any:
        if isinstance(facts[0].fact, Look):
            minute = next(day)
            done(pit, session(at=f"2026-04-{minute // 60 + 20}T10:{minute % 60:02}:00Z"))
        return save(facts, *rest, **named)

    monkeypatch.setattr(pit.store, "save", moved)
    with pytest.raises(Busy):
        see(pit, COACH)
    said = cli("timeline", CHILD, "--as", as_(COACH), app=pit)
    assert (said.code, said.out) == (3, "")
    assert facts_of(pit, Look) == []


def test_many_looks_at_once_with_a_withdrawal_among_them(pit: App) -> None:
    """Whatever the order, no look stands after the withdrawal that it forbids."""

    def looks(viewer: Any) -> list[Seen | Refused]:
        return [see(pit, viewer, view=view) for view in (TRAJECTORY,) * 10] + [
            see(pit, viewer, categories=("session",)) for _ in range(10)
        ]

    with ThreadPoolExecutor(3) as threads:
        looking = [threads.submit(looks, viewer) for viewer in (COACH, SECOND_COACH)]
        threads.submit(done, pit, withdrawal()).result()
        outcomes = [each for future in looking for each in future.result()]
    assert len(facts_of(pit, Look)) == len(outcomes) == 40
    assert {each.position for each in facts_of(pit, Disclosed)} == {
        each.position for each in outcomes if isinstance(each, Seen)
    }
    assert_nothing_was_shown_that_the_log_did_not_allow(pit)
