"""A lens asks the policy each question once, and tells each ground once."""

from typing import Any

import pytest

from api.main import App
from consent_policy.decide import decide
from projections.lens import Item
from projections.timeline import TIMELINE
from tests.examples import AUDITOR, COACH, COORDINATOR, EVALUATOR, MOTHER
from tests.projections.seen import frame


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every request that a lens makes of the policy."""
    asked = list[Any]()

    def listening(grounds: Any, request: Any, *rest: Any) -> Any:
        asked.append(request)
        return decide(grounds, request, *rest)

    monkeypatch.setattr("projections.lens.decide", listening)
    return asked


def test_each_question_is_asked_once(pit: App, asked: list[Any]) -> None:
    """However many entries it decides about, and whether it is asked to see or to read."""
    lens = frame(pit, COACH).lens
    for _ in range(3):
        assert lens.sees(Item("session", "e-2"))
        assert lens.reads(Item("session", "e-2"))
        assert lens.decision(Item("session", "e-2")).rule == "care-team"
    assert len(asked) == 1
    TIMELINE.build(frame(pit, COACH))
    assert len(asked[1:]) == len(set(asked[1:]))


def test_each_ground_is_told_once_and_refusals_too(pit: App) -> None:
    """In the order asked: what a look rests on, and what it was refused."""
    one = frame(pit, COACH)
    TIMELINE.build(one)
    grounds = list(one.lens.grounds_told())
    assert len(grounds) == len(set(grounds))
    assert {ground.decision for ground in grounds} == {"permit", "deny"}
    assert grounds[0].category == "identity"
    assert grounds == list(one.lens.grounds_told())


def test_grounds_that_differ_only_by_entry_are_told_once(pit: App) -> None:
    """Items that are decided alike leave one ground."""
    lens = frame(pit, MOTHER).lens
    for who in ((), ("school",), ("youth",)):
        lens.sees(Item("session", "e-2", talk_with=who))
    assert len(lens.decided) == 3
    assert len(list(lens.grounds_told())) == 1


def test_what_was_not_asked_for_is_neither_decided_nor_shown(pit: App, asked: list[Any]) -> None:
    """A look that is narrowed to sessions rests on nothing else."""
    one = frame(pit, COACH, categories=("session",))
    content = TIMELINE.build(one)
    assert {each["category"] for each in content.body["entries"]} == {"session"}
    assert {request.category for request in asked} == {"session"}
    assert not one.lens.sees(Item("plan", "e-2"))


@pytest.mark.parametrize("viewer", [AUDITOR, COORDINATOR])
def test_some_rules_show_codes_and_never_text(pit: App, viewer: Any) -> None:
    """Audit and coordination: sees, and does not read."""
    lens = frame(pit, viewer).lens
    assert lens.sees(Item("episode"))
    assert not lens.reads(Item("episode"))


def test_who_sees_nothing_reads_nothing(pit: App) -> None:
    """An evaluator has no rule about a child."""
    lens = frame(pit, EVALUATOR).lens
    assert not any(lens.sees(Item(each)) or lens.reads(Item(each)) for each in ("episode", "identity", "session"))


def test_entries_that_the_policy_cannot_tell_apart_are_asked_about_once(pit: App, asked: list[Any]) -> None:
    """A coach sees all sessions or none; a mother may see one and not another."""
    for viewer, questions in ((COACH, 1), (MOTHER, 3)):
        lens = frame(pit, viewer).lens
        asked.clear()
        decisions = [lens.decision(Item("session", "e-2", entry=entry)) for entry in (40, 41, 42)]
        assert len(asked) == questions
        assert len(set(decisions)) == 1
        assert len(lens.decided) == 3


def test_a_lens_asks_about_the_disclosure_that_it_is_about(pit: App, asked: list[Any]) -> None:
    """Only then may the rule `reveal` answer."""
    frame(pit, AUDITOR, disclosure="d-1").lens.sees(Item("identity"))
    assert [request.disclosure for request in asked] == ["d-1"]
