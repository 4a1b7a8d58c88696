"""The way of an action: decide on what is known, append its fact only if nothing moved, or record the refusal."""

import json
from datetime import datetime
from uuid import UUID

from api.answer import Answer, invalid, refused
from api.main import App
from domain import attempt
from domain.action import Action
from domain.attempt import ActionRefused
from domain.envelope import Recorded, Unrecorded
from domain.field import Receipt
from domain.refusal import NOT_KEPT, Code, Refused
from domain.trajectory.decider import decide
from domain.trajectory.history import History
from domain.trajectory.signal import RaiseSignal, suggestions
from ledger.errors import Moved

RETRIES = 20
"""How often an action is decided again when another change came first, before it is `stale`."""


def act(app: App, action: Action, recorded_at: datetime | None = None, language: str = "en") -> Answer:
    """Do what the action says, or say why not. `recorded_at`: of a store with a simulated clock."""
    stream, receipt = app.stream_of(action.trajectory), receipt_of(app, action)
    for _ in range(RETRIES):
        history = app.history(stream)
        tried = tuple(app.store.stream(_attempt_stream(app, action, receipt, stream)))
        given = _given_before(history, action, receipt, tried, language)
        if given:
            return given
        now = recorded_at or app.now()
        if recorded_at and recorded_at < app.store.last().recorded_at:
            return invalid("recorded_at: earlier than what was recorded last")
        try:
            return _decided(app, history, action, receipt, tried, now, recorded_at, language)
        except Moved:
            continue
    return refused(Code.STALE, language, str(stream))


def receipt_of(app: App, action: Action) -> Receipt:
    """The id that an action goes by, and the keyed digest of what it says (instants in UTC, defaults left out)."""
    said = action.model_dump(mode="json", by_alias=True, exclude={"action_id"}, exclude_none=True, exclude_defaults=True)
    canonical = json.dumps(said | {"action": action.action}, sort_keys=True, ensure_ascii=False)
    content = app.store.keys.blind("action", canonical).hex()
    return Receipt(action.action_id or content, content)


def _attempt_stream(app: App, action: Action, receipt: Receipt, stream: UUID) -> UUID:
    key = app.store.keys.blind(action.by.id, str(stream), receipt.action_id).hex()
    return app.store.keys.opaque_id("attempt", key)


def _given_before(
    history: History, action: Action, receipt: Receipt, tried: tuple[Recorded, ...], language: str
) -> Answer | None:
    """The same action of the same actor about the same child gets the same answer; other content does not fit it."""
    entry = _answered_by(history, action, receipt)
    if entry is not None:
        entry_number, content = entry
        if content != receipt.content:
            return refused(Code.REFERENCE_IN_USE, language, str(history.stream))
        return Answer("unchanged", trajectory=str(history.stream), entries=(entry_number,))
    kept = [each.fact for each in tried if isinstance(each.fact, ActionRefused) and each.fact.code not in NOT_KEPT]
    same = [fact.code for fact in kept if fact.receipt.content == receipt.content]
    if same:
        return refused(same[-1], language, str(history.stream))
    return refused(Code.REFERENCE_IN_USE, language, str(history.stream)) if kept else None


def _answered_by(history: History, action: Action, receipt: Receipt) -> tuple[int, str] | None:
    """(entry, content) of the fact that answered this id, or that gave the same thing the same name before."""
    answer = history.answers.get((action.by.id, receipt.action_id))
    if answer:
        return answer[0], answer[1].content
    named = action.introduces() or ("trajectory", action.trajectory)
    introduced = history.latest.references.get(named)
    return (introduced.entry, introduced.content) if introduced and introduced.content == receipt.content else None


def _decided(
    app: App,
    history: History,
    action: Action,
    receipt: Receipt,
    tried: tuple[Recorded, ...],
    now: datetime,
    recorded_at: datetime | None,
    language: str,
) -> Answer:
    outcome = decide(history, action, receipt, app.policy(now), now)
    if isinstance(outcome, Refused):
        _keep_attempt(app, history, action, receipt, tried, outcome, recorded_at)
        return refused(outcome.code, language, str(history.stream))
    facts = [Unrecorded(history.stream, history.version + n, fact) for n, fact in enumerate(outcome, 1)]
    recorded = app.store.save(facts, {history.stream: history.version}, recorded_at)
    checklist = action.checklist if isinstance(action, RaiseSignal) else None
    return Answer(
        "recorded",
        trajectory=str(history.stream),
        positions=tuple(each.position for each in recorded),
        entries=tuple(each.entry for each in recorded),
        suggestions=suggestions(checklist) if checklist else (),
    )


def _keep_attempt(
    app: App,
    history: History,
    action: Action,
    receipt: Receipt,
    tried: tuple[Recorded, ...],
    refusal: Refused,
    recorded_at: datetime | None,
) -> None:
    """A refusal is a fact as well, once for each answer that was given."""
    known = bool(history.version) and not history.erased
    fact = attempt.refused(action, str(history.stream), refusal, receipt, child_known=known)
    if any(isinstance(each.fact, ActionRefused) and each.fact.code == fact.code for each in tried):
        return
    stream = _attempt_stream(app, action, receipt, history.stream)
    subject = history.stream if known else None
    app.store.save(
        [Unrecorded(stream, len(tried) + 1, fact, subject)], {history.stream: history.version}, recorded_at
    )
