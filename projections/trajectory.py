"""Where a child's trajectory stands: its episodes with phase, team and what is due, and signals still open.

Codes, dates and counts (category `episode`), and who the child is where that may be seen.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from consent_policy.instant import local
from consent_policy.policy import Policy
from domain.trajectory import due, phase
from domain.trajectory.child import TrajectoryOpened
from domain.trajectory.due import Due
from domain.trajectory.history import Entry
from domain.trajectory.overseen import Overseen, waiting
from domain.trajectory.state import Absence, Child, Episode, Referral, Signal
from projections.lens import Item, Lens
from projections.timeline import items_of, override_of
from projections.view import Content, Frame, View


def build(frame: Frame) -> Content:
    child = frame.history.child(frame.as_of)
    fields: dict[int, tuple[str, ...]] = {}
    body: dict[str, Any] = {"trajectory": frame.reference}
    parts, identity = _parts(frame, child), _identity(frame)
    if not any(each.permitted for each in frame.lens.decided.values()):
        return Content(body)
    body |= {"episodes": [], "signals": [], "oversight": []}
    for entry, shown in identity:
        body |= shown
        fields[entry] = (*fields.get(entry, ()), *shown)
    for name, entry, row in parts:
        body[name].append(row)
        fields[entry] = (*fields.get(entry, ()), *row)
    return Content(body, fields)


def _parts(frame: Frame, child: Child) -> list[tuple[str, int, dict[str, Any]]]:
    """(list, entry, row) of everything that may be shown."""
    lens, at = frame.lens, frame.as_of
    lens.sees(Item("episode"))
    episodes = sorted(child.episodes.values(), key=lambda each: (each.started, each.entry))
    parts = [
        ("episodes", each.entry, _episode(frame, child, each))
        for each in episodes
        if lens.sees(Item("episode", each.episode, entry=each.entry))
    ]
    parts += [
        ("signals", signal.entry, signal_row(child, signal, at))
        for signal in child.signals.values()
        if signal.open_at(at) and _sees_signal(lens, signal)
    ]
    parts += [
        ("oversight", each.entry, waiting_row(each, at)) for each in waiting(child, at) if sees_waiting(frame, each)
    ]
    return parts


def sees_waiting(frame: Frame, overseen: Overseen) -> bool:
    """An entry waits for those who may see it; a review also for those who may see only what the review is about."""
    fact = frame.now.facts[overseen.entry]
    entry = Entry(overseen.entry, frame.as_of, 0, fact)
    confirms = overseen.rule == "confirm_entry"
    items = (each if confirms else replace(each, category=overseen.category) for each in items_of(frame, entry))
    return all(frame.lens.sees(item) for item in items)


def _sees_signal(lens: Lens, signal: Signal) -> bool:
    return lens.sees(Item("episode", entry=signal.entry)) or lens.sees(
        Item("signal", signal=signal.signal, entry=signal.entry)
    )


def _episode(frame: Frame, child: Child, episode: Episode) -> dict[str, Any]:
    """The row of an episode, without referrals and absences that are withheld from this viewer."""

    def seen(entry: int) -> bool:
        return frame.lens.sees(Item("episode", episode.episode, entry=entry))

    lens, now = frame.lens, frame.now.latest
    referrals = [(each, override_of(now, each) or each.entry) for each in child.referrals_of(episode.episode)]
    row = episode_row(child, episode, frame.as_of, frame.policy)
    row["referrals"] = [referral_row(each) for each, entry in referrals if seen(entry)]
    row["absence"] = absence_row([each for each in absences_of(child, episode) if seen(each.entry)])
    consent = phase.consent(child, episode, frame.as_of, frame.policy)
    if lens.sees(Item("consent")) and all(lens.sees(Item("consent", entry=each)) for each in consent.entries):
        row |= {"missing": list(consent.missing), "refused_by": list(consent.refused_by)}
    return row


def _identity(frame: Frame) -> list[tuple[int, dict[str, Any]]]:
    """(entry, what it shows) of who the child is and its school at that instant, where they may be seen."""
    opened = next((each for each in frame.history.entries if isinstance(each.fact, TrajectoryOpened)), None)
    if opened is None or not frame.lens.reads(Item("identity", entry=opened.entry)):
        return []
    shown = opened.fact.model_dump(mode="json", include={"child", "municipality", "regime"}, exclude_none=True)
    schools = [
        (each.entry, {"school": each.organisation})
        for each in frame.history.child(frame.as_of).grounds.schools
        if frame.lens.reads(Item("identity", entry=each.entry))
    ]
    return [(opened.entry, shown), *schools[-1:]]


def waiting_row(overseen: Overseen, at: datetime) -> dict[str, Any]:
    """An entry that waits for somebody else; `due` and `days_late` where there is a term."""
    row: dict[str, Any] = {"rule": overseen.rule, "entry": overseen.entry}
    if overseen.due is None:
        return row
    late = max(0, overseen.due.days_late(due.local_day(at)))
    return row | {"due": overseen.due.due.isoformat(), "days_late": late}


def episode_row(child: Child, episode: Episode, at: datetime, policy: Policy) -> dict[str, Any]:
    """One episode as of an instant. `child` is folded up to that instant."""
    consent = phase.consent(child, episode, at, policy)
    dues = due.episode_due(child, episode, at, consent.complete)
    leading = {
        "episode": episode.episode,
        "programme": episode.programme.id,
        "phase": phase.phase(child, episode, at, policy),
        "paused": phase.paused(child, episode, at, policy),
    }
    return leading | standing(child, episode, at) | due_row(dues, at)


def standing(child: Child, episode: Episode, at: datetime) -> dict[str, Any]:
    """What of an episode changes only when something happens. `child` is folded up to that instant."""
    party, professional = phase.lead(child, episode, at)
    return {
        "episode": episode.episode,
        "programme": episode.programme.id,
        "outcome": episode.closed[1] if episode.closed else None,
        "since": local(episode.started),
        "sessions": {"held": len(episode.counted), "budget": episode.budget_at(at)},
        "bridging": len(episode.sessions) - len(episode.counted),
        "irregular": episode.irregular,
        "longer_than_short": _long(episode),
        "team": list(dict.fromkeys(each.actor.id for each in child.memberships(episode.episode, at))),
        "members": _members(child, episode, at),
        "lead": {"party": party, "professional": professional},
        "same_duo": phase.same_duo(child, episode, at),
        "picked_up_late_days": _picked_up_late(child, episode),
    }


def signal_row(child: Child, signal: Signal, at: datetime) -> dict[str, Any]:
    """A signal of which no episode came yet."""
    return {
        "signal": signal.signal,
        "programme": signal.programme,
        "phase": "signalled",
        "since": local(signal.at),
    } | due_row(due.signal_due(signal, at), at)


def due_row(dues: Iterable[Due], at: datetime) -> dict[str, Any]:
    """What is due next, and what is late on that day."""
    today = due.local_day(at)
    dues = sorted(dues, key=lambda each: each.due)
    coming = [each for each in dues if each.days_late(today) <= 0]
    return {
        "next_due": {"rule": coming[0].rule, "due": coming[0].due.isoformat()} if coming else None,
        "overdue": [
            {"rule": each.rule, "due": each.due.isoformat(), "days_late": each.days_late(today)}
            for each in dues
            if each.days_late(today) > 0
        ],
    }


def _long(episode: Episode) -> bool:
    """Longer than a short intervention, where the programme says what that is."""
    limit = episode.programme.sessions.longer_than_short
    return limit is not None and len(episode.counted) > limit


def _members(child: Child, episode: Episode, at: datetime) -> list[dict[str, str]]:
    return [
        {
            "id": each.actor.id,
            "role": each.actor.role,
            "organisation": each.actor.organisation,
            "team_role": each.team_role,
        }
        for each in child.memberships(episode.episode, at)
    ]


def referral_row(referral: Referral) -> dict[str, Any]:
    return {
        "referral": referral.referral,
        "state": referral.state,
        "kind": referral.kind,
        "route": referral.route,
        "handover": referral.handover,
        "since": local(referral.states[-1][0]),
    }


def absences_of(child: Child, episode: Episode) -> list[Absence]:
    """Those told in this episode, or in none while it was open."""
    return [
        each
        for each in child.absences.values()
        if each.episode == episode.episode or (each.episode is None and episode.open_at(each.at))
    ]


def absence_row(absences: Sequence[Absence]) -> dict[str, Any] | None:
    """The latest."""
    if not absences:
        return None
    last = max(absences, key=lambda each: each.since)
    returned = last.returned.isoformat() if last.returned else None
    return {"since": last.since.isoformat(), "returned": returned, "extent": last.extent}


def _picked_up_late(child: Child, episode: Episode) -> int | None:
    signal = child.signals.get(episode.signal or "")
    return due.picked_up_late_days(signal) if signal else None


TRAJECTORY = View("trajectory", 1, build, Item("episode"))
