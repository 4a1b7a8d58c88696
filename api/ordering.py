"""In which order children stand in a list: by what is shown of them, so that nothing hidden moves them (consent.md)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from api.listing import Asking, Ordering, Parts, Place
from api.look import Part
from domain.trajectory.gate import care_ask
from ledger.log import microseconds
from projections import caseload
from projections.caseload import EpisodePart, Known
from projections.consent_state import lapses_at
from projections.dossiers import Dossier
from projections.readmodel import EVER
from projections.view import Content, Frame

OF_A_WHOLE_CHILD = frozenset({"anybody", "childs_municipality"})
"""Conditions of a policy that hold for all of a child, whatever of it is looked at."""

NOTHING = Content({"rows": []})


def sees_whole(asking: Asking, *categories: str) -> bool:
    """Whether the viewer sees all of these of a child, or nothing: then what candidates are ordered by is shown."""
    asked, fitting = asking.question, asking.policy.fitting
    first = [fitting.get((asked.purpose, each, asked.viewer.role), ())[:1] for each in categories]
    return all(
        rules and not rules[0].needs and rules[0].while_ is None and OF_A_WHOLE_CHILD.issuperset(rules[0].who)
        for rules in first
    )


def as_candidates_or(place: Place, *categories: str) -> Ordering:
    """As the candidates come where the viewer sees all that these are ordered by; else by what is shown."""
    return lambda asking: None if sees_whole(asking, *categories) else place


def by_rows(_: Asking, part: Part) -> tuple[int, int]:
    """The order of a caseload, by the rows that are shown."""
    return caseload.place(_rows_shown(part))


def by_due(_: Asking, part: Part) -> tuple[int, int]:
    """What is due soonest first, of what is shown to wait."""
    days = [date.fromisoformat(row["due"]).toordinal() for row in part.content.body["rows"] if "due" in row]
    return 0, min(days, default=EVER)


def by_lapse(asking: Asking, part: Part) -> tuple[int, int]:
    """Whose consent lapses first comes first."""
    lapses = lapse_shown(asking, part)
    return 0, microseconds(lapses) if lapses else EVER


def lapsing_until(before: datetime, parts: Parts) -> Parts:
    """Only children of whom a row that is shown tells that consent lapses by then."""

    def found(asking: Asking, children: Sequence[UUID]) -> list[Part]:
        return [
            part if (at := lapse_shown(asking, part)) and at <= before else replace(part, content=NOTHING)
            for part in parts(asking, children)
        ]

    return found


def lapse_shown(asking: Asking, part: Part) -> datetime | None:
    """When consent first lapses by itself after the instant of the list, in an episode of which that may be shown."""
    told = {row["episode"] for row in part.content.body["rows"] if "consent_until" in row}
    helping = [
        each
        for each in _rows_shown(part)
        if isinstance(each, EpisodePart) and each.follow_up_until is None and each.shown["episode"] in told
    ]
    asks = {care_ask("session", each.programme, each.explained_first) for each in helping}
    grounds, policies = _known(part).grounds, asking.app.policies
    lapses = (lapses_at(grounds, ask, asking.as_of, policies) for ask in asks)
    return min((each for each in lapses if each), default=None)


def _rows_shown(part: Part) -> list[caseload.EpisodePart | caseload.SignalPart]:
    return [each.of for each in _known(part).rows if each.of.entry in part.content.fields]


def _known(part: Part) -> Known:
    """What the content of a caseload was made of."""
    if isinstance(part.history, Dossier):
        return part.history.known
    assert isinstance(part.frame, Frame)
    return caseload.known(part.frame)
