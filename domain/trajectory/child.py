"""Who the child is and which school it goes to."""

from typing import Annotated, ClassVar, Literal, assert_never

from consent_policy.grounds import Regime, SchoolYear
from consent_policy.policy import Policy
from consent_policy.vocabulary import Category
from domain.action import Action, Who
from domain.actor import school_of
from domain.fact import ChildFact
from domain.field import PERSONAL, Brin, ChildIdentity, Municipality, Part
from domain.record import altered
from domain.refusal import Refusals
from domain.trajectory.state import Child
from domain.trajectory.who import any_professional, related_professional


class TrajectoryBody(Part):
    child: Annotated[ChildIdentity, PERSONAL]
    municipality: Municipality
    school: Brin
    regime: Regime


class TrajectoryOpened(ChildFact, TrajectoryBody):
    """The dossier of a child was opened."""

    TOPIC: ClassVar[str] = "trajectory.opened.1"
    CATEGORY: ClassVar[Category] = "identity"


class OpenTrajectory(Action, TrajectoryBody):
    """A professional opens the dossier of a child."""

    FACT: ClassVar[type[ChildFact]] = TrajectoryOpened
    WHO: ClassVar[tuple[Who, ...]] = (any_professional,)

    action: Literal["open_trajectory"] = "open_trajectory"


class SchoolBody(Part):
    school: Brin


class SchoolChanged(ChildFact, SchoolBody):
    """The child went to another school."""

    TOPIC: ClassVar[str] = "trajectory.school-changed.1"
    CATEGORY: ClassVar[Category] = "identity"


class ChangeSchool(Action, SchoolBody):
    """The child goes to another school."""

    FACT: ClassVar[type[ChildFact]] = SchoolChanged
    WHO: ClassVar[tuple[Who, ...]] = (related_professional,)

    action: Literal["change_school"] = "change_school"


ACTIONS = (
    OpenTrajectory,
    ChangeSchool,
)
FACTS = (
    TrajectoryOpened,
    SchoolChanged,
)


def rule(child: Child, action: OpenTrajectory | ChangeSchool, policy: Policy) -> Refusals:
    """Nothing beyond the order of answers that all actions share."""
    return ()


def evolve(child: Child, entry: int, fact: TrajectoryOpened | SchoolChanged) -> Child:
    match fact:
        case TrajectoryOpened():
            known = child.with_grounds(
                birth_date=fact.child.birth_date, regime=fact.regime, municipality=fact.municipality
            )
            return _at_school(altered(known, opened_by=fact.by), entry, fact)
        case SchoolChanged():
            return _at_school(child, entry, fact)
        case _:
            assert_never(fact)


def _at_school(child: Child, entry: int, fact: TrajectoryOpened | SchoolChanged) -> Child:
    year = SchoolYear(entry, fact.occurred_at, school_of(fact.school))
    return child.with_grounds(schools=(*child.grounds.schools, year))
