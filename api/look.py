"""The way of a look: decide, build, append that it is shown, and only then let it go (ledger.md, Nothing leaves
unrecorded). If the append fails nothing goes: this module returns content only from what `save` returned."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from api.main import SOFTWARE, App
from consent_policy.grounds import Actor, Decision
from consent_policy.policy import Policy
from domain.disclosure import Disclosed, DisclosureRefused, Door, Shown, Withheld
from domain.envelope import Unrecorded
from domain.trajectory.history import History
from ledger.errors import Moved
from projections.lens import Item, Lens
from projections.view import Content, Frame, View, canonical

RETRIES = 20
"""How often a look is decided again when the child's stream moved meanwhile."""


@dataclass(frozen=True, slots=True)
class Question:
    """Who asks to see which view of which child, why and how. `categories`: what they narrow it to."""

    view: View
    trajectory: str
    viewer: Actor
    purpose: str
    door: Door
    as_of: datetime | None = None
    known_at: datetime | None = None
    reason: str | None = None
    recipient: str | None = None
    categories: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody may see now that it is recorded that they do."""

    disclosure: UUID
    position: int
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing to see, and why; that is recorded as well."""

    disclosure: UUID
    position: int
    decision: Decision


class Busy(Exception):
    """The child's stream kept moving; nothing was shown. Ask again."""


def look(app: App, question: Question) -> Seen | Refused:
    """Show what may be seen, after it is in the log. LedgerError where the log cannot take it: then nothing goes."""
    stream = app.stream_of(question.trajectory)
    for _ in range(RETRIES):
        history, instant = app.history(stream), app.now()
        frame = frame_of(question, history, instant, app.policy(instant))
        content = question.view.build(frame)
        leading = _leading(question, frame.lens)
        permitted = any(each.permitted for each in frame.lens.decided.values())
        told = _told(question, frame, instant)
        fact = _disclosed(app, told, history, frame, content) if permitted else _refused(told, history, frame)
        try:
            (recorded,) = app.store.save([Unrecorded(uuid4(), 1, fact)], {stream: history.version})
        except Moved:
            continue
        if permitted:
            return Seen(recorded.stream, recorded.position, content.body | {"trajectory": question.trajectory})
        return Refused(recorded.stream, recorded.position, leading)
    raise Busy


def frame_of(question: Question, history: History, instant: datetime, policy: Policy) -> Frame:
    """What the view builds from: decided now on all that is known now; `as_of` and `known_at` choose the content."""
    lens = Lens(
        history.latest.grounds,
        question.viewer,
        question.purpose,
        instant,
        policy,
        question.recipient,
        question.reason,
        question.categories,
    )
    known = history if question.known_at is None else history.known_at(question.known_at)
    return Frame(str(history.stream), known, question.as_of or instant, lens, policy)


def _leading(question: Question, lens: Lens) -> Decision:
    """The decision that answers for the whole look: of what was asked for, else of the view's leading item."""
    items = [Item(each) for each in question.categories] or [question.view.leading]
    return [lens.decision(item) for item in items][0]


def _disclosed(app: App, told: dict[str, Any], history: History, frame: Frame, content: Content) -> Disclosed:
    shown = Shown(
        trajectory=frame.reference,
        version=history.version,
        fields=dict(content.fields),
        digest=digest_of(app, history, content),
        grounds=tuple(frame.lens.grounds_told()),
    )
    return Disclosed(**told, shown=(shown,))


def digest_of(app: App, history: History, content: Content) -> str:
    """HMAC-SHA-256 under the child's key: proof of what was shown, which nobody can guess after erasure."""
    return app.store.keys.digest(history.stream, canonical(content.body)).hex()


def _refused(told: dict[str, Any], history: History, frame: Frame) -> DisclosureRefused:
    grounds = tuple(frame.lens.grounds_told())
    return DisclosureRefused(
        **told, withheld=(Withheld(trajectory=frame.reference, version=history.version, grounds=grounds),)
    )


def _told(question: Question, frame: Frame, instant: datetime) -> dict[str, Any]:
    """What every look says about itself (NEN 7513)."""
    return {
        "occurred_at": instant,
        "by": question.viewer,
        "door": question.door,
        "purpose": question.purpose,
        "reason": question.reason,
        "recipient": question.recipient,
        "view": question.view.name,
        "view_version": question.view.version,
        "filters": question.categories,
        "as_of": question.as_of,
        "known_at": question.known_at,
        "policy": frame.policy.id,
        "policy_sha256": frame.policy.sha256,
        "software": SOFTWARE,
    }
