"""The projector: reads the log in pages and brings all read models up to it.

Rows and position are one transaction, held to the position that was read before: whoever else projects meanwhile, and
wherever this is killed, every fact is counted exactly once. Several may run; they only take work from each other.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from threading import Event, Lock, Thread

from domain.envelope import Recorded
from domain.programme import Programmes
from ledger.errors import Rewound, StoreUnavailable
from ledger.store import Store
from projections.folding import KEPT_FACTS, Folding
from projections.readmodel import Given
from projections.readstore import Behind, Generation, Reading, ReadStore, ReplacedByOther, is_at, mark_of
from projections.rebuild import Elsewhere, Progress, build, silent
from projections.writing import written

PAGE = 1_000
"""Facts that are projected in one transaction."""

FAR_BEHIND = 100_000
"""Facts: from here on building anew beside is quicker than going on page by page."""

REPLACED = "The read models were replaced meanwhile."

ELSEWHERE_SECONDS = 0.001
"""Between two looks at how far the projector of another process is."""

AGAIN_SECONDS = 1.0
"""Until what could not be projected is tried again."""


class Replaced(Behind):
    """Somebody else built them anew meanwhile: what this one projected goes with the tables that it was in."""


class Projector:
    """Brings the generation that is read, or one that is being built, up to the log."""

    def __init__(
        self,
        store: Store,
        programmes: Programmes,
        given: Given,
        reads: ReadStore,
        *,
        kept_facts: int = KEPT_FACTS,
        elsewhere: Elsewhere | None = None,
    ) -> None:
        """`elsewhere`: by which other processes help to build."""
        self.reads = reads
        self._store = store
        self._programmes = programmes
        self._given = given
        self._kept_facts = kept_facts
        self._elsewhere = elsewhere
        self._foldings: tuple[int, Folding] | None = None
        self._reached: Generation | None = None  # as `apply` left the one that is read
        self._lock = Lock()

    def catch_up(self, upto: int | None = None, told: Progress = silent) -> int:
        """Project until the end of the log, or at least up to a position; where the read models are then.

        Builds them first, if there are none of this software or they are far behind.
        """
        goal = self._store.last().position if upto is None else upto
        with self._lock:
            self._reached = None
            live = self._begun(goal, told)
            while live.position < goal:
                try:
                    live = self._page(live)
                except Replaced:
                    live = self._begun(goal, told)
            return live.position

    def apply(self, page: Sequence[Recorded]) -> None:
        """Project facts that follow each other in the log, as far as nobody has yet."""
        with self._lock:
            live, self._reached = self._reached, None
            if live is None or page[0].position > live.position + 1:
                live = self._live_of_this_log()
            while live is None or live.position < page[-1].position:
                if live is None or page[0].position > live.position + 1:
                    raise Behind("The read models are behind what is to be projected.")
                live = self._project(live, [each for each in page if each.position > live.position])
            self._reached = live

    def rebuild(self, told: Progress = silent) -> Generation:
        """All read models anew, beside those that are read; these are replaced when the new ones have caught up.

        Of several who build at once the first one to be done replaces those of the others as well.
        """
        before = self.reads.live()
        try:
            return self._built(told)
        except StoreUnavailable:
            live = self.reads.live()
            if live is None or (before and before.number == live.number):
                raise
            return live

    def _live_of_this_log(self) -> Generation | None:
        """Raises `Behind` where what was projected is not in the log any more: it has to be built anew."""
        live = self.reads.live()
        if live and not goes_on(self._store, live):
            raise Behind("The read models are of a log that was put back.")
        return live

    def _begun(self, goal: int, told: Progress) -> Generation:
        """The generation to go on from."""
        live = self.reads.live()
        if live is None or goal - live.position > FAR_BEHIND or not goes_on(self._store, live):
            return self.rebuild(told)
        return live

    def _built(self, told: Progress) -> Generation:
        built = build(self._store, self._programmes, self._given, self.reads, told, self._elsewhere)
        while not self._swapped(built):
            built = self._page(built)
        return built

    def _swapped(self, built: Generation) -> bool:
        """Never back to an earlier position than what was read. Raises `Replaced`."""
        with self.reads.place.writing(alone=True) as connection:
            if self.reads.of(built.number, connection) is None:
                raise Replaced(REPLACED)
            live = self.reads.live_in(connection)
            if live and live.position > built.position and goes_on(self._store, live):
                return False
            self.reads.swap(built, connection)
        return True

    def _page(self, before: Generation) -> Generation:
        page = self._store.log(before.position, PAGE)
        if not page:
            raise Rewound(f"Position {before.position} of the log was projected, and is not there any more.")
        return self._project(before, page)

    def _project(self, before: Generation, page: Sequence[Recorded]) -> Generation:
        """Where the generation is now: after this page, or where somebody else has brought it. Raises `Replaced`."""
        if not page:
            return before
        folding = self._folding(before)
        changes = folding.changes(page)
        after = Generation(before.number, page[-1].position, mark_of(page[-1]))
        with self.reads.place.writing() as connection:
            if not self.reads.move(connection, before, after.position, after.mark):
                there = self.reads.of(before.number, connection)
                if there is None:
                    raise Replaced(REPLACED)
                return there
            erased = written(connection, self.reads.tables(before.number), self._store.keys, changes)
            if erased:
                self.reads.forget_children(connection, erased)
        folding.stands(changes)
        if erased:
            self.reads.place.forget_for_good()
        self.reads.arrived(after.position)
        return after

    def _folding(self, generation: Generation) -> Folding:
        """What is in memory was folded for one generation: another may follow from another state of the log."""
        if self._foldings is None or self._foldings[0] != generation.number:
            folding = Folding(self._store, self._programmes, self._given, kept_facts=self._kept_facts)
            self._foldings = generation.number, folding
        return self._foldings[1]


def goes_on(store: Store, where: Generation | Reading) -> bool:
    """Whether the log still has what was projected: it may have been put back to an older state."""
    return where.position == 0 or is_at(store.sealed_at(where.position), where.mark)


@contextmanager
def reading_from(store: Store, reads: ReadStore, position: int, seconds: float) -> Iterator[Reading]:
    """Read once somebody has projected this position of the log as it stands now. Raises `Behind`."""
    until = time.monotonic() + seconds
    reads.wait(position)
    while True:
        with ExitStack() as held:
            reading = _begun(reads, held)
            if reading and reading.position >= position and goes_on(store, reading):
                yield reading
                return
        if time.monotonic() > until:
            raise Behind(f"The read models are not yet at position {position} of the log.")
        reads.wait(position, ELSEWHERE_SECONDS)


def _begun(reads: ReadStore, held: ExitStack) -> Reading | None:
    """None: nothing is there yet, or it was just replaced."""
    try:
        return held.enter_context(reads.reading())
    except Behind:
        return None


class Following:
    """A thread that projects what comes into the log, as soon as it is there, until it is stopped.

    Over whatever happens, defects included: what could not be projected is tried again, also where nothing more comes;
    and where the log was put back to an older state, it goes on from there. `failed` is told each time. It ends where
    other software took over.
    """

    def __init__(self, projector: Projector, store: Store, failed: Callable[[Exception], object]) -> None:
        self._projector = projector
        self._store = store
        self._failed = failed
        self._stopped = Event()
        self._tail = store.follow(projector.catch_up())
        self._thread = Thread(target=self._run, name="projector", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._tail.stop()
        self._thread.join()

    def _run(self) -> None:
        for page in self._pages():
            self._until_done(partial(self._apply, page))

    def _pages(self) -> Iterator[Sequence[Recorded]]:
        while not self._stopped.is_set():
            try:
                yield from self._tail
                break
            except Exception as error:  # noqa: BLE001  # whatever ends this thread ends all lists
                self._failed(error)
                self._until_done(self._follow_anew)

    def _follow_anew(self) -> None:
        self._tail.stop()
        self._tail = self._store.follow(self._projector.catch_up())
        if self._stopped.is_set():
            self._tail.stop()

    def _apply(self, page: Sequence[Recorded]) -> None:
        try:
            self._projector.apply(page)
        except Behind:
            self._projector.catch_up()

    def _until_done(self, do: Callable[[], object]) -> None:
        while not self._stopped.is_set():
            try:
                do()
                break
            except ReplacedByOther as error:
                self._failed(error)
                self._stopped.set()
                self._tail.stop()
            except Exception as error:  # noqa: BLE001  # as above
                self._failed(error)
                self._stopped.wait(AGAIN_SECONDS)
