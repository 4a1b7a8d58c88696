"""`explain`: could this person see it, and why. Shows no content; that it was asked is recorded."""

from datetime import datetime
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, Field

from api.look import not_before
from api.main import App
from consent_policy.decide import decide
from consent_policy.grounds import Actor, Decision, Request
from consent_policy.instant import Instant
from consent_policy.vocabulary import Role


class Asker(BaseModel):
    """A viewer in any role: one that there is not is `unknown_code`, and not a mistake in the question."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    role: str
    organisation: str


class Asked(BaseModel):
    """One question to `explain` (consent.md). `at`: decided then; `known_at`: on the facts recorded by then."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    trajectory: str = Field(min_length=1)
    viewer: Asker
    purpose: str
    category: str
    at: Instant | None = None
    known_at: Instant | None = None
    recipient: str | None = None
    episode: str | None = None
    signal: str | None = None
    reason: str | None = None


def explain(app: App, asked: Asked, now: datetime) -> Decision:
    """The decision, as it would be (or was) at the instant asked about, under the policy in force then."""
    history = app.history(app.stream_of(asked.trajectory))
    instant = asked.at or not_before(now, history)
    if asked.known_at:
        history = history.known_at(asked.known_at)
    request = Request(
        Actor(asked.viewer.id, cast(Role, asked.viewer.role), asked.viewer.organisation),
        asked.purpose,
        asked.category,
        asked.recipient,
        asked.episode,
        asked.signal,
        reason=asked.reason,
    )
    return decide(history.latest.grounds, request, instant, app.policy(instant))


def as_json(decision: Decision) -> dict[str, Any]:
    return {
        "decision": decision.decision,
        "rule": decision.rule,
        "reasons": list(decision.reasons),
        "required": list(decision.required),
        "missing": list(decision.missing),
        "refused_by": list(decision.refused_by),
        "entries": list(decision.entries),
        "policy": decision.policy,
        "policy_sha256": decision.policy_sha256,
    }
