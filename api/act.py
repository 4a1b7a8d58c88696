"""The way of an action: decide on what is known, append its fact only if nothing moved, or record the refusal."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from api.accounts import Account
from api.answer import Answer, invalid, refused
from api.cases import Case, ChildCase, case_of, stream_of
from api.look import not_before
from api.main import App
from api.may_know import may_know
from domain import attempt
from domain.action import Action, Deed
from domain.attempt import ActionRefused
from domain.concern import suggestions
from domain.envelope import Recorded, Unrecorded
from domain.fact import Fact
from domain.field import Receipt
from domain.refusal import NOT_KEPT, Code, Refused
from domain.trajectory import who
from domain.trajectory.correction import CannotChange
from domain.trajectory.request import Erase
from domain.trajectory.signal import RaiseSignal
from ledger.errors import Moved

RETRIES = 20
"""How often an action is decided again when another change came first, before it is `stale`."""


@dataclass(frozen=True, slots=True)
class Sent:
    """An action on its way: its receipt, the recorded instant of a simulated clock, and the language of answers.

    `stream`: the opaque id of the child, or of the contact, that it is about. `account`: of somebody of a family, who
    must be linked to the one who acts. `present`: the one who acts signed in, and may know of the child or not.
    """

    action: Deed
    stream: UUID
    receipt: Receipt
    recorded_at: datetime | None
    language: str
    account: Account | None = None
    present: bool = False


def act(
    app: App,
    action: Deed,
    recorded_at: datetime | None = None,
    language: str = "en",
    account: Account | None = None,
    *,
    present: bool = False,
) -> Answer:
    """Do what the action says, or say why not. `recorded_at`: of a store with a simulated clock.

    `account`: by which the actor signed in, where that is somebody of a family. `present`: the actor signed in and acts
    now, whenever what the action tells happened; else others tell what somebody did.
    """
    stream = stream_of(app, action)
    sent = Sent(action, stream, receipt_of(app, action, stream), recorded_at, language, account, present)
    answer = _at_once(app, sent) or _read_first(app, sent)
    if isinstance(action, Erase) and answer.status in ("recorded", "unchanged"):
        app.erase(stream)
    return answer


def receipt_of(app: App, action: Deed, stream: UUID) -> Receipt:
    """The id that an action goes by, and the keyed digest of what it says.

    However it is said: instants in UTC, defaults left out, the child by its opaque id.
    """
    said = action.model_dump(
        mode="json", by_alias=True, exclude={"action_id"}, exclude_none=True, exclude_defaults=True
    )
    said |= {"action": action.action, "stream": str(stream)}
    said.pop("trajectory", None)
    canonical = json.dumps(said, sort_keys=True, ensure_ascii=False)
    content = app.store.keys.blind("action", canonical).hex()
    return Receipt(action.action_id or content, content)


def _at_once(app: App, sent: Sent) -> Answer | None:
    """In one round trip what most actions are: new, and allowed on what this process knows of the child.

    The log takes the fact only if the child has not moved and nobody tried this action before. None: look closer.
    """
    case = case_of(app, sent.action, sent.stream, known=True)
    if case.given(sent.action, sent.receipt):
        return None
    try:
        outcome = _decided(app, case, sent)
        never_tried = {_attempt_stream(app, sent): 0}
        return _recorded(app, case, sent, outcome, never_tried) if isinstance(outcome, list) else None
    except (CannotChange, Moved):
        return None


def _read_first(app: App, sent: Sent) -> Answer:
    for _ in range(RETRIES):
        try:
            return _answered(app, sent)
        except CannotChange as error:
            return invalid(str(error))
        except Moved:
            continue
    return refused(Code.STALE, sent.language)


def _answered(app: App, sent: Sent) -> Answer:
    case = case_of(app, sent.action, sent.stream)
    tried = app.facts.stream(_attempt_stream(app, sent))
    outcome = _given_before(case, sent, tried) or _decided(app, case, sent)
    match outcome:
        case Answer():
            return outcome
        case Refused():
            _keep_attempt(app, case, sent, tried, outcome)
            return refused(outcome.code, sent.language, str(case.stream))
        case facts:
            return _recorded(app, case, sent, facts)


def _decided(app: App, case: Case, sent: Sent) -> Answer | Refused | list[Fact]:
    if sent.recorded_at and sent.action.at <= sent.recorded_at < app.facts.last().recorded_at:
        return invalid("recorded_at: earlier than what was recorded last")
    if sent.account and not _acts_for(app, sent.account, case, sent.action):
        return Refused(Code.NOT_RELATED)
    outcome = case.decide(app, sent.action, sent.receipt, sent.recorded_at or app.now())
    left = sent.present and not isinstance(outcome, Refused) and _only_then(app, case, sent.action)
    return Refused(Code.NOT_RELATED) if left else outcome


def _only_then(app: App, case: Case, action: Deed) -> bool:
    """Whether the actor might do this when it happened, but now may not, nor know of the child: they left since."""
    if not isinstance(case, ChildCase) or not isinstance(action, Action) or not case.version:
        return False
    now = not_before(app.now(), case.history)
    if may_know(app, action.by, case.history, now):
        return False
    return who.refusal(case.history.latest, action.model_copy(update={"at": now})) is not None


def _acts_for(app: App, account: Account, case: Case, action: Deed) -> bool:
    """Whether the account is still linked to who acts, in the version that the fact will follow."""
    linked = account.actor_in(case.history) if isinstance(case, ChildCase) else None
    return action.by in (linked, account.stranger(app))


def _attempt_stream(app: App, sent: Sent) -> UUID:
    return app.store.keys.opaque_id("attempt", sent.action.by.id, str(sent.stream), sent.receipt.action_id)


def _given_before(case: Case, sent: Sent, tried: list[Recorded]) -> Answer | Refused | None:
    """The same action of the same actor about the same child gets the same answer; other content does not fit it."""
    given = case.given(sent.action, sent.receipt)
    if given and given[1] == sent.receipt.content:
        return Answer("unchanged", trajectory=str(case.stream), entries=(given[0],))
    kept = [each for each in _attempts(tried) if each.code not in NOT_KEPT]
    same = [fact.code for fact in kept if fact.receipt.content == sent.receipt.content]
    if same:
        return refused(same[-1], sent.language, str(case.stream))
    return Refused(Code.REFERENCE_IN_USE) if given or kept else None


def _attempts(tried: list[Recorded]) -> list[ActionRefused]:
    return [each.fact for each in tried if isinstance(each.fact, ActionRefused)]


def _recorded(
    app: App, case: Case, sent: Sent, facts: list[Fact], unmoved: Mapping[UUID, int] = MappingProxyType({})
) -> Answer:
    unrecorded = [Unrecorded(case.stream, case.version + number, fact) for number, fact in enumerate(facts, 1)]
    recorded = app.save(unrecorded, {case.stream: case.version, **unmoved}, sent.recorded_at)
    checklist = sent.action.checklist if isinstance(sent.action, RaiseSignal) else None
    return Answer(
        "recorded",
        trajectory=str(case.stream),
        positions=tuple(each.position for each in recorded),
        entries=tuple(each.entry for each in recorded),
        suggestions=suggestions(checklist) if checklist else (),
    )


def _keep_attempt(app: App, case: Case, sent: Sent, tried: list[Recorded], refusal: Refused) -> None:
    """A refusal is a fact as well, once for each answer that was given."""
    known = case.subject is not None
    fact = attempt.refused(sent.action, str(case.stream), refusal, sent.receipt, child_known=known)
    if any((each.code, each.receipt) == (fact.code, fact.receipt) for each in _attempts(tried)):
        return
    stream = _attempt_stream(app, sent)
    unrecorded = Unrecorded(stream, len(tried) + 1, fact, case.subject)
    app.save([unrecorded], {case.stream: case.version}, sent.recorded_at)
