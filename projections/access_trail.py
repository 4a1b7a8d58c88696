"""Who was shown what about which child: an index into the looks in the log. It outlives the dossier."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from domain.disclosure import LOOKS, Disclosed, DisclosureRefused, Look, Shown, Withheld
from domain.envelope import Recorded
from projections.readmodel import BYTES, NUMBER, YES_OR_NO, Blind, FactRow, Given, OfFact, instant


def rows(recorded: Recorded, given: Given) -> Iterator[FactRow]:
    """One row for each child of a look; one of no child where a list was empty."""
    fact = recorded.fact
    if isinstance(fact, Look):
        by, at = viewer(given.blind, fact.by.id), instant(recorded.recorded_at)
        for number, part in enumerate(children_of(fact)):
            yield FactRow(number, (UUID(part.trajectory).bytes, by, at, isinstance(part, Shown)))
        if not children_of(fact):
            yield FactRow(0, (b"", by, at, True))


def children_of(look: Look) -> tuple[Shown | Withheld, ...]:
    match look:
        case Disclosed():
            return (*look.shown, *look.withheld)
        case DisclosureRefused():
            return look.withheld
        case _:
            return ()


def told(recorded: Recorded, look: Look) -> dict[str, Any]:
    """Who looked, when and why, as everybody is told who may see that there was a look."""
    return {
        "disclosure": str(recorded.stream),
        "position": recorded.position,
        "recorded_at": recorded.recorded_at.isoformat(),
        "viewer": {"id": look.by.id, "role": look.by.role, "organisation": look.by.organisation},
        "purpose": look.purpose,
        "reason": look.reason,
        "recipient": look.recipient,
        "view": f"{look.view} {look.view_version}",
    }


def viewer(blind: Blind, person: str) -> bytes:
    """Somebody who looks, in whatever role."""
    return blind("viewer", person)


MODEL = OfFact(
    "access_trail",
    {"child": BYTES, "viewer": BYTES, "recorded_at": NUMBER, "shown": YES_OR_NO},
    LOOKS,
    rows,
    indexes=(("child", "position"), ("viewer", "position")),
)
