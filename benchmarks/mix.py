"""What people ask of the service in the course of a day, and how often: of a hundred requests so many.

Only the standard library: the process that asks is to leave the cores to the service.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple
from urllib.parse import quote
from uuid import UUID

Of = Literal["look", "page", "list", "query", "action"]


class Kind(NamedTuple):
    """One thing that is asked. `of`: what the log must have of it; `because`: why so often."""

    share: int
    persona: str
    of: Of
    because: str


MIX = {
    "trajectory": Kind(30, "demo-coach", "look", "before every talk: where does this child stand"),
    "timeline": Kind(20, "demo-coach", "look", "and often on to what happened"),
    "own dossier": Kind(8, "demo-mother", "look", "families look less than professionals do"),
    "not theirs": Kind(2, "demo-coach", "look", "a reference mistyped, or of a child of others: refused"),
    "caseload": Kind(15, "demo-coordinator", "page", "leafed through from the top, fifty children a page"),
    "search": Kind(2, "demo-coach", "list", "the child is known, its reference is not; takes 50 ms on purpose"),
    "lapsing": Kind(1, "demo-coordinator", "list", "once a week"),
    "load": Kind(1, "demo-coordinator", "query", "once a week"),
    "who looked": Kind(1, "demo-auditor", "query", "when a family asks"),
    "session": Kind(10, "demo-coach", "action", "after every talk: half as often as what happened is read"),
    "statement": Kind(6, "demo-mother", "action", "their own words"),
    "signal": Kind(4, "demo-coach", "action", "something new, seldom"),
}


@dataclass(frozen=True, slots=True)
class Ask:
    """One request. `child`: whom it is about, where it is about one; `key`: of an action; `cursor`: of a page."""

    kind: str
    method: str
    target: str
    child: str = ""
    key: str = ""
    cursor: str | None = None
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def persona(self) -> str:
        return MIX[self.kind].persona


@dataclass(frozen=True, slots=True)
class Whom:
    """Children of a store. `helped`: (reference, BSN) of those whom the persons help; `others`: not theirs to see."""

    helped: Sequence[tuple[str, str]]
    others: Sequence[str]


class Mix:
    """Requests without end, drawn by lot; the same ones for the same seed, but for keys and instants."""

    def __init__(self, whom: Whom, seed: int) -> None:
        self._whom = whom
        self._chance = random.Random(seed)  # noqa: S311  # the same requests each time
        self._next: str | None = None

    def __iter__(self) -> Iterator[Ask]:
        kinds, shares = list(MIX), [kind.share for kind in MIX.values()]
        while True:
            (kind,) = self._chance.choices(kinds, shares)
            yield self._ask(kind)

    def leafed(self, following: str | None) -> None:
        """The page that was shown has another after it, or is the last one: then from the top again."""
        self._next = following

    def _ask(self, kind: str) -> Ask:
        child, bsn = self._chance.choice(self._whom.helped)
        match kind:
            case "trajectory" | "own dossier":
                return Ask(kind, "GET", f"/trajectories/{child}", child)
            case "timeline":
                return Ask(kind, "GET", f"/trajectories/{child}/timeline", child)
            case "not theirs":
                other = self._chance.choice(self._whom.others)
                return Ask(kind, "GET", f"/trajectories/{other}", other)
            case "caseload":
                after = f"&cursor={quote(self._next)}" if self._next else ""
                return Ask(kind, "GET", f"/caseload?limit=50{after}", cursor=self._next)
            case "search":
                return Ask(kind, "POST", "/search", body={"bsn": bsn})
            case "who looked":
                return Ask(kind, "GET", f"/disclosures?limit=20&trajectory={child}", child)
            case "lapsing" | "load":
                return Ask(kind, "GET", f"/{kind}")
            case _:
                return self._action(kind, child)

    def _action(self, kind: str, child: str) -> Ask:
        key = str(UUID(int=random.SystemRandom().getrandbits(128), version=4))
        name, body = _said(kind, key)
        about = {"trajectory": child, "at": datetime.now(UTC).isoformat()}
        return Ask(kind, "POST", f"/actions/{name}", child, key, body=about | body)


def _said(kind: str, key: str) -> tuple[str, dict[str, Any]]:
    """The action, and what it says beside child and instant."""
    match kind:
        case "session":
            return "hold_session", {"episode": "e-1", "form": "child_talk", "minutes": 45, "summary": "Over de pauze."}
        case "statement":
            return "add_statement", {"text": "Thuis gaat het beter."}
        case _:
            concern = {"concerns": ["quarrelling"], "setting": "school", "description": "Weer ruzie op het plein."}
            return "raise_signal", {"signal": f"s-{key}", "programme": "pit", "informed": ["g-m"]} | concern
