"""The access trail: who saw what, when, on which ground. Asking for it is recorded as well."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from api.main import App
from consent_policy.decide import decide
from consent_policy.grounds import Actor, Decision, Grounds, Request
from domain.disclosure import LOOKS, Disclosed, DisclosureRefused, Door, Ground, LogQueried, Look, Shown, Withheld
from domain.envelope import Recorded, Unrecorded
from projections.view import canonical


@dataclass(frozen=True, slots=True)
class Filter:
    """Which looks: about whom, by whom, from when until when (recorded). `trajectory`: the opaque id."""

    trajectory: str | None = None
    viewer: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def told(self) -> tuple[str, ...]:
        named = {
            "trajectory": self.trajectory,
            "viewer": self.viewer,
            "from": self.since and self.since.isoformat(),
            "to": self.until and self.until.isoformat(),
        }
        return tuple(f"{name}={value}" for name, value in named.items() if value)


def disclosures(app: App, asked: Filter, by: Actor, door: Door) -> list[dict[str, Any]] | Decision:
    """The looks that fit, in the order of the log, after it is recorded that they were asked for; or why not."""
    now = app.now()
    allowed = decide(Grounds(asked.trajectory or ""), Request(by, "audit", "access_log"), now, app.policy(now))
    if not allowed.permitted:
        record_query(app, "disclosures", asked.told(), by, door, [], allowed.reasons)
        return allowed
    rows = [_row(each, each.fact) for each in app.log(*LOOKS) if isinstance(each.fact, Look) and _fits(asked, each)]
    record_query(app, "disclosures", asked.told(), by, door, rows)
    return rows


def record_query(
    app: App,
    query: str,
    filters: tuple[str, ...],
    by: Actor,
    door: Door,
    rows: list[dict[str, Any]],
    reasons: tuple[str, ...] = (),
) -> None:
    """Append that the log was asked, or that the answer was refused: query, position, count and digest of the set."""
    fact = LogQueried(
        occurred_at=app.now(),
        by=by,
        door=door,
        query=query,
        filters=filters,
        position=app.store.last().position,
        count=len(rows),
        digest=app.store.keys.of_store.digest(canonical({"rows": rows})).hex(),
        reasons=reasons,
    )
    app.save([Unrecorded(uuid4(), 1, fact)])


def _fits(asked: Filter, recorded: Recorded) -> bool:
    fact = recorded.fact
    return (
        isinstance(fact, Look)
        and (asked.viewer is None or fact.by.id == asked.viewer)
        and (asked.trajectory is None or any(each.trajectory == asked.trajectory for each in _children(fact)))
        and (asked.since is None or asked.since <= recorded.recorded_at)
        and (asked.until is None or recorded.recorded_at < asked.until)
    )


def _children(fact: Look) -> tuple[Shown | Withheld, ...]:
    match fact:
        case Disclosed():
            return (*fact.shown, *fact.withheld)
        case DisclosureRefused():
            return fact.withheld
        case _:
            return ()


def _row(recorded: Recorded, fact: Look) -> dict[str, Any]:
    return {
        "disclosure": str(recorded.stream),
        "position": recorded.position,
        "recorded_at": recorded.recorded_at.isoformat(),
        "viewer": {"id": fact.by.id, "role": fact.by.role, "organisation": fact.by.organisation},
        "door": fact.door.model_dump(mode="json", exclude_none=True),
        "purpose": fact.purpose,
        "reason": fact.reason,
        "view": f"{fact.view} {fact.view_version}",
        "as_of": fact.as_of and fact.as_of.isoformat(),
        "known_at": fact.known_at and fact.known_at.isoformat(),
        "shown": isinstance(fact, Disclosed),
        "policy": fact.policy,
        "policy_sha256": fact.policy_sha256,
        "children": [_child(each) for each in _children(fact)],
    }


def _child(part: Shown | Withheld) -> dict[str, Any]:
    fields = part.fields if isinstance(part, Shown) else {}
    return {
        "trajectory": part.trajectory,
        "version": part.version,
        "entries": {str(entry): list(names) for entry, names in fields.items()},
        "digest": part.digest if isinstance(part, Shown) else None,
        "grounds": [_ground(each) for each in part.grounds],
    }


def _ground(ground: Ground) -> dict[str, Any]:
    return ground.model_dump(mode="json", exclude_none=True)
