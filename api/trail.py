"""The access trail: who saw what, when, on which ground. Asking for it is recorded as well."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from api.accounts import Account
from api.look import RETRIES, Busy, not_before
from api.main import App
from consent_policy.decide import decide
from consent_policy.grounds import Actor, Decision, Grounds, Request
from domain.actor import FAMILY
from domain.disclosure import Disclosed, Door, Ground, LogQueried, Look, Shown, Withheld
from domain.envelope import Recorded, Unrecorded
from ledger.errors import Moved
from ledger.log import microseconds
from projections import access_trail, family_trail
from projections.access_trail import children_of
from projections.readstore import Reading
from projections.view import canonical

CHUNK = 1_000
"""Looks that are read at once."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which looks: about whom, by whom, from when until when (recorded). `trajectory`: the opaque id.

    `after`: a position of the log; `limit`: so many at the most.
    """

    trajectory: str | None = None
    viewer: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    after: int | None = None
    limit: int | None = None

    def told(self) -> tuple[str, ...]:
        named = {
            "trajectory": self.trajectory,
            "viewer": self.viewer,
            "from": self.since and self.since.isoformat(),
            "to": self.until and self.until.isoformat(),
            "after": self.after,
            "limit": self.limit,
        }
        return tuple(f"{name}={value}" for name, value in named.items() if value is not None)


def disclosures(
    app: App, asked: Filter, by: Actor, door: Door, account: Account | None = None, purpose: str = "audit"
) -> list[dict[str, Any]] | Decision:
    """The looks that fit, in the order of the log, after it is recorded that they were asked for; or why not.

    Families see those at their own child, without what else was looked at, and without those that an override allowed
    which is not released (consent.md, rule guardian). `account`: by which they signed in; else they look as `by`.
    `purpose`: why others look, audit or, at one child, legal (consent.md, rules audit and legal).
    """
    if by.role in FAMILY and asked.trajectory:
        return _own(app, asked, UUID(asked.trajectory), by, door, account)
    now = app.now()
    allowed = decide(Grounds(asked.trajectory or ""), Request(by, purpose, "access_log"), now, app.policy(now))
    looks, position = _looks(app, asked) if allowed.permitted else ([], None)
    rows = [_row(each) for each in looks]
    why = () if purpose == "audit" else (f"purpose={purpose}",)
    record_query(app, "disclosures", (*asked.told(), *why), by, door, rows, allowed.reasons, position)
    return rows if allowed.permitted else allowed


def _own(
    app: App, asked: Filter, child: UUID, by: Actor, door: Door, account: Account | None
) -> list[dict[str, Any]] | Decision:
    for _ in range(RETRIES):
        history = app.history(child)
        now = not_before(app.now(), history)
        who = (account and account.actor_in(history)) or by
        own = family_trail.Own(history, who, now, app.policy(now))
        looks, position = _looks(app, replace(asked, limit=None)) if own.allowed.permitted else ([], None)
        rows = [own.row(each) for each in looks if own.may_know(each)][: asked.limit]
        try:
            unmoved = {child: own.history.version}
            told = ("disclosures", asked.told(), who, door, rows, own.allowed.reasons, position, unmoved, now)
            record_query(app, *told)
        except Moved:
            continue
        return rows if own.allowed.permitted else own.allowed
    raise Busy


def record_query(
    app: App,
    query: str,
    filters: tuple[str, ...],
    by: Actor,
    door: Door,
    rows: Sequence[Mapping[str, Any]],
    reasons: tuple[str, ...] = (),
    position: int | None = None,
    unmoved: Mapping[UUID, int] = MappingProxyType({}),
    decided_at: datetime | None = None,
) -> None:
    """Append that the log was asked, or that the answer was refused: query, position, count and digest of the set.

    `position`: of the log, up to which the answer goes; None: its end. `decided_at`: None: now. Raises `Moved` if the
    child that it is about moved meanwhile (`unmoved`).
    """
    fact = LogQueried(
        occurred_at=decided_at or app.now(),
        by=by,
        door=door,
        query=query,
        filters=filters,
        position=app.store.last().position if position is None else position,
        count=len(rows),
        digest=app.store.keys.of_store.digest(canonical({"rows": rows})).hex(),
        reasons=reasons,
    )
    app.save([Unrecorded(uuid4(), 1, fact)], unmoved)


def _looks(app: App, asked: Filter) -> tuple[list[Recorded], int | None]:
    """The looks that fit, and up to which position of the log they are all there are."""
    with app.reads.upto(app.store.last().position) as reading:
        positions, upto = _positions(reading, app, asked), reading.position
    parts = (positions[first : first + CHUNK] for first in range(0, len(positions), CHUNK))
    return [look for part in parts for look in app.store.at(part)], upto


def _positions(reading: Reading, app: App, asked: Filter) -> list[int]:
    table, blind = reading.table(access_trail.MODEL), app.reads.given.blind
    query = select(table.c.position).distinct().order_by(table.c.position)
    if asked.trajectory is not None:
        query = query.where(table.c.child == UUID(asked.trajectory).bytes)
    if asked.viewer is not None:
        query = query.where(table.c.viewer == access_trail.viewer(blind, asked.viewer))
    if asked.since is not None:
        query = query.where(table.c.recorded_at >= microseconds(asked.since))
    if asked.until is not None:
        query = query.where(table.c.recorded_at < microseconds(asked.until))
    if asked.after is not None:
        query = query.where(table.c.position > asked.after)
    if asked.limit is not None:
        query = query.limit(asked.limit)
    return [position for (position,) in reading.rows(query)]


def _row(recorded: Recorded) -> dict[str, Any]:
    fact = recorded.fact
    assert isinstance(fact, Look)
    return access_trail.told(recorded, fact) | {
        "door": fact.door.model_dump(mode="json", exclude_none=True),
        "filters": list(fact.filters),
        "query": list(fact.query),
        "as_of": fact.as_of and fact.as_of.isoformat(),
        "known_at": fact.known_at and fact.known_at.isoformat(),
        "shown": isinstance(fact, Disclosed),
        "policy": fact.policy,
        "policy_sha256": fact.policy_sha256,
        "policy_known": fact.policy_known,
        "policy_known_sha256": fact.policy_known_sha256,
        "children": [_child(each) for each in children_of(fact)],
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
