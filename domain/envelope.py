"""The envelope around a fact: which stream, which number in it, and (once in the log) where and since when."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.fact import Fact


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """A fact on its way to the log. `subject`: the child whose key seals a fact that lives in another stream."""

    originator_id: UUID
    originator_version: int
    fact: Fact
    subject: UUID | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """A fact in the log. `fact` is None where its key is destroyed (the child is erased)."""

    originator_id: UUID
    originator_version: int
    topic: str
    position: int
    recorded_at: datetime
    fact: Fact | None
    subject: UUID | None = None

    @property
    def stream(self) -> UUID:
        return self.originator_id

    @property
    def entry(self) -> int:
        """The number by which a fact of a child is pointed at: its version in the child's stream, from 1."""
        return self.originator_version
