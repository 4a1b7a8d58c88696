"""Attempts: who tried what, and why it was refused. Repeating it word for word gets the same answer.

An attempt keeps the action's name and codes, never its ◆ text: what may not be recorded is not recorded here either.
"""

from typing import ClassVar

from domain.action import Deed
from domain.fact import Fact, SealedUnder
from domain.field import Receipt
from domain.refusal import Code, Refused


class ActionRefused(Fact):
    """Somebody tried something for a child, and it was refused. `stream`: the opaque id of the child.

    `occurred_at` is when it would have happened, as they said: it may be in a time to come.
    """

    TOPIC: ClassVar[str] = "attempt.refused.1"
    SEALED_UNDER: ClassVar[SealedUnder] = "subject"
    HAPPENED: ClassVar[bool] = False

    stream: str
    action: str
    code: Code
    receipt: Receipt


class UnknownRefused(ActionRefused):
    """Somebody tried something that is about no child, or about one that is not known here, or is erased."""

    TOPIC: ClassVar[str] = "attempt.unknown-refused.1"
    SEALED_UNDER: ClassVar[SealedUnder] = "store"


FACTS = (ActionRefused, UnknownRefused)


def refused(action: Deed, stream: str, refusal: Refused, receipt: Receipt, *, child_known: bool) -> ActionRefused:
    """The fact that an action was refused; `stream`: the opaque id of the child, or of the contact."""
    kind = ActionRefused if child_known else UnknownRefused
    return kind(
        occurred_at=action.at,
        by=action.by,
        stream=stream,
        action=action.action,
        code=refusal.code,
        receipt=receipt,
    )
