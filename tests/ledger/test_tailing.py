"""Who reads on from the last position seen misses nothing, whoever writes; and what was decided on still holds."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID, uuid4

import pytest

from ledger.errors import Moved
from ledger.store import Store
from tests.ledger.notes import new_child, note
from tests.ledger.place import Place
from tests.ledger.test_many_processes import assert_whole, writer

WRITERS = 4


def tail(store: Store, upto: int) -> Iterator[int]:
    """Positions in the order in which somebody sees them who always asks for what comes after the last one."""
    after = store.last().position
    while after < upto:
        for row in store._log.select_notifications(after, 500, inclusive_of_start=False):
            after = row.id
            yield after


def facts_in(appends: int) -> int:
    """How many facts the program `batches` appends (tests/ledger/writer.py)."""
    return sum(number % 40 + 1 for number in range(appends))


@pytest.mark.parametrize("appends", [50, pytest.param(500, marks=[pytest.mark.long, pytest.mark.timeout(600)])])
def test_a_tailing_reader_misses_nothing_of_four_writers(store: Store, place: Place, appends: int) -> None:
    """Every position once and in order, while they are being written (3 500 facts; 40 200 in the long test)."""
    last = 1 + WRITERS * facts_in(appends)
    writers = [writer("batches", place.url, appends) for _ in range(WRITERS)]
    seen = list(tail(store, last))
    said = [int(line) for process in writers for line in process.communicate()[0].split()]
    assert [process.returncode for process in writers] == [0] * WRITERS
    assert seen == list(range(2, last + 1))
    assert set(said) <= set(seen)
    assert len(said) == len(set(said)) == WRITERS * appends
    assert_whole(store)


def test_of_two_sessions_on_the_last_place_exactly_one_stands(store: Store) -> None:
    """Both were decided on the same version; twenty times over."""
    with ThreadPoolExecutor(2) as pool:
        for _ in range(20):
            child, together = new_child(store), Barrier(2)

            def take(child: UUID = child, together: Barrier = together) -> bool:
                together.wait()
                try:
                    store.save([note(child, 2)], unmoved={child: 1})
                except Moved:
                    return False
                return True

            assert sorted(each.result() for each in [pool.submit(take) for _ in range(2)]) == [False, True]
            assert store.version(child) == 2


def test_nothing_stands_that_was_decided_on_an_older_version(store: Store) -> None:
    """A child moves while many look: at the position of each look the child has the version that was looked at."""
    child, looks = new_child(store), dict[UUID, int]()
    sys.setswitchinterval(0.0005)

    def look(_: int) -> None:
        for _ in range(15):
            seen, contact = store.version(child), uuid4()
            try:
                store.save([note(contact, 1)], unmoved={child: seen})
            except Moved:
                continue
            looks[contact] = seen

    def move(_: int) -> None:
        for version in range(2, 22):
            store.save([note(child, version)])

    try:
        with ThreadPoolExecutor(7) as pool:
            for each in [pool.submit(move, 0), *(pool.submit(look, number) for number in range(6))]:
                each.result()
    finally:
        sys.setswitchinterval(0.005)
    at = {fact.stream: fact.position for fact in store.log(limit=10_000)}
    assert looks
    moved = [fact.position for fact in store.stream(child)]
    assert all(sum(each <= at[contact] for each in moved) == seen for contact, seen in looks.items())
