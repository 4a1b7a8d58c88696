"""Looks: who was shown what about whom, why that was allowed, or why it was refused (NEN 7513; ledger.md).

They hold references and codes, never content, because they outlive the dossier.
"""

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from consent_policy.grounds import Actor
from consent_policy.instant import Instant
from domain.fact import Fact, SealedUnder


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Door(_Part):
    """Through which door somebody came in, and how it knows who they are."""

    door: Literal["command line", "http", "page"]
    authentication: str
    request: str
    os_user: str | None = None


class Ground(_Part):
    """One decision: what it was about, which rule decided, and the entries that it rests on."""

    category: str
    episode: str | None = None
    signal: str | None = None
    decision: Literal["permit", "deny"]
    rule: str | None = None
    reasons: tuple[str, ...] = ()
    entries: tuple[int, ...] = ()


class Look(Fact):
    """What every look says, shown or refused. `occurred_at` is the instant at which it was decided.

    `as_of`, `known_at`: which content was asked for; None: that of the instant itself. `filters`: what the asker
    narrowed it to. `query`: which list it was, and which part of it, as name=value; empty: one child was looked at.
    `policy` decided; `policy_known` told phases and what consent lacks, as of `known_at`; None: none was asked for (or,
    before it was told, the one in force then). `handed_over_by`: who got it, to hand it over to `by`.
    """

    SEALED_UNDER: ClassVar[SealedUnder] = "store"

    door: Door
    purpose: str
    reason: str | None = None
    recipient: str | None = None
    view: str
    view_version: int
    filters: tuple[str, ...] = ()
    query: tuple[str, ...] = ()
    as_of: Instant | None = None
    known_at: Instant | None = None
    policy: str
    policy_sha256: str
    policy_known: str | None = None
    policy_known_sha256: str | None = None
    handed_over_by: Actor | None = None
    software: str


class Shown(_Part):
    """What was shown of one child: from which version of its stream, which entries and fields, and the digest of it.

    `at`: when it was decided, where something had happened to this child by then; None: at the instant of the look.

    The digest is HMAC-SHA-256 under the child's key over canonical JSON: a plain hash of little data could be guessed.
    """

    trajectory: str
    version: int
    fields: dict[int, tuple[str, ...]]
    digest: str
    grounds: tuple[Ground, ...]
    at: Instant | None = None


class Withheld(_Part):
    """That a child was asked about, and why nothing of it was shown. `at`: as above."""

    trajectory: str
    version: int
    grounds: tuple[Ground, ...]
    at: Instant | None = None


class Disclosed(Look):
    """Somebody was shown something."""

    TOPIC: ClassVar[str] = "disclosure.shown.1"

    shown: tuple[Shown, ...]
    withheld: tuple[Withheld, ...] = ()


class DisclosureRefused(Look):
    """Somebody asked to see something and was shown nothing."""

    TOPIC: ClassVar[str] = "disclosure.refused.1"

    withheld: tuple[Withheld, ...]


class LogQueried(Fact):
    """Somebody asked the log something that is no look into one dossier: the query, its size, and its digest.

    The access trail, a replay, why a look would be allowed, contacts without a name. `reasons`: why it was refused;
    empty: it was answered. The digest is HMAC-SHA-256 under the store's key.
    """

    TOPIC: ClassVar[str] = "disclosure.log-queried.1"
    SEALED_UNDER: ClassVar[SealedUnder] = "store"

    door: Door
    query: str
    filters: tuple[str, ...]
    position: int
    count: int
    digest: str
    reasons: tuple[str, ...] = ()


LOOKS = (Disclosed.TOPIC, DisclosureRefused.TOPIC)
"""Topics of looks. Read by themselves, so that a child whose key is missing stops nobody from seeing who looked."""

FACTS = (Disclosed, DisclosureRefused, LogQueried)
