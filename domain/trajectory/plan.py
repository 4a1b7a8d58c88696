"""The plan: what family, school and team agree on, and whether it works."""

from typing import Annotated, ClassVar, Literal, assert_never

from consent_policy.policy import Policy
from consent_policy.vocabulary import Category
from domain.action import CareAction, Who
from domain.fact import CareFact, ChildFact
from domain.field import PERSONAL, Part, Ref, Refers, Text
from domain.programme import PlanPart
from domain.refusal import Code, Refusals, Refused
from domain.trajectory.episode import EpisodeRef
from domain.trajectory.state import Child
from domain.trajectory.who import reviewer, team


class Goal(Part):
    """What the family wants to reach, and whose it is."""

    text: Text
    owner: Ref


class PlanBody(Part):
    episode: EpisodeRef
    goals: Annotated[tuple[Goal, ...], PERSONAL] | None = None
    parts: tuple[PlanPart, ...]
    means: Text | None = None
    strengths: Text | None = None
    network: Text | None = None
    drawn_up_by: Literal["family", "team"]
    agreed_with: tuple[Annotated[Ref, Refers("person_or_school")], ...]


class PlanAgreed(CareFact, PlanBody):
    """It was agreed what will be done."""

    TOPIC: ClassVar[str] = "trajectory.plan-agreed.1"
    CATEGORY: ClassVar[Category] = "plan"


class AgreePlan(CareAction, PlanBody):
    """Agrees with family and school what will be done."""

    FACT: ClassVar[type[ChildFact]] = PlanAgreed
    WHO: ClassVar[tuple[Who, ...]] = (team,)
    GATE: ClassVar[Category] = "plan"
    REQUIRED_TEXT: ClassVar[tuple[str, ...]] = ("goals", "means")

    action: Literal["agree_plan"] = "agree_plan"


class ReviewBody(Part):
    episode: EpisodeRef
    effective: bool
    fitting: bool
    family_verdict: Text | None = None
    decision: Literal["continue", "adjust", "conclude", "escalate"]


class PlanReviewed(CareFact, ReviewBody):
    """It was looked whether help works and fits."""

    TOPIC: ClassVar[str] = "trajectory.plan-reviewed.1"
    CATEGORY: ClassVar[Category] = "plan"


class ReviewPlan(CareAction, ReviewBody):
    """Looks whether help works and fits, with the family's own verdict."""

    FACT: ClassVar[type[ChildFact]] = PlanReviewed
    WHO: ClassVar[tuple[Who, ...]] = (reviewer,)
    GATE: ClassVar[Category] = "plan"

    action: Literal["review_plan"] = "review_plan"


ACTIONS = (
    AgreePlan,
    ReviewPlan,
)
FACTS = (
    PlanAgreed,
    PlanReviewed,
)


def rule(child: Child, action: AgreePlan | ReviewPlan, policy: Policy) -> Refusals:
    match action:
        case AgreePlan():
            complete = _whole(child, action) and _advised(child, action)
            return (None if complete else Refused(Code.PLAN_INCOMPLETE),)
        case ReviewPlan():
            return ()
        case _:
            assert_never(action)


def _whole(child: Child, action: AgreePlan) -> bool:
    """The plan has what its programme asks (domain.md, Programmes, row plan)."""
    asks = child.episodes[action.episode].programme.plan
    parts = {*asks.parts, *(("return_to_school",) if asks.return_part_while_absent and _absent(child, action) else ())}
    return (
        parts <= set(action.parts)
        and (action.irregular is not None or all(getattr(action, each) for each in asks.needs))
        and (not asks.drawn_up_by_family or action.drawn_up_by == "family")
        and (not asks.agreed_with_school or "school" in action.agreed_with)
        and (not asks.agreed_with_guardian or any(each in child.guardians for each in action.agreed_with))
    )


def _absent(child: Child, action: AgreePlan) -> bool:
    return any(each.away_on(action.at) for each in child.absences.values())


def _advised(child: Child, action: AgreePlan) -> bool:
    """After advice in this episode or the one that it re-enters."""
    episode = child.episodes[action.episode]
    if not episode.programme.plan.after_advice:
        return True
    former = child.episodes.get(episode.reenters or "")
    return any(at <= action.at for at in (*episode.advised, *(former.advised if former else ())))


def evolve(child: Child, entry: int, fact: PlanAgreed | PlanReviewed) -> Child:
    episode = child.episodes.get(fact.episode)
    if episode is None:
        return child
    match fact:
        case PlanAgreed():
            return child.with_episode(fact.episode, planned=(*episode.planned, fact.occurred_at))
        case PlanReviewed():
            return child.with_episode(fact.episode, reviewed=(*episode.reviewed, fact.occurred_at))
        case _:
            assert_never(fact)
