"""Entries that were wrong: corrected or retracted by a new fact, never changed (AVG 16)."""

import json
from typing import Annotated, ClassVar, Literal, assert_never

from pydantic import Field, JsonValue, ValidationError

from consent_policy.grounds import Actor
from consent_policy.policy import Policy
from consent_policy.vocabulary import Category
from domain.action import Action, Who
from domain.actor import FAMILY
from domain.fact import ChildFact
from domain.field import PERSONAL, EntryNumber, Fixed, Introduces, Part, Refers, Text, names_of, own_marks
from domain.refusal import Code, Refusals, Refused
from domain.trajectory.child import TrajectoryOpened
from domain.trajectory.episode import LeadTransferred, ProfessionalAssigned, ProfessionalReleased
from domain.trajectory.family import AccountUnlinked
from domain.trajectory.guardian import GuardianRestricted, RestrictionLifted
from domain.trajectory.request import LegalHoldLifted, LegalHoldPlaced, RequestDecided
from domain.trajectory.safety import SafetyInvoked, SafetyReleased, SafetyReviewed
from domain.trajectory.state import Child
from domain.trajectory.who import author, team_of_entry


class CorrectionBody(Part):
    entry: EntryNumber
    changes: Annotated[dict[str, JsonValue], Field(min_length=1), PERSONAL]


class EntryCorrected(ChildFact, CorrectionBody):
    """It was said what an entry should have said."""

    TOPIC: ClassVar[str] = "trajectory.entry-corrected.1"
    CATEGORY: ClassVar[Category] = "episode"


class CorrectEntry(Action, CorrectionBody):
    """Says what an entry should have said; what it said stays in the log."""

    FACT: ClassVar[type[ChildFact]] = EntryCorrected
    WHO: ClassVar[tuple[Who, ...]] = (team_of_entry, author)

    action: Literal["correct_entry"] = "correct_entry"


class RetractionBody(Part):
    entry: EntryNumber
    reason: Text


class EntryRetracted(ChildFact, RetractionBody):
    """It was said that an entry should not have been made."""

    TOPIC: ClassVar[str] = "trajectory.entry-retracted.1"
    CATEGORY: ClassVar[Category] = "episode"


class RetractEntry(Action, RetractionBody):
    """Says that an entry should not have been made; it stays in the log."""

    FACT: ClassVar[type[ChildFact]] = EntryRetracted
    WHO: ClassVar[tuple[Who, ...]] = (team_of_entry, author)

    action: Literal["retract_entry"] = "retract_entry"


ACTIONS = (
    CorrectEntry,
    RetractEntry,
)
FACTS = (
    EntryCorrected,
    EntryRetracted,
)

_DECIDED = (
    SafetyInvoked,
    SafetyReviewed,
    SafetyReleased,
    ProfessionalAssigned,
    ProfessionalReleased,
    LeadTransferred,
    RequestDecided,
    LegalHoldPlaced,
    LegalHoldLifted,
    AccountUnlinked,
)
"""What opens, ends or decides something for others: it is done anew, or undone by its own action, never rewritten."""

NOT_RETRACTED = frozenset(each.TOPIC for each in (TrajectoryOpened, GuardianRestricted, *_DECIDED))
"""An opening is corrected, a restriction lifted, somebody who should not be on the team released."""

NOT_CORRECTED = frozenset(each.TOPIC for each in (*FACTS, GuardianRestricted, RestrictionLifted, *_DECIDED))
"""What corrects is not corrected: correct the entry again. A restriction is lifted and made again, with evidence."""

NOT_CHANGED = frozenset({"by", "receipt", "programme", "programme_version"})
"""Who said it, which action it answers, and what an episode or a signal runs under, are what they are."""


class CannotChange(ValueError):
    """Changes that do not fit the entry; the sentence names the field and the rule."""


def rule(child: Child, action: CorrectEntry | RetractEntry, policy: Policy) -> Refusals:
    """What a guardian or youth said themselves, only they correct or retract.

    Who may includes the author, so family members pass it for their own entries.
    """
    told = child.entry(action.entry)
    own_words = told is not None and told.by.role in FAMILY and _person(told.by) != _person(action.by)
    theirs = Refused(Code.ROLE_NOT_PERMITTED) if own_words else None
    match action:
        case CorrectEntry():
            kept = told is not None and told.topic in NOT_CORRECTED
            return (theirs, Refused(Code.NOT_APPLICABLE) if kept else None)
        case RetractEntry():
            kept = told is not None and told.topic in NOT_RETRACTED
            return (
                theirs,
                Refused(Code.NOT_APPLICABLE) if kept else None,
                Refused(Code.ALREADY_DONE) if told is not None and told.void else None,
            )
        case _:
            assert_never(action)


def _person(actor: Actor) -> tuple[str, str]:
    return actor.id, actor.role


def corrected(fact: ChildFact, changes: dict[str, JsonValue]) -> ChildFact:
    """The fact as it should have been. CannotChange where a change does not fit it, or is to a reference."""
    said = fact.model_dump(mode="json", by_alias=True, exclude_none=True)
    names = {field.alias or name: name for name, field in type(fact).model_fields.items()} | {"at": "occurred_at"}
    for name in changes:
        if name not in names:
            raise CannotChange("changes: unknown field")
        if names[name] in NOT_CHANGED or _is_reference(type(fact), names[name]):
            raise CannotChange(f"changes.{name}: a reference cannot change")
    wanted = {("occurred_at" if name == "at" else name): value for name, value in changes.items()}
    changed = {name: _merged(said.get(name), value) for name, value in wanted.items()}
    try:
        return type(fact).model_validate_json(_json(said | changed))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        known = names_of(type(fact))
        reason = f"changes.{'.'.join(str(part) for part in first['loc'] if part in known)}: {first['msg']}"
    raise CannotChange(reason)


def _merged(before: JsonValue, wanted: JsonValue) -> JsonValue:
    """Of something with parts, such as who the child is, only the parts that are told change."""
    return before | wanted if isinstance(before, dict) and isinstance(wanted, dict) else wanted


def _is_reference(fact: type[ChildFact], name: str) -> bool:
    """Names given and single things pointed at; lists of persons are what somebody ticked, and may be wrong."""
    return any(isinstance(mark, Refers | Introduces | Fixed) for mark in own_marks(fact.model_fields[name]))


def _json(value: dict[str, object]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def evolve(child: Child, entry: int, fact: EntryCorrected | EntryRetracted) -> Child:
    """What they change is changed before the fold (history.py); by themselves they change nothing."""
    return child
