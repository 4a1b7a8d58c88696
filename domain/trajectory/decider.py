"""May this be done for this child, and what fact does it leave? Every action passes the same questions, in this order.

invalid and the answer given before are asked by the door (`api/act.py`); here follow the rest (domain.md, Order of
answers): time, references, who, the episode is open, consent, the action's own rule.
"""

from collections.abc import Iterator
from datetime import datetime

from consent_policy.instant import birthday
from consent_policy.policy import Policy
from domain.action import Action, CareAction
from domain.fact import CareFact, ChildFact
from domain.field import Receipt, is_personal, value_of
from domain.programme import Programmes
from domain.refusal import IRREGULAR, Code, Refusals, Refused
from domain.trajectory import screening, who
from domain.trajectory.consent import GiveConsent, RefuseConsent
from domain.trajectory.correction import CorrectEntry, corrected
from domain.trajectory.episode import StartEpisode
from domain.trajectory.gate import consent_refusal
from domain.trajectory.history import History
from domain.trajectory.screening import CompleteScreening
from domain.trajectory.signal import RaiseSignal
from domain.trajectory.state import Child
from domain.trajectory.subjects import SUBJECT_OF
from domain.trajectory.support import HoldSession, first_walk_in


def decide(
    history: History, action: Action, receipt: Receipt, policy: Policy, now: datetime
) -> list[ChildFact] | Refused:
    """The one fact that the action leaves, or why it is refused. Pure: the same in, the same out.

    CannotChange where a correction does not fit its entry, told only to those who may correct it.
    """
    child = history.latest
    refused = (
        _erased(history)
        or _wrong_time(child, action, now)
        or _reference(history, child, action)
        or who.refusal(child, action)
        or _episode_closed(child, action)
    )
    if refused:
        return refused
    as_corrected = _as_corrected(history, action)
    refused = _ruled(child, action, policy)
    if refused is None and isinstance(action, CorrectEntry) and as_corrected is not None:
        refused = _to_no_time(history, as_corrected, now) or _text_where_consent_lacked(history, action, policy)
    return refused or [action.fact(receipt, **_decided(action, child.programmes))]


def _as_corrected(history: History, action: Action) -> ChildFact | None:
    """The entry as a correction would have it. CannotChange where the changes do not fit it."""
    if not isinstance(action, CorrectEntry):
        return None
    return corrected(history.standing.get(action.entry, history.facts[action.entry]), action.changes)


def _to_no_time(history: History, fact: ChildFact, now: datetime) -> Refused | None:
    """A corrected instant is one like any other: not to come, not before birth."""
    birth = _birth_of(fact) or history.latest.birth
    if fact.occurred_at > now:
        return Refused(Code.IN_THE_FUTURE)
    return Refused(Code.BEFORE_BIRTH) if birth and fact.occurred_at < birth else None


def _text_where_consent_lacked(history: History, action: CorrectEntry, policy: Policy) -> Refused | None:
    """What was told as irregular without consent gets no text about the child afterwards either."""
    fact, child = history.facts[action.entry], history.latest
    if not isinstance(fact, CareFact) or not fact.irregular or fact.episode not in child.episodes:
        return None
    personal = {field.alias or name for name, field in type(fact).model_fields.items() if is_personal(field)}
    if personal.isdisjoint(action.changes):
        return None
    programme = child.episodes[fact.episode].programme
    lacking = consent_refusal(child, policy, fact.CATEGORY, fact.occurred_at, programme)
    return Refused(Code.TEXT_WITHOUT_CONSENT) if lacking else None


def _erased(history: History) -> Refused | None:
    return Refused(Code.ERASED) if history.erased else None


def _wrong_time(child: Child, action: Action, now: datetime) -> Refused | None:
    if action.at > now:
        return Refused(Code.IN_THE_FUTURE)
    birth = child.birth or _birth_of(action)
    return Refused(Code.BEFORE_BIRTH) if birth and action.at < birth else None


def _birth_of(action: Action | ChildFact) -> datetime | None:
    identity = value_of(action, "child")
    return birthday(identity.birth_date, 0) if identity else None


def _reference(history: History, child: Child, action: Action) -> Refused | None:
    """Everything pointed at is known at that instant; what is named has not been named before."""
    opening = action.action == "open_trajectory"
    if opening == bool(history.version):
        return Refused(Code.REFERENCE_IN_USE if opening else Code.UNKNOWN_REFERENCE)
    if any(not child.knows(kind, reference, action.at) for kind, reference in action.refers_to()):
        return Refused(Code.UNKNOWN_REFERENCE)
    entry = value_of(action, "entry")
    if entry is not None and entry not in history.facts:
        return Refused(Code.UNKNOWN_REFERENCE)
    if isinstance(action, CompleteScreening) and not screening.is_in_its_episode(child, action):
        return Refused(Code.UNKNOWN_REFERENCE)
    in_use = action.introduces() in history.named or _consent_of_another(history, action)
    return Refused(Code.REFERENCE_IN_USE) if in_use else None


def _consent_of_another(history: History, action: Action) -> bool:
    """A consent reference is given, refused, revoked and given again by its one person."""
    if not isinstance(action, GiveConsent | RefuseConsent):
        return False
    return history.persons.get(action.consent, action.person) != action.person


def _episode_closed(child: Child, action: Action) -> Refused | None:
    episode = value_of(action, "episode")
    if episode is None or isinstance(action, StartEpisode) or action.AFTER_CLOSING:
        return None
    return None if child.episodes[episode].open_at(action.at) else Refused(Code.EPISODE_CLOSED)


def _ruled(child: Child, action: Action, policy: Policy) -> Refused | None:
    """Consent and the action's own rule. What happened against them can be told as irregular (domain.md)."""
    refusals = list(_refusals(child, action, policy))
    if not isinstance(action, CareAction) or action.irregular is None:
        return refusals[0] if refusals else None
    others = [each for each in refusals if each.code not in IRREGULAR]
    if others:
        return others[0]
    if not refusals:
        return Refused(Code.NOT_APPLICABLE)
    lacking = any(each.code in _CONSENT for each in refusals)
    return Refused(Code.TEXT_WITHOUT_CONSENT) if lacking and any(action.personal()) else None


_CONSENT = frozenset({Code.CONSENT_MISSING, Code.CONSENT_REFUSED, Code.NO_ONE_WITH_AUTHORITY})


def _refusals(child: Child, action: Action, policy: Policy) -> Iterator[Refused]:
    own: Refusals = SUBJECT_OF[type(action)].rule(child, action, policy)
    return (each for each in (_gate(child, action, policy), *own) if each)


def _gate(child: Child, action: Action, policy: Policy) -> Refused | None:
    """Consent to care of the action's category, at its own instant; some first walk-ins need none."""
    if not isinstance(action, CareAction) or (isinstance(action, HoldSession) and first_walk_in(child, action)):
        return None
    programme = child.episodes[action.episode].programme
    return consent_refusal(child, policy, action.GATE, action.at, programme)


def _decided(action: Action, programmes: Programmes) -> dict[str, int]:
    if isinstance(action, StartEpisode | RaiseSignal):
        return {"programme_version": programmes.current[action.programme].version}
    return {}
