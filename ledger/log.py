"""What every engine offers: one log of all streams, in one contiguous order of positions from 1."""

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import time_ns
from typing import Any, NamedTuple, cast
from uuid import UUID

from eventsourcing.persistence import ApplicationRecorder, Notification, StoredEvent

from ledger.errors import LedgerError, Moved, Rewound
from ledger.watch import Watch

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


Instants = datetime | Sequence[datetime]
"""When facts were recorded: all at once, or each at its own instant."""


class Head(NamedTuple):
    """The last position, and when it was recorded."""

    position: int
    recorded_at: datetime


@dataclass(frozen=True)
class LoggedEvent(Notification):
    """A row of the log: the library's notification (`id` is the position), and when it was recorded."""

    originator_id: UUID
    recorded_at: datetime


class Row(NamedTuple):
    """What an append writes: a sealed body and where it belongs. As the library's `StoredEvent`, but sooner made."""

    originator_id: UUID
    originator_version: int
    topic: str
    state: bytes


Rows = Sequence[Row | StoredEvent]


class Log(ApplicationRecorder):
    """A recorder of the event sourcing library that also says when, and appends only if streams have not moved."""

    watch: Watch
    """Who follows this log in this process (ledger/tail.py)."""

    @abstractmethod
    def append(
        self,
        rows: Rows,
        *,
        unmoved: Mapping[UUID, int] = {},
        recorded_at: Instants | None = None,
        keys_at: int | None = None,
    ) -> Head:
        """Append all or nothing, in one durable transaction, and return the new head.

        `unmoved` gives versions that streams must still have (0: not there yet); a stream that is written to must
        have the version before the first one written. Raises `Moved`. `recorded_at` is for simulated clocks.

        `keys_at`: the generation of the keys that sealed the bodies; `SealedTooEarly` if one was destroyed since.
        """

    @abstractmethod
    def version(self, stream: UUID) -> int:
        """How many facts the stream has; 0: none."""

    @abstractmethod
    def head(self) -> Head | None:
        """The last position; None: the log is empty."""

    @abstractmethod
    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[LoggedEvent]: ...

    @abstractmethod
    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[LoggedEvent]: ...

    @abstractmethod
    def select_streams(self, streams: Collection[UUID]) -> Sequence[LoggedEvent]:
        """The rows of several streams, by stream and version."""

    @abstractmethod
    def select_by_stream(
        self, after: tuple[UUID, int], last: UUID, upto_position: int, limit: int
    ) -> Sequence[LoggedEvent]:
        """A page of the rows of all streams up to `last`, by stream and version; after this version of this stream."""

    @abstractmethod
    def select_positions(self, positions: Collection[int]) -> Sequence[LoggedEvent]:
        """The rows at these positions, in their order."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the database; who follows the log has come to its end."""

    def behind(self, position: int) -> LedgerError:
        """Why a position that was read is not there, or another row is, for a reader to raise."""
        return Rewound(f"Position {position} of the log was read, and is not there any more as it was.")

    def insert_events(
        self,
        stored_events: Sequence[StoredEvent],
        *,
        unmoved: Mapping[UUID, int] = {},
        recorded_at: datetime | None = None,
        **_: Any,
    ) -> Sequence[int]:
        """What the library calls; see `append`."""
        if not stored_events:
            return []
        last = self.append(stored_events, unmoved=unmoved, recorded_at=recorded_at).position
        return range(last - len(stored_events) + 1, last + 1)

    def max_notification_id(self) -> int:
        head = self.head()
        return head.position if head else 0


def expected_versions(rows: Rows, unmoved: Mapping[UUID, int]) -> set[tuple[UUID, int]]:
    """What must hold before an append: versions in a stream are contiguous, and named streams have not moved."""
    versions = dict[UUID, int]()
    expected = set(unmoved.items())
    for row in rows:
        stream = cast(UUID, row.originator_id)
        if stream not in versions:
            expected.add((stream, row.originator_version - 1))
        elif versions[stream] + 1 != row.originator_version:
            raise ValueError(f"versions of stream {stream} are not contiguous within one append")
        versions[stream] = row.originator_version
    return expected


def microseconds(instant: datetime) -> int:
    """Since 1970, in UTC, exact; an instant without an offset is a mistake of the caller."""
    return (instant - EPOCH) // MICROSECOND


def instants_of(recorded_at: Instants | None, count: int) -> list[int]:
    """For each of so many facts, in microseconds. They stand in the order of the log, so none is before another."""
    if recorded_at is not None and not isinstance(recorded_at, datetime):
        instants = [microseconds(each) for each in recorded_at]
        if instants != sorted(instants) or len(instants) != count:
            raise ValueError("recorded_at: one instant for each fact, none before the one before it")
        return instants
    return [microseconds(recorded_at) if recorded_at else time_ns() // 1000] * count


def not_before(head: int, instants: list[int], given: Instants | None) -> list[int]:
    """Time never runs backwards in the log. Raises `Moved` where facts were given their own, and the log is past it."""
    if instants[0] < head and given is not None and not isinstance(given, datetime):
        raise Moved
    return [max(head, each) for each in instants]


def instant_of(since_1970: int) -> datetime:
    return EPOCH + timedelta(microseconds=since_1970)
