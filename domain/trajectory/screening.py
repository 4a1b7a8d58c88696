"""Screening, the interviews that belong to it, and the advice that comes of it."""

from typing import Annotated, ClassVar, Literal, assert_never

from pydantic import Field

import consent_policy.grounds as policy_grounds
from consent_policy.policy import Policy
from consent_policy.vocabulary import Category
from domain.action import CareAction, Who
from domain.fact import CareFact, ChildFact
from domain.field import Introduces, Part, PersonRef, Ref, Refers, Text
from domain.record import altered
from domain.refusal import Code, Refusals, Refused
from domain.trajectory import state
from domain.trajectory.episode import EpisodeRef
from domain.trajectory.gate import disclosure_refusal
from domain.trajectory.guardian import withheld
from domain.trajectory.state import Child
from domain.trajectory.who import screener, team


class ScreeningStartBody(Part):
    episode: EpisodeRef
    screening: Annotated[Ref, Introduces("screening")]


class ScreeningStarted(CareFact, ScreeningStartBody):
    """A screening began."""

    TOPIC: ClassVar[str] = "trajectory.screening-started.1"
    CATEGORY: ClassVar[Category] = "screening"


class StartScreening(CareAction, ScreeningStartBody):
    """The assigned researcher begins to screen."""

    FACT: ClassVar[type[ChildFact]] = ScreeningStarted
    WHO: ClassVar[tuple[Who, ...]] = (screener,)
    GATE: ClassVar[Category] = "screening"

    action: Literal["start_screening"] = "start_screening"


class ScreeningBody(Part):
    episode: EpisodeRef
    screening: Annotated[Ref, Refers("screening")]
    strengths: tuple[Text, ...] | None = None
    needs: tuple[Text, ...] | None = None
    instruments: tuple[Ref, ...]


class ScreeningCompleted(CareFact, ScreeningBody):
    """A screening was completed."""

    TOPIC: ClassVar[str] = "trajectory.screening-completed.1"
    CATEGORY: ClassVar[Category] = "screening"


class CompleteScreening(CareAction, ScreeningBody):
    """The screening is complete: strengths, needs, and with which instruments."""

    FACT: ClassVar[type[ChildFact]] = ScreeningCompleted
    WHO: ClassVar[tuple[Who, ...]] = (screener,)
    GATE: ClassVar[Category] = "screening"
    REQUIRED_TEXT: ClassVar[tuple[str, ...]] = ("strengths", "needs")

    action: Literal["complete_screening"] = "complete_screening"


class InterviewBody(Part):
    episode: EpisodeRef
    with_: Annotated[Literal["school", "guardians", "youth"], Field(alias="with")]
    summary: Text | None = None
    withheld_from: tuple[PersonRef, ...] = ()


class InterviewHeld(CareFact, InterviewBody):
    """There was a talk with school, guardians or youth about the question."""

    TOPIC: ClassVar[str] = "trajectory.interview-held.1"
    CATEGORY: ClassVar[Category] = "interview"


class HoldInterview(CareAction, InterviewBody):
    """Talks with school, guardians or youth about the question."""

    FACT: ClassVar[type[ChildFact]] = InterviewHeld
    WHO: ClassVar[tuple[Who, ...]] = (team,)
    GATE: ClassVar[Category] = "interview"
    REQUIRED_TEXT: ClassVar[tuple[str, ...]] = ("summary",)

    action: Literal["hold_interview"] = "hold_interview"


class AdviceBody(Part):
    episode: EpisodeRef
    to: Annotated[tuple[Ref, ...], Field(min_length=1)]
    advice: Text | None = None


class AdviceGiven(CareFact, AdviceBody):
    """Advice was given."""

    TOPIC: ClassVar[str] = "trajectory.advice-given.1"
    CATEGORY: ClassVar[Category] = "advice"


class GiveAdvice(CareAction, AdviceBody):
    """Gives advice to school, guardians, youth or other organisations."""

    FACT: ClassVar[type[ChildFact]] = AdviceGiven
    WHO: ClassVar[tuple[Who, ...]] = (team,)
    GATE: ClassVar[Category] = "advice"
    REQUIRED_TEXT: ClassVar[tuple[str, ...]] = ("advice",)

    action: Literal["give_advice"] = "give_advice"


ACTIONS = (
    StartScreening,
    CompleteScreening,
    HoldInterview,
    GiveAdvice,
)
FACTS = (
    ScreeningStarted,
    ScreeningCompleted,
    InterviewHeld,
    AdviceGiven,
)

ScreeningAction = StartScreening | CompleteScreening | HoldInterview | GiveAdvice
ScreeningFact = ScreeningStarted | ScreeningCompleted | InterviewHeld | AdviceGiven


def rule(child: Child, action: ScreeningAction, policy: Policy) -> Refusals:
    match action:
        case StartScreening():
            return (_no_screening_here(child, action),)
        case CompleteScreening():
            return (_completed_already(child, action),)
        case GiveAdvice():
            return (_outside_recipient(child, action, policy), _screening_incomplete(child, action))
        case HoldInterview():
            return ()
        case _:
            assert_never(action)


def _no_screening_here(child: Child, action: StartScreening) -> Refused | None:
    episode = child.episodes[action.episode]
    if episode.programme.screening is None:
        return Refused(Code.NOT_APPLICABLE)
    running = any(each.completed is None or action.at < each.completed for each in episode.screenings)
    return Refused(Code.ALREADY_DONE) if running else None


def is_in_its_episode(child: Child, action: CompleteScreening) -> bool:
    """Whether the screening was begun in the episode that is named."""
    return any(each.screening == action.screening for each in child.episodes[action.episode].screenings)


def _completed_already(child: Child, action: CompleteScreening) -> Refused | None:
    here = [each for each in child.episodes[action.episode].screenings if each.screening == action.screening]
    return Refused(Code.ALREADY_DONE) if here[0].completed else None


def _outside_recipient(child: Child, action: GiveAdvice, policy: Policy) -> Refused | None:
    """Advice to the school or another organisation needs consent that names it (Jeugdwet 7.3.11)."""
    programme = child.episodes[action.episode].programme
    for to in action.to:
        if to not in ("guardians", "youth"):
            organisation = child.school_at(action.at) if to == "school" else to.removeprefix("org:")
            lacking = disclosure_refusal(child, policy, "care", "advice", f"org:{organisation}", action.at, programme)
            if lacking:
                return lacking
    return None


def _screening_incomplete(child: Child, action: GiveAdvice) -> Refused | None:
    """Advice only after the screening and its interviews; a re-entry needs none again (domain.md, Programmes)."""
    episode = child.episodes[action.episode]
    asked = episode.programme.screening
    if asked is None or episode.reenters is not None:
        return None
    screened = any(each.completed and each.completed <= action.at for each in episode.screenings)
    talked = {with_whom for at, with_whom in episode.interviews if at <= action.at}
    return None if screened and set(asked.interviews) <= talked else Refused(Code.SCREENING_INCOMPLETE)


def evolve(child: Child, entry: int, fact: ScreeningFact) -> Child:
    episode = child.episodes.get(fact.episode)
    if episode is None:
        return child
    match fact:
        case ScreeningStarted():
            began = state.Screening(entry, fact.screening, fact.occurred_at, fact.by)
            return _with_screenings(child, fact.episode, (*episode.screenings, began))
        case ScreeningCompleted():
            return _with_screenings(child, fact.episode, tuple(_completed(each, fact) for each in episode.screenings))
        case InterviewHeld():
            held = (*episode.interviews, (fact.occurred_at, fact.with_))
            return withheld(
                child.with_episode(fact.episode, interviews=held), entry, fact.occurred_at, fact.withheld_from
            )
        case AdviceGiven():
            return child.with_episode(fact.episode, advised=(*episode.advised, fact.occurred_at))
        case _:
            assert_never(fact)


def _completed(screening: state.Screening, fact: ScreeningCompleted) -> state.Screening:
    same = screening.screening == fact.screening and screening.completed is None
    return altered(screening, completed=fact.occurred_at) if same else screening


def _with_screenings(child: Child, episode: str, screenings: tuple[state.Screening, ...]) -> Child:
    known = child.with_episode(episode, screenings=screenings)
    return known.with_grounds(
        screenings=tuple(
            policy_grounds.Screening(each.entry, here.episode, each.by, each.started, each.completed)
            for here in known.episodes.values()
            for each in here.screenings
        )
    )
