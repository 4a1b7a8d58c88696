"""Absence from school and return to it."""

from datetime import date
from typing import Annotated, ClassVar, Literal, assert_never

from consent_policy.policy import Policy
from consent_policy.vocabulary import Category
from domain.action import Action, Who
from domain.fact import ChildFact
from domain.field import Introduces, Part, Ref, Refers
from domain.record import altered
from domain.refusal import Code, Refusals, Refused
from domain.trajectory import state
from domain.trajectory.due import local_day
from domain.trajectory.state import Child
from domain.trajectory.who import staff_of_school, team


class AbsenceBody(Part):
    absence: Annotated[Ref, Introduces("absence")]
    since: date
    kind: Literal["sick", "unauthorised", "home_sitting"]
    extent: Literal["full", "partial"]
    episode: Annotated[Ref | None, Refers("episode")] = None


class AbsenceReported(ChildFact, AbsenceBody):
    """It was told that the child stays away from school."""

    TOPIC: ClassVar[str] = "trajectory.absence-reported.1"
    CATEGORY: ClassVar[Category] = "attendance"


class ReportAbsence(Action, AbsenceBody):
    """Tells that the child stays away from school."""

    FACT: ClassVar[type[ChildFact]] = AbsenceReported
    WHO: ClassVar[tuple[Who, ...]] = (team, staff_of_school)

    action: Literal["report_absence"] = "report_absence"


class ReturnBody(Part):
    absence: Annotated[Ref, Refers("absence")]
    on: date
    extent: Literal["full", "partial"]
    episode: Annotated[Ref | None, Refers("episode")] = None


class ReturnReported(ChildFact, ReturnBody):
    """It was told that the child is back at school."""

    TOPIC: ClassVar[str] = "trajectory.return-reported.1"
    CATEGORY: ClassVar[Category] = "attendance"


class ReportReturn(Action, ReturnBody):
    """Tells that the child is back at school, in part or in full."""

    FACT: ClassVar[type[ChildFact]] = ReturnReported
    WHO: ClassVar[tuple[Who, ...]] = (team, staff_of_school)

    action: Literal["report_return"] = "report_return"


ACTIONS = (
    ReportAbsence,
    ReportReturn,
)
FACTS = (
    AbsenceReported,
    ReturnReported,
)


def rule(child: Child, action: ReportAbsence | ReportReturn, policy: Policy) -> Refusals:
    """Nobody is told absent from a day to come, nor back before they were away."""
    today = local_day(action.at)
    match action:
        case ReportAbsence():
            return (Refused(Code.IN_THE_FUTURE) if action.since > today else None,)
        case ReportReturn():
            absence = child.absences[action.absence]
            if action.on > today:
                return (Refused(Code.IN_THE_FUTURE),)
            if action.on < absence.since:
                return (Refused(Code.NOT_APPLICABLE),)
            return (Refused(Code.ALREADY_DONE) if absence.returned and absence.extent == "full" else None,)
        case _:
            assert_never(action)


def evolve(child: Child, entry: int, fact: AbsenceReported | ReturnReported) -> Child:
    match fact:
        case AbsenceReported():
            at, where = fact.occurred_at, fact.episode
            absence = state.Absence(entry, at, fact.absence, where, fact.since, fact.extent, fact.kind)
            return _with_absence(child, absence)
        case ReturnReported():
            away = child.absences.get(fact.absence)
            return _with_absence(child, altered(away, returned=fact.on, extent=fact.extent)) if away else child
        case _:
            assert_never(fact)


def _with_absence(child: Child, absence: state.Absence) -> Child:
    return altered(child, absences={**child.absences, absence.absence: absence})
