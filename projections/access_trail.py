"""Who was shown what about which child: an index into the looks in the log. It outlives the dossier."""

from collections.abc import Iterator
from itertools import product
from typing import Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from consent_policy.grounds import Actor
from domain.disclosure import LOOKS, Disclosed, DisclosureRefused, Look, Shown, Withheld
from domain.envelope import Recorded
from domain.fact import Fact, SealedUnder
from domain.field import value_of
from projections.readmodel import BYTES, NUMBER, YES_OR_NO, Blind, FactRow, Given, OfFact, instant


class _About(BaseModel):
    trajectory: str


class _InShort(Fact):
    """Who looked at whom."""

    model_config = ConfigDict(extra="ignore")
    SEALED_UNDER: ClassVar[SealedUnder] = "store"

    handed_over_by: Actor | None = None
    shown: tuple[_About, ...] = ()
    withheld: tuple[_About, ...] = ()


class _DisclosedInShort(_InShort):
    TOPIC: ClassVar[str] = Disclosed.TOPIC


class _RefusedInShort(_InShort):
    TOPIC: ClassVar[str] = DisclosureRefused.TOPIC


def rows(recorded: Recorded, given: Given) -> Iterator[FactRow]:
    """One row for each child of a look and each who saw it; one of no child where a list was empty."""
    fact = recorded.fact
    if isinstance(fact, Look | _InShort):
        at = instant(recorded.recorded_at)
        about = [(UUID(each.trajectory).bytes, True) for each in value_of(fact, "shown") or ()]
        about += [(UUID(each.trajectory).bytes, False) for each in value_of(fact, "withheld") or ()]
        persons = dict.fromkeys(viewer(given.blind, each.id) for each in (fact.by, fact.handed_over_by) if each)
        for number, ((child, shown), by) in enumerate(product(about or [(b"", True)], persons)):
            yield FactRow(number, (child, by, at, shown))


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
        "viewer": _actor(look.by),
        "purpose": look.purpose,
        "reason": look.reason,
        "recipient": look.recipient,
        "handed_over_by": look.handed_over_by and _actor(look.handed_over_by),
        "view": f"{look.view} {look.view_version}",
    }


def _actor(actor: Actor) -> dict[str, str]:
    return {"id": actor.id, "role": actor.role, "organisation": actor.organisation}


def viewer(blind: Blind, person: str) -> bytes:
    """Somebody who looks, in whatever role."""
    return blind("viewer", person)


MODEL = OfFact(
    "access_trail",
    {"child": BYTES, "viewer": BYTES, "recorded_at": NUMBER, "shown": YES_OR_NO},
    LOOKS,
    rows,
    indexes=(("child", "position"), ("viewer", "position")),
    in_short=(_DisclosedInShort, _RefusedInShort),
)
