"""Overrides for safety: opened with a reason, for an hour at most, and judged by somebody else afterwards."""

from datetime import timedelta
from typing import Annotated, ClassVar, Literal, assert_never

from pydantic import Field

from consent_policy.grounds import Override
from consent_policy.policy import Policy
from consent_policy.vocabulary import Category
from domain.action import Action, Who
from domain.fact import ChildFact
from domain.field import MIN_REASON, Introduces, Part, Ref, Refers, Text
from domain.record import altered
from domain.refusal import Code, Refusals, Refused
from domain.trajectory.state import Child
from domain.trajectory.who import coordinator, dpo, outside_school

ONCE_WITHIN = timedelta(hours=24)
"""A person breaks the glass of one child once in this time; again needs the dpo (domain.md, Actions)."""


class InvocationBody(Part):
    safety: Annotated[Ref, Introduces("safety")]
    basis: Literal["break_glass", "veilig_thuis"]
    reason: Text
    minutes: Annotated[int, Field(gt=0, le=60)]


class SafetyInvoked(ChildFact, InvocationBody):
    """The dossier was opened in an emergency, or for a report to Veilig Thuis."""

    TOPIC: ClassVar[str] = "trajectory.safety-invoked.1"
    CATEGORY: ClassVar[Category] = "safety"


class InvokeSafety(Action, InvocationBody):
    """Opens the dossier in an emergency, or for a report to Veilig Thuis, for at most an hour."""

    FACT: ClassVar[type[ChildFact]] = SafetyInvoked
    WHO: ClassVar[tuple[Who, ...]] = (outside_school,)

    action: Literal["invoke_safety"] = "invoke_safety"


class SafetyReviewBody(Part):
    safety: Annotated[Ref, Refers("safety")]
    verdict: Literal["justified", "unjustified"]
    note: Text


class SafetyReviewed(ChildFact, SafetyReviewBody):
    """It was judged whether opening the dossier was justified."""

    TOPIC: ClassVar[str] = "trajectory.safety-reviewed.1"
    CATEGORY: ClassVar[Category] = "safety"


class ReviewSafety(Action, SafetyReviewBody):
    """Judges whether opening the dossier was justified."""

    FACT: ClassVar[type[ChildFact]] = SafetyReviewed
    WHO: ClassVar[tuple[Who, ...]] = (coordinator, dpo)

    action: Literal["review_safety"] = "review_safety"


class SafetyReleaseBody(Part):
    safety: Annotated[Ref, Refers("safety")]
    verdict: Literal["justified", "unjustified"]
    note: Text


class SafetyReleased(ChildFact, SafetyReleaseBody):
    """Guardians may see that the dossier was opened."""

    TOPIC: ClassVar[str] = "trajectory.safety-released.1"
    CATEGORY: ClassVar[Category] = "safety"


class ReleaseSafety(Action, SafetyReleaseBody):
    """Lets guardians see that the dossier was opened."""

    FACT: ClassVar[type[ChildFact]] = SafetyReleased
    WHO: ClassVar[tuple[Who, ...]] = (coordinator, dpo)

    action: Literal["release_safety"] = "release_safety"


ACTIONS = (
    InvokeSafety,
    ReviewSafety,
    ReleaseSafety,
)
FACTS = (
    SafetyInvoked,
    SafetyReviewed,
    SafetyReleased,
)

SafetyAction = InvokeSafety | ReviewSafety | ReleaseSafety
SafetyFact = SafetyInvoked | SafetyReviewed | SafetyReleased


def rule(child: Child, action: SafetyAction, policy: Policy) -> Refusals:
    match action:
        case InvokeSafety():
            short = len(action.reason.strip()) < MIN_REASON
            return (
                Refused(Code.REASON_REQUIRED) if short else None,
                Refused(Code.NEEDS_DPO) if _broke_glass_lately(child, action) else None,
            )
        case ReviewSafety() | ReleaseSafety():
            override = override_of(child, action.safety)
            done = child.judged if isinstance(action, ReviewSafety) else child.released
            return (
                Refused(Code.ROLE_NOT_PERMITTED) if override and override.invoker.id == action.by.id else None,
                Refused(Code.ALREADY_DONE) if action.safety in done else None,
            )
        case _:
            assert_never(action)


def override_of(child: Child, safety: str) -> Override | None:
    return next((each for each in child.grounds.overrides if each.safety == safety), None)


def _broke_glass_lately(child: Child, action: InvokeSafety) -> bool:
    """Over all that is known now: neither shortly before nor shortly after."""
    return action.basis == "break_glass" and any(
        each.basis == "break_glass" and each.invoker.id == action.by.id and abs(each.since - action.at) < ONCE_WITHIN
        for each in child.grounds.overrides
    )


def evolve(child: Child, entry: int, fact: SafetyFact) -> Child:
    match fact:
        case SafetyInvoked():
            until = fact.occurred_at + timedelta(minutes=fact.minutes)
            override = Override(entry, fact.safety, fact.basis, fact.by, fact.occurred_at, until, None)
            return child.with_grounds(overrides=(*child.grounds.overrides, override))
        case SafetyReviewed():
            return altered(child, judged=child.judged | {fact.safety})
        case SafetyReleased():
            return _released(altered(child, released=child.released | {fact.safety}), fact)
        case _:
            assert_never(fact)


def _released(child: Child, fact: SafetyReleased) -> Child:
    return child.with_grounds(
        overrides=tuple(
            altered(each, released_at=each.released_at or fact.occurred_at) if each.safety == fact.safety else each
            for each in child.grounds.overrides
        )
    )
