"""What is due and when. A missed date is never an error: it is overdue, computed for the instant that is asked about.

Due dates are days in Amsterdam; something is late from the day after. Numbers of days stand in the programme.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from consent_policy.instant import AMSTERDAM
from domain.trajectory.state import Child, Episode, Signal

FOLLOWED_UP = frozenset({"sufficient", "referred", "other_help_found", "no_help_needed"})
"""Outcomes after which it is asked how it goes (domain.md, Programmes)."""

COACHES = ("lead", "duo")


@dataclass(frozen=True, slots=True)
class Due:
    """Something that is to be done by the end of a day."""

    rule: str
    due: date

    def days_late(self, today: date) -> int:
        return (today - self.due).days


def local_day(at: datetime) -> date:
    return at.astimezone(AMSTERDAM).date()


def after(at: datetime, days: int) -> date:
    return local_day(at) + timedelta(days=days)


def signal_due(signal: Signal, at: datetime) -> Iterator[Due]:
    """A signal is to be taken up within the programme's days."""
    days = signal.terms.pick_up_days if signal.terms else None
    if days and signal.picked_up is None and signal.open_at(at):
        yield Due("pick_up", after(signal.at, days))


def picked_up_late_days(signal: Signal) -> int | None:
    """Days that the signal waited longer than its programme allows; 0: in time; None: no rule, or not yet taken up.

    Starting to help is taking up as well.
    """
    days = signal.terms.pick_up_days if signal.terms else None
    taken_up = [each[0] for each in (signal.picked_up, signal.episode) if each]
    if days is None or not taken_up:
        return None
    return max(0, (local_day(min(taken_up)) - after(signal.at, days)).days)


def episode_due(child: Child, episode: Episode, at: datetime, consent_stands: bool) -> Iterator[Due]:
    """What is due in an episode, as of an instant; a closed one has only follow-up, while consent to care stands."""
    if episode.open_at(at):
        yield from _second_coach(child, episode, at)
        yield from _review(episode, at)
    elif episode.closed and episode.closed[0] <= at and consent_stands:
        yield from _follow_up(child, episode, at)


def _second_coach(child: Child, episode: Episode, at: datetime) -> Iterator[Due]:
    days = episode.programme.second_coach_days
    if days and not any(each.team_role == "duo" for each in child.memberships(episode.episode, at)):
        yield Due("duo", after(episode.started, days))


def _review(episode: Episode, at: datetime) -> Iterator[Due]:
    days = episode.programme.review_days
    if days:
        last = max((each for each in episode.reviewed if each <= at), default=episode.started)
        yield Due("review", after(last, days))


def _follow_up(child: Child, episode: Episode, at: datetime) -> Iterator[Due]:
    """The first follow-up that is still to come, and every one that was missed, until follow-up ends."""
    until = follow_up_until(child, episode)
    if until is not None and at < until:
        yield from follow_ups(episode, at)


def follow_ups(episode: Episode, at: datetime) -> Iterator[Due]:
    """The days of follow-up that nobody has asked how it goes on, or shortly before."""
    reached = [local_day(when) for when, finding in episode.followed_up if when <= at and finding != "not_reached"]
    covers = timedelta(days=episode.programme.follow_up_covers_days)
    for due in follow_up_dates(episode):
        if not any(due <= day + covers for day in reached):
            yield Due("follow_up", due)


def follow_up_dates(episode: Episode) -> list[date]:
    """On which days after closing it is asked how it goes; none where the outcome asks for none."""
    if episode.closed is None or episode.closed[1] not in FOLLOWED_UP:
        return []
    return [after(episode.closed[0], days) for days in episode.programme.follow_up_days]


def follow_up_until(child: Child, episode: Episode) -> datetime | None:
    """When follow-up, and with it the team's access, ends: some days after the last due date, or at a re-entry."""
    dates = follow_up_dates(episode)
    if not dates:
        return None
    last = dates[-1] + timedelta(days=episode.programme.follow_up_ends_after_days + 1)
    end = datetime.combine(last, time(), AMSTERDAM).astimezone(UTC)
    reentries = [each.started for each in child.episodes.values() if each.reenters == episode.episode]
    return min([end, *reentries])
