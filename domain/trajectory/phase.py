"""Where an episode stands, as of an instant (domain.md, Phase of an episode). Nothing here is stored: it is derived."""

from datetime import datetime
from typing import Literal

from consent_policy.consent import assess
from consent_policy.grounds import Ask, Consent, Grounds
from consent_policy.policy import Policy
from domain.trajectory import due
from domain.trajectory.episode import lead_party
from domain.trajectory.gate import care_ask, care_consent
from domain.trajectory.state import Child, Episode

Phase = Literal["awaiting_consent", "planning", "screening", "support", "referred", "follow_up", "closed"]
"""Phases of an episode; a signal of which no episode came yet is `signalled`."""

Stage = Literal["screening", "support", "referred"]

REFERRED = frozenset({"sent", "accepted", "started"})


def phase(child: Child, episode: Episode, at: datetime, policy: Policy) -> Phase:
    """The phase of an episode that has started by `at`; `child` is folded up to `at`."""
    if not episode.open_at(at):
        coming = any(due.episode_due(child, episode, at, consent(child, episode, at, policy).complete))
        return "follow_up" if coming else "closed"
    return stage(child, episode) or (
        "planning" if consent_was_complete(child, episode, at, policy) else "awaiting_consent"
    )


def stage(child: Child, episode: Episode) -> Stage | None:
    """The phase of an open episode as far as it follows from what was done; None: it depends on consent."""
    if any(each.state in REFERRED for each in child.referrals_of(episode.episode)):
        return "referred"
    if episode.sessions or episode.planned:
        return "support"
    return "screening" if any(each.completed is None for each in episode.screenings) else None


def consent(child: Child, episode: Episode, at: datetime, policy: Policy) -> Consent:
    """Consent to care in this episode: category session, recipient care_team."""
    return care_consent(child, policy, "session", at, episode.programme)


def consent_was_complete(child: Child, episode: Episode, at: datetime, policy: Policy) -> bool:
    """Whether consent to care is, or ever was, complete."""
    ask = care_ask("session", episode.programme.id, episode.programme.explained_first)
    return was_complete(child.grounds, ask, at, policy)


def was_complete(grounds: Grounds, ask: Ask, at: datetime, policy: Policy) -> bool:
    """Whether consent to what is asked is, or ever was, complete: at each instant at which it may have changed."""
    moments = {at, *(each for each in grounds.moments if each <= at)}
    return any(assess(grounds, ask, each, policy, "care").complete for each in sorted(moments, reverse=True))


def paused(child: Child, episode: Episode, at: datetime, policy: Policy) -> bool:
    """Open, consent to care was complete and is not."""
    return (
        episode.open_at(at)
        and not consent(child, episode, at, policy).complete
        and consent_was_complete(child, episode, at, policy)
    )


def lead(child: Child, episode: Episode, at: datetime) -> tuple[str | None, str | None]:
    """(party, professional) who has the lead; the party only where the lead can move."""
    party = lead_party(child, episode.episode, at)
    moves = [professional.id for since, _, professional in episode.lead_moves if since <= at]
    if moves:
        return party, moves[-1]
    role = "case_manager" if episode.programme.lead.parties else "lead"
    holders = [each.actor.id for each in child.memberships(episode.episode, at) if each.team_role == role]
    return party, holders[-1] if holders else None


def same_duo(child: Child, episode: Episode, at: datetime) -> bool | None:
    """Whether the coaches are those of the re-entered episode at its closing; None where there is no re-entry."""
    former = child.episodes.get(episode.reenters or "")
    if former is None or former.closed is None:
        return None
    then = _coaches(child, former.episode, former.closed[0])
    return bool(then) and _coaches(child, episode.episode, at) == then


def _coaches(child: Child, episode: str, at: datetime) -> set[str]:
    return {each.actor.id for each in child.memberships(episode, at) if each.team_role in due.COACHES}
