"""From what somebody sent to an action that fits its model, or a sentence that names the field and the rule.

Nothing of what was sent comes back in an error: it may be personal.
"""

import re
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from domain.action import Deed
from domain.contact import HoldContact
from domain.programme import Programmes
from domain.trajectory.subjects import ACTIONS

_KINDS: dict[str, type[Deed]] = {**ACTIONS, "hold_contact": HoldContact}
_ADAPTERS = {name: TypeAdapter(kind) for name, kind in _KINDS.items()}
_PLAIN_NAME = re.compile(r"^[a-z][a-z0-9_]{0,39}$")


class NotAnAction(ValueError):
    """What was sent does not fit any action; the sentence names the field and the rule."""


def parse(sent: object, programmes: Programmes) -> Deed:
    """The action that was sent. NotAnAction where it does not fit."""
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
        return _ADAPTERS[name].validate_python(sent)
    except ValidationError as error:
        reason = "; ".join(_told(each) for each in error.errors(include_url=False, include_input=False))
    raise NotAnAction(reason)


def _told(error: ErrorDetails) -> str:
    if error["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        return f"{_field(error)}: unknown field"
    where = _field(error)
    return f"{where}: {error['msg']}" if where else error["msg"]


def _field(error: ErrorDetails) -> str:
    """The path of the field; a name that somebody made up is told only if it looks like a name of a field."""
    path = [str(part) for part in error["loc"]]
    return ".".join(part if part.isdecimal() or _PLAIN_NAME.match(part) else "?" for part in path)


def _unknown_programme(action: Deed, programmes: Programmes) -> str | None:
    named: list[tuple[str, Any]] = [
        ("programme", getattr(action, "programme", None)),
        ("scope.programme", getattr(getattr(action, "scope", None), "programme", None)),
    ]
    return next((f"{field}: unknown programme" for field, name in named if name and not programmes.get(name)), None)
