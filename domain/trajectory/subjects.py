"""Which subject an action or a fact belongs to: the one page to look up where a rule lives."""

from types import ModuleType
from typing import Any

from domain.action import Action
from domain.fact import ChildFact
from domain.trajectory import (
    attendance,
    child,
    consent,
    correction,
    episode,
    family,
    guardian,
    oversight,
    plan,
    protection,
    referral,
    request,
    safety,
    screening,
    sharing,
    signal,
    support,
)

SUBJECTS: tuple[ModuleType, ...] = (
    child,
    guardian,
    protection,
    family,
    consent,
    signal,
    episode,
    screening,
    plan,
    support,
    attendance,
    referral,
    sharing,
    safety,
    correction,
    oversight,
    request,
)
"""Each has ACTIONS, FACTS, `rule(child, action, policy)` and `evolve(child, entry, fact)`."""

SUBJECT_OF: dict[type[Any], ModuleType] = {
    each: subject for subject in SUBJECTS for each in (*subject.ACTIONS, *subject.FACTS)
}
ACTIONS: dict[str, type[Action]] = {
    each.model_fields["action"].default: each for subject in SUBJECTS for each in subject.ACTIONS
}
FACTS: dict[str, type[ChildFact]] = {each.TOPIC: each for subject in SUBJECTS for each in subject.FACTS}
