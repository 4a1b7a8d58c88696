"""Read models: the answers to what people ask, kept in tables that can be thrown away and folded anew from the log.

Each is a pure function: of all that is known of one child (which itself is folded fact by fact, domain/trajectory), or
of one fact. The table is a cache of it, and a test holds every row to it. What changes without a fact (overdue, a
birthday, consent that lapses) is stored as instants and compared when asked (ledger.md, Read models).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Boolean, LargeBinary, Text

from consent_policy.policy import Policy
from domain.envelope import Recorded
from domain.fact import Fact
from domain.trajectory.history import History
from ledger.log import microseconds

EVER = 2**63 - 1
"""No end: of positions, of instants in microseconds since 1970, of days."""

Value = int | str | bytes | bool | None
Blind = Callable[..., bytes]
"""HMAC under a secret of the store over some words: what is looked up by them, without standing there."""

Column = BigInteger | Text | LargeBinary | Boolean

NUMBER, CODE, BYTES, YES_OR_NO = BigInteger(), Text(), LargeBinary(), Boolean()


class Row(NamedTuple):
    """One row about a child. `key`: which one of this child's; `body`: what is sealed under the child's key."""

    key: int
    values: tuple[Value, ...]
    body: bytes | None = None


class FactRow(NamedTuple):
    """One row about one fact; `key`: which one of this fact's."""

    key: int
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Given:
    """What rows depend on beside the log."""

    blind: Blind
    policies: Mapping[str, Policy]


Stage = Callable[[Any, Given], Any]
"""A step on the way to rows. It looks at nothing but what it is given."""


@dataclass(frozen=True)
class OfChild:
    """A read model with rows about children. `columns`: of the values, in the order of the rows.

    Rows are made in `stages`: the first begins with a child's history, each other one with what the one before it came
    to, and the last one makes rows. Where one comes to the same as before, so do all that follow: they are left out.

    `kept`: every version of a row stays, with the positions between which it held, so that it can be asked for as it
    was known; else only the last one. `indexes`: columns that it is looked up by.
    """

    name: str
    columns: Mapping[str, Column]
    stages: tuple[Stage, ...]
    kept: bool = False
    indexes: tuple[tuple[str, ...], ...] = ()

    def rows(self, history: History, given: Given) -> Iterable[Row]:
        found: Any = history
        for stage in self.stages:
            found = stage(found, given)
        rows: Iterable[Row] = found
        return rows


@dataclass(frozen=True)
class OfFact:
    """A read model with rows about facts of these topics, which stay as they are.

    `in_short`: classes that take no more of these facts than the rows need, which is sooner read.
    """

    name: str
    columns: Mapping[str, Column]
    topics: tuple[str, ...]
    rows: Callable[[Recorded, Given], Iterable[FactRow]]
    indexes: tuple[tuple[str, ...], ...] = ()
    in_short: tuple[type[Fact], ...] = ()


ReadModel = OfChild | OfFact


def instant(at: datetime | None) -> int:
    """An instant as it is stored; None: never."""
    return EVER if at is None else microseconds(at)
