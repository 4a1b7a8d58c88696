"""Read models anew, beside those that are read: child by child, so that each is folded once.

The log up to the position at which it begins is read by stream, and other processes take a part of the streams each;
what came after is projected as always. Indexes are made when the rows are there. Nothing is read from what is being
built before it has caught up, and a process that ends before it is done ends the whole build.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import groupby, pairwise
from multiprocessing.connection import Connection
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID

from domain.envelope import Recorded
from domain.programme import Programmes
from domain.trajectory.history import History
from ledger.errors import StoreUnavailable
from ledger.store import Store
from projections.folding import OF_A_CHILD, Changes, advance, stood
from projections.models import IN_SHORT, OF_FACT
from projections.processes import Ended, answers, keep_what_there_is, others
from projections.readmodel import Given
from projections.readstore import Generation, ReadStore, ReplacedByOther, mark_of
from projections.writing import written

PAGE = 1_000
"""Facts read, folded and written together."""

FEW = 20_000
"""Facts that are projected sooner than another process has started."""

PARTS = 64
"""Into so many the streams are divided: who is done with one takes the next."""

STREAMS = 2**128

BLINDED = 10_000
"""Words whose blind index is kept: the same few people look and help again and again."""

Progress = Callable[[int, int], object]
"""Told how many facts of how many are done."""


class BuildInterrupted(StoreUnavailable):
    """A process ended before it was done: what was built is not all there is, and is not read."""

    hint = "Build them again: run `zorgspoor rebuild`."


class Part(NamedTuple):
    """The streams from one to another, and all facts of them up to a position."""

    first: UUID
    last: UUID
    position: int


@dataclass(frozen=True)
class Builder:
    """A log, what rows follow from beside it, and where they go."""

    store: Store
    programmes: Programmes
    given: Given
    reads: ReadStore

    def build(self, number: int, part: Part) -> Iterator[int]:
        """The rows of a part, in this generation; page by page how many facts there were."""
        tables, store = self.reads.tables(number), self.store.reading_as(IN_SHORT)
        for page in pages(store, part):
            changes = folded(page, self.programmes, self.given)
            with self.reads.place.writing() as connection:
                erased = written(connection, tables, self.store.keys, changes)
                if meanwhile := set(erased).difference(changes.erased):
                    self.reads.forget_children(connection, list(meanwhile))
            yield len(page)


Elsewhere = Callable[[], Builder]
"""How another process comes by the same builder; it can be pickled."""


def silent(done: int, total: int) -> None:
    """Nobody is told."""


def build(
    store: Store,
    programmes: Programmes,
    given: Given,
    reads: ReadStore,
    told: Progress = silent,
    elsewhere: Elsewhere | None = None,
) -> Generation:
    """A new generation, up to where the log ended when this began; it is not read yet. Raises `BuildInterrupted`.

    `elsewhere`: by which other processes help; None: this one does it alone.
    """
    begun, last = reads.begin(), store.last().position
    (end,) = store.at([last])
    done = 0
    for count in _counts(Builder(store, programmes, given, reads), begun.number, last, elsewhere):
        done += count
        told(done, last)
    if done != last:
        raise BuildInterrupted(f"Of {last} facts {done} were projected.")
    reads.index(begun.number)
    built = Generation(begun.number, last, mark_of(end))
    with reads.place.writing() as connection:
        reads.move(connection, begun, built.position, built.mark)
    return built


def _counts(builder: Builder, number: int, last: int, elsewhere: Elsewhere | None) -> Iterator[int]:
    """How many facts are done, by and by."""
    count = os.cpu_count() or 1
    if elsewhere is None or count == 1 or last <= FEW:
        yield from builder.build(number, *_parts(1, last))
        return
    work = partial(_work, elsewhere, number, builder.reads.fingerprint)
    try:
        with others(work, count) as connections:
            yield from answers(connections, _parts(PARTS, last))
    except Ended:
        raise BuildInterrupted("A process that built read models ended before it was done.") from None


def _parts(count: int, position: int) -> Iterator[Part]:
    """As many streams in each, as their ids are random."""
    bounds = [STREAMS * number // count for number in range(count + 1)]
    for first, end in pairwise(bounds):
        yield Part(UUID(int=first), UUID(int=end - 1), position)


def _work(elsewhere: Elsewhere, number: int, fingerprint: str, asked: Connection) -> None:
    """What another process does: the parts that it is asked for, until nobody asks."""
    builder = elsewhere()
    with closing(builder.store):
        if builder.reads.fingerprint != fingerprint:
            raise ReplacedByOther("Programmes or policies became others while read models were built.")
        builder = replace(builder, given=replace(builder.given, blind=lru_cache(BLINDED)(builder.given.blind)))
        keep_what_there_is()
        while True:
            asked.send(sum(builder.build(number, asked.recv())))


def pages(store: Store, part: Part) -> Iterator[list[Recorded]]:
    """All facts of a part, by stream; no stream is cut in two."""
    after, rest = (part.first, 0), list[Recorded]()
    while page := store.by_stream(after, part.last, part.position, PAGE):
        after = page[-1].stream, page[-1].entry
        whole = [*rest, *page]
        rest = [each for each in whole if each.stream == after[0]]
        if done := whole[: len(whole) - len(rest)]:
            yield done
    if rest:
        yield rest


def folded(page: Iterable[Recorded], programmes: Programmes, given: Given) -> Changes:
    """All rows, with all their versions, of whole streams."""
    changes = Changes()
    for stream, facts in groupby(page, key=attrgetter("stream")):
        told = list(facts)
        if told[0].topic.startswith(OF_A_CHILD):
            advance(stood(History(stream, programmes, ()), given), told, given, changes)
        for model in OF_FACT:
            of_topic = (each for each in told if each.topic in model.topics)
            changes.facts[model.name] += [(each.position, row) for each in of_topic for row in model.rows(each, given)]
    changes.folded.clear()
    return changes
