"""Which subject an action or a fact belongs to: the one page to look up where a rule lives."""

from types import ModuleType
from typing import Any

from domain.action import Action
from domain.fact import ChildFact
from domain.trajectory import (
    attendance,
    child,
    consent,
    episode,
    guardian,
    plan,
    referral,
    screening,
    signal,
    support,
)

SUBJECTS: tuple[ModuleType, ...] = (
    child,
    guardian,
    consent,
    signal,
    episode,
    screening,
    plan,
    support,
    attendance,
    referral,
)
"""Each has ACTIONS, FACTS, `rule(child, action, policy)` and `evolve(child, entry, fact)`."""

SUBJECT_OF: dict[type[Any], ModuleType] = {
    each: subject for subject in SUBJECTS for each in (*subject.ACTIONS, *subject.FACTS)
}
ACTIONS: dict[str, type[Action]] = {
    each.model_fields["action"].default: each for subject in SUBJECTS for each in subject.ACTIONS
}
FACTS: dict[str, type[ChildFact]] = {each.TOPIC: each for subject in SUBJECTS for each in subject.FACTS}
