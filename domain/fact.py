"""What all facts share. A fact is something that happened, in the past tense, and never changes."""

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from consent_policy.grounds import Actor
from consent_policy.instant import Instant
from consent_policy.vocabulary import Category
from domain.field import FIXED, Receipt, Ref, Refers, Text

SealedUnder = Literal["stream", "subject", "store"]
"""Whose key seals the body: the child whose stream it is, the child that it is about, or the store."""


class Fact(BaseModel):
    """Something that somebody did. `TOPIC` is its stable name in the log; a changed shape gets a new number.

    `HAPPENED`: false of what was only tried, so that nothing follows from the instant at which it would have happened.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, defer_build=True)

    TOPIC: ClassVar[str]
    SEALED_UNDER: ClassVar[SealedUnder] = "stream"
    HAPPENED: ClassVar[bool] = True

    occurred_at: Instant
    by: Actor


class ChildFact(Fact):
    """A fact in a child's stream. `CATEGORY`: what somebody must be allowed to see to see it (consent.md)."""

    CATEGORY: ClassVar[Category]

    receipt: Receipt


class CareFact(ChildFact):
    """Care that was given. `irregular`: why it happened against a rule; it is reviewed (domain.md, Time)."""

    episode: Annotated[Ref, Refers("episode")]
    irregular: Annotated[Text | None, FIXED] = None
