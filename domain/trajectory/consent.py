"""What the family is told, permits, refuses and withdraws, and what stands in for it."""

from collections.abc import Iterable
from typing import Annotated, ClassVar, Literal, Self, assert_never

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from consent_policy.grounds import Informed, Scope, StandIn, Statement
from consent_policy.policy import Policy
from consent_policy.vocabulary import Category
from consent_policy.whose_consent import has_standing
from domain.action import Action, Evidenced, Who
from domain.actor import FAMILY
from domain.fact import ChildFact
from domain.field import FIXED, Evidence, Part, PersonRef, Ref, Refers, Text
from domain.record import altered
from domain.refusal import Code, Refusals, Refused
from domain.trajectory.state import Child
from domain.trajectory.who import family, related_professional


class ExplanationBody(Part):
    programme: Ref
    to: Annotated[tuple[PersonRef, ...], Field(min_length=1)]


class ApproachExplained(ChildFact, ExplanationBody):
    """It was explained to persons how a programme works."""

    TOPIC: ClassVar[str] = "trajectory.approach-explained.1"
    CATEGORY: ClassVar[Category] = "consent"


class ExplainApproach(Action, ExplanationBody):
    """Tells persons how a programme works, before they decide."""

    FACT: ClassVar[type[ChildFact]] = ApproachExplained
    WHO: ClassVar[tuple[Who, ...]] = (related_professional,)

    action: Literal["explain_approach"] = "explain_approach"


class StatementBody(Part):
    consent: Annotated[Ref, FIXED]
    person: PersonRef
    scope: Scope
    evidence: Evidence | None = None


class ConsentGiven(ChildFact, StatementBody):
    """A person with standing permits the scope, until they say otherwise."""

    TOPIC: ClassVar[str] = "trajectory.consent-given.1"
    CATEGORY: ClassVar[Category] = "consent"


class GiveConsent(Evidenced, StatementBody):
    """A person with standing permits the scope."""

    FACT: ClassVar[type[ChildFact]] = ConsentGiven
    WHO: ClassVar[tuple[Who, ...]] = (related_professional, family)

    action: Literal["give_consent"] = "give_consent"


class ConsentRefused(ChildFact, StatementBody):
    """A person with standing refused the scope."""

    TOPIC: ClassVar[str] = "trajectory.consent-refused.1"
    CATEGORY: ClassVar[Category] = "consent"


class RefuseConsent(Evidenced, StatementBody):
    """A person with standing refuses the scope."""

    FACT: ClassVar[type[ChildFact]] = ConsentRefused
    WHO: ClassVar[tuple[Who, ...]] = (related_professional, family)

    action: Literal["refuse_consent"] = "refuse_consent"


class WithdrawalBody(Part):
    consent: Annotated[Ref | None, Refers("consent")] = None
    person: PersonRef | None = None
    all: Literal[True] | None = None
    evidence: Evidence | None = None


class ConsentRevoked(ChildFact, WithdrawalBody):
    """A person withdrew what they had said."""

    TOPIC: ClassVar[str] = "trajectory.consent-revoked.1"
    CATEGORY: ClassVar[Category] = "consent"


class RevokeConsent(Evidenced, WithdrawalBody):
    """A person withdraws what they said under one reference, or everything (AVG 7(3))."""

    FACT: ClassVar[type[ChildFact]] = ConsentRevoked
    WHO: ClassVar[tuple[Who, ...]] = (related_professional, family)

    action: Literal["revoke_consent"] = "revoke_consent"

    @model_validator(mode="after")
    def one_or_all(self) -> Self:
        if (self.consent is None) == (self.person is None) or (self.person is None) != (self.all is None):
            raise PydanticCustomError("missing", "consent: give the reference, or person together with all: true")
        return self


class CourtConsentBody(Part):
    guardian: Annotated[Ref, Refers("guardian")]
    reference: Text
    scope: Scope
    evidence: Evidence | None = None


class CourtConsentRecorded(ChildFact, CourtConsentBody):
    """A court's consent stands in for that guardian within the scope."""

    TOPIC: ClassVar[str] = "trajectory.court-consent-recorded.1"
    CATEGORY: ClassVar[Category] = "consent"


class RecordCourtConsent(Evidenced, CourtConsentBody):
    """A court's consent stands in for a guardian's (BW 1:253a; Jeugdwet 7.3.4)."""

    FACT: ClassVar[type[ChildFact]] = CourtConsentRecorded
    WHO: ClassVar[tuple[Who, ...]] = (related_professional,)

    action: Literal["record_court_consent"] = "record_court_consent"


class ExceptionBody(Part):
    kind: Literal["serious_disadvantage", "persistent_wish"]
    scope: Scope
    reason: Text
    evidence: Evidence | None = None


class ConsentExceptionRecorded(ChildFact, ExceptionBody):
    """An exception stands in for the guardians within the scope."""

    TOPIC: ClassVar[str] = "trajectory.consent-exception-recorded.1"
    CATEGORY: ClassVar[Category] = "consent"


class RecordConsentException(Evidenced, ExceptionBody):
    """At 12 to 15: help without the guardians, for a serious reason (Jeugdwet 7.3.4; WGBO 7:450)."""

    FACT: ClassVar[type[ChildFact]] = ConsentExceptionRecorded
    WHO: ClassVar[tuple[Who, ...]] = (related_professional,)

    action: Literal["record_consent_exception"] = "record_consent_exception"


ACTIONS = (
    ExplainApproach,
    GiveConsent,
    RefuseConsent,
    RevokeConsent,
    RecordCourtConsent,
    RecordConsentException,
)
FACTS = (
    ApproachExplained,
    ConsentGiven,
    ConsentRefused,
    ConsentRevoked,
    CourtConsentRecorded,
    ConsentExceptionRecorded,
)

ConsentAction = (
    ExplainApproach | GiveConsent | RefuseConsent | RevokeConsent | RecordCourtConsent | RecordConsentException
)
ConsentFact = (
    ApproachExplained | ConsentGiven | ConsentRefused | ConsentRevoked | CourtConsentRecorded | ConsentExceptionRecorded
)


def rule(child: Child, action: ConsentAction, policy: Policy) -> Refusals:
    match action:
        case GiveConsent():
            return (
                _no_standing(child, action, policy),
                _unexplained(child, action),
            )
        case RefuseConsent():
            return (_no_standing(child, action, policy),)
        case RevokeConsent():
            return (_not_theirs(child, action),)
        case RecordConsentException():
            between = child.aged(12, action.at) and not child.aged(16, action.at)
            return (None if between else Refused(Code.NOT_APPLICABLE),)
        case ExplainApproach() | RecordCourtConsent():
            return ()
        case _:
            assert_never(action)


def _no_standing(child: Child, action: GiveConsent | RefuseConsent, policy: Policy) -> Refused | None:
    """Who speaks for themselves does so as themselves; whoever it is must be able to decide at that instant."""
    own = action.by.role not in FAMILY or action.by.id == action.person
    if own and has_standing(child.grounds, action.person, action.at, policy):
        return None
    return Refused(Code.NO_STANDING)


def _unexplained(child: Child, action: GiveConsent) -> Refused | None:
    """Consent to care in a programme that explains first counts only once it was explained to that person."""
    programme = child.programmes.get(action.scope.programme or "")
    if programme is None or not programme.explained_first or "care" not in action.scope.purposes:
        return None
    told = any(
        at <= action.at and (which, person) == (programme.id, action.person) for at, which, person in child.explained
    )
    return None if told else Refused(Code.NOT_EXPLAINED)


def _not_theirs(child: Child, action: RevokeConsent) -> Refused | None:
    """One's own, or by a professional on the person's behalf."""
    person = action.person or _person_of(child, action.consent or "")
    return Refused(Code.NO_STANDING) if action.by.role in FAMILY and action.by.id != person else None


def _person_of(child: Child, consent: str) -> str | None:
    return next((each.person for each in child.grounds.statements if each.consent == consent), None)


def evolve(child: Child, entry: int, fact: ConsentFact) -> Child:
    match fact:
        case ApproachExplained():
            explained = tuple((fact.occurred_at, fact.programme, person) for person in fact.to)
            known = altered(child, explained=(*child.explained, *explained))
            return informed(known, entry, fact, fact.to)
        case ConsentGiven():
            return _said(child, Statement(entry, fact.occurred_at, fact.person, fact.consent, "permit", fact.scope))
        case ConsentRefused():
            return _said(child, Statement(entry, fact.occurred_at, fact.person, fact.consent, "refuse", fact.scope))
        case ConsentRevoked():
            return _said(child, *_withdrawn(child, entry, fact))
        case CourtConsentRecorded():
            return _stood_in(child, StandIn(entry, fact.occurred_at, fact.guardian, fact.scope))
        case ConsentExceptionRecorded():
            return _stood_in(child, StandIn(entry, fact.occurred_at, None, fact.scope))
        case _:
            assert_never(fact)


def informed(child: Child, entry: int, fact: ChildFact, persons: Iterable[str]) -> Child:
    """From now on these persons know."""
    known = tuple(Informed(entry, fact.occurred_at, person) for person in persons)
    return child.with_grounds(informed=(*child.grounds.informed, *known))


def _said(child: Child, *statements: Statement) -> Child:
    return child.with_grounds(statements=(*child.grounds.statements, *statements))


def _stood_in(child: Child, stand_in: StandIn) -> Child:
    return child.with_grounds(stand_ins=(*child.grounds.stand_ins, stand_in))


def _withdrawn(child: Child, entry: int, fact: ConsentRevoked) -> Iterable[Statement]:
    """A withdrawal of everything withdraws each reference that the person has spoken under so far."""
    if fact.person is None:
        person = _person_of(child, fact.consent or "")
        consents = {fact.consent} if person else set()
    else:
        person = fact.person
        consents = {each.consent for each in child.grounds.statements if each.person == person}
    return (
        Statement(entry, fact.occurred_at, person or "", consent, "withdraw", None)
        for consent in sorted(filter(None, consents))
    )
