"""Lists over many children, by folding the whole log: the caseload, and contacts by school.

Read models will answer these (ledger.md, Read models); until then every list folds every child.
"""

from collections import defaultdict
from datetime import datetime
from typing import Any
from uuid import UUID

from api.look import Question, Seen, look_among
from api.main import App
from api.trail import record_query
from consent_policy.grounds import Actor
from domain.contact import ContactHeld
from domain.disclosure import Door
from domain.envelope import Recorded
from domain.trajectory.history import History
from projections.caseload import is_candidate
from projections.contacts import SchoolSignal, may_see, summary


def caseload(app: App, question: Question) -> Seen:
    """The rows of every child that can stand on the viewer's list and may be shown."""
    at = app.now()
    candidates = [each.stream for each in _histories(app) if is_candidate(each.latest, question.viewer, at)]
    return look_among(app, question, candidates)


def contacts(app: App, viewer: Actor, door: Door, as_of: datetime | None, known_at: datetime | None) -> dict[str, Any]:
    """Contacts that the viewer may see, as of an instant; that it was asked is recorded."""
    at, recorded = as_of or app.now(), list(app.log())
    known = [each for each in recorded if known_at is None or each.recorded_at <= known_at]
    held = [each.fact for each in known if isinstance(each.fact, ContactHeld) and may_see(each.fact, viewer)]
    signals = [each for each in _signals(app, known) if viewer.role == "coordinator" and _theirs(each, viewer)]
    body = summary(held, signals, app.programmes, at)
    filters = (f"as_of={at.isoformat()}", *([f"known_at={known_at.isoformat()}"] if known_at else []))
    record_query(app, "contacts", filters, viewer, door, [body])
    return body


def _theirs(signal: SchoolSignal, viewer: Actor) -> bool:
    return signal.municipality == viewer.organisation


def _histories(app: App, recorded: list[Recorded] | None = None) -> list[History]:
    """Every child in the log."""
    streams: dict[UUID, list[Recorded]] = defaultdict(list)
    for each in app.log() if recorded is None else recorded:
        if each.topic.startswith("trajectory."):
            streams[each.stream].append(each)
    return [History(stream, app.programmes, tuple(facts)) for stream, facts in streams.items()]


def _signals(app: App, recorded: list[Recorded]) -> list[SchoolSignal]:
    children = [each.latest for each in _histories(app, recorded)]
    return [
        SchoolSignal(child.grounds.municipality, child.school_at(signal.at) or "", signal.programme, signal.at)
        for child in children
        for signal in child.signals.values()
    ]
