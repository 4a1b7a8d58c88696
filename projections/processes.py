"""Other processes that do parts of a long job, each asked over a connection.

Nobody is left alone: they end when the connection is closed, whatever became of who asked; and one that ends before it
has answered is told of as such, so that no part is taken for done that is not.
"""

import gc
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from ledger.errors import place_of

OBJECTS = 50_000
"""So many are made before Python looks for garbage: such jobs make many, and hardly any that hold each other."""

PATIENCE = 5.0
"""Seconds that another process has to end by itself."""

CLOSED = (EOFError, BrokenPipeError, ConnectionResetError)

Work = Callable[[Connection], object]
"""What another process does: answers what it is asked, until the connection is closed (`CLOSED`). It can be pickled."""


class Ended(Exception):
    """A process ended before it was done."""


class Unsaid(Exception):
    """An error that another process could not send: its name."""


@contextmanager
def others(work: Work, count: int) -> Iterator[list[Connection]]:
    """So many processes, each at the other end of a connection."""
    context = get_context("spawn")
    with ExitStack() as started:
        connections = []
        for _ in range(count):
            ours, theirs = context.Pipe()
            with theirs:
                process = context.Process(target=_work, args=(work, theirs), daemon=True)
                started.callback(_end, process, ours)
                process.start()
            connections.append(ours)
        yield connections


def answers(connections: Iterable[Connection], questions: Iterable[Any]) -> Iterator[Any]:
    """What they say to each of these, as it comes; who has answered is asked the next.

    Raises `Ended`, and what they raise.
    """
    coming, working = iter(questions), list[Connection]()
    for other in connections:
        working += _asked(other, coming)
    while working:
        ready = wait(working)
        for other in [each for each in working if each in ready]:
            yield said(other)
            working.remove(other)
            working += _asked(other, coming)


def _asked(other: Connection, coming: Iterator[Any]) -> Iterator[Connection]:
    for question in coming:
        ask(other, question)
        yield other
        return


def ask(other: Connection, question: Any) -> None:
    """Raises `Ended`."""
    try:
        other.send(question)
    except OSError:
        raise Ended from None


def said(other: Connection) -> Any:
    """What another process found, or raised. Raises `Ended`."""
    try:
        found = other.recv()
    except (EOFError, OSError):
        raise Ended from None
    if isinstance(found, Exception):
        raise found
    return found


def keep_what_there_is() -> None:
    """For a job that makes many objects: garbage is looked for seldom, and never among what there is already."""
    gc.freeze()
    gc.set_threshold(OBJECTS)


def _end(process: BaseProcess, connection: Connection) -> None:
    connection.close()
    if process.pid is not None:
        process.join(PATIENCE)
        process.terminate()
        process.join()


def _work(work: Work, asked: Connection) -> None:
    """What another process does, with an error as its last word."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # typed for all of us; who asked ends us
    with suppress(*CLOSED):
        try:
            work(asked)
        except CLOSED:
            raise
        except Exception as error:  # noqa: BLE001  # who asked raises it; a traceback here could show content
            error.add_note(place_of(error))
            _tell(asked, error)


def _tell(asked: Connection, error: Exception) -> None:
    try:
        asked.send(error)
    except CLOSED:
        raise
    except Exception:  # noqa: BLE001  # whatever keeps it from being sent; it may hold content
        unsaid = Unsaid(type(error).__name__)
        unsaid.add_note(place_of(error))
        asked.send(unsaid)
