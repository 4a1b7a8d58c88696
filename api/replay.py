"""Exact replay: build anew what somebody was shown, from what the disclosure names, and compare (ledger.md)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from api.look import Part, Question, digest_of, part_of
from api.main import App
from consent_policy.policy import get
from domain.disclosure import LOOKS, Disclosed, DisclosureRefused, Ground, Look, Shown, Withheld
from domain.envelope import Recorded
from domain.trajectory.history import History
from ledger.errors import FactUnreadable, KeyMissing, SealBroken
from projections.views import VIEWS

Result = Literal["same", "erased", "DIFFERENT"]


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
    return (_replayed(app, each) for each in app.log(*LOOKS))


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
    try:
        history = app.reread(UUID(part.trajectory))
    except (FactUnreadable, KeyMissing, SealBroken) as error:
        return False, (type(error).__name__,)
    if len(history.recorded) < part.version:
        return False, ("stream",)
    if get(app.policies, fact.policy).sha256 != fact.policy_sha256:
        return False, ("policy",)
    then = history.upto(part.version)
    if then.erased:
        return True, ()
    return False, tuple(_differences(app, part, _rebuilt(app, fact, then)))


def _rebuilt(app: App, fact: Look, history: History) -> Part:
    view = VIEWS[fact.view, fact.view_version]
    question = Question(
        view, fact.by, fact.purpose, fact.door, fact.as_of, fact.known_at, fact.reason, fact.recipient, fact.filters
    )
    return part_of(question, history, fact.occurred_at, get(app.policies, fact.policy))


def _differences(app: App, told: Shown | Withheld, rebuilt: Part) -> Iterator[str]:
    if _told(rebuilt.frame.lens.grounds_told()) != _told(iter(told.grounds)):
        yield "grounds"
    if isinstance(told, Shown):
        if dict(rebuilt.content.fields) != told.fields:
            yield "fields"
        if digest_of(app, rebuilt) != told.digest:
            yield "content"


def _told(grounds: Iterator[Ground]) -> list[str]:
    return sorted(each.model_dump_json() for each in grounds)
