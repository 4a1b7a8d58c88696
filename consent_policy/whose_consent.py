"""Whose consent is required at an instant, and who has standing (consent.md, "Whose consent is required").

The table itself is data of the policy; here a child is placed in it by regime, age, competence and authority.
"""

from bisect import bisect_right
from datetime import datetime
from typing import NamedTuple

from consent_policy.grounds import Authority, Competence, Grounds
from consent_policy.policy import Law, Place, Policy
from consent_policy.vocabulary import YOUTH


class Required(NamedTuple):
    """Who must consent: `persons`, the youth first.

    `nobody`: guardians (or a mentor) must, but nobody has authority. `exception`: a recorded exception may stand in for
    all guardians. `entries`: the facts of authority and competence that this rests on.
    """

    persons: tuple[str, ...]
    nobody: bool
    exception: bool
    entries: tuple[int, ...]


def age_band(grounds: Grounds, instant: datetime) -> int:
    """0: under 12 (also while the birth date is unknown), 1: 12 to 15, 2: 16 and 17, 3: 18 and over."""
    return bisect_right(grounds.age_bounds, instant)


def competence(grounds: Grounds, instant: datetime) -> Competence | None:
    """The assessment that stands; None: never assessed, so competent."""
    for fact in reversed(grounds.competences):
        if fact.at <= instant:
            return fact
    return None


def place(grounds: Grounds, instant: datetime, policy: Policy) -> Place:
    """The row of the table in which this child stands at this instant."""
    assessed = competence(grounds, instant)
    return policy.places[grounds.regime, age_band(grounds, instant), assessed is None or assessed.competent]


def authority(grounds: Grounds, guardian: str, instant: datetime) -> Authority | None:
    """What is recorded about this guardian's authority, as of the instant."""
    for fact in grounds.authority_of.get(guardian, ()):
        if fact.at <= instant:
            return fact
    return None


def is_mentor(grounds: Grounds, fact: Authority) -> bool:
    """Authority that was recorded from the 18th birthday on is that of a mentor (BW 1:450), not of a parent."""
    adult_from = grounds.birthdays.get(18)
    return fact.has_authority and adult_from is not None and fact.at >= adult_from


def required(grounds: Grounds, instant: datetime, law: Law, policy: Policy) -> Required:
    """Who must consent to care (Jeugdwet 7.3.4) or to disclosure (Jeugdwet 7.3.11) at this instant."""
    here = place(grounds, instant, policy)
    parties = here.care if law == "care" else here.disclosure
    assessed = competence(grounds, instant)
    entries: tuple[int, ...] = (assessed.entry,) if assessed else ()
    youth = (YOUTH,) if "youth" in parties else ()
    if len(parties) == len(youth):
        return Required(youth, nobody=False, exception=False, entries=entries)
    recorded = [fact for person in grounds.authority_of if (fact := authority(grounds, person, instant))]
    holders = [fact.person for fact in recorded if fact.has_authority]
    if "mentor" in parties:
        holders = [fact.person for fact in recorded if is_mentor(grounds, fact)]
    entries += tuple([fact.entry for fact in recorded])
    return Required((*youth, *holders), not holders, here.exception, entries)


def youth_has_come_of_age(grounds: Grounds, instant: datetime, policy: Policy) -> bool:
    """Whether the youth is old enough to read and to speak: from 12, in education from 16."""
    age = policy.youth_from_age[grounds.regime]
    return bool(grounds.birthdays) and instant >= grounds.birthdays[age]


def has_standing(grounds: Grounds, person: str, instant: datetime, policy: Policy) -> bool:
    """Whether this person may permit or refuse at this instant: who must, and the youth of age while competent."""
    if person == YOUTH and youth_has_come_of_age(grounds, instant, policy):
        assessed = competence(grounds, instant)
        if assessed is None or assessed.competent:
            return True
    return any(person in required(grounds, instant, law, policy).persons for law in ("care", "disclosure"))


def own_access(grounds: Grounds, guardian: str, instant: datetime, policy: Policy) -> Authority | None:
    """The authority by which this guardian may see the file (column "guardians' own access"); None: they may not."""
    access = place(grounds, instant, policy).guardians_own_access
    held = authority(grounds, guardian, instant)
    if held is None or not held.has_authority or access == "no":
        return None
    return held if access != "mentor" or is_mentor(grounds, held) else None
