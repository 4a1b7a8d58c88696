"""The way of a look: decide, build, append that it is shown, and only then let it go (ledger.md, Nothing leaves
unrecorded). If the append fails nothing goes: content leaves this module only after `save` has returned.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from api.main import SOFTWARE, App
from consent_policy.grounds import Actor, Decision
from consent_policy.policy import Policy
from domain.disclosure import Disclosed, DisclosureRefused, Door, Look, Shown, Withheld
from domain.envelope import Unrecorded
from domain.trajectory.history import History
from ledger.errors import KeyDestroyed, Moved
from projections.lens import Item, Lens
from projections.view import Content, Frame, View, canonical

RETRIES = 20
"""How often a look is decided again when a child's stream moved meanwhile."""


@dataclass(frozen=True, slots=True)
class Question:
    """Who asks to see which view, why and how. `categories`: what they narrow it to; empty: everything."""

    view: View
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
    """What somebody may see, now that it is recorded that they do: one body for each child."""

    disclosure: UUID
    position: int
    bodies: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing to see, and why; that is recorded as well."""

    disclosure: UUID
    position: int
    decision: Decision


class Busy(Exception):
    """The children's streams kept moving; nothing was shown. Ask again."""


@dataclass(frozen=True, slots=True)
class Part:
    """What a view makes of one child for this viewer; `leading` answers for it where nothing may be shown."""

    history: History
    frame: Frame
    content: Content
    leading: Decision

    @property
    def permitted(self) -> bool:
        return any(each.permitted for each in self.frame.lens.decided.values())


def look(app: App, question: Question, trajectory: str) -> Seen | Refused:
    """Look at one child. LedgerError where the log cannot take that it is shown: then nothing goes."""
    stream = app.stream_of(trajectory)
    history = app.children.known(stream)
    for _ in range(RETRIES):
        instant = app.now()
        part = part_of(question, history, instant, app.policy(instant))
        try:
            seen = _recorded(app, question, [part], instant)
        except (Moved, KeyDestroyed):
            history = app.children.latest(stream)
            continue
        return seen if part.permitted else Refused(seen.disclosure, seen.position, part.leading)
    raise Busy


def look_among(app: App, question: Question, streams: Iterable[UUID]) -> Seen:
    """Look at a list of candidates: rows that may be shown, and no trace of those that may not (consent.md)."""
    candidates = tuple(streams)
    for _ in range(RETRIES):
        instant = app.now()
        policy = app.policy(instant)
        parts = [part_of(question, app.history(stream), instant, policy) for stream in candidates]
        asked = [part for part in parts if part.content.fields or not part.permitted]
        try:
            return _recorded(app, question, asked, instant)
        except (Moved, KeyDestroyed):
            continue
    raise Busy


def part_of(question: Question, history: History, instant: datetime, policy: Policy) -> Part:
    """Decided now on all that is known now; `as_of` and `known_at` only choose the content."""
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
    frame = Frame(str(history.stream), known, history, question.as_of or instant, lens, policy)
    content = question.view.build(frame)
    items = [Item(each) for each in question.categories] or [question.view.leading]
    decisions = [lens.decision(item) for item in items]
    return Part(history, frame, content, decisions[0])


def _recorded(app: App, question: Question, parts: Sequence[Part], instant: datetime) -> Seen:
    """Append what is shown and what is withheld, only if none of the children moved. Raises Moved."""
    fact = _fact(app, question, parts, instant)
    unmoved = {part.history.stream: part.history.version for part in parts}
    (recorded,) = app.save([Unrecorded(uuid4(), 1, fact)], unmoved)
    return Seen(recorded.stream, recorded.position, tuple(part.content.body for part in parts if part.permitted))


def _fact(app: App, question: Question, parts: Sequence[Part], instant: datetime) -> Look:
    told = _told(question, app.policy(instant), instant)
    shown = tuple(_shown(app, part) for part in parts if part.permitted)
    withheld = tuple(_withheld(part) for part in parts if not part.permitted)
    if withheld and not shown:
        return DisclosureRefused(**told, withheld=withheld)
    return Disclosed(**told, shown=shown, withheld=withheld)


def _shown(app: App, part: Part) -> Shown:
    return Shown(
        trajectory=part.frame.reference,
        version=part.history.version,
        fields=dict(part.content.fields),
        digest=digest_of(app, part),
        grounds=tuple(part.frame.lens.grounds_told()),
    )


def _withheld(part: Part) -> Withheld:
    grounds = tuple(part.frame.lens.grounds_told())
    return Withheld(trajectory=part.frame.reference, version=part.history.version, grounds=grounds)


def digest_of(app: App, part: Part) -> str:
    """HMAC-SHA-256 under the child's key: proof of what was shown, which nobody can guess after erasure.

    An unknown or erased child has no key; what is shown of it (nothing but that) is digested under the store's.
    """
    shown, history = canonical(part.content.body), part.history
    if history.erased or not history.version:
        return app.store.keys.of_store.digest(shown).hex()
    return app.store.keys.digest(history.stream, shown).hex()


def _told(question: Question, policy: Policy, instant: datetime) -> dict[str, Any]:
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
        "policy": policy.id,
        "policy_sha256": policy.sha256,
        "software": SOFTWARE,
    }
