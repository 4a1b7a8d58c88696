"""The kinds of values that actions and facts are made of."""

from collections.abc import Hashable
from dataclasses import dataclass, is_dataclass
from dataclasses import fields as fields_of
from datetime import date
from functools import cache
from typing import Annotated, Any, Literal, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic.fields import FieldInfo
from stdnum.exceptions import ValidationError as NumberError
from stdnum.nl import brin as brin_number
from stdnum.nl import bsn as bsn_number

from consent_policy.instant import FIRST, LAST


class Personal:
    """Marks ◆: personal text. It stands in no read model, attempt, log or refusal in clear (domain.md, Actions)."""


PERSONAL = Personal()

MAX_TEXT = 20_000
"""Characters in one text: about eight pages; longer belongs in a document, not in the log."""


@dataclass(frozen=True)
class Refers:
    """Marks a field that points at something of the child that must be known already."""

    kind: str


@dataclass(frozen=True)
class Introduces:
    """Marks a field that gives something of the child its name, once."""

    kind: str


class Fixed:
    """Marks what a correction cannot change, beside references (domain.md, correct_entry)."""


FIXED = Fixed()


class Unshown:
    """Marks what no view shows, since it came after the view: what was shown before must replay to the byte."""


UNSHOWN = Unshown()

Text = Annotated[str, StringConstraints(max_length=MAX_TEXT), PERSONAL]
Ref = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^\S(.*\S)?$")]
PersonRef = Annotated[Ref, Refers("person")]
"""A guardian's reference, or `youth`."""

EntryNumber = Annotated[int, Field(gt=0), FIXED]
"""The number of an entry: its version in the child's stream, from 1."""

Municipality = Annotated[str, StringConstraints(pattern=r"^GM\d{4}$")]
Organisation = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Minutes = Annotated[int, Field(gt=0, le=1440)]

MIN_REASON = 20
"""Characters that a reason for something out of the ordinary has at the least (domain.md)."""


def _brin(value: str) -> str:
    try:
        return brin_number.validate(value)
    except NumberError as error:
        raise ValueError("not a BRIN: two digits and two letters") from error


def _bsn(value: str) -> str:
    try:
        return bsn_number.validate(value)
    except NumberError as error:
        raise ValueError("not a BSN: the check fails") from error


Brin = Annotated[str, AfterValidator(_brin)]
Bsn = Annotated[str, AfterValidator(_bsn)]


class Part(BaseModel):
    """A value inside an action or a fact."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class ChildIdentity(Part):
    """Who the child is. The BSN is checked by its elevens test (Wabb art. 1)."""

    given_name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    family_name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    birth_date: Annotated[date, Field(ge=FIRST.date(), lt=LAST.date())]
    bsn: Bsn | None = None


class Evidence(Part):
    """What a statement of somebody else rests on."""

    kind: Literal["form", "conversation", "letter", "portal", "court_decision"]
    reference: Text | None = None


@dataclass(frozen=True)
class Receipt:
    """Which action a fact answers: its id, and the keyed digest of its whole content, to tell a repeat from a clash."""

    action_id: str
    content: str


def value_of(model: BaseModel, name: str) -> Any:
    """A field that only some models have; None: this one has not, which `getattr` of pydantic takes 5 µs to say."""
    return model.__dict__.get(name)


def own_marks(field: FieldInfo) -> tuple[Any, ...]:
    """What a field itself is marked with, not the items of its list; `X | None` counts as X."""
    parts = getattr(field.annotation, "__args__", ()) if type(None) in getattr(field.annotation, "__args__", ()) else ()
    return (*field.metadata, *(mark for part in parts for mark in getattr(part, "__metadata__", ())))


def is_personal(field: FieldInfo) -> bool:
    """Whether the field carries ◆ text itself, or anywhere in what it is made of."""
    return PERSONAL in marks(field)


def marks(field: FieldInfo) -> tuple[Any, ...]:
    """Everything that a field, or the items of its list, is marked with."""
    return (*field.metadata, *_marks_of(cast(Hashable, field.annotation)))


@cache
def _marks_of(annotation: Hashable) -> tuple[Any, ...]:
    own = getattr(annotation, "__metadata__", ())
    return (*own, *(mark for part in getattr(annotation, "__args__", ()) for mark in _marks_of(part)))


@cache
def names_of(kind: Hashable) -> frozenset[str]:
    """Every name of a field of a model or dataclass, as it is written in JSON, and of the models inside it."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        fields = kind.model_fields
        own = {field.alias or name for name, field in fields.items()}
        return frozenset(own.union(*(names_of(cast(Hashable, field.annotation)) for field in fields.values())))
    if isinstance(kind, type) and is_dataclass(kind):
        return frozenset({each.name for each in fields_of(kind)} | {"from"})
    return frozenset().union(*(names_of(part) for part in getattr(kind, "__args__", ())))
