"""Doing, looking and reading the log, as a door does, in one word each."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import uuid4

from pydantic import BaseModel

from api.act import act
from api.answer import Answer
from api.look import Question, Refused, Seen, look
from api.main import App
from api.parse import parse
from consent_policy.grounds import Actor
from domain.disclosure import Door
from domain.envelope import Recorded
from domain.fact import ChildFact, Fact
from domain.field import is_personal
from projections.timeline import TIMELINE
from projections.view import View
from tests.examples import CHILD

PURPOSE_OF = {
    "guardian": "subject_access",
    "youth": "subject_access",
    "coordinator": "coordination",
    "auditor": "audit",
    "dpo": "audit",
    "evaluator": "evaluation",
    "records_officer": "legal",
}


def do(app: App, said: dict[str, Any], recorded_at: datetime | None = None) -> Answer:
    """The answer to an action that fits its model."""
    return act(app, parse(said, app.programmes), recorded_at)


def done(app: App, *said: dict[str, Any]) -> list[Answer]:
    """The answers to actions, all of which are recorded."""
    answers = [do(app, each) for each in said]
    assert [each.status for each in answers] == ["recorded"] * len(said), answers
    return answers


def told(app: App, said: dict[str, Any]) -> tuple[str, str | None]:
    """Status and code of the answer to an action."""
    answer = do(app, said)
    return answer.status, answer.code


def see(
    app: App,
    viewer: Actor,
    purpose: str | None = None,
    view: View = TIMELINE,
    trajectory: str = CHILD,
    **narrowed: Any,
) -> Seen | Refused:
    """What the viewer gets to see, or why nothing."""
    door = Door(door="command line", authentication="test", request=str(uuid4()))
    question = Question(view, viewer, purpose or PURPOSE_OF.get(viewer.role, "care"), door, **narrowed)
    return look(app, question, trajectory)


def body_of(outcome: Seen | Refused) -> dict[str, Any]:
    """What was shown of the one child that was asked about."""
    assert isinstance(outcome, Seen), outcome
    (body,) = outcome.bodies
    return body


def log_of(app: App) -> list[Recorded]:
    """The whole log."""
    return app.store.log(limit=1_000_000)


def facts_of(app: App, *kinds: type[Fact]) -> list[Recorded]:
    """The facts of these kinds, in the order of the log."""
    return [each for each in log_of(app) if isinstance(each.fact, kinds)]


def texts_of(facts: Iterable[ChildFact]) -> dict[str, str]:
    """Every ◆ text of the facts, with the category of the fact that holds it."""
    return {text: fact.CATEGORY for fact in facts for text in personal(fact)}


def personal(said: BaseModel) -> Iterable[str]:
    """Every ◆ text that an action or a fact says."""
    for name, field in type(said).model_fields.items():
        if is_personal(field):
            yield from _leaves(said.model_dump(mode="json", include={name})[name])


def _leaves(value: object) -> Iterable[str]:
    match value:
        case dict():
            for each in value.values():
                yield from _leaves(each)
        case list():
            for each in value:
                yield from _leaves(each)
        case str() if len(value) > 3:
            yield value
