"""What a decision may rest on: plain values about one child, each with the instants between which it holds.

Grounds are everything known up to a log position; a question adds the instant. Nothing here looks at a clock.
All instants are aware datetimes in UTC. `entry` is the number of the fact in the child's stream, so that a decision can
name what it rests on. Lists stand in the order of (occurred_at, entry).
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from operator import attrgetter
from typing import Annotated, ClassVar, Literal, TypeVar

from pydantic import Field, StringConstraints

from consent_policy.instant import Instant, birthday
from consent_policy.vocabulary import RECIPIENT_PATTERN, Category, Purpose, Role

Recipient = Annotated[str, StringConstraints(pattern=RECIPIENT_PATTERN)]
Regime = Literal["jeugdwet", "wgbo", "education"]

T = TypeVar("T")
K = TypeVar("K")
At = TypeVar("At", "Authority", "Statement", "Informed")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts or looks, in the one role that they state. A school's organisation is `school-<BRIN>`."""

    __pydantic_config__: ClassVar = {"extra": "forbid", "str_min_length": 1, "str_max_length": 200}

    id: str
    role: Role
    organisation: str


@dataclass(frozen=True, slots=True)
class Scope:
    """What a statement is about (consent.md).

    `programme` None: all programmes; for care, all that ask no explanation.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid", "str_min_length": 1, "str_max_length": 200}

    purposes: Annotated[tuple[Purpose, ...], Field(min_length=1)]
    categories: Annotated[tuple[Category | Literal["all"], ...], Field(min_length=1)]
    recipients: Annotated[tuple[Recipient, ...], Field(min_length=1)]
    programme: str | None = None
    since: Annotated[Instant | None, Field(alias="from")] = None
    until: Instant | None = None


@dataclass(frozen=True, slots=True)
class Authority:
    """From `at` on this guardian has, or has not, parental authority (BW 1:251)."""

    entry: int
    at: datetime
    person: str
    has_authority: bool


@dataclass(frozen=True, slots=True)
class Competence:
    """From `at` on the youth is, or is not, able to weigh their own interests (Jeugdwet 7.3.4)."""

    entry: int
    at: datetime
    competent: bool


@dataclass(frozen=True, slots=True)
class Statement:
    """What a person said under one consent reference. `withdraw` ends that reference and has no scope."""

    entry: int
    at: datetime
    person: str
    consent: str
    says: Literal["permit", "refuse", "withdraw"]
    scope: Scope | None


@dataclass(frozen=True, slots=True)
class StandIn:
    """A court's consent (for one guardian) or an exception at 12 to 15 (guardian None: for all of them)."""

    entry: int
    at: datetime
    guardian: str | None
    scope: Scope


@dataclass(frozen=True, slots=True)
class Restriction:
    """What is kept from a guardian, whatever else permits it; `all` is everything."""

    entry: int
    guardian: str
    since: datetime
    until: datetime | None
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GeneralInformation:
    """What a guardian without authority may know (BW 1:377c)."""

    entry: int
    guardian: str
    at: datetime
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Informed:
    """From `at` on this person knows of a signal or of a programme's way of working."""

    entry: int
    at: datetime
    person: str


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal. `open_until`: when an episode came of it or it was settled.

    `programme`: whom the signal is addressed to, and whether that asks `explained_first`: consent to it will be asked.
    """

    entry: int
    signal: str
    author: Actor
    since: datetime
    picked_up_by: Actor | None
    picked_up_at: datetime | None
    open_until: datetime | None
    programme: str | None = None
    explained_first: bool = False


@dataclass(frozen=True, slots=True)
class Episode:
    """Help in one programme. `follow_up_until`: the end of follow-up after closing; None: no follow-up."""

    entry: int
    episode: str
    programme: str
    explained_first: bool
    since: datetime
    closed_at: datetime | None
    follow_up_until: datetime | None


@dataclass(frozen=True, slots=True)
class Membership:
    """Somebody on an episode's team, from assignment until release."""

    entry: int
    episode: str
    actor: Actor
    team_role: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Seat:
    """A membership beside the episode that it is of."""

    membership: Membership
    episode: Episode


@dataclass(frozen=True, slots=True)
class Screening:
    """A screening that runs, by whom."""

    entry: int
    episode: str
    screener: Actor
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Referral:
    """What a referral offers to an organisation. `over_at`: declined or withdrawn."""

    entry: int
    referral: str
    episode: str
    organisation: str
    categories: tuple[str, ...]
    legal_basis: bool
    since: datetime
    over_at: datetime | None


@dataclass(frozen=True, slots=True)
class Order:
    """A child protection order (BW 1:255) that an institution carries out."""

    entry: int
    institution: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Override:
    """Access in an emergency, or for a report to Veilig Thuis, for at most an hour."""

    entry: int
    safety: str
    basis: Literal["break_glass", "veilig_thuis"]
    invoker: Actor
    since: datetime
    until: datetime
    released_at: datetime | None


@dataclass(frozen=True, slots=True)
class Share:
    """What somebody shared with an organisation."""

    entry: int
    at: datetime
    by: Actor
    organisation: str
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reveal:
    """The dpo lets one auditor see the content of one disclosure."""

    entry: int
    disclosure: str
    auditor: Actor
    approved_at: datetime


@dataclass(frozen=True, slots=True)
class Withheld:
    """An entry kept from some guardians (Jeugdwet 7.3.11)."""

    entry: int
    of_entry: int
    at: datetime
    guardians: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SchoolYear:
    """From `at` on the child is at this school (its organisation, `school-<BRIN>`)."""

    entry: int
    at: datetime
    organisation: str


def _by(facts: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    """The facts in groups, each in the order given."""
    groups: dict[K, list[T]] = {}
    for fact in facts:
        groups.setdefault(key(fact), []).append(fact)
    return groups


def _oldest_first(facts: Iterable[At]) -> tuple[At, ...]:
    return tuple(sorted(facts, key=attrgetter("at", "entry")))


def _newest_first(facts: Iterable[At]) -> tuple[At, ...]:
    return _oldest_first(facts)[::-1]


@dataclass(frozen=True)
class Grounds:
    """All that decisions about one child rest on. `erased`: the child's key is destroyed, nothing else is known."""

    trajectory: str
    birth_date: date | None = None
    regime: Regime = "jeugdwet"
    municipality: str = ""
    erased: bool = False
    schools: tuple[SchoolYear, ...] = ()
    authorities: tuple[Authority, ...] = ()
    competences: tuple[Competence, ...] = ()
    statements: tuple[Statement, ...] = ()
    stand_ins: tuple[StandIn, ...] = ()
    restrictions: tuple[Restriction, ...] = ()
    general_informations: tuple[GeneralInformation, ...] = ()
    informed: tuple[Informed, ...] = ()
    signals: tuple[Signal, ...] = ()
    episodes: tuple[Episode, ...] = ()
    team: tuple[Membership, ...] = ()
    screenings: tuple[Screening, ...] = ()
    referrals: tuple[Referral, ...] = ()
    orders: tuple[Order, ...] = ()
    overrides: tuple[Override, ...] = ()
    shares: tuple[Share, ...] = ()
    reveals: tuple[Reveal, ...] = ()
    withheld: tuple[Withheld, ...] = ()

    @cached_property
    def birthdays(self) -> dict[int, datetime]:
        """When the child turns 12, 16 and 18: 00:00 in Amsterdam; born on 29 February: on 1 March in other years."""
        return {age: birthday(self.birth_date, age) for age in (12, 16, 18)} if self.birth_date else {}

    @cached_property
    def age_bounds(self) -> tuple[datetime, ...]:
        """The birthdays in order, to bisect an instant into."""
        return tuple(self.birthdays.values())

    @cached_property
    def authority_of(self) -> dict[str, tuple[Authority, ...]]:
        """What was recorded about each guardian's authority, newest first; guardians in order of their first record."""
        facts_of = _by(self.authorities, lambda fact: fact.person)
        return {person: _newest_first(facts) for person, facts in facts_of.items()}

    @cached_property
    def moments(self) -> tuple[datetime, ...]:
        """The instants at which consent may change, in order: between two of them it stays what it is."""
        found = [*self.age_bounds, *(fact.at for fact in self.authorities), *(fact.at for fact in self.competences)]
        found += [fact.at for fact in self.statements] + [fact.at for fact in self.stand_ins]
        for scope in (*(fact.scope for fact in self.statements), *(fact.scope for fact in self.stand_ins)):
            if scope:
                found += [bound for bound in (scope.since, scope.until) if bound]
        return tuple(sorted(found))

    @cached_property
    def assessed(self) -> dict[Hashable, "Consent"]:
        """Consent as worked out before, by question and moment: entries of a child are asked about one by one."""
        return {}

    @cached_property
    def said_about(self) -> dict[tuple[str, str], list[tuple[Statement, ...]]]:
        """What each person said about each purpose: one tuple per consent reference, newest first."""
        said: dict[tuple[str, str], list[tuple[Statement, ...]]] = {}
        for (person, _), facts in _by(self.statements, lambda fact: (fact.person, fact.consent)).items():
            reference = _newest_first(facts)
            for purpose in {purpose for fact in facts if fact.scope for purpose in fact.scope.purposes}:
                said.setdefault((person, purpose), []).append(reference)
        return said

    @cached_property
    def recipients(self) -> frozenset[str]:
        """Every recipient that any scope ever named: who is not in it is a stranger to consent."""
        scopes = (*(fact.scope for fact in self.statements), *(fact.scope for fact in self.stand_ins))
        return frozenset(recipient for scope in scopes if scope for recipient in scope.recipients)

    @cached_property
    def informed_at(self) -> dict[str, datetime]:
        """Since when each person knows."""
        return {fact.person: fact.at for fact in reversed(_oldest_first(self.informed))}

    @cached_property
    def episode_of(self) -> dict[str, Episode]:
        return {episode.episode: episode for episode in self.episodes}

    @cached_property
    def seats_of(self) -> dict[Actor, tuple[Seat, ...]]:
        """The places on teams of each actor: the same person in another role or organisation is another actor."""
        known = [Seat(seat, self.episode_of[seat.episode]) for seat in self.team if seat.episode in self.episode_of]
        return {actor: tuple(seats) for actor, seats in _by(known, lambda seat: seat.membership.actor).items()}

    @cached_property
    def raised_by(self) -> dict[Actor, list[Signal]]:
        return _by(self.signals, lambda signal: signal.author)

    @cached_property
    def picked_up_by(self) -> dict[Actor | None, list[Signal]]:
        return _by(self.signals, lambda signal: signal.picked_up_by)


@dataclass(frozen=True, slots=True)
class Ask:
    """What consent is asked for. `programme` with `explained_first`: of the episode that is asked about, if any."""

    purpose: str
    category: str
    recipient: str
    programme: str | None = None
    explained_first: bool = False


@dataclass(frozen=True, slots=True)
class Consent:
    """Whether consent is complete for an Ask at an instant; who is required, silent (`missing`) or said no."""

    complete: bool
    reasons: tuple[str, ...]
    required: tuple[str, ...]
    missing: tuple[str, ...]
    refused_by: tuple[str, ...]
    entries: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """A look: who wants to see which category, why, as whom. `episode` and `signal`: of the entry looked at.

    `entry` and `talk_with`: a single entry, and the persons whom its talk was with, where one entry is asked about.
    """

    viewer: Actor
    purpose: str
    category: str
    recipient: str | None = None
    episode: str | None = None
    signal: str | None = None
    entry: int | None = None
    talk_with: tuple[str, ...] = ()
    about: str | None = None
    disclosure: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer: who or what permits or denies it, and the entries that it rests on."""

    decision: Literal["permit", "deny"]
    rule: str | None
    reasons: tuple[str, ...]
    required: tuple[str, ...]
    missing: tuple[str, ...]
    refused_by: tuple[str, ...]
    entries: tuple[int, ...]
    policy: str
    policy_sha256: str

    @property
    def permitted(self) -> bool:
        return self.decision == "permit"
