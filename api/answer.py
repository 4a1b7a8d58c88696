"""What somebody hears back of an action: recorded, unchanged, refused with a code, or invalid with a field."""

from dataclasses import dataclass
from typing import Any, Literal

from domain.refusal import Code, sentence


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one action. `trajectory`: the opaque id; `positions` and `entries`: where its fact stands."""

    status: Literal["recorded", "unchanged", "refused", "invalid"]
    code: str | None = None
    message: str | None = None
    trajectory: str | None = None
    positions: tuple[int, ...] = ()
    entries: tuple[int, ...] = ()
    suggestions: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The answer as a line of a report; what is empty is left out, but positions and entries."""
        told = {
            "status": self.status,
            "code": self.code,
            "message": self.message,
            "trajectory": self.trajectory,
            "suggestions": list(self.suggestions),
        }
        return {name: value for name, value in told.items() if value} | {
            "positions": list(self.positions),
            "entries": list(self.entries),
        }


def refused(code: Code, language: str, trajectory: str | None = None) -> Answer:
    return Answer("refused", code.value, sentence(code, language), trajectory)


def invalid(message: str) -> Answer:
    """Does not fit its model: the message names the field and the rule, never what was sent."""
    return Answer("invalid", "invalid", message)
