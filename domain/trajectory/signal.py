"""Signals: a child is stuck, who is told, who takes it up, how it ends without help."""

from typing import Annotated, Any, ClassVar, Literal, assert_never

from pydantic import Field

import consent_policy.grounds as policy_grounds
from consent_policy.policy import Policy
from consent_policy.vocabulary import Category
from domain.action import Action, Who
from domain.actor import FAMILY
from domain.concern import Checklist, Concern
from domain.fact import ChildFact
from domain.field import UNSHOWN, Introduces, Part, PersonRef, Ref, Refers, Text
from domain.programme import Programme
from domain.record import altered
from domain.refusal import Code, Refusals, Refused
from domain.trajectory import state
from domain.trajectory.consent import informed
from domain.trajectory.state import Child
from domain.trajectory.who import carrier, coordinator, family, raises, related_professional

SignalRef = Annotated[Ref, Refers("signal")]


class SignalBody(Part):
    signal: Annotated[Ref, Introduces("signal")]
    programme: Ref
    concerns: Annotated[tuple[Concern, ...], Field(min_length=1)]
    setting: Literal["school", "home", "both"]
    description: Text
    informed: tuple[PersonRef, ...]
    checklist: Checklist | None = None


class SignalRaised(ChildFact, SignalBody):
    """It was said that a child is stuck. It is to be taken up within the days of this version of the programme.

    `programme_version` None: it was recorded before versions were told; the newest one holds, as it did then.
    """

    TOPIC: ClassVar[str] = "trajectory.signal-raised.1"
    CATEGORY: ClassVar[Category] = "signal"

    programme_version: Annotated[int | None, UNSHOWN] = None


class RaiseSignal(Action, SignalBody):
    """Says to a programme that a child is stuck."""

    FACT: ClassVar[type[ChildFact]] = SignalRaised
    WHO: ClassVar[tuple[Who, ...]] = (raises, carrier, family)

    action: Literal["raise_signal"] = "raise_signal"


class InformedBody(Part):
    signal: SignalRef
    persons: Annotated[tuple[PersonRef, ...], Field(min_length=1)]


class PersonsInformed(ChildFact, InformedBody):
    """Persons were told of a signal."""

    TOPIC: ClassVar[str] = "trajectory.persons-informed.1"
    CATEGORY: ClassVar[Category] = "signal"


class Inform(Action, InformedBody):
    """Tells persons of a signal."""

    FACT: ClassVar[type[ChildFact]] = PersonsInformed
    WHO: ClassVar[tuple[Who, ...]] = (related_professional,)

    action: Literal["inform"] = "inform"


class PickUpBody(Part):
    signal: SignalRef


class SignalPickedUp(ChildFact, PickUpBody):
    """A signal was taken up."""

    TOPIC: ClassVar[str] = "trajectory.signal-picked-up.1"
    CATEGORY: ClassVar[Category] = "signal"


class PickUpSignal(Action, PickUpBody):
    """Somebody takes up a signal."""

    FACT: ClassVar[type[ChildFact]] = SignalPickedUp
    WHO: ClassVar[tuple[Who, ...]] = (carrier, coordinator)

    action: Literal["pick_up_signal"] = "pick_up_signal"


class SettlementBody(Part):
    signal: SignalRef
    outcome: Literal["resolved_by_advice", "no_help_needed", "passed_on", "declined_by_family", "other_help_found"]


class SignalSettled(ChildFact, SettlementBody):
    """A signal ended without an episode."""

    TOPIC: ClassVar[str] = "trajectory.signal-settled.1"
    CATEGORY: ClassVar[Category] = "signal"


class SettleSignal(Action, SettlementBody):
    """Ends a signal of which no episode came."""

    FACT: ClassVar[type[ChildFact]] = SignalSettled
    WHO: ClassVar[tuple[Who, ...]] = (carrier, coordinator)

    action: Literal["settle_signal"] = "settle_signal"


ACTIONS = (
    RaiseSignal,
    Inform,
    PickUpSignal,
    SettleSignal,
)
FACTS = (
    SignalRaised,
    PersonsInformed,
    SignalPickedUp,
    SignalSettled,
)

SignalAction = RaiseSignal | Inform | PickUpSignal | SettleSignal
SignalFact = SignalRaised | PersonsInformed | SignalPickedUp | SignalSettled


def rule(child: Child, action: SignalAction, policy: Policy) -> Refusals:
    """A signal is taken up once, and ends once, over all that is known now."""
    match action:
        case PickUpSignal():
            signal = child.signals[action.signal]
            over = not signal.open_at(action.at)
            return (Refused(Code.ALREADY_DONE) if signal.picked_up or signal.settled or over else None,)
        case SettleSignal():
            signal = child.signals[action.signal]
            return (Refused(Code.ALREADY_DONE) if signal.settled or signal.episode else None,)
        case RaiseSignal() | Inform():
            return ()
        case _:
            assert_never(action)


def evolve(child: Child, entry: int, fact: SignalFact) -> Child:
    match fact:
        case SignalRaised():
            terms = _terms(child, fact)
            signal = state.Signal(entry, fact.signal, fact.occurred_at, fact.by, fact.programme, terms)
            told = (*fact.informed, *((fact.by.id,) if fact.by.role in FAMILY else ()))
            return informed(_with_signal(child, signal), entry, fact, told)
        case PersonsInformed():
            return informed(child, entry, fact, fact.persons)
        case SignalPickedUp():
            return with_signal(child, fact.signal, picked_up=(fact.occurred_at, fact.by))
        case SignalSettled():
            return with_signal(child, fact.signal, settled=(fact.occurred_at, fact.outcome))
        case _:
            assert_never(fact)


def _terms(child: Child, fact: SignalRaised) -> Programme | None:
    if fact.programme_version is None:
        return child.programmes.get(fact.programme)
    return child.programmes.version(fact.programme, fact.programme_version)


def with_signal(child: Child, signal: str, **changed: Any) -> Child:
    """The child with one signal changed, in what decisions and the policy know of it; unknown: unchanged."""
    if signal not in child.signals:
        return child
    return _with_signal(child, altered(child.signals[signal], **changed))


def _with_signal(child: Child, signal: state.Signal) -> Child:
    known = altered(child, signals={**child.signals, signal.signal: signal})
    return known.with_grounds(signals=tuple(_ground(known, each) for each in known.signals.values()))


def _ground(child: Child, signal: state.Signal) -> policy_grounds.Signal:
    picked_up_at, picked_up_by = signal.picked_up or (None, None)
    ends = [end[0] for end in (signal.episode, signal.settled) if end]
    return policy_grounds.Signal(
        signal.entry,
        signal.signal,
        signal.by,
        signal.at,
        picked_up_by,
        picked_up_at,
        min(ends, default=None),
        signal.programme,
        signal.terms is not None and signal.terms.explained_first,
    )
