"""What happened, entry by entry, in order of occurrence: as much of it as the viewer may see."""

from dataclasses import replace
from functools import cache
from typing import Any

from consent_policy.grounds import Actor
from consent_policy.instant import local
from domain.fact import ChildFact
from domain.field import UNSHOWN, is_personal, value_of
from domain.trajectory.history import Entry, History
from domain.trajectory.oversight import RevealApproved, RevealRequested
from domain.trajectory.screening import InterviewHeld
from domain.trajectory.state import Child, Referral
from domain.trajectory.support import SessionHeld
from projections.lens import Item
from projections.view import Content, Frame, View

ENVELOPE = frozenset({"occurred_at", "by", "receipt"})
"""Fields of a fact that say when and by whom, not what."""


def build(frame: Frame) -> Content:
    rows, fields = [], {}
    for entry in frame.history.entries:
        if entry.fact.occurred_at <= frame.as_of:
            items = items_of(frame, entry)
            if frame.lens.sees_all(items):
                row = _row(entry, items[0].category, text=frame.lens.reads_all(items))
                rows.append(row)
                fields[entry.entry] = tuple(row["fields"])
    return Content({"trajectory": frame.reference, "entries": rows}, fields)


def items_of(frame: Frame, entry: Entry) -> tuple[Item, ...]:
    """What a viewer must be allowed to see to see this entry: all of these.

    What was known then is seen by who may see it as it stands now, too. What is said about another entry (a correction,
    a retraction, that it is withheld) is seen by who may see that entry, as it was told and as it stands. An entry that
    a withheld correction changed is not seen either.
    """
    now = frame.now
    if now.standing.get(entry.entry) is not entry.fact:
        return _items(now, entry)
    known: tuple[Item, ...] | None = now.remembered.get((items_of, entry.entry))
    if known is None:
        known = now.remembered[items_of, entry.entry] = _items(now, entry)
    return known


def _items(now: History, entry: Entry) -> tuple[Item, ...]:
    number, told = _about(now, entry.entry, entry.fact)
    then = told if number != entry.entry else entry.fact
    stands = now.standing.get(number, told)
    others = {entry.entry, *now.corrections.get(number, ())} - {number}
    items = [_item(now, number, form) for form in ((then,) if then is stands else (then, stands))]
    items += [replace(items[-1], entry=other) for other in sorted(others)]
    return tuple(dict.fromkeys(items))


def _item(history: History, number: int, fact: ChildFact) -> Item:
    child = history.latest
    return Item(
        fact.CATEGORY,
        _episode_of(child, fact),
        value_of(fact, "signal") if fact.CATEGORY == "signal" else None,
        _override(child, value_of(fact, "safety"), value_of(fact, "referral")) or _revealed(child, fact) or number,
        _talk_with(fact),
        value_of(fact, "guardian") or value_of(fact, "person"),
    )


def _about(history: History, number: int, fact: ChildFact) -> tuple[int, ChildFact]:
    told = value_of(fact, "entry")
    return (number, fact) if told is None else _about(history, told, history.facts[told])


def override_of(child: Child, referral: Referral) -> int | None:
    """The entry of the override that a referral rests on."""
    return _override(child, referral.safety, referral.referral)


def _override(child: Child, safety: str | None, referral: str | None) -> int | None:
    """All that is about an override, and a referral that rests on one, is seen as it is: secret until released."""
    sent = child.referrals.get(referral) if referral else None
    safety = safety or (sent.safety if sent else None)
    return next((each.entry for each in child.grounds.overrides if each.safety == safety), None) if safety else None


def _revealed(child: Child, fact: ChildFact) -> int | None:
    """Which look an auditor asks to see again is not known here: while an override is secret, it may be of that."""
    if not isinstance(fact, RevealRequested | RevealApproved):
        return None
    return next((each.entry for each in child.grounds.overrides if each.released_at is None), None)


def _episode_of(child: Child, fact: ChildFact) -> str | None:
    """The episode that an entry is in; what belongs to the child (signals, consent, attendance) is in none."""
    if fact.CATEGORY in ("signal", "consent", "attendance", "identity", "contact_details"):
        return None
    referral = child.referrals.get(value_of(fact, "referral") or "")
    episode: str | None = referral.episode if referral else value_of(fact, "episode")
    return episode


def _talk_with(fact: ChildFact) -> tuple[str, ...]:
    match fact:
        case InterviewHeld():
            return (fact.with_,)
        case SessionHeld():
            return fact.with_
        case _:
            return ()


def _row(entry: Entry, category: str, *, text: bool) -> dict[str, Any]:
    fact = entry.fact
    return {
        "entry": entry.entry,
        "at": local(fact.occurred_at),
        "recorded_at": local(entry.recorded_at),
        "by": _actor(fact.by),
        "what": name_of(fact),
        "category": category,
        "fields": _fields(fact, text=text),
    }


def name_of(fact: ChildFact) -> str:
    """What happened, in a word: `session-held`."""
    return fact.TOPIC.split(".")[1]


def _actor(actor: Actor) -> dict[str, str]:
    return {"id": actor.id, "role": actor.role, "organisation": actor.organisation}


def _fields(fact: ChildFact, *, text: bool) -> dict[str, Any]:
    return fact.model_dump(mode="json", by_alias=True, include=_shown(type(fact), text), exclude_none=True)


@cache
def _shown(kind: type[ChildFact], text: bool) -> set[str]:
    """Names of the fields that may be shown: without text, what is not personal."""
    return {
        name
        for name, field in kind.model_fields.items()
        if name not in ENVELOPE and UNSHOWN not in field.metadata
        if text or not (is_personal(field) or name == "evidence")
    }


TIMELINE = View("timeline", 1, build, Item("episode"))
