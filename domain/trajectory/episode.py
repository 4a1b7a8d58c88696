"""Episodes: help in one programme begins, has a team and a lead, ends, and is followed up."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal, assert_never

import consent_policy.grounds as policy_grounds
from consent_policy.grounds import Actor, Membership
from consent_policy.policy import Policy
from consent_policy.vocabulary import Category
from domain.action import Action, Who
from domain.actor import MAY_BE_MEMBER
from domain.fact import ChildFact
from domain.field import Introduces, Part, Ref, Refers, Text
from domain.programme import CARRIED_TEAM_ROLES, TeamRole
from domain.record import altered
from domain.refusal import Code, Refusals, Refused
from domain.trajectory import due, state
from domain.trajectory.gate import consent_refusal
from domain.trajectory.signal import with_signal
from domain.trajectory.state import Child
from domain.trajectory.who import carrier, case_manager, coordinator, directs, team

EpisodeRef = Annotated[Ref, Refers("episode")]
Outcome = Literal[
    "sufficient",
    "referred",
    "declined_by_family",
    "consent_withdrawn",
    "moved",
    "other_help_found",
    "no_help_needed",
]


class StartBody(Part):
    episode: Annotated[Ref, Introduces("episode")]
    programme: Ref
    signal: Annotated[Ref | None, Refers("signal")] = None
    reenters: Annotated[Ref | None, Refers("episode")] = None


class EpisodeStarted(ChildFact, StartBody):
    """Help in one programme began, under one version of it."""

    TOPIC: ClassVar[str] = "trajectory.episode-started.1"
    CATEGORY: ClassVar[Category] = "episode"

    programme_version: int


class StartEpisode(Action, StartBody):
    """Help in one programme begins."""

    FACT: ClassVar[type[ChildFact]] = EpisodeStarted
    WHO: ClassVar[tuple[Who, ...]] = (carrier, coordinator)

    action: Literal["start_episode"] = "start_episode"


class AssignmentBody(Part):
    episode: EpisodeRef
    professional: Actor
    team_role: TeamRole


class ProfessionalAssigned(ChildFact, AssignmentBody):
    """Somebody joined the team."""

    TOPIC: ClassVar[str] = "trajectory.professional-assigned.1"
    CATEGORY: ClassVar[Category] = "episode"


class Assign(Action, AssignmentBody):
    """Somebody joins the team."""

    FACT: ClassVar[type[ChildFact]] = ProfessionalAssigned
    WHO: ClassVar[tuple[Who, ...]] = (coordinator, directs)

    action: Literal["assign"] = "assign"


class ProfessionalReleased(ChildFact, AssignmentBody):
    """Somebody left the team, in one team role."""

    TOPIC: ClassVar[str] = "trajectory.professional-released.1"
    CATEGORY: ClassVar[Category] = "episode"


class Release(Action, AssignmentBody):
    """Somebody leaves the team, in one team role."""

    FACT: ClassVar[type[ChildFact]] = ProfessionalReleased
    WHO: ClassVar[tuple[Who, ...]] = (coordinator, directs)

    action: Literal["release"] = "release"

    AFTER_CLOSING: ClassVar[bool] = True


class TransferBody(Part):
    episode: EpisodeRef
    to: Literal["ot", "jgt"]
    professional: Actor


class LeadTransferred(ChildFact, TransferBody):
    """The lead moved to the other party."""

    TOPIC: ClassVar[str] = "trajectory.lead-transferred.1"
    CATEGORY: ClassVar[Category] = "episode"


class TransferLead(Action, TransferBody):
    """The lead moves to the other party; the team stays."""

    FACT: ClassVar[type[ChildFact]] = LeadTransferred
    WHO: ClassVar[tuple[Who, ...]] = (coordinator, case_manager)

    action: Literal["transfer_lead"] = "transfer_lead"


class ClosingBody(Part):
    episode: EpisodeRef
    outcome: Outcome
    note: Text | None = None


class EpisodeClosed(ChildFact, ClosingBody):
    """Help in this programme ended."""

    TOPIC: ClassVar[str] = "trajectory.episode-closed.1"
    CATEGORY: ClassVar[Category] = "outcome"


class CloseEpisode(Action, ClosingBody):
    """Help in this programme ends."""

    FACT: ClassVar[type[ChildFact]] = EpisodeClosed
    WHO: ClassVar[tuple[Who, ...]] = (team, coordinator)

    action: Literal["close_episode"] = "close_episode"


class FollowUpBody(Part):
    episode: EpisodeRef
    finding: Literal["well", "concern", "in_specialist_help", "not_reached"]


class FollowUpHeld(ChildFact, FollowUpBody):
    """It was asked how it goes, some time after closing."""

    TOPIC: ClassVar[str] = "trajectory.follow-up-held.1"
    CATEGORY: ClassVar[Category] = "episode"


class HoldFollowUp(Action, FollowUpBody):
    """Asks how it goes some time after closing."""

    FACT: ClassVar[type[ChildFact]] = FollowUpHeld
    WHO: ClassVar[tuple[Who, ...]] = (team, coordinator)

    action: Literal["hold_follow_up"] = "hold_follow_up"

    AFTER_CLOSING: ClassVar[bool] = True


ACTIONS = (
    StartEpisode,
    Assign,
    Release,
    TransferLead,
    CloseEpisode,
    HoldFollowUp,
)
FACTS = (
    EpisodeStarted,
    ProfessionalAssigned,
    ProfessionalReleased,
    LeadTransferred,
    EpisodeClosed,
    FollowUpHeld,
)

EpisodeAction = StartEpisode | Assign | Release | TransferLead | CloseEpisode | HoldFollowUp
EpisodeFact = (
    EpisodeStarted | ProfessionalAssigned | ProfessionalReleased | LeadTransferred | EpisodeClosed | FollowUpHeld
)


def rule(child: Child, action: EpisodeAction, policy: Policy) -> Refusals:
    match action:
        case StartEpisode():
            return (
                _start_gate(child, action, policy),
                _settled(child, action),
                _not_a_reentry(child, action),
                _already_open(child, action),
            )
        case Assign():
            return (_not_in_programme(child, action), _already_assigned(child, action))
        case Release():
            on_team = child.holds(action.professional, action.episode, action.at, action.team_role)
            return (None if on_team else Refused(Code.NOT_APPLICABLE),)
        case TransferLead():
            return (_lead_stays(child, action),)
        case CloseEpisode():
            return (_care_came_after(child, action), _referral_open(child, action))
        case HoldFollowUp():
            return (_not_followed_up(child, action, policy),)
        case _:
            assert_never(action)


def _start_gate(child: Child, action: StartEpisode, policy: Policy) -> Refused | None:
    """Some programmes ask consent before they start at all."""
    programme = child.programmes.current[action.programme]
    if not programme.consent_before_start:
        return None
    return consent_refusal(child, policy, "episode", action.at, programme)


def _settled(child: Child, action: StartEpisode) -> Refused | None:
    """Of a signal that was settled no episode comes any more."""
    signal = child.signals.get(action.signal or "")
    return Refused(Code.ALREADY_DONE) if signal and signal.settled else None


def _not_a_reentry(child: Child, action: StartEpisode) -> Refused | None:
    """One steps back into an episode of the same programme that was closed by then."""
    if action.reenters is None:
        return None
    former = child.episodes[action.reenters]
    closed = former.closed is not None and former.closed[0] <= action.at
    return None if closed and former.programme.id == action.programme else Refused(Code.NOT_APPLICABLE)


def _already_open(child: Child, action: StartEpisode) -> Refused | None:
    """One open episode per programme, over all that is known now: also none that opened later and overlaps."""
    overlaps = any(
        each.programme.id == action.programme and (each.closed is None or action.at < each.closed[0])
        for each in child.episodes.values()
    )
    return Refused(Code.ALREADY_OPEN) if overlaps else None


def _not_in_programme(child: Child, action: Assign) -> Refused | None:
    programme = child.episodes[action.episode].programme
    who = action.professional
    if action.team_role in CARRIED_TEAM_ROLES:
        fits = programme.carries(who, child.school_at(action.at))
    elif action.team_role == "screener":
        fits = who.role == "researcher"
    else:
        fits = who.role in MAY_BE_MEMBER
    return None if fits and action.team_role in programme.team_roles else Refused(Code.ROLE_NOT_IN_PROGRAMME)


def _already_assigned(child: Child, action: Assign) -> Refused | None:
    """Nobody holds one team role twice at a time, over all that is known now."""
    doubled = any(
        (each.episode, each.actor, each.team_role) == (action.episode, action.professional, action.team_role)
        and (each.until is None or action.at < each.until)
        for each in child.grounds.team
    )
    return Refused(Code.ALREADY_DONE) if doubled else None


def _lead_stays(child: Child, action: TransferLead) -> Refused | None:
    """The lead moves between the programme's parties, to somebody whose role carries the programme."""
    programme = child.episodes[action.episode].programme
    if action.to not in programme.lead.parties or not programme.moving_lead:
        return Refused(Code.NOT_APPLICABLE)
    if not programme.carries(action.professional, child.school_at(action.at)):
        return Refused(Code.ROLE_NOT_IN_PROGRAMME)
    return Refused(Code.ALREADY_DONE) if lead_party(child, action.episode, action.at) == action.to else None


def lead_party(child: Child, episode: str, at: datetime) -> str | None:
    """Which party has the lead at an instant, where it can move; the first named one until it was transferred."""
    here = child.episodes[episode]
    moves = [party for since, party, _ in here.lead_moves if since <= at]
    if not here.programme.lead.parties:
        return None
    return moves[-1] if moves else here.programme.lead.parties[0]


def _care_came_after(child: Child, action: CloseEpisode) -> Refused | None:
    """An episode closes once; a closing entered late cannot leave care behind it that is known already."""
    episode = child.episodes[action.episode]
    referred = (each.states[0][0] for each in child.referrals_of(action.episode))
    after = any(action.at < at for at in (*episode.care_at, *referred))
    return Refused(Code.EPISODE_CLOSED) if after or episode.closed else None


def _referral_open(child: Child, action: CloseEpisode) -> Refused | None:
    """A sent referral is answered or withdrawn first."""
    unanswered = any(each.state == "sent" for each in child.referrals_of(action.episode))
    return Refused(Code.REFERRAL_OPEN) if unanswered else None


def _not_followed_up(child: Child, action: HoldFollowUp, policy: Policy) -> Refused | None:
    """Whoever was not reached was not asked anything, so that needs no consent."""
    episode = child.episodes[action.episode]
    lacking = None
    if action.finding != "not_reached":
        lacking = consent_refusal(child, policy, "episode", action.at, episode.programme)
    return lacking or (Refused(Code.NOT_APPLICABLE) if episode.open_at(action.at) else None)


def evolve(child: Child, entry: int, fact: EpisodeFact) -> Child:
    match fact:
        case EpisodeStarted():
            return _started(child, entry, fact)
        case ProfessionalAssigned():
            return _joined(child, entry, fact, fact.team_role)
        case ProfessionalReleased():
            return _left(child, fact.episode, fact.professional, fact.team_role, fact.occurred_at)
        case LeadTransferred():
            return _lead_moved(child, entry, fact)
        case EpisodeClosed():
            return _with_grounds(child.with_episode(fact.episode, closed=(fact.occurred_at, fact.outcome)))
        case FollowUpHeld():
            return _followed_up(child, fact)
        case _:
            assert_never(fact)


def _started(child: Child, entry: int, fact: EpisodeStarted) -> Child:
    programme = child.programmes.version(fact.programme, fact.programme_version)
    episode = state.Episode(entry, fact.episode, programme, fact.occurred_at, fact.by, fact.signal, fact.reenters)
    known = altered(child, episodes={**child.episodes, fact.episode: episode})
    if fact.signal and fact.signal in known.signals and known.signals[fact.signal].episode is None:
        known = with_signal(known, fact.signal, episode=(fact.occurred_at, fact.episode))
    return _with_grounds(known)


def _lead_moved(child: Child, entry: int, fact: LeadTransferred) -> Child:
    """Who takes over becomes lead and member; who had taken it over before is lead no longer, and stays."""
    moves = child.episodes[fact.episode].lead_moves if fact.episode in child.episodes else ()
    moved = child.with_episode(fact.episode, lead_moves=(*moves, (fact.occurred_at, fact.to, fact.professional)))
    leads = [each.actor for each in moved.memberships(fact.episode, fact.occurred_at) if each.team_role == "lead"]
    for former in leads:
        moved = _left(moved, fact.episode, former, "lead", fact.occurred_at)
    is_member = moved.holds(fact.professional, fact.episode, fact.occurred_at, "member")
    known = moved if is_member else _joined(moved, entry, fact, "member")
    return _joined(known, entry, fact, "lead")


def _followed_up(child: Child, fact: FollowUpHeld) -> Child:
    held = child.episodes[fact.episode].followed_up if fact.episode in child.episodes else ()
    return child.with_episode(fact.episode, followed_up=(*held, (fact.occurred_at, fact.finding)))


def _joined(child: Child, entry: int, fact: ProfessionalAssigned | LeadTransferred, team_role: str) -> Child:
    member = Membership(entry, fact.episode, fact.professional, team_role, fact.occurred_at, None)
    return child.with_grounds(team=(*child.grounds.team, member))


def _left(child: Child, episode: str, who: Actor, team_role: str, at: datetime) -> Child:
    def until(each: Membership) -> Membership:
        same = (each.episode, each.actor, each.team_role) == (episode, who, team_role)
        return altered(each, until=at) if same and each.until is None else each

    return child.with_grounds(team=tuple(until(each) for each in child.grounds.team))


def _with_grounds(child: Child) -> Child:
    return child.with_grounds(episodes=tuple(_ground(child, each) for each in child.episodes.values()))


def _ground(child: Child, episode: state.Episode) -> policy_grounds.Episode:
    return policy_grounds.Episode(
        episode.entry,
        episode.episode,
        episode.programme.id,
        episode.programme.explained_first,
        episode.started,
        episode.closed[0] if episode.closed else None,
        due.follow_up_until(child, episode),
    )
