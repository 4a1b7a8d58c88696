"""Who may do an action: the rows of "who may" in domain.md, each a question to the child at the action's own instant.

An action names its rows in `WHO`; one that holds is enough. None holds: the code of the first row that the role could
have met, or role_not_permitted where the role could meet none.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from consent_policy.grounds import Actor, Episode
from consent_policy.vocabulary import ROLES
from domain.actor import FAMILY, MAY_INVOKE_SAFETY, MAY_RAISE, OVERSEERS, PROFESSIONAL
from domain.field import value_of
from domain.programme import CARRIED_TEAM_ROLES
from domain.refusal import Code, Refused
from domain.trajectory.state import Child

BESIDE_SCREENING = tuple(sorted(CARRIED_TEAM_ROLES | {"member"}))
"""Team roles of those who help; a screener is on the team for the screening only."""

Question = Callable[[Child, Any], bool]


@dataclass(frozen=True)
class Row:
    """One row: `roles` it can be true of, `otherwise` what such a role is told when it does not hold."""

    roles: frozenset[str]
    otherwise: Code
    question: Question

    def __call__(self, child: Child, action: Any) -> bool:
        return action.by.role in self.roles and self.question(child, action)


def refusal(child: Child, action: Any) -> Refused | None:
    """None where the actor may; else the code that tells them why not."""
    if _strange_coordinator(child, action):
        return Refused(Code.NOT_RELATED)
    rows: tuple[Row, ...] = action.WHO
    if any(row(child, action) for row in rows):
        return None
    fitting = [row for row in rows if action.by.role in row.roles]
    code = fitting[0].otherwise if fitting else Code.ROLE_NOT_PERMITTED
    if code is Code.NOT_IN_TEAM and (action.by.role in FAMILY or _on_its_team(child, action)):
        code = Code.ROLE_NOT_PERMITTED
    if code is Code.NOT_RELATED and fitting[0] is carrier and not _role_carries(child, action):
        code = Code.ROLE_NOT_PERMITTED
    return Refused(code)


def _strange_coordinator(child: Child, action: Any) -> bool:
    """Whatever a coordinator does or sees is only about children of their own municipality."""
    municipality = child.grounds.municipality or value_of(action, "municipality")
    return bool(action.by.role == "coordinator" and action.by.organisation != municipality)


def related(child: Child, actor: Actor, at: datetime) -> bool:
    """A related professional (domain.md, Actors)."""
    return actor.role in PROFESSIONAL and (
        actor == child.opened_by
        or actor.organisation == child.school_at(at)
        or any(each.actor == actor and each.since <= at for each in child.grounds.team)
        or _carries_a_programme_of(child, actor, at)
    )


def _carries_a_programme_of(child: Child, actor: Actor, at: datetime) -> bool:
    asked = {each.programme for each in child.signals.values() if each.at <= at and each.by != actor}
    helped = {each.programme.id for each in child.episodes.values() if each.started <= at}
    return any(carries(child, actor, programme, at) for programme in asked | helped)


def carries(child: Child, actor: Actor, programme: str, at: datetime) -> bool:
    """Whether the actor's role carries the programme, in one of its organisations, for this child."""
    known = child.programmes.get(programme)
    return known is not None and known.carries(actor, child.school_at(at))


def of_the_family(child: Child, actor: Actor) -> bool:
    """A guardian of this child, or the child, by the reference in this trajectory."""
    if actor.role == "youth":
        return actor.id == "youth"
    return actor.role == "guardian" and actor.id in child.guardians


def episode_of(child: Child, action: Any) -> str | None:
    """The episode that an action is in: named by itself, or by the referral or the entry that it is about."""
    if value_of(action, "referral") in child.referrals:
        return child.referrals[action.referral].episode
    told = child.entry(value_of(action, "entry") or 0)
    if told is not None:
        return told.episode
    episode: str | None = value_of(action, "episode")
    return episode


def _runs(episode: Episode, at: datetime) -> bool:
    """Open, or in follow-up: as long as the team has access (consent.md, rule care-team)."""
    ends = episode.closed_at if episode.follow_up_until is None else episode.follow_up_until
    return episode.since <= at and (episode.closed_at is None or ends is None or at < ends)


def _on_its_team(child: Child, action: Any) -> bool:
    """On the team of the episode that the action is in; where it is in none, of any that is open or in follow-up.

    What can be done after closing is the team's as long as follow-up gives it access. Screeners only screen.
    """
    episode = episode_of(child, action)
    running = {each.episode for each in child.grounds.episodes if _runs(each, action.at)}
    episodes = running if episode is None else {episode} & running if action.AFTER_CLOSING else {episode}
    return any(child.holds(action.by, each, action.at, *BESIDE_SCREENING) for each in episodes)


def _screener(child: Child, action: Any) -> bool:
    return child.holds(action.by, action.episode, action.at, "screener")


def _directs(child: Child, action: Any) -> bool:
    """Lead, intake lead or case manager; while there is none, who started the episode."""
    if child.holds(action.by, action.episode, action.at, "lead", "intake_lead", "case_manager"):
        return True
    directed = any(
        each.team_role in ("lead", "intake_lead", "case_manager")
        for each in child.memberships(action.episode, action.at)
    )
    return not directed and bool(child.episodes[action.episode].started_by == action.by)


def _programme_of(child: Child, action: Any) -> str:
    if value_of(action, "programme"):
        return str(action.programme)
    return child.signals[action.signal].programme


def _carries_it(child: Child, action: Any) -> bool:
    return carries(child, action.by, _programme_of(child, action), action.at)


def _role_carries(child: Child, action: Any) -> bool:
    programme = child.programmes.get(_programme_of(child, action))
    return programme is not None and action.by.role in programme.carried_by


def _reviews(child: Child, action: Any) -> bool:
    """The case manager; where there is none, the lead."""
    managed = any(each.team_role == "case_manager" for each in child.memberships(action.episode, action.at))
    return child.holds(action.by, action.episode, action.at, "case_manager" if managed else "lead")


def _on_the_team_of_the_entry(child: Child, action: Any) -> bool:
    """What those who oversee have decided is not the team's to correct or withhold."""
    told = child.entry(action.entry)
    return told is not None and told.by.role not in OVERSEERS and _on_its_team(child, action)


def _author(child: Child, action: Any) -> bool:
    told = child.entry(action.entry)
    return told is not None and bool(told.by == action.by)


def _at_school(child: Child, action: Any) -> bool:
    return bool(action.by.organisation == child.school_at(action.at))


def _receives(child: Child, action: Any) -> bool:
    return bool(action.by.organisation == child.referrals[action.referral].organisation)


def _invoked(child: Child, action: Any) -> bool:
    return any(each.invoker == action.by and each.since <= action.at < each.until for each in child.grounds.overrides)


def _always(child: Child, action: Any) -> bool:
    return True


any_professional = Row(PROFESSIONAL, Code.NOT_RELATED, _always)
related_professional = Row(PROFESSIONAL, Code.NOT_RELATED, lambda child, action: related(child, action.by, action.at))
family = Row(FAMILY, Code.NOT_RELATED, lambda child, action: of_the_family(child, action.by))
coordinator = Row(frozenset({"coordinator"}), Code.NOT_RELATED, _always)
team = Row(PROFESSIONAL - {"researcher"}, Code.NOT_IN_TEAM, _on_its_team)
screener = Row(frozenset({"researcher"}), Code.NOT_IN_TEAM, _screener)
directs = Row(PROFESSIONAL, Code.NOT_IN_TEAM, _directs)
case_manager = Row(
    PROFESSIONAL,
    Code.NOT_IN_TEAM,
    lambda child, action: child.holds(action.by, action.episode, action.at, "case_manager"),
)
reviewer = Row(PROFESSIONAL, Code.NOT_IN_TEAM, _reviews)
raises = Row(MAY_RAISE, Code.ROLE_NOT_PERMITTED, _always)
carrier = Row(PROFESSIONAL, Code.NOT_RELATED, _carries_it)
receiving_organisation = Row(PROFESSIONAL, Code.NOT_IN_TEAM, _receives)
outside_school = Row(MAY_INVOKE_SAFETY, Code.ROLE_NOT_PERMITTED, _always)
staff_of_school = Row(PROFESSIONAL, Code.NOT_RELATED, _at_school)
registry = Row(frozenset({"registry"}), Code.NOT_RELATED, _always)
team_of_entry = Row(PROFESSIONAL - {"researcher"}, Code.NOT_IN_TEAM, _on_the_team_of_the_entry)
author = Row(ROLES, Code.NOT_IN_TEAM, _author)
dpo = Row(frozenset({"dpo"}), Code.ROLE_NOT_PERMITTED, _always)
auditor = Row(frozenset({"auditor"}), Code.ROLE_NOT_PERMITTED, _always)
records_officer = Row(frozenset({"records_officer"}), Code.ROLE_NOT_PERMITTED, _always)
invoker = Row(MAY_INVOKE_SAFETY, Code.NOT_IN_TEAM, _invoked)
