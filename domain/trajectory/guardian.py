"""Who decides for the child: guardians, their authority, what is kept from them, and the youth's own competence."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal, Self, assert_never

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from consent_policy.grounds import Authority, Competence, GeneralInformation, Restriction, Withheld
from consent_policy.policy import Policy
from consent_policy.vocabulary import Category
from domain.action import Action, Evidenced, Who
from domain.fact import ChildFact
from domain.field import FIXED, Evidence, Introduces, Part, Ref, Refers, Text
from domain.record import altered
from domain.refusal import Code, Refusals, Refused
from domain.trajectory.state import Child
from domain.trajectory.who import related_professional

RESERVED = frozenset({"youth", "school", "guardians", "all", "family"})
"""Words that mean somebody else, so no guardian may be called by them."""

Guardian = Annotated[Ref, Refers("guardian")]
Restricted = Annotated[
    tuple[Category | Literal["all"], ...],
    BeforeValidator(lambda said: ("all",) if said == "all" else tuple(said) if isinstance(said, list) else said),
    Field(min_length=1),
]
"""Categories, or all."""


class GuardianBody(Part):
    guardian: Annotated[Ref, Introduces("guardian")]
    name: Text
    contact: Text | None = None
    has_authority: Annotated[bool, FIXED]


class GuardianAdded(ChildFact, GuardianBody):
    """A parent or guardian became known."""

    TOPIC: ClassVar[str] = "trajectory.guardian-added.1"
    CATEGORY: ClassVar[Category] = "contact_details"


class AddGuardian(Action, GuardianBody):
    """A parent or guardian becomes known, with or without authority."""

    FACT: ClassVar[type[ChildFact]] = GuardianAdded
    WHO: ClassVar[tuple[Who, ...]] = (related_professional,)

    action: Literal["add_guardian"] = "add_guardian"

    @model_validator(mode="after")
    def not_reserved(self) -> Self:
        if self.guardian in RESERVED:
            raise PydanticCustomError("reserved", "guardian: this word means somebody else")
        return self


class AuthorityBody(Part):
    guardian: Guardian
    has_authority: Annotated[bool, FIXED]
    reason: Text
    evidence: Evidence | None = None


class AuthorityChanged(ChildFact, AuthorityBody):
    """A guardian gained or lost authority."""

    TOPIC: ClassVar[str] = "trajectory.authority-changed.1"
    CATEGORY: ClassVar[Category] = "consent"


class ChangeAuthority(Evidenced, AuthorityBody):
    """A guardian gains or loses parental authority (BW 1:245)."""

    FACT: ClassVar[type[ChildFact]] = AuthorityChanged
    WHO: ClassVar[tuple[Who, ...]] = (related_professional,)

    action: Literal["change_authority"] = "change_authority"


class RestrictionBody(Part):
    guardian: Guardian
    categories: Restricted
    basis: Text
    evidence: Evidence | None = None


class GuardianRestricted(ChildFact, RestrictionBody):
    """Categories were kept from a guardian."""

    TOPIC: ClassVar[str] = "trajectory.guardian-restricted.1"
    CATEGORY: ClassVar[Category] = "consent"


class RestrictGuardian(Evidenced, RestrictionBody):
    """Keeps categories, or all, from a guardian, whatever else permits them."""

    FACT: ClassVar[type[ChildFact]] = GuardianRestricted
    WHO: ClassVar[tuple[Who, ...]] = (related_professional,)

    action: Literal["restrict_guardian"] = "restrict_guardian"


class RestrictionLifted(ChildFact, RestrictionBody):
    """What was kept from a guardian is kept no longer."""

    TOPIC: ClassVar[str] = "trajectory.restriction-lifted.1"
    CATEGORY: ClassVar[Category] = "consent"


class LiftRestriction(Evidenced, RestrictionBody):
    """Ends what was kept from a guardian."""

    FACT: ClassVar[type[ChildFact]] = RestrictionLifted
    WHO: ClassVar[tuple[Who, ...]] = (related_professional,)

    action: Literal["lift_restriction"] = "lift_restriction"


class GeneralInformationBody(Part):
    guardian: Guardian
    categories: tuple[Literal["episode", "attendance", "outcome"], ...]
    reason: Text


class GeneralInformationGranted(ChildFact, GeneralInformationBody):
    """A guardian without authority was granted general information."""

    TOPIC: ClassVar[str] = "trajectory.general-information-granted.1"
    CATEGORY: ClassVar[Category] = "consent"


class GrantGeneralInformation(Action, GeneralInformationBody):
    """A guardian without authority may know the main things (BW 1:377c)."""

    FACT: ClassVar[type[ChildFact]] = GeneralInformationGranted
    WHO: ClassVar[tuple[Who, ...]] = (related_professional,)

    action: Literal["grant_general_information"] = "grant_general_information"


class CompetenceBody(Part):
    competent: bool
    reason: Text
    evidence: Evidence | None = None


class CompetenceAssessed(ChildFact, CompetenceBody):
    """It was assessed whether the youth can weigh their own interests."""

    TOPIC: ClassVar[str] = "trajectory.competence-assessed.1"
    CATEGORY: ClassVar[Category] = "consent"


class AssessCompetence(Evidenced, CompetenceBody):
    """Says whether the youth can weigh their own interests (Jeugdwet 7.3.4)."""

    FACT: ClassVar[type[ChildFact]] = CompetenceAssessed
    WHO: ClassVar[tuple[Who, ...]] = (related_professional,)

    action: Literal["assess_competence"] = "assess_competence"


ACTIONS = (
    AddGuardian,
    ChangeAuthority,
    RestrictGuardian,
    LiftRestriction,
    GrantGeneralInformation,
    AssessCompetence,
)
FACTS = (
    GuardianAdded,
    AuthorityChanged,
    GuardianRestricted,
    RestrictionLifted,
    GeneralInformationGranted,
    CompetenceAssessed,
)

GuardianAction = (
    AddGuardian | ChangeAuthority | RestrictGuardian | LiftRestriction | GrantGeneralInformation | AssessCompetence
)
GuardianFact = (
    GuardianAdded
    | AuthorityChanged
    | GuardianRestricted
    | RestrictionLifted
    | GeneralInformationGranted
    | CompetenceAssessed
)


def rule(child: Child, action: GuardianAction, policy: Policy) -> Refusals:
    """General information is for those without authority; competence is assessed from 12 (domain.md)."""
    match action:
        case GrantGeneralInformation() if _has_authority(child, action):
            return (Refused(Code.NOT_APPLICABLE),)
        case LiftRestriction() if not _restricted(child, action):
            return (Refused(Code.NOT_APPLICABLE),)
        case AssessCompetence() if not child.aged(12, action.at):
            return (Refused(Code.NOT_APPLICABLE),)
        case (
            AddGuardian()
            | ChangeAuthority()
            | RestrictGuardian()
            | LiftRestriction()
            | GrantGeneralInformation()
            | AssessCompetence()
        ):
            return ()
        case _:
            assert_never(action)


def _has_authority(child: Child, action: GrantGeneralInformation) -> bool:
    past = [each for each in child.grounds.authorities if each.person == action.guardian and each.at <= action.at]
    return bool(past) and past[-1].has_authority


def _restricted(child: Child, action: LiftRestriction) -> bool:
    return any(
        each.guardian == action.guardian and each.since <= action.at and (each.until is None or action.at < each.until)
        for each in child.grounds.restrictions
    )


def evolve(child: Child, entry: int, fact: GuardianFact) -> Child:
    grounds, at = child.grounds, fact.occurred_at
    match fact:
        case GuardianAdded():
            known = altered(child, guardians=(*child.guardians, fact.guardian))
            return _with_authority(known, entry, fact)
        case AuthorityChanged():
            return _with_authority(child, entry, fact)
        case GuardianRestricted():
            kept = Restriction(entry, fact.guardian, at, None, fact.categories)
            return withheld(child.with_grounds(restrictions=(*grounds.restrictions, kept)), entry, at, (fact.guardian,))
        case RestrictionLifted():
            lifted = (_lifted(each, fact) for each in grounds.restrictions)
            known = child.with_grounds(restrictions=tuple(each for parts in lifted for each in parts))
            return withheld(known, entry, at, (fact.guardian,))
        case GeneralInformationGranted():
            granted = GeneralInformation(entry, fact.guardian, at, fact.categories)
            return child.with_grounds(general_informations=(*grounds.general_informations, granted))
        case CompetenceAssessed():
            assessed = Competence(entry, at, fact.competent)
            return child.with_grounds(competences=(*grounds.competences, assessed))
        case _:
            assert_never(fact)


def _with_authority(child: Child, entry: int, fact: GuardianAdded | AuthorityChanged) -> Child:
    authority = Authority(entry, fact.occurred_at, fact.guardian, fact.has_authority)
    return child.with_grounds(authorities=(*child.grounds.authorities, authority))


def withheld(child: Child, entry: int, at: datetime, kept_from: tuple[str, ...]) -> Child:
    """An entry that is kept from guardians as it is made: a talk withheld from them, or why they are restricted."""
    if not kept_from:
        return child
    return child.with_grounds(withheld=(*child.grounds.withheld, Withheld(entry, entry, at, kept_from)))


def _lifted(restriction: Restriction, fact: RestrictionLifted) -> tuple[Restriction, ...]:
    """Lifting `all` lifts everything; lifting some categories leaves the others of that restriction in force.

    What keeps `all` is lifted as a whole or not at all: nobody can say what would be left of it.
    """
    left = tuple(each for each in restriction.categories if each not in fact.categories)
    ended = altered(restriction, until=fact.occurred_at)
    if restriction.guardian != fact.guardian or restriction.until is not None:
        return (restriction,)
    if "all" in fact.categories or not left:
        return (ended,)
    if left == restriction.categories:
        return (restriction,)
    return (ended, altered(restriction, since=fact.occurred_at, categories=left))
