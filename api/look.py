"""The way of a look: decide, build, append that it is shown, and only then let it go (ledger.md, Nothing leaves
unrecorded). If the append fails nothing goes: content leaves this module only after `save` has returned.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID, uuid4

from api.accounts import Account
from api.main import SOFTWARE, App
from consent_policy.grounds import Actor, Decision, Grounds
from consent_policy.policy import Policy
from domain.disclosure import Disclosed, DisclosureRefused, Door, Look, Shown, Withheld
from domain.envelope import Unrecorded
from domain.trajectory.history import History
from ledger.errors import KeyDestroyed, Moved
from projections.lens import Item, Lens
from projections.view import Content, Frame, View, canonical

ABOUT = "disclosure="
"""How a look at what another look showed names that one, in its filters."""

RETRIES = 20
"""How often a look is decided again when a child's stream moved meanwhile."""


@dataclass(frozen=True, slots=True)
class Question:
    """Who asks to see which view, why and how. `categories`: what they narrow it to; empty: everything.

    `disclosure`: whose content is asked for (api/reveal.py). `query`: of which list this is a part, as name=value.
    `account`: of somebody of a family, who in one trajectory looks as whom it is linked to there; else as `viewer`.
    `sender`: who gets what `viewer` may see, to hand it over.
    """

    view: View
    viewer: Actor
    purpose: str
    door: Door
    as_of: datetime | None = None
    known_at: datetime | None = None
    reason: str | None = None
    recipient: str | None = None
    categories: tuple[str, ...] = field(default=())
    disclosure: UUID | None = None
    query: tuple[str, ...] = ()
    account: Account | None = None
    sender: Actor | None = None

    @property
    def filters(self) -> tuple[str, ...]:
        """What it is narrowed to, as the look tells it."""
        return (f"{ABOUT}{self.disclosure}",) if self.disclosure else self.categories


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


class KnownBefore(ValueError):
    """It is asked what was known before there was anything to know. Names what says so: `known_at`, or another."""


class Busy(Exception):
    """The children's streams kept moving; nothing was shown. Ask again."""


class Dossier(Protocol):
    """A child as somebody looks at it: all of its history, or what a read model holds of it."""

    @property
    def stream(self) -> UUID: ...

    @property
    def version(self) -> int: ...

    @property
    def last_at(self) -> datetime | None: ...

    @property
    def erased(self) -> bool: ...


class Sight(Protocol):
    """Under which name a child is looked at, and through whose eyes."""

    @property
    def reference(self) -> str: ...

    @property
    def lens(self) -> Lens: ...


@dataclass(frozen=True, slots=True)
class Part:
    """What a view makes of one child for this viewer; `leading` answers for it where nothing may be shown."""

    history: Dossier
    frame: Sight
    content: Content
    leading: Decision

    @property
    def permitted(self) -> bool:
        return any(each.permitted for each in self.frame.lens.decided.values())


def look(app: App, question: Question, trajectory: str) -> Seen | Refused:
    """Look at one child. LedgerError where the log cannot take that it is shown: then nothing goes. `KnownBefore`."""
    refuse_known_before(app, question.known_at)
    stream = app.stream_of(trajectory)
    history = app.children.known(stream)
    for _ in range(RETRIES):
        instant = not_before(app.now(), history)
        policy = app.policy(instant)
        asked = _as_known_in(question, history)
        part = part_of(asked, history, instant, policy, policy_known(app, asked.known_at, instant, policy))
        try:
            seen = recorded(app, asked, *_divided([part]), instant)
        except (Moved, KeyDestroyed):
            history = app.children.latest(stream)
            continue
        return seen if part.permitted else Refused(seen.disclosure, seen.position, part.leading)
    raise Busy


def _as_known_in(question: Question, history: History) -> Question:
    """With the viewer as this trajectory calls them, in the version that the look rests on."""
    linked = question.account.actor_in(history) if question.account else None
    return replace(question, viewer=linked) if linked else question


def not_before(now: datetime, child: Dossier) -> datetime:
    """What happened has happened, also where another machine said so whose clock is ahead: a withdrawal holds."""
    return max(now, child.last_at or now)


def refuse_known_before(app: App, known_at: datetime | None, name: str = "known_at") -> None:
    """An empty answer would say that there was nothing. Raises `KnownBefore`."""
    if known_at is not None and known_at < app.began:
        raise KnownBefore(name)


def part_of(question: Question, history: History, instant: datetime, policy: Policy, policy_known: Policy) -> Part:
    """Decided now on all that is known now; `as_of` and `known_at` only choose the content.

    `policy_known`: what the content is worked out with, see `policy_known`.
    """
    lens = lens_of(question, history.latest.grounds, instant, policy)
    known = history if question.known_at is None else history.known_at(question.known_at)
    frame = Frame(str(history.stream), known, history, question.as_of or instant, lens, policy_known)
    content = question.view.build(frame)
    return Part(history, frame, content, leading(question, lens))


def policy_known(app: App, known_at: datetime | None, instant: datetime, policy: Policy) -> Policy:
    """By which policy phases and what consent lacks are told: as known then, the one in force then.

    `policy`: the one that decides at the instant of the look; what is known later than that is told by it as well.
    """
    return policy if known_at is None or known_at >= instant else app.policy(known_at)


def lens_of(question: Question, grounds: Grounds, instant: datetime, policy: Policy) -> Lens:
    """The eyes of who asks, on what a child's decisions rest on now."""
    return Lens(
        grounds,
        question.viewer,
        question.purpose,
        instant,
        policy,
        question.recipient,
        question.reason,
        question.categories,
        str(question.disclosure) if question.disclosure else None,
    )


def leading(question: Question, lens: Lens) -> Decision:
    """What answers for the whole where nothing may be shown."""
    items = [Item(each) for each in question.categories] or [question.view.leading]
    decisions = [lens.decision(item) for item in items]
    return decisions[0]


def _divided(parts: Sequence[Part]) -> tuple[list[Part], list[Part]]:
    """What may be shown, and what is withheld."""
    return [part for part in parts if part.permitted], [part for part in parts if not part.permitted]


def recorded(app: App, question: Question, shown: Sequence[Part], withheld: Sequence[Part], instant: datetime) -> Seen:
    """Append what is shown and what is withheld, only if none of the children moved. Raises Moved.

    `instant`: of the look; each child is decided about then, or when the last thing happened to it.
    """
    fact = _fact(app, question, shown, withheld, instant)
    unmoved = {part.history.stream: part.history.version for part in (*shown, *withheld)}
    (appended,) = app.save([Unrecorded(uuid4(), 1, fact)], unmoved)
    return Seen(appended.stream, appended.position, tuple(part.content.body for part in shown))


def _fact(app: App, question: Question, shown: Sequence[Part], withheld: Sequence[Part], instant: datetime) -> Look:
    told = _told(app, question, instant)
    kept = tuple(_withheld(part, instant) for part in withheld)
    if kept and not shown:
        return DisclosureRefused(**told, withheld=kept)
    return Disclosed(**told, shown=tuple(_shown(app, part, instant) for part in shown), withheld=kept)


def _shown(app: App, part: Part, instant: datetime) -> Shown:
    return Shown(
        trajectory=part.frame.reference,
        version=part.history.version,
        fields=dict(part.content.fields),
        digest=digest_of(app, part),
        grounds=tuple(part.frame.lens.grounds_told()),
        at=_at(part, instant),
    )


def _withheld(part: Part, instant: datetime) -> Withheld:
    grounds = tuple(part.frame.lens.grounds_told())
    at = _at(part, instant)
    return Withheld(trajectory=part.frame.reference, version=part.history.version, grounds=grounds, at=at)


def _at(part: Part, instant: datetime) -> datetime | None:
    return None if part.frame.lens.instant == instant else part.frame.lens.instant


def digest_of(app: App, part: Part) -> str:
    """HMAC-SHA-256 under the child's key: proof of what was shown, which nobody can guess after erasure.

    An unknown or erased child has no key; what is shown of it (nothing but that) is digested under the store's.
    """
    shown, history = canonical(part.content.body), part.history
    if history.erased or not history.version:
        return app.store.keys.of_store.digest(shown).hex()
    return app.store.keys.digest(history.stream, shown).hex()


def _told(app: App, question: Question, instant: datetime) -> dict[str, Any]:
    """What every look says about itself (NEN 7513)."""
    policy = app.policy(instant)
    known = policy_known(app, question.known_at, instant, policy)
    return {
        "occurred_at": instant,
        "by": question.viewer,
        "door": question.door,
        "purpose": question.purpose,
        "reason": question.reason,
        "recipient": question.recipient,
        "view": question.view.name,
        "view_version": question.view.version,
        "filters": question.filters,
        "query": question.query,
        "as_of": question.as_of,
        "known_at": question.known_at,
        "policy": policy.id,
        "policy_sha256": policy.sha256,
        "policy_known": known.id if question.known_at else None,
        "policy_known_sha256": known.sha256 if question.known_at else None,
        "handed_over_by": question.sender,
        "software": SOFTWARE,
    }
