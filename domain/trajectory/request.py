"""What the family may ask about the file, what must be kept, and erasure."""

from typing import Annotated, ClassVar, Literal, assert_never

from consent_policy.policy import Policy
from consent_policy.vocabulary import Category
from consent_policy.whose_consent import required
from domain.action import Action, Who
from domain.actor import FAMILY
from domain.fact import ChildFact, SealedUnder
from domain.field import FIXED, Introduces, Part, PersonRef, Ref, Refers, Text
from domain.record import altered
from domain.refusal import Code, Refusals, Refused
from domain.trajectory import retention, state
from domain.trajectory.state import Child
from domain.trajectory.who import family, records_officer, related_professional


class RequestBody(Part):
    request: Annotated[Ref, Introduces("request")]
    kind: Annotated[Literal["object", "restrict", "rectify", "copy", "erase"], FIXED]
    person: PersonRef


class RequestMade(ChildFact, RequestBody):
    """The family asked something about the file."""

    TOPIC: ClassVar[str] = "trajectory.request-made.1"
    CATEGORY: ClassVar[Category] = "consent"


class MakeRequest(Action, RequestBody):
    """The family asks something about the file (AVG 15-21; Jeugdwet 7.3.9)."""

    FACT: ClassVar[type[ChildFact]] = RequestMade
    WHO: ClassVar[tuple[Who, ...]] = (related_professional, family)

    action: Literal["make_request"] = "make_request"


class RequestDecisionBody(Part):
    request: Annotated[Ref, Refers("request")]
    decision: Literal["granted", "refused"]
    ground: Text


class RequestDecided(ChildFact, RequestDecisionBody):
    """What the family asked was granted or refused."""

    TOPIC: ClassVar[str] = "trajectory.request-decided.1"
    CATEGORY: ClassVar[Category] = "consent"


class DecideRequest(Action, RequestDecisionBody):
    """Grants or refuses what the family asked."""

    FACT: ClassVar[type[ChildFact]] = RequestDecided
    WHO: ClassVar[tuple[Who, ...]] = (records_officer,)

    action: Literal["decide_request"] = "decide_request"


class HoldBody(Part):
    hold: Annotated[Ref, Introduces("hold")]
    basis: Text


class LegalHoldPlaced(ChildFact, HoldBody):
    """It was decided that the dossier must be kept."""

    TOPIC: ClassVar[str] = "trajectory.legal-hold-placed.1"
    CATEGORY: ClassVar[Category] = "consent"


class PlaceLegalHold(Action, HoldBody):
    """The dossier must be kept, for example for a complaint or a court."""

    FACT: ClassVar[type[ChildFact]] = LegalHoldPlaced
    WHO: ClassVar[tuple[Who, ...]] = (records_officer,)

    action: Literal["place_legal_hold"] = "place_legal_hold"


class HoldEndBody(Part):
    hold: Annotated[Ref, Refers("hold")]
    basis: Text


class LegalHoldLifted(ChildFact, HoldEndBody):
    """The dossier need not be kept any longer for that."""

    TOPIC: ClassVar[str] = "trajectory.legal-hold-lifted.1"
    CATEGORY: ClassVar[Category] = "consent"


class LiftLegalHold(Action, HoldEndBody):
    """The dossier need not be kept any longer for that."""

    FACT: ClassVar[type[ChildFact]] = LegalHoldLifted
    WHO: ClassVar[tuple[Who, ...]] = (records_officer,)

    action: Literal["lift_legal_hold"] = "lift_legal_hold"


class ErasureBody(Part):
    request: Annotated[Ref | None, Refers("request")] = None


class Erased(ChildFact, ErasureBody):
    """The key of the child was destroyed."""

    TOPIC: ClassVar[str] = "trajectory.erased.1"
    CATEGORY: ClassVar[Category] = "consent"
    SEALED_UNDER: ClassVar[SealedUnder] = "store"


class Erase(Action, ErasureBody):
    """Destroys the key of the child: what was kept cannot be read by anybody any more (AVG 17)."""

    FACT: ClassVar[type[ChildFact]] = Erased
    WHO: ClassVar[tuple[Who, ...]] = (records_officer,)

    action: Literal["erase"] = "erase"


ACTIONS = (
    MakeRequest,
    DecideRequest,
    PlaceLegalHold,
    LiftLegalHold,
    Erase,
)
FACTS = (
    RequestMade,
    RequestDecided,
    LegalHoldPlaced,
    LegalHoldLifted,
    Erased,
)

RequestAction = MakeRequest | DecideRequest | PlaceLegalHold | LiftLegalHold | Erase
RequestFact = RequestMade | RequestDecided | LegalHoldPlaced | LegalHoldLifted | Erased


def rule(child: Child, action: RequestAction, policy: Policy) -> Refusals:
    match action:
        case MakeRequest():
            own = action.by.role not in FAMILY or action.by.id == action.person
            return (None if own else Refused(Code.NO_STANDING),)
        case DecideRequest():
            decided = child.requests[action.request].decided
            return (Refused(Code.ALREADY_DONE) if decided else None, _not_asked_by_all(child, action, policy))
        case LiftLegalHold():
            return (Refused(Code.ALREADY_DONE) if child.holds_placed[action.hold] is not None else None,)
        case Erase():
            return (_held(child, action), _not_granted(child, action))
        case PlaceLegalHold():
            return ()
        case _:
            assert_never(action)


def _not_asked_by_all(child: Child, action: DecideRequest, policy: Policy) -> Refused | None:
    """Under 12 all guardians with authority must have asked the same, before it can be granted (domain.md, Actions)."""
    asked = child.requests[action.request]
    if action.decision == "refused" or child.aged(12, asked.at):
        return None
    asking = {each.person for each in child.requests.values() if each.kind == asked.kind and each.at <= action.at}
    silent = [each for each in required(child.grounds, asked.at, "care", policy).persons if each not in asking]
    return Refused(Code.CONSENT_MISSING, tuple(silent)) if silent else None


def _held(child: Child, action: Erase) -> Refused | None:
    held = any(lifted is None or action.at < lifted for lifted in child.holds_placed.values())
    return Refused(Code.LEGAL_HOLD) if held else None


def _not_granted(child: Child, action: Erase) -> Refused | None:
    """A granted request to erase, or the end of the retention term."""
    asked = child.requests.get(action.request or "")
    decided = asked.decided if asked and asked.kind == "erase" else None
    granted = decided is not None and decided[0] <= action.at and decided[1] == "granted"
    return None if granted or retention.is_over(child, action.at) else Refused(Code.NOT_GRANTED)


def evolve(child: Child, entry: int, fact: RequestFact) -> Child:
    match fact:
        case RequestMade():
            request = state.Request(entry, fact.request, fact.kind, fact.person, fact.occurred_at)
            return altered(child, requests={**child.requests, fact.request: request})
        case RequestDecided():
            made = child.requests.get(fact.request)
            decided = {fact.request: altered(made, decided=(fact.occurred_at, fact.decision))} if made else {}
            return altered(child, requests={**child.requests, **decided})
        case LegalHoldPlaced():
            return altered(child, holds_placed={**child.holds_placed, fact.hold: None})
        case LegalHoldLifted():
            return altered(child, holds_placed={**child.holds_placed, fact.hold: fact.occurred_at})
        case Erased():
            return child.with_grounds(erased=True)
        case _:
            assert_never(fact)
