"""Row 7: a page of fifty children on a coordinator's list, decided, unsealed and recorded; among few children and many.

Pages are taken from all over the list, in each round by a process that has no child and no key in memory yet.
"""

import gc
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import cycle
from statistics import median
from time import perf_counter
from typing import Self

from api.cursor import Cursor, write_cursor
from api.listing import Page
from api.lists import caseload
from api.look import Question
from api.main import App, Settings, build
from benchmarks.child import clock
from benchmarks.fill import settle
from benchmarks.measure import Goal, Measured, measured, milliseconds
from benchmarks.mixed import DOOR
from benchmarks.municipality import NOTE, fill_municipality
from benchmarks.place import PostgresPlace, SQLitePlace, Stores, postgres_place, sqlite_place
from benchmarks.queries import counted
from benchmarks.size import Size
from projections.candidates import Scope, Spot, on_caseload
from projections.caseload import CASELOAD
from projections.relations import relations_of
from tests.examples import COORDINATOR

ROWS = 50
QUESTION = Question(CASELOAD, COORDINATOR, "coordination", DOOR)


def measure(size: Size) -> list[Measured]:
    with postgres_place() as place:
        postgres = _measure(place, size)
    with sqlite_place() as place:
        return [postgres, _measure(place, size)]


def _measure(place: SQLitePlace | PostgresPlace, size: Size) -> Measured:
    notes, lists = [NOTE], dict[int, Pages]()
    with ExitStack() as opened:
        stores = opened.enter_context(Stores(place))
        for children in _children(size):
            notes.append(_filled(place, stores, children))
            lists[children] = opened.enter_context(Pages(place.url(f"of_{children}"), size.pages))
        rounds = _rounds(lists, size)
        notes += [f"{children:,} children: {pages.queries()}" for children, pages in lists.items()]
    return measured(
        f"A page of a caseload, {place.engine}", "ms", rounds, list(_goals(place.engine, _children(size))), notes
    )


def _goals(engine: str, children: tuple[int, int, int]) -> Iterator[Goal]:
    few, some, many = children
    yield Goal(f"row 7: a page among {some:,} children, in ms, {engine}", _most(some), "", 25, at_most=True)
    yield Goal(f"row 7: flat from {few:,} to {many:,} children, {engine}", _half(many), _half(few), 1.2, at_most=True)


def _children(size: Size) -> tuple[int, int, int]:
    return size.pages_of, size.pages_of * 10, size.pages_of * 100


def _most(children: int) -> str:
    return f"95 % of pages within, {children:,} children"


def _half(children: int) -> str:
    return f"half of the pages within, {children:,} children"


def _filled(place: SQLitePlace | PostgresPlace, stores: Stores, children: int) -> str:
    name, began = f"of_{children}", perf_counter()
    app = stores.create(name)
    fill_municipality(place, app, name, children)
    settle(place, name)
    filled, facts = perf_counter() - began, app.store.last().position
    app.reads.projector.catch_up()
    settle(place, name)
    built = perf_counter() - began - filled
    return f"{children:,} children, {facts:,} facts: filled in {filled:,.0f} s, read models built in {built:,.0f} s."


class Pages:
    """So many pages from all over one list, and then the same again."""

    def __init__(self, url: str, pages: int) -> None:
        self._url = url
        self._app = build(Settings(url), clock)
        cursors = list(_cursors(self._app))
        chosen = random.Random(1).sample(cursors, min(pages, len(cursors)))  # noqa: S311  # the same ones each time
        self._cursors = cycle(chosen)
        self.read()

    def forget(self) -> None:
        """By a process that knows nothing of any child yet, but how to ask; what there is stays, as in a service."""
        self._app.store.close()
        self._app = build(Settings(self._url), clock)
        self.read()
        gc.collect()
        gc.freeze()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._app.store.close()

    def read(self) -> None:
        page = caseload(self._app, QUESTION, Page(ROWS, next(self._cursors)))
        assert page.next is None or len(page.seen.bodies) == ROWS

    def queries(self) -> str:
        """Of every page how many, in words."""
        found = Counter[str]()
        for _ in range(10):
            with counted(self._app) as asked:
                self.read()
            found[", ".join(f"{number} of the {name}" for name, number in sorted(asked.items()))] += 1
        return f"statements of a page: {' or '.join(found)}."


def _cursors(app: App) -> Iterator[str | None]:
    """Where each page of the list begins."""
    yield None
    belongs, after = Cursor.of("caseload", QUESTION), None
    relations = relations_of(COORDINATOR, app.programmes, app.reads.given.blind)
    with app.reads.upto(app.store.last().position) as reading:
        scope = Scope(relations, clock(), reading.position)
        while len(spots := on_caseload(reading, scope, after, ROWS)) == ROWS:
            after = Spot(*spots[-1])
            yield write_cursor(app, belongs, after)


def _rounds(lists: dict[int, Pages], size: Size) -> dict[str, list[float]]:
    """In each round so many pages of each list, in turn."""
    found: dict[str, list[float]] = {name(children): [] for children in lists for name in (_half, _most)}
    for _ in range(size.rounds):
        taken: dict[int, list[float]] = {children: [] for children in lists}
        for pages in lists.values():
            pages.forget()
        for _ in range(size.pages):
            for children, pages in lists.items():
                taken[children].append(milliseconds(pages.read))
        for children, each in taken.items():
            found[_half(children)].append(median(each))
            found[_most(children)].append(sorted(each)[len(each) * 95 // 100])
    return found
