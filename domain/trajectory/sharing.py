"""What is told to others outside the team, and what is kept from guardians."""

from typing import Annotated, ClassVar, Literal, assert_never

from pydantic import Field

import consent_policy.grounds as policy_grounds
from consent_policy.consent import called
from consent_policy.policy import Policy
from consent_policy.vocabulary import Category, Purpose, Role
from domain.action import Action, Who
from domain.fact import ChildFact
from domain.field import FIXED, EntryNumber, Organisation, Part, Ref, Text
from domain.programme import Programme
from domain.refusal import Refusals, Refused
from domain.trajectory.gate import disclosure_refusal
from domain.trajectory.guardian import Guardian
from domain.trajectory.state import Child
from domain.trajectory.who import author, invoker, team, team_of_entry

VEILIG_THUIS = "veilig-thuis"
"""The organisation that takes reports of abuse (Wmo 2015 4.1.1)."""


class Recipient(Part):
    """To whom something is shared: an organisation, or one person in it."""

    organisation: Organisation
    role: Role | None = None
    person: Ref | None = None


class ShareBody(Part):
    to: Annotated[Recipient, FIXED]
    categories: Annotated[tuple[Category, ...], Field(min_length=1), FIXED]
    purpose: Annotated[Purpose, FIXED]
    reason: Text


class Shared(ChildFact, ShareBody):
    """Somebody outside the team was told something of the child."""

    TOPIC: ClassVar[str] = "trajectory.shared.1"
    CATEGORY: ClassVar[Category] = "referral"


class Share(Action, ShareBody):
    """Tells somebody outside the team something of the child, where the policy permits it."""

    FACT: ClassVar[type[ChildFact]] = Shared
    WHO: ClassVar[tuple[Who, ...]] = (team, invoker)

    action: Literal["share"] = "share"


class WithholdingBody(Part):
    entry: EntryNumber
    from_: Annotated[tuple[Guardian, ...], Field(alias="from", min_length=1)]
    reason: Text


class EntryWithheld(ChildFact, WithholdingBody):
    """An entry was kept from guardians."""

    TOPIC: ClassVar[str] = "trajectory.entry-withheld.1"
    CATEGORY: ClassVar[Category] = "consent"


class WithholdEntry(Action, WithholdingBody):
    """Keeps an entry from guardians, for the care of a good professional (Jeugdwet 7.3.11)."""

    FACT: ClassVar[type[ChildFact]] = EntryWithheld
    WHO: ClassVar[tuple[Who, ...]] = (team_of_entry, author)

    action: Literal["withhold_entry"] = "withhold_entry"


ACTIONS = (
    Share,
    WithholdEntry,
)
FACTS = (
    Shared,
    EntryWithheld,
)


def rule(child: Child, action: Share | WithholdEntry, policy: Policy) -> Refusals:
    match action:
        case Share():
            return tuple(_not_to_be_told(child, action, category, policy) for category in action.categories)
        case WithholdEntry():
            return ()
        case _:
            assert_never(action)


def _not_to_be_told(child: Child, action: Share, category: str, policy: Policy) -> Refused | None:
    """Consent names the recipient, or the person who invoked it reports to Veilig Thuis while the override runs."""
    if _reports_to_veilig_thuis(child, action):
        return None
    person = [f"person:{action.to.person}"] if action.to.person else []
    names = called(f"org:{action.to.organisation}", *person)
    open_now = [each.programme for each in child.episodes.values() if each.open_at(action.at)]
    episodes: list[Programme] | list[None] = open_now or [None]
    refusals = [
        disclosure_refusal(
            child, policy, action.purpose, category, f"org:{action.to.organisation}", action.at, programme, names
        )
        for programme in episodes
    ]
    return None if None in refusals else refusals[0]


def _reports_to_veilig_thuis(child: Child, action: Share) -> bool:
    return action.to.organisation == VEILIG_THUIS and any(
        each.basis == "veilig_thuis" and each.invoker == action.by and each.since <= action.at < each.until
        for each in child.grounds.overrides
    )


def evolve(child: Child, entry: int, fact: Shared | EntryWithheld) -> Child:
    match fact:
        case Shared():
            share = policy_grounds.Share(entry, fact.occurred_at, fact.by, fact.to.organisation, fact.categories)
            return child.with_grounds(shares=(*child.grounds.shares, share))
        case EntryWithheld():
            kept = policy_grounds.Withheld(entry, fact.entry, fact.occurred_at, fact.from_)
            return child.with_grounds(withheld=(*child.grounds.withheld, kept))
        case _:
            assert_never(fact)
