"""Children as the read models hold them: what is shown on a caseload, and what permission rests on."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from consent_policy.grounds import Grounds
from ledger.keys import Keys
from ledger.log import EPOCH, MICROSECOND
from projections import caseload, consent_state, summary
from projections.caseload import Known, Standing
from projections.readmodel import EVER, OfChild
from projections.readstore import Reading, opened_body


@dataclass(frozen=True, slots=True)
class Dossier:
    """One child. `version` and `grounds`: as it stands now; `known`: as it stood at the position asked about.

    `last_at`: when the last thing happened.
    """

    stream: UUID
    version: int
    last_at: datetime
    grounds: Grounds
    known: Known

    @property
    def erased(self) -> bool:
        return False


def dossiers(reading: Reading, keys: Keys, children: Sequence[UUID], position: int) -> dict[UUID, Dossier]:
    """Three queries at most, however many children. One that has no row of its own any more is left out.

    Raises `KeyDestroyed` where a child was erased, and the read models do not say so yet.
    """
    keys.fetch(children)
    now = {UUID(bytes=each.stream): each for each in _rows(reading, summary.MODEL, children, reading.position)}
    grounds = {child: consent_state.read(opened_body(keys, summary.MODEL, row)) for child, row in now.items()}
    consents = grounds if position >= reading.position else _consents(reading, keys, children, position)
    rows: dict[UUID, list[Standing]] = defaultdict(list)
    for each in _rows(reading, caseload.MODEL, children, position):
        rows[UUID(bytes=each.stream)].append(caseload.read(opened_body(keys, caseload.MODEL, each)))
    return {
        child: Dossier(
            child,
            row.version,
            EPOCH + row.last_at * MICROSECOND,
            grounds[child],
            _known(child, rows[child], consents[child]),
        )
        for child, row in now.items()
        if child in consents
    }


def _consents(reading: Reading, keys: Keys, children: Sequence[UUID], position: int) -> dict[UUID, Grounds]:
    """What consent rested on then."""
    found = _rows(reading, consent_state.MODEL, children, position)
    return {UUID(bytes=each.stream): consent_state.read(opened_body(keys, consent_state.MODEL, each)) for each in found}


def _known(child: UUID, rows: Sequence[Standing], grounds: Grounds) -> Known:
    stands = caseload.in_order(rows)
    return Known(str(child), stands, stands[0].identity if stands else None, grounds)


def versions_of(reading: Reading, children: Sequence[UUID]) -> dict[UUID, int]:
    """How long the stream of each child is; 0 for those that have no row."""
    there = {
        UUID(bytes=each.stream): each.version for each in _rows(reading, summary.MODEL, children, reading.position)
    }
    return dict.fromkeys(children, 0) | there


def _rows(reading: Reading, model: OfChild, children: Sequence[UUID], position: int) -> Sequence[Row[*tuple[Any, ...]]]:
    table = reading.table(model)
    query = select(table).where(table.c.stream.in_([child.bytes for child in children]))
    if model.kept:
        current = position >= reading.position
        query = query.where(
            table.c.until_position == EVER
            if current
            else (table.c.since_position <= position) & (table.c.until_position > position)
        )
    return reading.rows(query)
