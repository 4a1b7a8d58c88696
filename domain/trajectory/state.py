"""What is known of one child, as far as decisions need it: a fold over the child's facts.

Everything that holds for a time keeps its instants, so one state answers for any instant: `child.team_at(episode, at)`.
`evolve` of each subject adds to it; nothing here is personal text but as whom a family signs in, to be compared.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from consent_policy.grounds import Actor, Grounds, Membership
from consent_policy.instant import AMSTERDAM, birthday
from domain.programme import Programme, Programmes
from domain.record import altered


@dataclass(frozen=True, slots=True)
class Signal:
    """A worry that somebody raised, addressed to a programme.

    `terms`: the version of it that holds for this signal; None: no file describes it.
    """

    entry: int
    signal: str
    at: datetime
    by: Actor
    programme: str
    terms: Programme | None
    picked_up: tuple[datetime, Actor] | None = None
    episode: tuple[datetime, str] | None = None
    settled: tuple[datetime, str] | None = None

    def open_at(self, at: datetime) -> bool:
        ends = [end[0] for end in (self.episode, self.settled) if end]
        return self.at <= at and all(at < end for end in ends)


@dataclass(frozen=True, slots=True)
class Session:
    """A talk that was held. `counts`: towards the session budget (a bridging session does not)."""

    entry: int
    at: datetime
    by: Actor
    form: str
    irregular: bool


@dataclass(frozen=True, slots=True)
class Screening:
    """A screening by a researcher."""

    entry: int
    screening: str
    started: datetime
    by: Actor
    completed: datetime | None = None


@dataclass(frozen=True, slots=True)
class Episode:
    """Help in one programme: what happened in it, each with its instant, in order of occurrence."""

    entry: int
    episode: str
    programme: Programme
    started: datetime
    started_by: Actor
    signal: str | None = None
    reenters: str | None = None
    closed: tuple[datetime, str] | None = None
    budgets: tuple[tuple[datetime, int], ...] = ()
    sessions: tuple[Session, ...] = ()
    screenings: tuple[Screening, ...] = ()
    interviews: tuple[tuple[datetime, str], ...] = ()
    advised: tuple[datetime, ...] = ()
    planned: tuple[datetime, ...] = ()
    reviewed: tuple[datetime, ...] = ()
    met: tuple[datetime, ...] = ()
    followed_up: tuple[tuple[datetime, str], ...] = ()
    lead_moves: tuple[tuple[datetime, str, Actor], ...] = ()
    irregular: int = 0

    def open_at(self, at: datetime) -> bool:
        return self.started <= at and (self.closed is None or at < self.closed[0])

    def budget_at(self, at: datetime) -> int | None:
        """Sessions that may be held as of that instant; None: as long as needed."""
        budget = self.programme.sessions.budget
        return budget and max([budget, *(to for since, to in self.budgets if since <= at)])

    @property
    def care_at(self) -> Iterator[datetime]:
        """The instants of all care in this episode."""
        yield from (each.at for each in self.sessions)
        yield from (each.started for each in self.screenings)
        yield from (each.completed for each in self.screenings if each.completed)
        yield from (at for at, _ in self.interviews)
        yield from (*self.advised, *self.planned, *self.reviewed, *self.met)

    @property
    def counted(self) -> tuple[Session, ...]:
        """Sessions that count towards the budget: a walk-in does, bridging after a referral does not."""
        return tuple(each for each in self.sessions if each.form != "bridging")


@dataclass(frozen=True, slots=True)
class Referral:
    """A referral to other help, and how it went: (instant, state) in order. `safety`: the override that it rests on."""

    entry: int
    referral: str
    episode: str | None
    organisation: str
    kind: str
    route: str
    handover: str | None
    states: tuple[tuple[datetime, str], ...]
    safety: str | None = None

    @property
    def state(self) -> str:
        return self.states[-1][1]

    def was(self, state: str) -> bool:
        return any(each == state for _, each in self.states)


@dataclass(frozen=True, slots=True)
class Absence:
    """Days away from school, as told at an instant; `episode`: under which it was told, if any."""

    entry: int
    at: datetime
    absence: str
    episode: str | None
    since: date
    extent: str
    kind: str
    returned: date | None = None

    def away_on(self, at: datetime) -> bool:
        """Whether the child is away at that instant, wholly or in part."""
        day = at.astimezone(AMSTERDAM).date()
        return self.since <= day and (self.returned is None or day < self.returned or self.extent == "partial")


@dataclass(frozen=True, slots=True)
class Introduced:
    """Where a reference comes from: the entry, its instant, and the digest of the action's content."""

    entry: int
    at: datetime
    content: str


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody of the family asked about the file; `decided`: when, and granted or refused."""

    entry: int
    request: str
    kind: str
    person: str
    at: datetime
    decided: tuple[datetime, str] | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """Who made an entry, when, in which episode if any, and what it was; `void`: it was retracted.

    `about`: what the entry was that this one is about, if any, and `of` its number.
    """

    entry: int
    at: datetime
    by: Actor
    episode: str | None
    topic: str
    irregular: bool
    void: bool
    about: str | None = None
    of: int | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """As whom a guardian or the youth signs in, and the entry that says so."""

    entry: int
    person: str
    subject: str


@dataclass(frozen=True)
class Child:
    """One child as far as decisions need it. `references`: (kind, reference) -> what introduced it."""

    stream: UUID
    programmes: Programmes
    grounds: Grounds
    opened_by: Actor | None = None
    guardians: tuple[str, ...] = ()
    explained: tuple[tuple[datetime, str, str], ...] = ()
    signals: Mapping[str, Signal] = field(default_factory=dict)
    episodes: Mapping[str, Episode] = field(default_factory=dict)
    referrals: Mapping[str, Referral] = field(default_factory=dict)
    absences: Mapping[str, Absence] = field(default_factory=dict)
    requests: Mapping[str, Request] = field(default_factory=dict)
    holds_placed: Mapping[str, datetime | None] = field(default_factory=dict)
    reveals: Mapping[str, tuple[str, Actor]] = field(default_factory=dict)
    accounts: tuple[Link, ...] = ()
    confirmed: frozenset[int] = frozenset()
    reviewed: frozenset[int] = frozenset()
    judged: frozenset[str] = frozenset()
    released: frozenset[str] = frozenset()
    last_at: datetime | None = None
    told: tuple[Told, ...] = ()
    references: Mapping[tuple[str, str], Introduced] = field(default_factory=dict)

    @classmethod
    def unknown(cls, stream: UUID, programmes: Programmes) -> "Child":
        return cls(stream, programmes, Grounds(trajectory=str(stream)))

    @property
    def birth(self) -> datetime | None:
        return birthday(self.grounds.birth_date, 0) if self.grounds.birth_date else None

    def aged(self, age: int, at: datetime) -> bool:
        """Whether the child has turned this age (12, 16 or 18) by then; not known: no."""
        birthdays = self.grounds.birthdays
        return age in birthdays and birthdays[age] <= at

    def knows(self, kind: str, reference: str, at: datetime) -> bool:
        """Whether that is known of the child; a thing only from the instant at which it came to be."""
        if kind == "person_or_school" and reference == "school":
            return True
        if kind in ("person", "person_or_school"):
            return reference == "youth" or reference in self.guardians
        if kind == "guardian":
            return reference in self.guardians
        if kind == "consent":
            return any(each.consent == reference and each.at <= at for each in self.grounds.statements)
        introduced = self.references.get((kind, reference))
        return introduced is not None and introduced.at <= at

    def entry(self, number: int) -> Told | None:
        """Who made the entry with this number and what it was, even if it was retracted since."""
        return self.told[number - 1] if 0 < number <= len(self.told) else None

    def school_at(self, at: datetime) -> str | None:
        """The organisation of the child's school; before the first one is known, the first."""
        schools = self.grounds.schools
        past = [each.organisation for each in schools if each.at <= at]
        return past[-1] if past else (schools[0].organisation if schools else None)

    def memberships(self, episode: str, at: datetime) -> Iterator[Membership]:
        """Who is on the team of an episode, in which team role, at an instant."""
        return (
            each
            for each in self.grounds.team
            if each.episode == episode and each.since <= at and (each.until is None or at < each.until)
        )

    def holds(self, actor: Actor, episode: str, at: datetime, *team_roles: str) -> bool:
        """Whether the actor is on the team, in one of these team roles if any are named."""
        return any(
            each.actor == actor and (not team_roles or each.team_role in team_roles)
            for each in self.memberships(episode, at)
        )

    def referrals_of(self, episode: str) -> list[Referral]:
        return [each for each in self.referrals.values() if each.episode == episode]

    def with_grounds(self, **changed: Any) -> "Child":
        return altered(self, grounds=altered(self.grounds, **changed))

    def with_episode(self, episode: str, **changed: Any) -> "Child":
        if episode not in self.episodes:
            return self
        return altered(self, episodes={**self.episodes, episode: altered(self.episodes[episode], **changed)})
