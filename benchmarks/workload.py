"""What is appended: sessions that were held, to children that are known. Facts of ours, not bytes made up."""

from collections.abc import Iterator
from itertools import count
from uuid import UUID, uuid4

from api.main import App
from benchmarks.child import facts
from domain.envelope import Unrecorded
from domain.fact import Fact
from domain.trajectory.support import SessionHeld

CHILDREN = 100
"""Facts are spread over so many, in turn."""

BATCH = 100
"""Facts in one append, where many go together."""


def session() -> Fact:
    return next(each for each in facts() if isinstance(each, SessionHeld))


class Children:
    """Streams with the version that each has: who appends says which comes next."""

    def __init__(self, streams: list[UUID]) -> None:
        self._versions = dict.fromkeys(streams, 0)
        self._turns = (streams[number % len(streams)] for number in count())

    @classmethod
    def new(cls) -> "Children":
        return cls([uuid4() for _ in range(CHILDREN)])

    def next(self, facts: int = 1) -> tuple[UUID, range]:
        """The next child in turn, and the versions that so many facts of it have."""
        stream = next(self._turns)
        first = self._versions[stream] + 1
        self._versions[stream] += facts
        return stream, range(first, first + facts)


class Ours:
    """`Store.save`, as an action ends with it: encoded, sealed, appended, durable."""

    def __init__(self, app: App) -> None:
        self._store = app.store
        self._fact = session()
        self._children = Children.new()
        for _ in range(CHILDREN):
            self.singly(1)

    def singly(self, operations: int) -> None:
        for _ in range(operations):
            stream, (version,) = self._children.next()
            self._store.save([Unrecorded(stream, version, self._fact)])

    def together(self, operations: int) -> None:
        """Batches, each to a child whose key is there."""
        for _ in range(operations):
            stream, versions = self._children.next(BATCH)
            self._store.save([Unrecorded(stream, version, self._fact) for version in versions])

    def imported(self, operations: int) -> None:
        """Batches, each of four new children, whose keys are minted first."""
        for _ in range(operations):
            self._store.save([Unrecorded(*place, self._fact) for place in _new(BATCH, 4)])


def _new(facts: int, children: int) -> Iterator[tuple[UUID, int]]:
    for _ in range(children):
        stream = uuid4()
        yield from ((stream, version) for version in range(1, facts // children + 1))
