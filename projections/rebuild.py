"""Read models anew, beside those that are read: child by child, so that each is folded once.

The log up to the position at which it begins is read by stream, by several processes; what came after is projected as
always. Nothing is read from what is being built before it has caught up.
"""

from collections.abc import Callable, Iterator
from itertools import groupby
from operator import attrgetter
from uuid import UUID

from domain.envelope import Recorded
from domain.programme import Programmes
from domain.trajectory.history import History
from ledger.store import Store
from projections.folding import OF_A_CHILD, Changes, advance, stood
from projections.models import OF_FACT
from projections.readmodel import Given
from projections.readstore import Generation, ReadStore
from projections.writing import written

PAGE = 5_000
"""Facts read, folded and written together."""

FIRST, LAST = UUID(int=0), UUID(int=2**128 - 1)

Progress = Callable[[int, int], object]
"""Told how many facts of how many are done."""


def silent(done: int, total: int) -> None:
    """Nobody is told."""


def build(store: Store, programmes: Programmes, given: Given, reads: ReadStore, told: Progress = silent) -> Generation:
    """A new generation, up to where the log ended when this began; it is not read yet."""
    begun, last = reads.begin(), store.last().position
    (end,) = store.at([last])
    done = 0
    for page in pages(store, last):
        changes = folded(page, programmes, given)
        with reads.place.writing() as connection:
            erased = written(connection, reads.tables(begun.number), store.keys, changes)
            if meanwhile := set(erased).difference(changes.erased):
                reads.forget_children(connection, list(meanwhile))
        done += len(page)
        told(done, last)
    built = Generation(begun.number, last, f"{end.stream}/{end.entry}")
    with reads.place.writing() as connection:
        reads.move(connection, begun, built.position, built.mark)
    return built


def pages(store: Store, last: int) -> Iterator[list[Recorded]]:
    """All facts up to a position, by stream; no stream is cut in two."""
    after, rest = (FIRST, 0), list[Recorded]()
    while page := store.by_stream(after, LAST, last, PAGE):
        after = page[-1].stream, page[-1].entry
        whole = [*rest, *page]
        rest = [each for each in whole if each.stream == after[0]]
        if done := whole[: len(whole) - len(rest)]:
            yield done
    if rest:
        yield rest


def folded(page: list[Recorded], programmes: Programmes, given: Given) -> Changes:
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
