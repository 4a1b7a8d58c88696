"""Programs that project, each in a process of its own, which may be killed or kills itself at a line of our code."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from types import FrameType
from typing import Any

import projections
from api.main import App, Settings, build
from ledger.errors import LedgerError
from projections import projector as projecting
from projections import rebuild as rebuilding
from projections.readplace import ReadPlace

FILES = {
    str(Path(projections.__path__[0]) / f"{name}.py")
    for name in ("folding", "projector", "readplace", "readstore", "rebuild", "tables", "writing")
}
"""What is traced: where rows and positions are read and written."""

CONTEXT = get_context("forkserver")
CONTEXT.set_forkserver_preload([__name__])
NEVER = 10**9
"""A line that nobody comes to."""

Said = SimpleQueue[tuple[object, int]]


@contextmanager
def opened(url: str) -> Iterator[App]:
    """The application as another process has it, which knows nothing yet."""
    app = build(Settings(url))
    try:
        yield app
    finally:
        app.store.close()


def started(
    url: str,
    what: str,
    page: int,
    *,
    line: int = 0,
    commits: int = 0,
    helped: bool = False,
    said: Said | None = None,
) -> ForkServerProcess:
    """`what`: catch_up or rebuild. It kills itself at a line (0: at none, and nothing is traced), or after commits.

    `helped`: by other processes, however little there is to build.
    """
    process = CONTEXT.Process(target=run, args=(url, what, page, line, commits, helped, said), daemon=not helped)
    process.start()
    return process


def ended(url: str, what: str, page: int, *, line: int = 0) -> tuple[object, int]:
    """What one says that comes to its end."""
    said: Said = CONTEXT.SimpleQueue()
    process = started(url, what, page, line=line, said=said)
    process.join()
    return said.get()


def run(url: str, what: str, page: int, line: int, commits: int, helped: bool, said: Said | None) -> None:
    """Says how it ended: its position, or what went wrong; and how many lines were traced."""
    projecting.PAGE, rebuilding.PAGE = page, page
    if helped:
        rebuilding.FEW = 0
    if commits:
        die_after(commits)
    with opened(url) as app:
        trace, lines = dying(line)
        try:
            if line:
                sys.settrace(trace)
            getattr(app.reads.projector, what)()
            sys.settrace(None)
            told: object = app.reads.store.position()
        except LedgerError as error:
            told = f"{type(error).__name__}: {error}"
        if said:
            said.put((told, lines()))


def die_after(commits: int) -> None:
    """Kill this process as soon as so many of its transactions are over."""
    writing, over = ReadPlace.writing, count(1)

    @contextmanager
    def counted(*given: Any, **named: Any) -> Iterator[Any]:
        with writing(*given, **named) as connection:
            yield connection
        if next(over) == commits:
            os.kill(os.getpid(), signal.SIGKILL)

    ReadPlace.writing = counted  # type: ignore[method-assign]  # this process has no other use


def dying(line: int) -> tuple[Any, Callable[[], int]]:
    """A trace function that kills this process at so many lines of ours; and how many there were."""
    lines = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal lines
        if frame.f_code.co_filename not in FILES:
            return None
        if event == "line":
            lines += 1
            if lines == line:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    return trace, lambda: lines
