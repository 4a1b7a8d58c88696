"""Referrals to other help: sent, answered, withdrawn, started, ended, or known from outside."""

from datetime import date, datetime
from typing import Annotated, ClassVar, Literal, assert_never

from pydantic import Field, StringConstraints

import consent_policy.grounds as policy_grounds
from consent_policy.policy import Policy
from consent_policy.vocabulary import Category
from domain.action import Action, Who
from domain.fact import ChildFact
from domain.field import FIXED, Evidence, Introduces, Organisation, Part, Ref, Refers, Text
from domain.record import altered
from domain.refusal import Code, Refusals, Refused
from domain.trajectory import state
from domain.trajectory.due import local_day
from domain.trajectory.episode import EpisodeRef
from domain.trajectory.gate import disclosure_refusal
from domain.trajectory.state import Child
from domain.trajectory.who import coordinator, receiving_organisation, registry, team

ReferralRef = Annotated[Ref, Refers("referral")]
HelpKind = Literal["specialist", "certified_institution", "generalist"]


class Receiver(Part):
    """To whom a child is referred, and what kind of help that is."""

    organisation: Organisation
    kind: HelpKind


class LegalBasis(Part):
    """On what ground a referral goes without consent; it must be recorded as well."""

    kind: Literal["protection_order", "veilig_thuis", "court"]
    reference: Ref


class ReferralBody(Part):
    episode: EpisodeRef
    referral: Annotated[Ref, Introduces("referral")]
    to: Annotated[Receiver, FIXED]
    route: Literal["own", "gp", "municipality", "court"]
    handover: Literal["warm", "cold"]
    urgency: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,30}$")]
    reason: Text
    categories: Annotated[tuple[Category, ...], Field(min_length=1), FIXED]
    legal_basis: Annotated[LegalBasis | None, FIXED] = None
    evidence: Annotated[Evidence | None, FIXED] = None


class ReferralSent(ChildFact, ReferralBody):
    """The child was referred to other help."""

    TOPIC: ClassVar[str] = "trajectory.referral-sent.1"
    CATEGORY: ClassVar[Category] = "referral"


class EscalateReferral(Action, ReferralBody):
    """Refers the child to other help, with what is shared."""

    FACT: ClassVar[type[ChildFact]] = ReferralSent
    WHO: ClassVar[tuple[Who, ...]] = (team,)

    action: Literal["escalate_referral"] = "escalate_referral"


class AnswerBody(Part):
    referral: ReferralRef
    answer: Literal["accepted", "declined"]


class ReferralAnswered(ChildFact, AnswerBody):
    """A referral was accepted or declined."""

    TOPIC: ClassVar[str] = "trajectory.referral-answered.1"
    CATEGORY: ClassVar[Category] = "referral"


class AnswerReferral(Action, AnswerBody):
    """The organisation accepts or declines."""

    FACT: ClassVar[type[ChildFact]] = ReferralAnswered
    WHO: ClassVar[tuple[Who, ...]] = (receiving_organisation, team)

    action: Literal["answer_referral"] = "answer_referral"


class ReferralOnlyBody(Part):
    referral: ReferralRef


class ReferralWithdrawn(ChildFact, ReferralOnlyBody):
    """A referral was taken back."""

    TOPIC: ClassVar[str] = "trajectory.referral-withdrawn.1"
    CATEGORY: ClassVar[Category] = "referral"


class WithdrawReferral(Action, ReferralOnlyBody):
    """Takes a referral back; also after consent has ended."""

    FACT: ClassVar[type[ChildFact]] = ReferralWithdrawn
    WHO: ClassVar[tuple[Who, ...]] = (team, coordinator)

    action: Literal["withdraw_referral"] = "withdraw_referral"


class SpecialistHelpStarted(ChildFact, ReferralOnlyBody):
    """The help that the child was referred to began."""

    TOPIC: ClassVar[str] = "trajectory.specialist-help-started.1"
    CATEGORY: ClassVar[Category] = "referral"


class StartSpecialistHelp(Action, ReferralOnlyBody):
    """The help that the child was referred to begins."""

    FACT: ClassVar[type[ChildFact]] = SpecialistHelpStarted
    WHO: ClassVar[tuple[Who, ...]] = (receiving_organisation, team)

    action: Literal["start_specialist_help"] = "start_specialist_help"


class SpecialistHelpEnded(ChildFact, ReferralOnlyBody):
    """The help that the child was referred to ended."""

    TOPIC: ClassVar[str] = "trajectory.specialist-help-ended.1"
    CATEGORY: ClassVar[Category] = "referral"


class EndSpecialistHelp(Action, ReferralOnlyBody):
    """The help that the child was referred to ends."""

    FACT: ClassVar[type[ChildFact]] = SpecialistHelpEnded
    WHO: ClassVar[tuple[Who, ...]] = (receiving_organisation, team)

    action: Literal["end_specialist_help"] = "end_specialist_help"


class ExternalReferralBody(Part):
    referral: Annotated[Ref, Introduces("referral")]
    route: Ref
    source: Literal["iJw301", "iJw305", "iJw315", "told_by_guardian"]
    kind: HelpKind
    started_on: date


class ExternalReferralRegistered(ChildFact, ExternalReferralBody):
    """Help that came by another route became known."""

    TOPIC: ClassVar[str] = "trajectory.external-referral-registered.1"
    CATEGORY: ClassVar[Category] = "referral"


class RegisterExternalReferral(Action, ExternalReferralBody):
    """Help that came by another route becomes known."""

    FACT: ClassVar[type[ChildFact]] = ExternalReferralRegistered
    WHO: ClassVar[tuple[Who, ...]] = (registry, coordinator)

    action: Literal["register_external_referral"] = "register_external_referral"


ACTIONS = (
    EscalateReferral,
    AnswerReferral,
    WithdrawReferral,
    StartSpecialistHelp,
    EndSpecialistHelp,
    RegisterExternalReferral,
)
FACTS = (
    ReferralSent,
    ReferralAnswered,
    ReferralWithdrawn,
    SpecialistHelpStarted,
    SpecialistHelpEnded,
    ExternalReferralRegistered,
)

ReferralAction = (
    EscalateReferral
    | AnswerReferral
    | WithdrawReferral
    | StartSpecialistHelp
    | EndSpecialistHelp
    | RegisterExternalReferral
)
ReferralFact = (
    ReferralSent
    | ReferralAnswered
    | ReferralWithdrawn
    | SpecialistHelpStarted
    | SpecialistHelpEnded
    | ExternalReferralRegistered
)


def rule(child: Child, action: ReferralAction, policy: Policy) -> Refusals:
    match action:
        case EscalateReferral():
            return (_no_ground_to_share(child, action, policy),)
        case AnswerReferral():
            return (_unless(child.referrals[action.referral].state == "sent", Code.ALREADY_DONE),)
        case WithdrawReferral():
            return (_not_withdrawn(child.referrals[action.referral]),)
        case StartSpecialistHelp():
            return (_not_started(child.referrals[action.referral]),)
        case EndSpecialistHelp():
            return (_not_ended(child.referrals[action.referral]),)
        case RegisterExternalReferral():
            late = action.started_on > local_day(action.at)
            return (Refused(Code.IN_THE_FUTURE) if late else None,)
        case _:
            assert_never(action)


def _unless(fits: bool, code: Code) -> Refused | None:
    return None if fits else Refused(code)


def _not_withdrawn(referral: state.Referral) -> Refused | None:
    """What is declined, withdrawn or ended is over; help that runs is ended, not withdrawn."""
    if referral.state == "started":
        return Refused(Code.NOT_APPLICABLE)
    return _unless(referral.state in ("sent", "accepted"), Code.ALREADY_DONE)


def _not_started(referral: state.Referral) -> Refused | None:
    if referral.was("started"):
        return Refused(Code.ALREADY_DONE)
    return _unless(referral.state in ("sent", "accepted"), Code.NOT_APPLICABLE)


def _not_ended(referral: state.Referral) -> Refused | None:
    if referral.was("ended"):
        return Refused(Code.ALREADY_DONE)
    return _unless(referral.state == "started", Code.NOT_APPLICABLE)


def _no_ground_to_share(child: Child, action: EscalateReferral, policy: Policy) -> Refused | None:
    """Consent to share each category with that organisation, or a legal basis that is recorded."""
    if action.legal_basis is not None:
        return _unless(_recorded(child, action), Code.NO_LEGAL_BASIS)
    programme = child.episodes[action.episode].programme
    for category in action.categories:
        recipient = f"org:{action.to.organisation}"
        lacking = disclosure_refusal(child, policy, "referral", category, recipient, action.at, programme)
        if lacking:
            return lacking
    return None


def _recorded(child: Child, action: EscalateReferral) -> bool:
    """A running order, a safety entry, or a court decision as evidence: a basis that is only named does not do."""
    basis = action.legal_basis
    if basis is None:
        return False
    match basis.kind:
        case "protection_order":
            order = child.references.get(("order", basis.reference))
            return order is not None and any(
                each.entry == order.entry and each.since <= action.at and (not each.until or action.at < each.until)
                for each in child.grounds.orders
            )
        case "veilig_thuis":
            return any(
                (each.safety, each.basis) == (basis.reference, "veilig_thuis") and each.since <= action.at
                for each in child.grounds.overrides
            )
        case "court":
            return action.evidence is not None and action.evidence.kind == "court_decision"


def evolve(child: Child, entry: int, fact: ReferralFact) -> Child:
    at = fact.occurred_at
    match fact:
        case ReferralSent():
            return _sent(child, entry, fact)
        case ReferralAnswered():
            return _moved(child, fact.referral, at, fact.answer)
        case ReferralWithdrawn():
            return _moved(child, fact.referral, at, "withdrawn")
        case SpecialistHelpStarted():
            return _moved(child, fact.referral, at, "started")
        case SpecialistHelpEnded():
            return _moved(child, fact.referral, at, "ended")
        case ExternalReferralRegistered():
            known = state.Referral(entry, fact.referral, None, "", fact.kind, fact.route, None, ((at, "started"),))
            return altered(child, referrals={**child.referrals, fact.referral: known})
        case _:
            assert_never(fact)


def _sent(child: Child, entry: int, fact: ReferralSent) -> Child:
    referral = state.Referral(
        entry,
        fact.referral,
        fact.episode,
        fact.to.organisation,
        fact.to.kind,
        fact.route,
        fact.handover,
        ((fact.occurred_at, "sent"),),
        fact.legal_basis.reference if fact.legal_basis and fact.legal_basis.kind == "veilig_thuis" else None,
    )
    offered = policy_grounds.Referral(
        entry,
        fact.referral,
        fact.episode,
        fact.to.organisation,
        fact.categories,
        fact.legal_basis is not None,
        fact.occurred_at,
        None,
    )
    known = altered(child, referrals={**child.referrals, fact.referral: referral})
    return known.with_grounds(referrals=(*child.grounds.referrals, offered))


def _moved(child: Child, referral: str, at: datetime, to: str) -> Child:
    known = child.referrals.get(referral)
    if known is None:
        return child
    moved = altered(child, referrals={**child.referrals, referral: altered(known, states=(*known.states, (at, to)))})
    if to not in ("declined", "withdrawn"):
        return moved
    over = tuple(altered(each, over_at=at) if each.referral == referral else each for each in child.grounds.referrals)
    return moved.with_grounds(referrals=over)
