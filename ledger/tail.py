"""Following a log: pages of rows as they come, each row once and in order, over whatever happens to the database."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from threading import Event
from typing import Any, Generic, Self, TypeVar

from eventsourcing.persistence import ApplicationRecorder, Notification, Subscription

from ledger.errors import StoreUnavailable
from ledger.log import Log, LoggedEvent

PAGE = 500
"""Rows at most at a time: what a projector writes in one transaction."""

SPAN = 50_000
"""Positions that one statement goes over in search of topics: done within seconds, however rare they are."""

POLL = 1.0
"""Seconds after which a follower looks without being told: by so much a lost wake-up delays a fact, and no more. One
statement a second costs nothing that can be measured."""

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0
"""Seconds between attempts while the database is away; twice as long each time."""

Row = TypeVar("Row")


class Tail(Iterator[Sequence[Row]], Generic[Row]):
    """Iterate it in one thread; any thread may stop it. It ends by that, or when its log is closed, and never else.

    While the database is away it waits and tries again, `trouble` saying why, and goes on after the last row it gave.
    What is given next was read with the last row given before, so a log that no longer holds that row (a backup was
    restored, or a standby took over that lacked it) is refused (`Rewound`) and never silently read on from. With
    topics, only a log that has become shorter is noticed.
    """

    def __init__(
        self,
        log: Log,
        after: int,
        topics: Sequence[str],
        read: Callable[[Sequence[LoggedEvent]], Sequence[Row]],
    ) -> None:
        """`read` makes of rows what is given; where it raises, the same rows are read again."""
        self.trouble: StoreUnavailable | None = None
        self._log, self._topics, self._read = log, topics, read
        self._reached = after
        self._last: LoggedEvent | None = None
        self._bell = Event()
        self._stopped = False
        self._pause = FIRST_PAUSE
        log.watch.add(self)

    def __next__(self) -> Sequence[Row]:
        while not self._stopped:
            self._bell.clear()
            if page := self._attempt():
                return page
            if not self._stopped:
                self._bell.wait(self._pause if self.trouble else POLL)
        raise StopIteration

    def ring(self, position: int | None) -> None:
        """What was read already needs no waking."""
        if position is None or position > self._reached:
            self._bell.set()

    def stop(self) -> None:
        self._stopped = True
        self._bell.set()
        self._log.watch.remove(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _attempt(self) -> Sequence[Row]:
        try:
            rows, reached = self._rows_of_topics() if self._topics else self._rows()
            page = self._read(rows) if rows else ()
        except StoreUnavailable as trouble:
            self._pause = min(2 * self._pause, LONGEST_PAUSE) if self.trouble else FIRST_PAUSE
            self.trouble = trouble
            return ()
        self.trouble = None
        self._reached, self._last = reached, rows[-1] if rows else self._last
        return page

    def _rows(self) -> tuple[Sequence[LoggedEvent], int]:
        """The last row given is read with those after it: it must still be there, and the same."""
        rows = self._log.select_notifications(self._reached, PAGE + 1)
        if self._reached:
            if not rows or rows[0].id != self._reached or (self._last and rows[0] != self._last):
                raise self._log.behind(self._reached)
            rows = rows[1:]
        return rows, rows[-1].id if rows else self._reached

    def _rows_of_topics(self) -> tuple[Sequence[LoggedEvent], int]:
        """What has no row of these topics is gone over once: everything up to a head that was read before."""
        head = self._log.max_notification_id()
        if head < self._reached:
            raise self._log.behind(self._reached)
        if head == self._reached:
            return (), head
        stop = min(head, self._reached + SPAN)
        rows = self._log.select_notifications(self._reached, PAGE, stop, self._topics, inclusive_of_start=False)
        reached = rows[-1].id if len(rows) == PAGE else stop
        if reached < head:
            self._bell.set()
        return rows, reached


class LogSubscription(Subscription[ApplicationRecorder]):
    """The library's interface to a `Tail`: one row at a time."""

    def __init__(self, log: Log, gt: int | None, topics: Sequence[str]) -> None:
        super().__init__(log, gt, topics)
        self._tail = Tail[LoggedEvent](log, gt or 0, topics, list)
        self._rows = deque[LoggedEvent]()

    def __next__(self) -> Notification:
        if not self._rows and not self._has_been_stopped:
            self._rows.extend(next(self._tail))
        if self._has_been_stopped:
            raise StopIteration
        return self._rows.popleft()

    def stop(self) -> None:
        super().stop()
        self._tail.stop()

    def __exit__(self, *args: object, **kwargs: Any) -> None:
        super().__exit__(*args, **kwargs)
