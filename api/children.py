"""The children that this process knows already, so that an action or a look need not read and fold all of a child anew.

What is kept may be behind the log: others write too. `known` may be used for what the log takes only if the child has
not moved (`unmoved`), as every action and every look is; whatever else is answered asks for `latest`.
"""

from collections import OrderedDict
from collections.abc import Collection, Iterable
from itertools import groupby
from operator import attrgetter
from threading import Lock
from typing import Protocol
from uuid import UUID

from domain.envelope import Recorded
from domain.fact import ChildFact
from domain.programme import Programmes
from domain.trajectory.child import TrajectoryOpened
from domain.trajectory.forward import read_on
from domain.trajectory.history import History, history_of

KEPT_FACTS = 50_000
"""Facts of children kept in memory by one process, with what they fold to: about 200 MB; a child has about thirty."""


class Streams(Protocol):
    """Where children are read from."""

    def stream(self, stream: UUID, after: int = 0, limit: int | None = None) -> list[Recorded]: ...

    def streams(self, streams: Collection[UUID]) -> dict[UUID, list[Recorded]]: ...

    def keys_destroyed(self) -> int:
        """A greater number than before if a child was erased since, as far as this process was told."""
        ...


class Children:
    """Histories by stream, the ones used last; all are forgotten once this process is told that a child was erased."""

    def __init__(self, streams: Streams, programmes: Programmes, *, kept_facts: int = KEPT_FACTS) -> None:
        self._streams = streams
        self._programmes = programmes
        self._kept_facts = kept_facts
        self._kept = OrderedDict[UUID, History]()
        self._facts = 0
        self._keys_destroyed = streams.keys_destroyed()
        self._lock = Lock()

    def known(self, stream: UUID) -> History:
        """As this process last saw it; read, if it never did."""
        return self._held(stream, self._streams.keys_destroyed()) or self.latest(stream)

    def latest(self, stream: UUID) -> History:
        """As it stands in the log now."""
        destroyed = self._streams.keys_destroyed()
        held = self._held(stream, destroyed)
        if held is None:
            return self._read(stream, destroyed)
        there = self._streams.stream(stream, held.version - 1)
        if not there or _differ(there[0], held.recorded[-1]):
            self._forget(stream)
            return self._read(stream, destroyed)
        return self._keep(read_on(held, there[1:]), destroyed) if there[1:] else held

    def known_all(self, children: Collection[UUID]) -> dict[UUID, History]:
        """As `known`, of many children; all that this process never saw are read at once."""
        destroyed = self._streams.keys_destroyed()
        held = {child: self._held(child, destroyed) for child in children}
        read = self._streams.streams([child for child, history in held.items() if history is None])
        return {
            child: history or self._keep(history_of(child, self._programmes, read[child]), destroyed)
            for child, history in held.items()
        }

    def is_child(self, stream: UUID) -> bool:
        """Whether this is the opaque id of a child, erased or not."""
        if self._held(stream, self._streams.keys_destroyed()):
            return True
        return any(each.topic == TrajectoryOpened.TOPIC for each in self._streams.stream(stream, limit=1))

    def told(self, recorded: Iterable[Recorded]) -> None:
        """What this process appended needs no reading. It stands, so nothing is asked of anybody here that may fail."""
        for stream, facts in groupby(sorted(recorded, key=attrgetter("stream")), key=attrgetter("stream")):
            destroyed, appended = self._keys_destroyed, list(facts)
            held = self._held(stream, destroyed)
            if held and held.version + 1 == appended[0].entry:
                self._keep(read_on(held, appended), destroyed)

    def _read(self, stream: UUID, destroyed: int) -> History:
        history = history_of(stream, self._programmes, self._streams.stream(stream))
        return self._keep(history, destroyed) if history.version else history

    def _forget(self, stream: UUID) -> None:
        """The log was put back to an older state: what is held of this child is not in it."""
        with self._lock:
            held = self._kept.pop(stream, None)
            self._facts -= held.version if held else 0

    def _held(self, stream: UUID, destroyed: int) -> History | None:
        with self._lock:
            if destroyed > self._keys_destroyed:
                self._keys_destroyed = destroyed
                self._kept.clear()
                self._facts = 0
            held = self._kept.get(stream)
            if held:
                self._kept.move_to_end(stream)
            return held

    def _keep(self, history: History, destroyed: int) -> History:
        """Erased children are not kept; of two that read on at once, the one that knows more stays."""
        with self._lock:
            if self._keys_destroyed != destroyed:
                return history
            held = self._kept.pop(history.stream, None)
            self._facts -= held.version if held else 0
            if not history.erased:
                longest = history if held is None or held.version < history.version else held
                self._kept[history.stream] = longest
                self._facts += longest.version
            while self._facts > self._kept_facts:
                self._facts -= self._kept.popitem(last=False)[1].version
        return history


def _differ(one: Recorded, other: Recorded) -> bool:
    """Whether these are two facts, of the same stream and version."""
    return (one.position, one.recorded_at) != (other.position, other.recorded_at)


class BatchChildren:
    """Children as a batch leaves them, over those that stand in the log; what others do meanwhile, its end finds.

    Only those that the batch wrote to are kept here: all others are asked for again, so that one who moved is seen.
    """

    def __init__(self, behind: "Children | BatchChildren") -> None:
        self._behind = behind
        self._own = dict[UUID, History]()

    def latest(self, stream: UUID) -> History:
        return self._own.get(stream) or self._behind.latest(stream)

    known = latest

    def known_all(self, children: Collection[UUID]) -> dict[UUID, History]:
        return {child: self.latest(child) for child in children}

    def is_child(self, stream: UUID) -> bool:
        return stream in self._own or self._behind.is_child(stream)

    def told(self, recorded: Iterable[Recorded]) -> None:
        for each in recorded:
            if isinstance(each.fact, ChildFact) and (before := self.latest(each.stream)).version + 1 == each.entry:
                self._own[each.stream] = read_on(before, [each])
