"""From what somebody sent to an action that fits its model, or a sentence that names the field and the rule.

Nothing of what was sent comes back in an error: it may be personal.
"""

import json
from collections.abc import Collection, Iterable
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from domain.action import Deed
from domain.contact import HoldContact
from domain.field import names_of
from domain.programme import Programmes
from domain.trajectory.subjects import ACTIONS

KINDS: dict[str, type[Deed]] = {**ACTIONS, "hold_contact": HoldContact}
"""The model of every action, by its name."""

_ADAPTERS = {name: TypeAdapter(kind) for name, kind in KINDS.items()}
NAMES = frozenset(name for kind in KINDS.values() for name in names_of(kind)) | {"recorded_at"}
"""Every name that some field has: these may be told, what somebody made up may not."""


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
    if not isinstance(name, str) or name not in _ADAPTERS:
        raise NotAnAction("action: Field required" if name is None else "action: unknown action")
    try:
        return _ADAPTERS[name].validate_json(json.dumps(sent), strict=True, by_alias=True, by_name=False)
    except ValidationError as error:
        reason = reasons(error)
    raise NotAnAction(reason)


def reasons(error: ValidationError) -> str:
    """What does not fit, field by field, without anything that was sent."""
    return fields_of(error.errors(include_url=False, include_input=False))


def fields_of(errors: Iterable[ErrorDetails], names: Collection[str] = NAMES) -> str:
    """As `reasons`, of the errors themselves. `names`: those that may be told."""
    return "; ".join(_told(each, names) for each in errors)


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
