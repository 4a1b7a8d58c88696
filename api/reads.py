"""The read models of an application: brought up to the log before they are asked, and what stands in them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cached_property
from uuid import UUID

from consent_policy.policy import Policy
from domain.programme import Programmes
from ledger.errors import StoreUnavailable
from ledger.store import Store
from projections.models import fingerprint
from projections.projector import Projector, reading_from
from projections.readmodel import Given
from projections.readstore import Reading, ReadStore
from projections.rebuild import Elsewhere, Progress, silent

PATIENCE = 5.0
"""Seconds that a read waits for a position, where another process projects."""


class Reads:
    """Read models over a store, in the database beside it. Nothing is opened before it is asked for.

    `followed`: somebody projects what comes into the log, so that a read only waits; else it projects by itself.
    `elsewhere`: by which other processes help to build them anew.
    """

    def __init__(
        self,
        store: Store,
        url: str,
        programmes: Programmes,
        policies: Mapping[str, Policy],
        elsewhere: Elsewhere | None = None,
    ) -> None:
        self._store = store
        self._elsewhere = elsewhere
        self._url = url
        self._programmes = programmes
        self._policies = policies
        self.followed = False

    @cached_property
    def given(self) -> Given:
        return Given(self._store.keys.blind, self._policies)

    @cached_property
    def store(self) -> ReadStore:
        told = fingerprint(self.given, self._programmes, str(self._store.opened.stream))
        made = ReadStore(self._url, told)
        self._store.closes_too(made.close)
        return made

    @cached_property
    def projector(self) -> Projector:
        return Projector(self._store, self._programmes, self.given, self.store, elsewhere=self._elsewhere)

    @contextmanager
    def upto(self, position: int, told: Progress = silent) -> Iterator[Reading]:
        """What stands in the read models, at this position of the log or later. Raises `Behind`."""
        if self.followed:
            with reading_from(self._store, self.store, position, PATIENCE) as reading:
                yield reading
            return
        self.projector.catch_up(position, told)
        with self.store.reading() as reading:
            yield reading

    def purge(self, children: Sequence[UUID]) -> None:
        """Rows of children that were erased go at once; where that cannot be now, when their erasure is projected."""
        with suppress(StoreUnavailable):
            if self.store.place.exists():
                self.store.purge(children)

    def known_at(self, at: datetime) -> int:
        """The last position that was recorded by then."""
        return self._store.position_at(at)
