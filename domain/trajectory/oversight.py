"""What somebody else must look at: evidence, irregularities, and what was disclosed."""

from typing import Annotated, ClassVar, Literal, assert_never

from consent_policy.grounds import Reveal
from consent_policy.policy import Policy
from consent_policy.vocabulary import Category
from domain.action import Action, Who
from domain.actor import FAMILY
from domain.fact import ChildFact
from domain.field import FIXED, EntryNumber, Introduces, Part, Ref, Refers, Text
from domain.record import altered
from domain.refusal import Code, Refusals, Refused
from domain.trajectory.consent import ConsentExceptionRecorded, CourtConsentRecorded
from domain.trajectory.correction import EntryCorrected, EntryRetracted
from domain.trajectory.family import AccountLinked
from domain.trajectory.guardian import AuthorityChanged, GuardianAdded, GuardianRestricted, RestrictionLifted
from domain.trajectory.protection import ProtectionOrderEnded, ProtectionOrderStarted
from domain.trajectory.state import Child, Told
from domain.trajectory.who import auditor, coordinator, dpo, related_professional


class ConfirmationBody(Part):
    entry: EntryNumber


class EntryConfirmed(ChildFact, ConfirmationBody):
    """Another person looked at the evidence of an entry."""

    TOPIC: ClassVar[str] = "trajectory.entry-confirmed.1"
    CATEGORY: ClassVar[Category] = "consent"


class ConfirmEntry(Action, ConfirmationBody):
    """Another person has looked at the evidence of an entry."""

    FACT: ClassVar[type[ChildFact]] = EntryConfirmed
    WHO: ClassVar[tuple[Who, ...]] = (related_professional,)

    action: Literal["confirm_entry"] = "confirm_entry"


class VerdictBody(Part):
    entry: EntryNumber
    verdict: Literal["justified", "unjustified"]
    note: Text


class IrregularityReviewed(ChildFact, VerdictBody):
    """Care that was given against a rule was judged."""

    TOPIC: ClassVar[str] = "trajectory.irregularity-reviewed.1"
    CATEGORY: ClassVar[Category] = "episode"


class ReviewIrregularity(Action, VerdictBody):
    """Judges care that was given against a rule."""

    FACT: ClassVar[type[ChildFact]] = IrregularityReviewed
    WHO: ClassVar[tuple[Who, ...]] = (coordinator, dpo)

    action: Literal["review_irregularity"] = "review_irregularity"


class RevealRequestBody(Part):
    reveal: Annotated[Ref, Introduces("reveal")]
    disclosure: Annotated[Ref, FIXED]
    reason: Text


class RevealRequested(ChildFact, RevealRequestBody):
    """It was asked to see the content of one disclosure."""

    TOPIC: ClassVar[str] = "trajectory.reveal-requested.1"
    CATEGORY: ClassVar[Category] = "access_log"


class RequestReveal(Action, RevealRequestBody):
    """Asks to see the content of one disclosure."""

    FACT: ClassVar[type[ChildFact]] = RevealRequested
    WHO: ClassVar[tuple[Who, ...]] = (auditor,)

    action: Literal["request_reveal"] = "request_reveal"


class RevealApprovalBody(Part):
    reveal: Annotated[Ref, Refers("reveal")]
    disclosure: Annotated[Ref, FIXED]
    reason: Text


class RevealApproved(ChildFact, RevealApprovalBody):
    """The dpo let that auditor see the content of that disclosure."""

    TOPIC: ClassVar[str] = "trajectory.reveal-approved.1"
    CATEGORY: ClassVar[Category] = "access_log"


class ApproveReveal(Action, RevealApprovalBody):
    """The dpo lets that auditor see the content of that disclosure."""

    FACT: ClassVar[type[ChildFact]] = RevealApproved
    WHO: ClassVar[tuple[Who, ...]] = (dpo,)

    action: Literal["approve_reveal"] = "approve_reveal"


ACTIONS = (
    ConfirmEntry,
    ReviewIrregularity,
    RequestReveal,
    ApproveReveal,
)
FACTS = (
    EntryConfirmed,
    IrregularityReviewed,
    RevealRequested,
    RevealApproved,
)

OversightAction = ConfirmEntry | ReviewIrregularity | RequestReveal | ApproveReveal
OversightFact = EntryConfirmed | IrregularityReviewed | RevealRequested | RevealApproved

CONFIRMED_BY_ANOTHER = frozenset(
    each.TOPIC
    for each in (
        AuthorityChanged,
        GuardianRestricted,
        RestrictionLifted,
        CourtConsentRecorded,
        ConsentExceptionRecorded,
        ProtectionOrderStarted,
        ProtectionOrderEnded,
        AccountLinked,
    )
)
"""Facts that are on the oversight list until another person has looked at their evidence (domain.md, Actions)."""


CHANGES = frozenset({EntryCorrected.TOPIC, EntryRetracted.TOPIC})


def asks_another(told: Told) -> bool:
    """Whether another person is to look at the evidence: of such a fact, and of what corrects or retracts one.

    Retracting that somebody is a guardian takes away who must consent.
    """
    if told.topic == EntryRetracted.TOPIC and told.about == GuardianAdded.TOPIC:
        return True
    return (told.about if told.topic in CHANGES else told.topic) in CONFIRMED_BY_ANOTHER


def rule(child: Child, action: OversightAction, policy: Policy) -> Refusals:
    """Nobody confirms their own entry; each is confirmed, judged or approved once."""
    match action:
        case ConfirmEntry():
            told = child.entry(action.entry)
            return (
                Refused(Code.ROLE_NOT_PERMITTED) if action.by.id in _told_by(child, action.entry) else None,
                None if told and asks_another(told) else Refused(Code.NOT_APPLICABLE),
                Refused(Code.ALREADY_DONE) if action.entry in child.confirmed else None,
            )
        case ReviewIrregularity():
            told = child.entry(action.entry)
            return (
                None if told and told.irregular else Refused(Code.NOT_APPLICABLE),
                Refused(Code.ALREADY_DONE) if action.entry in child.reviewed else None,
            )
        case ApproveReveal():
            asked = child.reveals[action.reveal][0]
            approved = any(each.disclosure == asked for each in child.grounds.reveals)
            return (
                Refused(Code.ROLE_NOT_PERMITTED) if child.reveals[action.reveal][1].id == action.by.id else None,
                None if action.disclosure == asked else Refused(Code.NOT_APPLICABLE),
                Refused(Code.ALREADY_DONE) if approved else None,
            )
        case RequestReveal():
            return ()
        case _:
            assert_never(action)


def _told_by(child: Child, entry: int) -> set[str]:
    """Who made an entry, corrected or retracted it: they say what it says. Nobody confirms as whom they sign in.

    Somebody of the family may be a professional here as well: known by what they sign in as.
    """
    told = child.entry(entry)
    if told is None:
        return set()
    own = told.by.id if told.by.role in FAMILY else None
    signing_in = {link.subject for link in child.accounts if link.entry == entry or link.person == own}
    changed = (each.entry for each in child.told if each.of == entry and each.topic in CHANGES)
    return {told.by.id}.union(signing_in, *(_told_by(child, each) for each in changed))


def evolve(child: Child, entry: int, fact: OversightFact) -> Child:
    match fact:
        case EntryConfirmed():
            return altered(child, confirmed=child.confirmed | {fact.entry})
        case IrregularityReviewed():
            return altered(child, reviewed=child.reviewed | {fact.entry})
        case RevealRequested():
            return altered(child, reveals={**child.reveals, fact.reveal: (fact.disclosure, fact.by)})
        case RevealApproved():
            return _approved(child, entry, fact)
        case _:
            assert_never(fact)


def _approved(child: Child, entry: int, fact: RevealApproved) -> Child:
    if fact.reveal not in child.reveals:
        return child
    disclosure, auditor = child.reveals[fact.reveal]
    reveal = Reveal(entry, disclosure, auditor, fact.occurred_at)
    return child.with_grounds(reveals=(*child.grounds.reveals, reveal))
