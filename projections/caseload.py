"""The current caseload: one row for each episode that is open or in follow-up, and for each signal still open.

A row holds what changes only when something happens, and instants; phase, pauses and what is overdue follow from it
and from the child's consent for the instant that is asked about. Every version of a row is kept.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, Literal, NamedTuple
from uuid import UUID

from pydantic import TypeAdapter

from consent_policy.consent import assess
from consent_policy.grounds import Ask, Grounds, Membership, Override, SchoolYear
from consent_policy.instant import local
from consent_policy.policy import Policy
from domain.programme import Programmes
from domain.trajectory import due, phase
from domain.trajectory.due import Due
from domain.trajectory.gate import care_ask
from domain.trajectory.history import Entry, History
from domain.trajectory.state import Absence, Child, Episode, Referral, Signal
from projections.identity import Identity, identified, identity_of, opened_of
from projections.lens import Item, Lens
from projections.readmodel import CODE, EVER, NUMBER, Given, OfChild, Row, instant
from projections.timeline import override_of
from projections.trajectory import absence_row, absences_of, due_row, referral_row, standing
from projections.view import Content, Frame, View

OPEN, IN_FOLLOW_UP = 0, 1
"""Which part of the list a child is in: what is open comes first, what is due soonest at the top."""


LATER = datetime.max.replace(tzinfo=UTC)
"""After all that is known: what stands in a row changes only when something happens."""

NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class ReferralPart:
    """What of a referral is shown, to whom may see this entry."""

    entry: int
    shown: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class EpisodePart:
    """An episode as it stands. `dues`: while it is open; `follow_ups`: after it, until `follow_up_until`."""

    entry: int
    since: datetime
    programme: str
    explained_first: bool
    stage: Literal["screening", "support", "referred"] | None
    shown: Mapping[str, Any]
    referrals: tuple[ReferralPart, ...]
    absences: tuple[Absence, ...]
    dues: tuple[Due, ...]
    follow_ups: tuple[Due, ...]
    follow_up_until: datetime | None


@dataclass(frozen=True, slots=True)
class SignalPart:
    """A signal of which no episode came yet."""

    entry: int
    signal: str
    programme: str
    since: datetime
    dues: tuple[Due, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """What one row of the table holds sealed: an episode or a signal, and who the child is."""

    of: EpisodePart | SignalPart
    identity: Identity | None


_STANDING: TypeAdapter[Standing] = TypeAdapter(Standing)


class Basis(NamedTuple):
    """What of a child its rows are made of, and nothing else; episodes as the fields named below."""

    programmes: Programmes
    opened: Entry | None
    municipality: str
    schools: tuple[SchoolYear, ...]
    team: tuple[Membership, ...]
    overrides: tuple[Override, ...]
    signals: tuple[Signal, ...]
    episodes: tuple[tuple[Any, ...], ...]
    referrals: tuple[Referral, ...]
    absences: tuple[Absence, ...]


OF_EPISODE = tuple(each.name for each in fields(Episode) if each.name not in {"interviews", "advised", "met"})
_of_episode = attrgetter(*OF_EPISODE)


def basis(history: History, _: Given) -> Basis:
    child, grounds = history.latest, history.latest.grounds
    return Basis(
        child.programmes,
        opened_of(history),
        grounds.municipality,
        grounds.schools,
        grounds.team,
        grounds.overrides,
        tuple(child.signals.values()),
        tuple(map(_of_episode, child.episodes.values())),
        tuple(child.referrals.values()),
        tuple(child.absences.values()),
    )


class Stands(NamedTuple):
    """What of a child stands on a caseload."""

    municipality: str
    parts: tuple[EpisodePart | SignalPart, ...]
    identity: Identity | None


def stands(basis: Basis, _: Given) -> Stands:
    episodes = [Episode(**dict(zip(OF_EPISODE, each, strict=True))) for each in basis.episodes]
    child = Child(
        NOBODY,
        basis.programmes,
        Grounds("", team=basis.team, overrides=basis.overrides),
        signals={each.signal: each for each in basis.signals},
        episodes={each.episode: each for each in episodes},
        referrals={each.referral: each for each in basis.referrals},
        absences={each.absence: each for each in basis.absences},
    )
    parts = tuple(parts_of(child))
    return Stands(basis.municipality, parts, identified(basis.opened, basis.schools) if parts else None)


def rows(stands: Stands, _: Given) -> Iterator[Row]:
    where = place(stands.parts)
    for part in stands.parts:
        values = (stands.municipality, *where, part.programme)
        yield Row(part.entry, values, _STANDING.dump_json(Standing(part, stands.identity), by_alias=True))


def read(body: bytes) -> Standing:
    return _STANDING.validate_json(body)


def parts_of(child: Child) -> Iterator[EpisodePart | SignalPart]:
    """What stands of a child on a caseload."""
    for episode in child.episodes.values():
        part = _episode(child, episode)
        if episode.closed is None or part.follow_ups:
            yield part
    yield from (_signal(child, each) for each in child.signals.values() if not (each.episode or each.settled))


def in_order(rows: Iterable[Standing]) -> tuple[Standing, ...]:
    """Episodes first, each in the order in which it began; signals in the order in which they were raised."""
    return tuple(sorted(rows, key=_order))


def _order(row: Standing) -> tuple[bool, datetime, int]:
    return isinstance(row.of, SignalPart), row.of.since, row.of.entry


def _episode(child: Child, episode: Episode) -> EpisodePart:
    closed = episode.closed is not None
    until = due.follow_up_until(child, episode) if closed else None
    return EpisodePart(
        episode.entry,
        episode.started,
        episode.programme.id,
        episode.programme.explained_first,
        phase.stage(child, episode),
        standing(child, episode, LATER),
        tuple(
            ReferralPart(override_of(child, each) or each.entry, referral_row(each))
            for each in child.referrals_of(episode.episode)
        ),
        tuple(absences_of(child, episode)),
        () if closed else tuple(due.episode_due(child, episode, LATER, consent_stands=True)),
        tuple(due.follow_ups(episode, LATER)) if until else (),
        until,
    )


def _signal(child: Child, signal: Signal) -> SignalPart:
    return SignalPart(
        signal.entry, signal.signal, signal.programme, signal.at, tuple(due.signal_due(signal, signal.at))
    )


def place(parts: Sequence[EpisodePart | SignalPart]) -> tuple[int, int]:
    """Where a child stands in the list, the same in all of its rows: (part, what it is ordered by there).

    What is open: by the first day on which something is due. What is in follow-up: by when that ends.
    """
    open_parts = [each for each in parts if isinstance(each, SignalPart) or each.follow_up_until is None]
    days = [each.due.toordinal() for part in open_parts for each in part.dues]
    if open_parts:
        return OPEN, min(days, default=EVER)
    ends = [instant(each.follow_up_until) for each in parts if isinstance(each, EpisodePart)]
    return IN_FOLLOW_UP, max(ends, default=EVER)


@dataclass(frozen=True, slots=True)
class Known:
    """What the content is made of: the rows of one child, and the grounds that say whether consent was complete."""

    reference: str
    rows: tuple[Standing, ...]
    identity: Identity | None
    grounds: Grounds


def build(frame: Frame) -> Content:
    return content(known(frame), frame.lens, frame.as_of, frame.policy)


def known(frame: Frame) -> Known:
    child = frame.history.child(frame.as_of)
    identity = identity_of(frame.history, frame.as_of)
    rows = in_order(Standing(part, identity) for part in parts_of(child))
    return Known(frame.reference, rows, identity, child.grounds)


def content(known: Known, lens: Lens, as_of: datetime, policy: Policy) -> Content:
    """The rows of one child that may be shown, as of an instant not before what is known."""
    shown: list[dict[str, Any]] = []
    fields: dict[int, tuple[str, ...]] = {}
    lens.sees(Item("episode"))
    for each in known.rows:
        row = _shown(each.of, known.grounds, lens, as_of, policy)
        if row:
            shown.append(row)
            fields[each.of.entry] = tuple(row)
    if not shown:
        return Content({"rows": []})
    about: dict[str, Any] = {"trajectory": known.reference}
    for entry, names in identity_seen(known.identity, lens):
        about |= names
        fields[entry] = (*fields.get(entry, ()), *names)
    return Content({"rows": [about | row for row in shown]}, fields)


def identity_seen(identity: Identity | None, lens: Lens) -> Iterator[tuple[int, dict[str, Any]]]:
    """(entry, what it shows) of who the child is and its school, where they may be seen."""
    if identity is None or not lens.reads(Item("identity", entry=identity.entry)):
        return
    yield identity.entry, {"child": dict(identity.child)}
    schools = [each for each in identity.schools if lens.reads(Item("identity", entry=each.entry))]
    if schools:
        yield schools[-1].entry, {"school": schools[-1].organisation}


def _shown(
    part: EpisodePart | SignalPart, grounds: Grounds, lens: Lens, at: datetime, policy: Policy
) -> dict[str, Any] | None:
    if isinstance(part, EpisodePart):
        seen = lens.sees(Item("episode", part.shown["episode"], entry=part.entry))
        return _episode_row(part, grounds, lens, at, policy) if seen else None
    seen = lens.sees(Item("episode", entry=part.entry)) or lens.sees(
        Item("signal", signal=part.signal, entry=part.entry)
    )
    return _signal_row(part, at) if seen else None


def _episode_row(
    part: EpisodePart, grounds: Grounds, lens: Lens, at: datetime, policy: Policy
) -> dict[str, Any] | None:
    """The row of an episode, without what is withheld from this viewer; None: its follow-up is over."""
    ask = care_ask("session", part.programme, part.explained_first)
    consent = assess(grounds, ask, at, policy, "care")
    dues = part.dues if part.follow_up_until is None else follow_ups_at(part, at, complete=consent.complete)
    if part.follow_up_until is not None and not dues:
        return None

    def sees(entry: int) -> bool:
        return lens.sees(Item("episode", part.shown["episode"], entry=entry))

    was_complete = consent.complete or phase.was_complete(grounds, ask, at, policy)
    row = {**part.shown, "phase": _phase(part, was_complete=was_complete)}
    row["paused"] = part.follow_up_until is None and was_complete and not consent.complete
    row |= due_row(dues, at)
    row["referrals"] = [dict(each.shown) for each in part.referrals if sees(each.entry)]
    row["absence"] = absence_row([each for each in part.absences if sees(each.entry)])
    if lens.sees(Item("consent")) and all(lens.sees(Item("consent", entry=each)) for each in consent.entries):
        row |= {"missing": list(consent.missing), "refused_by": list(consent.refused_by)}
        row["consent_until"] = local(until) if (until := complete_until(grounds, ask, at, policy)) else None
    return row


def follow_ups_at(part: EpisodePart, at: datetime, *, complete: bool) -> tuple[Due, ...]:
    """Follow-ups are due only while consent to care stands, and until follow-up ends."""
    return part.follow_ups if complete and part.follow_up_until and at < part.follow_up_until else ()


def _phase(part: EpisodePart, *, was_complete: bool) -> str:
    if part.follow_up_until is not None:
        return "follow_up"
    return part.stage or ("planning" if was_complete else "awaiting_consent")


def complete_until(grounds: Grounds, ask: Ask, at: datetime, policy: Policy) -> datetime | None:
    """When consent that is complete lapses by itself: a birthday, or the end of what was agreed. None: it does not."""
    if not assess(grounds, ask, at, policy, "care").complete:
        return None
    coming = (each for each in grounds.moments if each > at)
    return next((each for each in coming if not assess(grounds, ask, each, policy, "care").complete), None)


def _signal_row(part: SignalPart, at: datetime) -> dict[str, Any]:
    since = {"signal": part.signal, "programme": part.programme, "phase": "signalled", "since": local(part.since)}
    return since | due_row(part.dues, at)


CASELOAD = View("caseload", 2, build, Item("episode"))

MODEL = OfChild(
    "caseload",
    {"municipality": CODE, "part": NUMBER, "rank": NUMBER, "programme": CODE},
    (basis, stands, rows),
    kept=True,
    indexes=(("municipality", "until_position", "part", "rank", "stream"),),
)
