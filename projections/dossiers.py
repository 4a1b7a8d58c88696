"""Children as the read models hold them: what is shown on a caseload, and what permission rests on."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from consent_policy.grounds import Grounds
from ledger.keys import Keys
from projections import caseload, consent_state, summary
from projections.caseload import Known, Standing
from projections.readmodel import EVER, OfChild
from projections.readstore import Reading, opened_body


@dataclass(frozen=True, slots=True)
class Dossier:
    """One child. `version` and `grounds`: as it stands now; `known`: as it stood at the position asked about.

    `last_at`: when the last thing happened, in microseconds since 1970.
    """

    stream: UUID
    version: int
    last_at: int
    grounds: Grounds
    known: Known

    @property
    def erased(self) -> bool:
        return False


def dossiers(reading: Reading, keys: Keys, children: Sequence[UUID], position: int) -> dict[UUID, Dossier]:
    """Three queries, however many children. One that has no row of its own any more is left out.

    Raises `KeyDestroyed` where a child was erased, and the read models do not say so yet.
    """
    keys.fetch(children)
    now = {each.stream: each for each in _rows(reading, summary.MODEL, children, reading.position)}
    consents = {each.stream: each for each in _rows(reading, consent_state.MODEL, children, position)}
    rows: dict[bytes, list[Standing]] = defaultdict(list)
    for each in _rows(reading, caseload.MODEL, children, position):
        rows[each.stream].append(caseload.read(opened_body(keys, caseload.MODEL, each)))
    return {
        child: Dossier(
            child,
            (here := now[child.bytes]).version,
            here.last_at,
            consent_state.read(opened_body(keys, summary.MODEL, here)),
            Known(
                str(child),
                (stands := caseload.in_order(rows[child.bytes])),
                stands[0].identity if stands else None,
                consent_state.read(opened_body(keys, consent_state.MODEL, consents[child.bytes])),
            ),
        )
        for child in children
        if child.bytes in now and child.bytes in consents
    }


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
