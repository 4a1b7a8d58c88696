"""From what somebody sent to an action that fits its model, or a sentence that names the field and the rule.

Nothing of what was sent comes back in an error: it may be personal.
"""

import json
import re
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from consent_policy.instant import Instant
from domain.action import Deed
from domain.contact import HoldContact
from domain.field import names_of
from domain.programme import Programmes
from domain.trajectory.subjects import ACTIONS

KINDS: dict[str, type[Deed]] = {**ACTIONS, "hold_contact": HoldContact}
"""The model of every action, by its name."""

_INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)
_ADAPTERS = {name: TypeAdapter(kind) for name, kind in KINDS.items()}
NAMES = frozenset(name for kind in KINDS.values() for name in names_of(kind)) | {"recorded_at"}
"""Every name that some field has: these may be told, what somebody made up may not."""


MOST_FIELDS = 100
"""Of one action: three times as many as any has."""

MOST_VALUES = 1_000
"""In one field, lists in it included: far above anything that people tell (assumed)."""

MOST_TOLD = 20
"""Of what does not fit: who sends more mends these first."""

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)", re.ASCII)


class NotAnAction(ValueError):
    """What was sent does not fit any action; the sentence names the field and the rule."""


def parse(sent: object, programmes: Programmes) -> Deed:
    """The action that was sent. NotAnAction where it does not fit: a number in quotes is no number."""
    action = _fitting(sent)
    unknown = _unknown_programme(action, programmes)
    if unknown:
        raise NotAnAction(unknown)
    return action


def _fitting(sent: object) -> Deed:
    name = sent.get("action") if isinstance(sent, dict) else None
    if not isinstance(sent, dict) or not isinstance(name, str) or name not in _ADAPTERS:
        raise NotAnAction("action: Field required" if name is None else "action: unknown action")
    if len(sent) > MOST_FIELDS:
        raise NotAnAction(f"action: at most {MOST_FIELDS} fields")
    for field, value in sent.items():
        if _has_more(value, MOST_VALUES):
            raise NotAnAction(f"{_name(field, NAMES)}: at most {MOST_VALUES} values")
    for field in numbers_in_quotes(sent):
        if field in instants():
            raise NotAnAction(f"{field}: an instant with its offset, such as 2026-03-01T10:00:00+01:00")
    try:
        return _ADAPTERS[name].validate_json(json.dumps(sent), strict=True, by_alias=True, by_name=False)
    except ValidationError as error:
        reason = reasons(error)
    raise NotAnAction(reason)


def _has_more(value: object, most: int) -> bool:
    """Whether there are more values in this one than that, at whatever depth."""
    left, count = [value], 0
    while left and count <= most:
        part = left.pop()
        inside = list(part.values()) if isinstance(part, dict) else part if isinstance(part, list) else []
        count += len(inside)
        left += [each for each in inside if isinstance(each, dict | list)]
    return count > most


def numbers_in_quotes(sent: object) -> Iterator[str]:
    """The fields that hold one. For an instant it would be taken as seconds since 1970 (docs/decisions/0014)."""
    left = [sent]
    while left:
        part = left.pop()
        if isinstance(part, dict):
            yield from (name for name, value in part.items() if isinstance(value, str) and NUMBER.fullmatch(value))
            left += [each for each in part.values() if isinstance(each, dict | list)]
        elif isinstance(part, list):
            left += [each for each in part if isinstance(each, dict | list)]


def instant_of(said: object) -> datetime:
    """An instant as it was written. Raises ValueError: none, or digits, which would be taken for seconds since 1970."""
    if isinstance(said, str) and NUMBER.fullmatch(said):
        raise ValueError("a number")
    return _INSTANT.validate_python(said)


@cache
def instants() -> frozenset[str]:
    """What fields are called that hold instants."""
    schemas = [adapter.json_schema() for adapter in _ADAPTERS.values()]
    models = [model for schema in schemas for model in (schema, *schema.get("$defs", {}).values())]
    fields = [field for model in models for field in model.get("properties", {}).items()]
    return frozenset(name for name, field in fields if '"date-time"' in json.dumps(field))


def reasons(error: ValidationError) -> str:
    """What does not fit, field by field, without anything that was sent."""
    return fields_of(error.errors(include_url=False, include_input=False))


def fields_of(errors: Iterable[ErrorDetails], names: Collection[str] = NAMES) -> str:
    """As `reasons`, of the errors themselves. `names`: those that may be told."""
    return "; ".join(_told(each, names) for each in islice(errors, MOST_TOLD))


def _told(error: ErrorDetails, names: Collection[str]) -> str:
    where = ".".join(_name(part, names) for part in error["loc"])
    if error["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        return f"{where}: unknown field"
    return f"{where}: {error['msg']}" if where else error["msg"]


def _name(part: int | str, names: Collection[str]) -> str:
    """A place in a list, or a name that some field has; a name that somebody made up may be personal."""
    return str(part) if isinstance(part, int) or part in names else "?"


def _unknown_programme(action: Deed, programmes: Programmes) -> str | None:
    named: list[tuple[str, Any]] = [
        ("programme", getattr(action, "programme", None)),
        ("scope.programme", getattr(getattr(action, "scope", None), "programme", None)),
    ]
    return next((f"{field}: unknown programme" for field, name in named if name and not programmes.get(name)), None)
