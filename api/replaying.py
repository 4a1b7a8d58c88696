"""All looks of the log, replayed by several processes at once, each with a store of its own; told in their order.

Who has read the next looks says where they end, so that another reads on from there while the first replays. Nothing is
told as complete that is not: a process that ends before it is done ends the whole replay.
"""

import gc
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from api.main import App, Settings, build
from api.past_looks import looks_after
from api.place import place_of
from api.replay import PAGE, Replayed, Replayer

FEW = 500
"""Looks that are replayed sooner than another process has started."""

OBJECTS = 50_000
"""So many are made before Python looks for garbage: replaying makes many, and hardly any that hold each other."""

PATIENCE = 5.0
"""Seconds that another process has to end by itself."""

Chosen = Callable[[], Settings]
"""What another process builds its application from; asked there, as not all of it can be sent."""


class ReplayInterrupted(Exception):
    """A process ended before it was done: what was replayed is not all there is."""


def replay_together(app: App, chosen: Chosen, processes: int | None = None) -> Iterator[Replayed]:
    """Replay every look in the log, in its order. Raises ReplayInterrupted, and whatever stops a replay.

    `processes`: how many at once; None: one for each processor. The first few looks are replayed here, and all of them
    where there are no more.
    """
    count, replayer, after = processes or os.cpu_count() or 1, Replayer(app), 0
    seen = 0
    while (seen < FEW or count == 1) and (replayed := replayer.page(after)):
        after, seen = replayed[-1].position, seen + len(replayed)
        yield from replayed
    if count > 1 and looks_after(app, after, 1):
        with _others(chosen, count) as others:
            yield from _handed_out(others, after)


def _handed_out(idle: list[Connection], after: int | None) -> Iterator[Replayed]:
    """What others replay, told in the order in which it was handed out. `after`: None while somebody reads on."""
    working, done = dict[Connection, int](), dict[int, list[Replayed]]()
    handed = told = 0
    while True:
        if idle and after is not None:
            working[other := idle.pop()] = handed
            _send(other, after)
            handed, after = handed + 1, None
        if not working:
            return
        ready = wait(list(working))
        for other in [each for each in working if each in ready]:
            match _said(other):
                case list() as replayed:
                    done[working.pop(other)] = replayed
                    idle.append(other)
                case position:
                    after = position
        while told in done:
            yield from done.pop(told)
            told += 1


def _send(other: Connection, after: int) -> None:
    try:
        other.send(after)
    except OSError:
        raise ReplayInterrupted from None


def _said(other: Connection) -> Any:
    """What another process found, or raised."""
    try:
        found = other.recv()
    except (EOFError, OSError):
        raise ReplayInterrupted from None
    if isinstance(found, Exception):
        raise found
    return found


@contextmanager
def _others(chosen: Chosen, count: int) -> Iterator[list[Connection]]:
    """So many processes, each at the other end of a connection. They end when it is closed, whatever became of us."""
    context = get_context("spawn")
    with ExitStack() as started:
        connections = []
        for _ in range(count):
            ours, theirs = context.Pipe()
            with theirs:
                process = context.Process(target=_work, args=(chosen, theirs), daemon=True)
                started.callback(_end, process, ours)
                process.start()
            connections.append(ours)
        yield connections


def _end(process: BaseProcess, connection: Connection) -> None:
    connection.close()
    if process.pid is not None:
        process.join(PATIENCE)
        process.terminate()
        process.join()


def _work(chosen: Chosen, asked: Connection) -> None:
    """What another process does: says where the looks that it read end, then what became of them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # typed for all of us; who asked ends us
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        try:
            _replay_asked(chosen, asked)
        except (EOFError, BrokenPipeError, ConnectionResetError):
            raise
        except Exception as error:  # noqa: BLE001  # who asked raises it; a traceback here could show content
            error.add_note(place_of(error))
            asked.send(error)


def _replay_asked(chosen: Chosen, asked: Connection) -> None:
    app = build(chosen())
    with closing(app.store):
        replayer = Replayer(app)
        gc.freeze()
        gc.set_threshold(OBJECTS)
        while True:
            looks = looks_after(app, asked.recv(), PAGE)
            asked.send(looks[-1].position if looks else None)
            asked.send(replayer.all(looks))
