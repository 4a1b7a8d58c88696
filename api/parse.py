"""From what somebody sent to an action that fits its model, or a sentence that names the field and the rule.

Nothing of what was sent comes back in an error: it may be personal.
"""

import re
from typing import Annotated, Any, Union

from pydantic import Field, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from domain.action import Action
from domain.programme import Programmes
from domain.trajectory.subjects import ACTIONS

_ADAPTER: TypeAdapter[Action] = TypeAdapter(
    Annotated[Union[tuple(ACTIONS.values())], Field(discriminator="action")]  # type: ignore[valid-type]  # noqa: UP007
)
_PLAIN_NAME = re.compile(r"^[a-z][a-z0-9_]{0,39}$")


class NotAnAction(ValueError):
    """What was sent does not fit any action; the sentence names the field and the rule."""


def parse(sent: object, programmes: Programmes) -> Action:
    """The action that was sent. NotAnAction where it does not fit."""
    try:
        action = _ADAPTER.validate_python(sent)
    except ValidationError as error:
        reason = "; ".join(_told(each) for each in error.errors(include_url=False, include_input=False))
    else:
        reason = _unknown_programme(action, programmes)
    if reason:
        raise NotAnAction(reason)
    return action


def _told(error: ErrorDetails) -> str:
    if error["type"] in ("union_tag_invalid", "union_tag_not_found"):
        return "action: unknown action" if error["type"] == "union_tag_invalid" else "action: Field required"
    if error["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        return f"{_field(error)}: unknown field"
    where = _field(error)
    return f"{where}: {error['msg']}" if where else error["msg"]


def _field(error: ErrorDetails) -> str:
    """The path of the field; a name that somebody made up is told only if it looks like a name of a field."""
    path = [str(part) for part in error["loc"] if part not in ACTIONS]
    return ".".join(part if part.isdecimal() or _PLAIN_NAME.match(part) else "?" for part in path)


def _unknown_programme(action: Action, programmes: Programmes) -> str | None:
    named: list[tuple[str, Any]] = [
        ("programme", getattr(action, "programme", None)),
        ("scope.programme", getattr(getattr(action, "scope", None), "programme", None)),
    ]
    return next((f"{field}: unknown programme" for field, name in named if name and not programmes.get(name)), None)
