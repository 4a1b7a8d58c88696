"""Lists by brute force: every child is folded anew from the log, and the consent policy asked about each.

Nothing here knows of read models; what may be shown is asked of `decide` once more, row by row.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from api.look import Question
from api.main import App
from consent_policy.decide import decide
from consent_policy.grounds import Actor, Grounds, Request
from consent_policy.policy import Policy
from domain.actor import OVERSEERS, PROFESSIONAL
from domain.programme import Programmes
from domain.trajectory import due
from domain.trajectory.child import TrajectoryOpened
from domain.trajectory.history import History
from domain.trajectory.state import Child
from domain.trajectory.who import related
from projections.caseload import CASELOAD
from projections.lens import Lens
from projections.view import Content, Frame, View

Row = dict[str, Any]
Name = tuple[str, str, str]
"""Of a row: whose, of what kind, and which one."""

OF_CONSENT = ("missing", "refused_by", "consent_until")
OF_IDENTITY = ("child", "school")


@dataclass
class Children:
    """All children of a store, read from the log once; what was known then is folded once for each version."""

    app: App
    known: dict[UUID, History] = field(init=False)
    _then: dict[tuple[UUID, int], History] = field(default_factory=dict)

    def __post_init__(self) -> None:
        streams = {each.stream for each in self.app.log(TrajectoryOpened.TOPIC)}
        self.known = {stream: self.app.reread(stream) for stream in sorted(streams)}

    def known_at(self, child: UUID, at: datetime | None) -> History:
        """What was known by then; None: all."""
        if at is None:
            return self.known[child]
        then = self.known[child].known_at(at)
        return self._then.setdefault((child, then.version), then)


@dataclass
class Brute:
    """The same question as of a list, asked of every child."""

    children: Children
    question: Question
    view: View = CASELOAD
    told_by: Policy | None = None
    """The policy by which phases are told; None: the one that was in force at what is known."""

    def __post_init__(self) -> None:
        self.app = self.children.app
        self.instant = self.app.now()
        self.as_of = self.question.as_of or self.instant
        known_at = self.question.known_at
        self.policy = self.app.policy(self.instant)
        self.policy_known = self.told_by or (self.policy if known_at is None else self.app.policy(known_at))

    def bodies(self) -> list[Row]:
        """What is shown of each child: what is due soonest first, by the rows that are shown."""
        contents = {child: self.content(child) for child in self.children.known if self.is_candidate(child)}
        shown = {child: content for child, content in contents.items() if content.fields}
        in_order = sorted(shown, key=lambda child: (*self.place(child, shown[child]), child))
        return [shown[child].body for child in in_order]

    def is_candidate(self, child: UUID) -> bool:
        known = self.children.known_at(child, self.question.known_at)
        return is_candidate(known.latest, self.question.viewer, self.as_of, self.app.programmes)

    def then(self, child: UUID) -> Child:
        return self.children.known_at(child, self.question.known_at).child(self.as_of)

    def content(self, child: UUID) -> Content:
        """Permission from all that is known now, content from what was known then."""
        now, known = self.children.known[child], self.children.known_at(child, self.question.known_at)
        asked = self.question
        lens = Lens(
            now.latest.grounds,
            asked.viewer,
            asked.purpose,
            self.instant,
            self.policy,
            asked.recipient,
            asked.reason,
            asked.filters,
        )
        return self.view.build(Frame(str(child), known, now, self.as_of, lens, self.policy_known))

    def place(self, child: UUID, content: Content) -> tuple[int, float]:
        """What is open comes first, by the first day on which something is due; then by when follow-up ends."""
        then = self.then(child)
        episodes = [each for each in then.episodes.values() if each.entry in content.fields]
        helping = [each for each in episodes if each.closed is None]
        signals = [each for each in then.signals.values() if each.entry in content.fields]
        if helping or signals:
            dues = [day for each in helping for day in due.episode_due(then, each, self.as_of, consent_stands=True)]
            dues += [day for each in signals for day in due.signal_due(each, self.as_of)]
            return 0, min((each.due.toordinal() for each in dues), default=float("inf"))
        ends = [due.follow_up_until(then, each) for each in episodes]
        return 1, max(each.timestamp() for each in ends if each)


def is_candidate(child: Child, viewer: Actor, at: datetime, programmes: Programmes) -> bool:
    """Own municipality; else related, or in the queue of a programme that one carries; overseers: everybody.

    In the queue are one's own signals too, of which the rule own-signal lets their author know. Whose municipality and
    school a child is of before its dossier was opened, is told by its opening.
    """
    if viewer.role in OVERSEERS:
        return child.opened_by is not None
    if viewer.role == "coordinator":
        return child.opened_by is not None and child.grounds.municipality == viewer.organisation
    queues = {each.id for each in programmes if each.carries(viewer, child.school_at(at))}
    own = {each.programme for each in child.signals.values() if each.by == viewer and each.at <= at}
    return related(child, viewer, at) or (viewer.role in PROFESSIONAL and bool(own & queues))


def named(bodies: list[Row]) -> dict[Name, Row]:
    """Every row by its name."""
    rows = [row for body in bodies for row in body["rows"]]
    found = {name_of(row): row for row in rows}
    assert len(found) == len(rows)
    return found


def name_of(row: Row) -> Name:
    kind = "episode" if "episode" in row else "signal"
    return row["trajectory"], kind, row[kind]


def seen_parts(name: Name, grounds: Grounds, question: Question, at: datetime, policy: Policy) -> Iterator[str]:
    """Which parts of a row may be shown: `row` itself, `identity`, `consent`. Asked of the policy alone."""

    def may(category: str, episode: str | None = None, signal: str | None = None) -> bool:
        who, why = question.viewer, question.reason
        asked = Request(who, question.purpose, category, question.recipient, episode, signal, reason=why)
        wanted = not question.categories or category in question.categories
        return wanted and decide(grounds, asked, at, policy).permitted

    _, kind, reference = name
    row = may("episode", episode=reference) if kind == "episode" else may("episode") or may("signal", signal=reference)
    if row:
        yield "row"
        yield from (each for each in ("identity", "consent") if may(each))


def without(row: Row, *names: str) -> Row:
    return {name: value for name, value in row.items() if name not in names}
