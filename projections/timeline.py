"""What happened, entry by entry, in order of occurrence: as much of it as the viewer may see."""

from typing import Any

from consent_policy.grounds import Actor
from consent_policy.instant import local
from domain.fact import ChildFact
from domain.field import is_personal
from domain.trajectory.history import Entry, History
from domain.trajectory.screening import InterviewHeld
from domain.trajectory.state import Child
from domain.trajectory.support import SessionHeld
from projections.lens import Item
from projections.view import Content, Frame, View

ENVELOPE = frozenset({"occurred_at", "by", "receipt"})
"""Fields of a fact that say when and by whom, not what."""


def build(frame: Frame) -> Content:
    rows, fields = [], {}
    for entry in frame.history.entries:
        if entry.fact.occurred_at <= frame.as_of:
            items = items_of(frame.history, entry)
            if all(frame.lens.sees(item) for item in items):
                row = _row(entry, items[0].category, text=all(frame.lens.reads(item) for item in items))
                rows.append(row)
                fields[entry.entry] = tuple(row["fields"])
    return Content({"trajectory": frame.reference, "entries": rows}, fields)


def items_of(history: History, entry: Entry) -> tuple[Item, ...]:
    """What a viewer must be allowed to see to see this entry: all of these.

    What is said about another entry (a correction, a retraction, that it is withheld) is seen by who may see that entry
    both as it was first told and as it stands.
    """
    number, fact = _about(history, entry.entry, entry.fact)
    facts = (fact,) if number == entry.entry else (fact, history.standing.get(number, fact))
    return tuple(dict.fromkeys(_item(history, number, each) for each in facts))


def _item(history: History, number: int, fact: ChildFact) -> Item:
    return Item(
        fact.CATEGORY,
        _episode_of(history.latest, fact),
        getattr(fact, "signal", None) if fact.CATEGORY == "signal" else None,
        _override(history.latest, fact) or number,
        _talk_with(fact),
        getattr(fact, "guardian", None) or getattr(fact, "person", None),
    )


def _about(history: History, number: int, fact: ChildFact) -> tuple[int, ChildFact]:
    told = getattr(fact, "entry", None)
    return (number, fact) if told is None else _about(history, told, history.facts[told])


def _override(child: Child, fact: ChildFact) -> int | None:
    """Everything about an override is seen as the override is: secret until released."""
    return next((each.entry for each in child.grounds.overrides if each.safety == getattr(fact, "safety", None)), None)


def _episode_of(child: Child, fact: ChildFact) -> str | None:
    """The episode that an entry is in; what belongs to the child (signals, consent, attendance) is in none."""
    if fact.CATEGORY in ("signal", "consent", "attendance", "identity", "contact_details"):
        return None
    referral = child.referrals.get(getattr(fact, "referral", ""))
    return referral.episode if referral else getattr(fact, "episode", None)


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
    shown = {
        name
        for name, field in type(fact).model_fields.items()
        if name not in ENVELOPE and (text or not (is_personal(field) or name == "evidence"))
    }
    return fact.model_dump(mode="json", by_alias=True, include=shown, exclude_none=True)


TIMELINE = View("timeline", 1, build, Item("episode"))
