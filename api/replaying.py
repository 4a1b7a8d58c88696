"""All looks of the log, replayed by several processes at once, each with a store of its own; told in their order.

Who has read the next looks says where they end, so that another reads on from there while the first replays. Nothing is
told as complete that is not: a process that ends before it is done ends the whole replay.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from multiprocessing.connection import Connection, wait

from api.main import App, Settings, build
from api.past_looks import looks_after
from api.replay import PAGE, Replayed, Replayer, replay_all
from projections.processes import Ended, ask, keep_what_there_is, others, said

FEW = 500
"""Looks that are replayed sooner than another process has started."""

Chosen = Callable[[], Settings]
"""What another process builds its application from; asked there, as not all of it can be sent."""


class ReplayInterrupted(Exception):
    """A process ended before it was done: what was replayed is not all there is."""


def replay_together(app: App, chosen: Chosen, processes: int | None = None) -> Iterator[Replayed]:
    """Replay every look in the log, in its order. Raises ReplayInterrupted, and whatever stops a replay.

    `processes`: how many at once; None: one for each processor. A few looks are replayed here.
    """
    count = processes or os.cpu_count() or 1
    if count == 1 or not _are_many(app):
        yield from replay_all(app)
        return
    try:
        with _others(chosen, count) as connections:
            yield from _handed_out(connections, 0)
    except Ended:
        raise ReplayInterrupted from None


def _are_many(app: App) -> bool:
    after = seen = 0
    while seen <= FEW and (looks := looks_after(app, after, PAGE)):
        after, seen = looks[-1].position, seen + len(looks)
    return seen > FEW


def _handed_out(idle: list[Connection], after: int | None) -> Iterator[Replayed]:
    """What others replay, told in the order in which it was handed out. `after`: None while somebody reads on."""
    working, done = dict[Connection, int](), dict[int, list[Replayed]]()
    handed = told = 0
    while True:
        if idle and after is not None:
            working[other := idle.pop()] = handed
            ask(other, after)
            handed, after = handed + 1, None
        if not working:
            return
        ready = wait(list(working))
        for other in [each for each in working if each in ready]:
            match said(other):
                case list() as replayed:
                    done[working.pop(other)] = replayed
                    idle.append(other)
                case position:
                    after = position
        while told in done:
            yield from done.pop(told)
            told += 1


@contextmanager
def _others(chosen: Chosen, count: int) -> Iterator[list[Connection]]:
    """So many processes that replay what they are asked to."""
    with others(partial(_replay_asked, chosen), count) as connections:
        yield connections


def _replay_asked(chosen: Chosen, asked: Connection) -> None:
    app = build(chosen())
    with closing(app.store):
        replayer = Replayer(app)
        keep_what_there_is()
        while True:
            looks = looks_after(app, asked.recv(), PAGE)
            asked.send(looks[-1].position if looks else None)
            asked.send(replayer.all(looks))
