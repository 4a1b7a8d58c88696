"""Consent as it stands for each child: what it rests on, and when it lapses by itself (a birthday, an agreed end)."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from datetime import datetime
from operator import attrgetter
from typing import Any, NamedTuple

from pydantic import TypeAdapter

from consent_policy.consent import assess
from consent_policy.grounds import Ask, Grounds
from consent_policy.policy import Policy, in_force
from domain.trajectory.gate import care_ask
from domain.trajectory.history import History
from projections.readmodel import CODE, NUMBER, Given, OfChild, Row, instant

OF_CONSENT = ("trajectory", "birth_date", "regime", "authorities", "competences", "statements", "stand_ins")
"""The grounds that say whose consent is required and what they said; all others say who looks, and at what."""

_of_consent = attrgetter(*OF_CONSENT)

_GROUNDS: TypeAdapter[Grounds] = TypeAdapter(Grounds)


class Consents(NamedTuple):
    """What consent rests on.

    `helping`: programmes that help now, and whether each is explained first. `since`: when consent last may have become
    another one, by what was said or by itself; it stays so until the next such instant.
    """

    municipality: str
    grounds: tuple[Any, ...]
    helping: tuple[tuple[str, bool], ...]
    since: datetime | None


def consents(history: History, given: Given) -> Consents | None:
    child = history.latest
    if history.erased or not history.version:
        return None
    programmes = (each.programme for each in child.episodes.values() if each.closed is None)
    helping = tuple({each.id: each.explained_first for each in programmes}.items())
    since = _since(child.grounds, child.last_at, given.policies) if helping and child.last_at else None
    return Consents(child.grounds.municipality, _of_consent(child.grounds), helping, since)


def _since(grounds: Grounds, at: datetime, policies: Mapping[str, Policy]) -> datetime:
    """The last instant until `at` at which consent may have changed; `at` before any policy: when the first began."""
    changes = sorted(each.in_force_from for each in policies.values())
    at = max(at, changes[0])
    found = [each[bisect_right(each, at) - 1] for each in (grounds.moments, changes) if each and each[0] <= at]
    return max(found)


def rows(consents: Consents | None, given: Given) -> Iterator[Row]:
    if consents is None:
        return
    grounds = Grounds(**dict(zip(OF_CONSENT, consents.grounds, strict=True)))
    lapses = [each for each in _lapses(grounds, consents, given.policies) if each]
    yield Row(0, (consents.municipality, instant(min(lapses, default=None))), write(grounds))


def write(grounds: Grounds) -> bytes:
    return _GROUNDS.dump_json(grounds, by_alias=True, exclude_defaults=True)


def read(body: bytes) -> Grounds:
    return _GROUNDS.validate_json(body)


def _lapses(grounds: Grounds, consents: Consents, policies: Mapping[str, Policy]) -> Iterator[datetime | None]:
    """For each programme that helps now: when consent that is complete ends without anybody doing anything."""
    if consents.since is None:
        return
    for programme, explained_first in consents.helping:
        yield first_lapse(grounds, care_ask("session", programme, explained_first), consents.since, policies)


def lapses_at(grounds: Grounds, ask: Ask, since: datetime, policies: Mapping[str, Policy]) -> datetime | None:
    """The first instant after `since` at which consent that was complete is no longer, under the policy in force then.

    None: it does not end by itself, or is not complete.
    """
    return first_lapse(grounds, ask, since, policies) if _complete(grounds, ask, since, policies) else None


def first_lapse(grounds: Grounds, ask: Ask, since: datetime, policies: Mapping[str, Policy]) -> datetime | None:
    """As `lapses_at`, also of consent that becomes complete later by itself, such as from a date that was agreed."""
    stood = _complete(grounds, ask, since, policies)
    changes = {each.in_force_from for each in policies.values()}
    for coming in sorted(each for each in {*grounds.moments, *changes} if each > since):
        stands = _complete(grounds, ask, coming, policies)
        if stood and not stands:
            return coming
        stood = stands
    return None


def _complete(grounds: Grounds, ask: Ask, at: datetime, policies: Mapping[str, Policy]) -> bool:
    return assess(grounds, ask, at, in_force(policies, at), "care").complete


MODEL = OfChild(
    "consent_state",
    {"municipality": CODE, "lapses_at": NUMBER},
    (consents, rows),
    kept=True,
    indexes=(("municipality", "until_position", "lapses_at"),),
)
