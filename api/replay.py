"""Exact replay: build anew what somebody was shown, from what the disclosure names, and compare (ledger.md)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from api.look import Question, digest_of, frame_of
from api.main import App
from consent_policy.policy import get
from domain.disclosure import Disclosed, DisclosureRefused, Ground, Look, Shown, Withheld
from domain.envelope import Recorded
from domain.trajectory.history import History
from projections.lens import Item
from projections.view import Content, Frame
from projections.views import VIEWS

Result = Literal["same", "erased", "DIFFERENT"]

PAGE = 500
"""Facts read at a time when all disclosures are replayed."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of one disclosure. DIFFERENT is a defect or tampering; `why` names what differs, never content."""

    disclosure: UUID
    position: int
    result: Result
    why: tuple[str, ...] = ()


class NoSuchDisclosure(LookupError):
    """There is no look with this id in the log."""


def replay(app: App, disclosure: UUID) -> Replayed:
    """Replay one look. NoSuchDisclosure where the id is of none."""
    for recorded in app.store.stream(disclosure):
        if isinstance(recorded.fact, Look):
            return _replayed(app, recorded)
    raise NoSuchDisclosure


def replay_all(app: App) -> Iterator[Replayed]:
    """Replay every look in the log, in its order."""
    after = 0
    while page := app.store.log(after, PAGE):
        after = page[-1].position
        yield from (_replayed(app, each) for each in page if isinstance(each.fact, Look))


def _replayed(app: App, recorded: Recorded) -> Replayed:
    fact = recorded.fact
    parts: tuple[Shown | Withheld, ...] = ()
    if isinstance(fact, Disclosed):
        parts = (*fact.shown, *fact.withheld)
    elif isinstance(fact, DisclosureRefused):
        parts = fact.withheld
    results = [_part(app, fact, part) for part in parts if isinstance(fact, Look)]
    why = tuple(dict.fromkeys(each for _, differs in results for each in differs))
    erased = any(gone for gone, _ in results)
    return Replayed(recorded.stream, recorded.position, "DIFFERENT" if why else "erased" if erased else "same", why)


def _part(app: App, fact: Look, part: Shown | Withheld) -> tuple[bool, tuple[str, ...]]:
    """(erased, what differs) for one child of a look."""
    history = app.history(UUID(part.trajectory))
    if len(history.recorded) < part.version:
        return False, ("stream",)
    then = history.upto(part.version)
    if then.erased:
        return True, ()
    frame, content = _rebuilt(app, fact, then)
    return False, tuple(_differences(app, part, then, frame, content))


def _rebuilt(app: App, fact: Look, history: History) -> tuple[Frame, Content]:
    view = VIEWS[fact.view, fact.view_version]
    question = Question(
        view, "", fact.by, fact.purpose, fact.door, fact.as_of, fact.known_at, fact.reason, fact.recipient, fact.filters
    )
    policy = get(app.policies, fact.policy)
    frame = frame_of(question, history, fact.occurred_at, policy)
    content = view.build(frame)
    for item in [Item(each) for each in fact.filters] or [view.leading]:
        frame.lens.decision(item)
    return frame, content


def _differences(
    app: App, part: Shown | Withheld, history: History, frame: Frame, content: Content
) -> Iterator[str]:
    if _told(frame.lens.grounds_told()) != _told(iter(part.grounds)):
        yield "grounds"
    if isinstance(part, Shown):
        if dict(content.fields) != part.fields:
            yield "fields"
        if digest_of(app, history, content) != part.digest:
            yield "content"


def _told(grounds: Iterator[Ground]) -> list[str]:
    return sorted(each.model_dump_json() for each in grounds)
