"""Short help: sessions within a budget, and meetings of the team."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal, assert_never

from pydantic import Field

from consent_policy.grounds import Actor
from consent_policy.policy import Policy
from consent_policy.vocabulary import Category
from domain.action import Action, CareAction, Who
from domain.actor import FAMILY
from domain.fact import CareFact, ChildFact
from domain.field import Minutes, Part, PersonRef, Ref, Refers, Text
from domain.refusal import Code, Refusals, Refused
from domain.trajectory import state
from domain.trajectory.episode import EpisodeRef
from domain.trajectory.gate import disclosure_refusal
from domain.trajectory.guardian import withheld
from domain.trajectory.state import Child
from domain.trajectory.who import team

Form = Literal[
    "coach_at_school",
    "teacher_talk",
    "guardian_talk",
    "child_talk",
    "walk_in",
    "family_coaching",
    "expertise_transfer",
    "bridging",
]
Someone = Annotated[Ref, Refers("person_or_school")]


class SessionBody(Part):
    episode: EpisodeRef
    form: Form
    with_: Annotated[tuple[Someone, ...], Field(alias="with")] = ()
    minutes: Minutes
    summary: Text | None = None
    withheld_from: tuple[PersonRef, ...] = ()


class SessionHeld(CareFact, SessionBody):
    """A session was held."""

    TOPIC: ClassVar[str] = "trajectory.session-held.1"
    CATEGORY: ClassVar[Category] = "session"


class HoldSession(CareAction, SessionBody):
    """Helps: a talk with, or coaching of, child, family or school."""

    FACT: ClassVar[type[ChildFact]] = SessionHeld
    WHO: ClassVar[tuple[Who, ...]] = (team,)
    GATE: ClassVar[Category] = "session"

    action: Literal["hold_session"] = "hold_session"


class ExtensionBody(Part):
    episode: EpisodeRef
    to: int
    reason: Text
    agreed_with: tuple[Someone, ...]


class SessionsExtended(ChildFact, ExtensionBody):
    """It was decided that more sessions may be held."""

    TOPIC: ClassVar[str] = "trajectory.sessions-extended.1"
    CATEGORY: ClassVar[Category] = "session"


class ExtendSessions(Action, ExtensionBody):
    """Decides that more sessions may be held."""

    FACT: ClassVar[type[ChildFact]] = SessionsExtended
    WHO: ClassVar[tuple[Who, ...]] = (team,)

    action: Literal["extend_sessions"] = "extend_sessions"


class MeetingBody(Part):
    episode: EpisodeRef
    participants: tuple[Actor, ...]
    guardians_present: bool
    youth_present: bool
    network_present: bool
    absence_reason: Text | None = None
    decisions: Text | None = None


class MeetingHeld(CareFact, MeetingBody):
    """The team met."""

    TOPIC: ClassVar[str] = "trajectory.meeting-held.1"
    CATEGORY: ClassVar[Category] = "meeting"


class HoldMeeting(CareAction, MeetingBody):
    """The team meets, with the family and not about it."""

    FACT: ClassVar[type[ChildFact]] = MeetingHeld
    WHO: ClassVar[tuple[Who, ...]] = (team,)
    GATE: ClassVar[Category] = "meeting"
    REQUIRED_TEXT: ClassVar[tuple[str, ...]] = ("decisions",)

    action: Literal["hold_meeting"] = "hold_meeting"


ACTIONS = (
    HoldSession,
    ExtendSessions,
    HoldMeeting,
)
FACTS = (
    SessionHeld,
    SessionsExtended,
    MeetingHeld,
)

SupportAction = HoldSession | ExtendSessions | HoldMeeting
SupportFact = SessionHeld | SessionsExtended | MeetingHeld


def rule(child: Child, action: SupportAction, policy: Policy) -> Refusals:
    match action:
        case HoldSession():
            return (_no_referral_to_bridge(child, action), _budget_exhausted(child, action))
        case ExtendSessions():
            return (_not_a_step(child, action),)
        case HoldMeeting():
            return (_outside_participant(child, action, policy), _guardians_absent(child, action))
        case _:
            assert_never(action)


def first_walk_in(child: Child, action: HoldSession) -> bool:
    """Children walk in: some programmes ask no consent for the first time (domain.md, Programmes, row consent)."""
    episode = child.episodes[action.episode]
    walked_in = any(each.form == "walk_in" for each in episode.sessions)
    return episode.programme.first_walk_in_free and action.form == "walk_in" and not walked_in


def _no_referral_to_bridge(child: Child, action: HoldSession) -> Refused | None:
    referred = any(each.states[0][0] <= action.at for each in child.referrals_of(action.episode))
    return Refused(Code.NOT_APPLICABLE) if action.form == "bridging" and not referred else None


def _budget_exhausted(child: Child, action: HoldSession) -> Refused | None:
    """No session, this one or a later one that it pushes up, may come beyond the budget of its own instant.

    Irregular sessions take a place but are not asked again.
    """
    episode = child.episodes[action.episode]
    if action.form == "bridging" or episode.programme.sessions.budget is None:
        return None
    before = sum(each.at <= action.at for each in episode.counted)
    later = [each for each in episode.counted if action.at < each.at]
    fits = [_within(episode, before + 1, action.at)]
    fits += [each.irregular or _within(episode, before + 2 + n, each.at) for n, each in enumerate(later)]
    return None if all(fits) else Refused(Code.BUDGET_EXHAUSTED)


def _within(episode: state.Episode, rank: int, at: datetime) -> bool:
    budget = episode.budget_at(at)
    return budget is None or rank <= budget


def _not_a_step(child: Child, action: ExtendSessions) -> Refused | None:
    """Sessions extend only to one of the programme's later steps."""
    episode = child.episodes[action.episode]
    budget = episode.budget_at(action.at)
    later = budget is not None and action.to > budget
    return None if later and action.to in episode.programme.sessions.steps else Refused(Code.NOT_A_STEP)


def _outside_participant(child: Child, action: HoldMeeting, policy: Policy) -> Refused | None:
    """Whoever is not on the team may sit at the table only where consent names their organisation."""
    programme = child.episodes[action.episode].programme
    for who in action.participants:
        if who.role not in FAMILY and not child.holds(who, action.episode, action.at):
            recipient = f"org:{who.organisation}"
            lacking = disclosure_refusal(child, policy, "care", "meeting", recipient, action.at, programme)
            if lacking:
                return lacking
    return None


def _guardians_absent(child: Child, action: HoldMeeting) -> Refused | None:
    """With, not about: guardians are present, or it is said why not (sources.md, OT)."""
    asked = child.episodes[action.episode].programme.guardians_at_meetings
    told = action.guardians_present or (action.absence_reason or "").strip()
    return Refused(Code.GUARDIANS_ABSENT) if asked and not told else None


def evolve(child: Child, entry: int, fact: SupportFact) -> Child:
    episode = child.episodes.get(fact.episode)
    if episode is None:
        return child
    match fact:
        case SessionHeld():
            session = state.Session(entry, fact.occurred_at, fact.by, fact.form, fact.irregular is not None)
            known = child.with_episode(fact.episode, sessions=(*episode.sessions, session))
            return withheld(known, entry, fact.occurred_at, fact.withheld_from)
        case SessionsExtended():
            return child.with_episode(fact.episode, budgets=(*episode.budgets, (fact.occurred_at, fact.to)))
        case MeetingHeld():
            return child.with_episode(fact.episode, met=(*episode.met, fact.occurred_at))
        case _:
            assert_never(fact)
