"""Facts that go to the log together, and can be read back before: for imports, where each line builds on those before.

Nothing is acknowledged until `flush` has returned: all of them are durable then, and the keys of the erased are gone.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from domain.envelope import Recorded, Unrecorded
from ledger.errors import LedgerError, Moved
from ledger.log import Head
from ledger.store import Store


class Batch:
    """The store as it will be if nobody else writes meanwhile. Positions are those that the facts would have then."""

    def __init__(self, store: Store, moved: Collection[UUID] = ()) -> None:
        """`moved`: streams that were not as they should be at the end of a batch before; they are asked at once."""
        self._store = store
        self._moved = moved
        self._before = store.last()
        self._recorded: list[Recorded] = []
        self._unrecorded: list[Unrecorded] = []
        self._streams: dict[UUID, list[Recorded]] = {}
        self._unmoved: dict[UUID, int] = {}
        self._to_erase: list[UUID] = []

    @property
    def first(self) -> int:
        """The position of the first fact, if nobody else writes meanwhile."""
        return self._before.position + 1

    def save(
        self, facts: Sequence[Unrecorded], unmoved: Mapping[UUID, int] = {}, recorded_at: datetime | None = None
    ) -> list[Recorded]:
        """As `Store.save`, but only `flush` makes it so. What others did meanwhile is found then."""
        for stream, version in unmoved.items():
            if stream not in self._streams:
                if stream in self._moved and self._store.version(stream) != version:
                    raise Moved(stream)
                self._unmoved.setdefault(stream, version)
            elif self._streams[stream][-1].entry != version:
                raise Moved(stream)
        at = max(recorded_at or datetime.now(UTC), self.last().recorded_at)
        return [self._add(each, at) for each in facts]

    def _add(self, each: Unrecorded, at: datetime) -> Recorded:
        stream, position = each.originator_id, self.last().position + 1
        if stream in self._streams and self._streams[stream][-1].entry != each.originator_version - 1:
            raise Moved(stream)
        recorded = Recorded(stream, each.originator_version, each.fact.TOPIC, position, at, each.fact, each.subject)
        self._recorded.append(recorded)
        self._unrecorded.append(each)
        self._streams.setdefault(stream, []).append(recorded)
        return recorded

    def stream(self, stream: UUID) -> list[Recorded]:
        """The facts of one stream, those of this batch included."""
        return [*self._store.stream(stream), *self._streams.get(stream, ())]

    def last(self) -> Head:
        """The last position, and when it was recorded."""
        if not self._recorded:
            return self._before
        return Head(self._recorded[-1].position, self._recorded[-1].recorded_at)

    def erase(self, stream: UUID) -> None:
        """Destroy the key of a child, as soon as it is durable that it is erased; what is held of it here goes now."""
        self._to_erase.append(stream)
        for recorded in self._streams.values():
            recorded[:] = [
                replace(each, fact=None) if each.fact and _under(each, stream) else each for each in recorded
            ]

    @property
    def erased(self) -> Sequence[UUID]:
        """Children that are erased in it."""
        return self._to_erase

    def flush(self, *, simulated: bool) -> list[Recorded]:
        """Append everything, at once or not at all. Raises `Moved`: read and decide again, in a new batch.

        If a key cannot be destroyed everything stands, and that is raised: doing it all again destroys the key.

        `simulated`: with the instants that were given; otherwise the log's own clock says when.
        """
        instants = [each.recorded_at for each in self._recorded] if simulated else None
        recorded = self._store.save(self._unrecorded, self._unmoved, instants) if self._unrecorded else []
        failed = [error for error in map(self._erased, self._to_erase) if error]
        if failed:
            raise failed[0]
        return recorded

    def _erased(self, stream: UUID) -> LedgerError | None:
        """Each is tried, whatever became of the others."""
        try:
            self._store.erase(stream)
        except LedgerError as error:
            return error
        return None


def _under(recorded: Recorded, child: UUID) -> bool:
    """Whether the fact is sealed under the key of this child."""
    assert recorded.fact
    match recorded.fact.SEALED_UNDER:
        case "stream":
            return recorded.stream == child
        case "subject":
            return recorded.subject == child
        case _:
            return False
