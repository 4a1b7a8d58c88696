"""What a condition looks at: the question, and why a rule may fit the viewer."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from consent_policy.consent import Names
from consent_policy.grounds import Ask, Consent, Episode, Grounds, Request, Seat
from consent_policy.policy import Policy
from consent_policy.vocabulary import CARE_TEAM


class Question(NamedTuple):
    """A request about one child, at an instant, under a policy.

    `seats`: the viewer's places on teams that the request can be about, at that instant.
    """

    grounds: Grounds
    request: Request
    instant: datetime
    policy: Policy
    seats: Sequence[Seat] = ()


def asked(grounds: Grounds, request: Request, instant: datetime, policy: Policy) -> Question:
    """The question; an episode that has not begun, or a place not taken or given up, is no seat."""
    seats = grounds.seats_of.get(request.viewer)
    return Question(grounds, request, instant, policy, _held(seats, request, instant) if seats else ())


def _held(seats: Sequence[Seat], request: Request, instant: datetime) -> Sequence[Seat]:
    return [
        seat
        for seat in seats
        if request.episode in (None, seat.episode.episode)
        and seat.episode.since <= instant
        and runs(seat.membership.since, seat.membership.until, instant)
    ]


class Basis(NamedTuple):
    """One way in which a rule fits the viewer: the facts it rests on, and the programme that consent would be about."""

    entries: tuple[int, ...] = ()
    programme: str | None = None
    explained_first: bool = False
    legal_basis: bool = False


class Finding(NamedTuple):
    """What became of a need: met when there are no reasons against it."""

    reasons: tuple[str, ...] = ()
    consent: Consent | None = None


NOWHERE: tuple[Basis, ...] = ()
"""The rule does not fit."""

ANYWHERE: tuple[Basis, ...] = (Basis(),)
"""The rule fits, whatever the episode."""

MET = Finding()


def runs(since: datetime, until: datetime | None, instant: datetime) -> bool:
    """From `since` on, and before `until`."""
    return since <= instant and (until is None or instant < until)


def episodes_asked_about(question: Question) -> Sequence[Episode | None]:
    """The episode that the request names; else every open one; else no episode, so consent without a programme."""
    grounds, request, instant, *_ = question
    if request.episode is not None:
        named = grounds.episode_of.get(request.episode)
        return (named,) if named and named.since <= instant else ()
    return [episode for episode in grounds.episodes if runs(episode.since, episode.closed_at, instant)] or (None,)


def bases_for(question: Question, *entries: int) -> Sequence[Basis]:
    """One basis for each episode asked about."""
    return [
        Basis(entries, episode.programme, episode.explained_first) if episode else Basis(entries)
        for episode in episodes_asked_about(question)
    ]


@lru_cache(maxsize=4096)
def an_ask(purpose: str, category: str, recipient: str, programme: str | None, explained_first: bool) -> Ask:
    """An Ask; the same few are asked about every child."""
    return Ask(purpose, category, recipient, programme, explained_first)


def ask_for(question: Question, basis: Basis, purpose: str, recipient: str) -> Ask:
    return an_ask(purpose, question.request.category, recipient, basis.programme, basis.explained_first)


def own_names(question: Question) -> frozenset[str]:
    """All that a viewer is called as a recipient: their organisation, themself, and the roles that scopes can name."""
    viewer = question.request.viewer
    names = {f"org:{viewer.organisation}", f"person:{viewer.id}"}
    return frozenset(names | {f"role:{viewer.role}"} if viewer.role in {"coordinator", "researcher"} else names)


def viewer_as(question: Question, *permitted: str) -> Names:
    """The viewer, if permitted under one of these names; a request for one recipient narrows them, never widens."""
    recipient = question.request.recipient
    names = frozenset(permitted)
    return Names(names if recipient is None else names & {recipient}, own_names(question))


def is_for_somebody_else(question: Question) -> bool:
    """Whether what is asked would go to another recipient than the viewer."""
    recipient = question.request.recipient
    return recipient not in {None, CARE_TEAM} and recipient not in own_names(question)
