"""Consent as it stands for each child: what it rests on, and when it lapses by itself (a birthday, an agreed end)."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import datetime

from pydantic import TypeAdapter

from consent_policy.consent import assess
from consent_policy.grounds import Ask, Grounds
from consent_policy.policy import Policy, in_force
from domain.trajectory.gate import care_ask
from domain.trajectory.history import History
from domain.trajectory.state import Child
from projections.readmodel import CODE, NUMBER, Given, OfChild, Row, instant

OF_CONSENT = frozenset({"trajectory", "birth_date", "regime", "authorities", "competences", "statements", "stand_ins"})
"""The grounds that say whose consent is required and what they said; all others say who looks, and at what."""

_GROUNDS: TypeAdapter[Grounds] = TypeAdapter(Grounds)


def rows(history: History, given: Given) -> Iterator[Row]:
    child = history.latest
    if history.erased or not history.version:
        return
    lapses = [each for each in _lapses(child, given.policies) if each]
    values = (child.grounds.municipality, instant(min(lapses, default=None)))
    yield Row(0, values, write(of_consent(child.grounds)))


def write(grounds: Grounds) -> bytes:
    return _GROUNDS.dump_json(grounds, by_alias=True, exclude_defaults=True)


def read(body: bytes) -> Grounds:
    return _GROUNDS.validate_json(body)


def of_consent(grounds: Grounds) -> Grounds:
    """Only what consent is worked out from."""
    kept = {each.name: getattr(grounds, each.name) for each in fields(Grounds) if each.name in OF_CONSENT}
    return Grounds(**kept)


def _lapses(child: Child, policies: Mapping[str, Policy]) -> Iterator[datetime | None]:
    """For each programme that helps now: when consent that is complete ends without anybody doing anything."""
    if child.last_at is None:
        return
    since = max(child.last_at, min(each.in_force_from for each in policies.values()))
    programmes = {each.programme.id: each.programme for each in child.episodes.values() if each.closed is None}
    for programme in programmes.values():
        ask = care_ask("session", programme.id, programme.explained_first)
        yield lapses_at(child.grounds, ask, since, policies)


def lapses_at(grounds: Grounds, ask: Ask, since: datetime, policies: Mapping[str, Policy]) -> datetime | None:
    """The first instant after `since` at which consent that was complete is no longer, under the policy in force then.

    None: it does not end by itself, or is not complete.
    """
    if not _complete(grounds, ask, since, policies):
        return None
    changes = {each.in_force_from for each in policies.values()}
    coming = sorted(each for each in {*grounds.moments, *changes} if each > since)
    return next((each for each in coming if not _complete(grounds, ask, each, policies)), None)


def _complete(grounds: Grounds, ask: Ask, at: datetime, policies: Mapping[str, Policy]) -> bool:
    return assess(grounds, ask, at, in_force(policies, at), "care").complete


MODEL = OfChild(
    "consent_state",
    {"municipality": CODE, "lapses_at": NUMBER},
    rows,
    kept=True,
    indexes=(("municipality", "until_position", "lapses_at"),),
)
