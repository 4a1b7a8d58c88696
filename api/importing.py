"""Import: one action a line, each answered; a bad line never stops the rest and never half-lands.

Lines go to the log many at a time: each is decided on those before it, and none is answered before all are durable.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import BinaryIO
from uuid import UUID

from api.act import act
from api.answer import Answer, invalid
from api.main import App
from api.parse import NotAnAction, instant_of, parse
from ledger.batch import Batch
from ledger.errors import Moved

TOGETHER = 200
"""Lines of one append: what making it durable costs is shared by so many, and so many are done again if others write
to the same children meanwhile."""

TOGETHER_AGAIN = 3
"""How often they are, before each goes alone."""

MAX_LINE = 1_000_000
"""Bytes of one line: far above any action, far below what would fill the memory."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file: its number, from 1, and what it says or why it says nothing."""

    number: int
    text: bytes
    size: int
    too_long: bool = False


def lines(file: BinaryIO) -> Iterator[Line]:
    """The lines of a file that are not blank, read so that no line can fill the memory."""
    number = 0
    while text := file.readline(MAX_LINE + 1):
        number += 1
        size, too_long = len(text), len(text) > MAX_LINE
        part = text
        while too_long and part and not part.endswith(b"\n"):
            part = file.readline(MAX_LINE)
            size += len(part)
        if text.strip():
            yield Line(number, b"" if too_long else text, size, too_long)


def answers(
    app: App, lines: Iterable[Line], *, recorded_clock: bool, language: str = "en"
) -> Iterator[tuple[Line, Answer]]:
    """Each line with its answer, in their order, once what it did is durable."""
    rest = iter(lines)
    while some := list(islice(rest, TOGETHER)):
        yield from zip(some, _together(app, some, recorded_clock, language), strict=True)


def _together(app: App, some: list[Line], recorded_clock: bool, language: str) -> list[Answer]:
    moved = set[UUID]()
    for _ in range(TOGETHER_AGAIN):
        batch = Batch(app.store, moved)
        within = app.within(batch)
        said = [answer(within, line, recorded_clock=recorded_clock, language=language) for line in some]
        try:
            others = app.flush(batch)
        except Moved as error:
            moved.update(error.streams)
            continue
        return [replace(each, positions=tuple(at + others for at in each.positions)) for each in said]
    return [answer(app, line, recorded_clock=recorded_clock, language=language) for line in some]


def answer(app: App, line: Line, *, recorded_clock: bool, language: str = "en") -> Answer:
    """Do what one line says. Nothing of what was sent comes back in the answer."""
    if line.too_long:
        return invalid(f"line: longer than {MAX_LINE} bytes")
    try:
        sent = json.loads(line.text, object_pairs_hook=_no_doubles)
    except (ValueError, RecursionError) as error:
        return invalid(_not_json(error))
    if not isinstance(sent, dict):
        return invalid("line: not a JSON object")
    try:
        recorded_at = _recorded_at(sent, recorded_clock=recorded_clock)
        return act(app, parse(sent, app.programmes), recorded_at, language)
    except NotAnAction as error:
        return invalid(str(error))
    except RecursionError:
        return invalid("line: nested too deeply")


class _DoubleKey(ValueError):
    """One key stands twice in one object: which of the two is meant cannot be known."""


def _no_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    names = dict(pairs)
    if len(names) != len(pairs):
        raise _DoubleKey
    return names


def _not_json(error: Exception) -> str:
    match error:
        case _DoubleKey():
            return "line: a key stands twice in one object"
        case UnicodeDecodeError():
            return "line: not UTF-8"
        case json.JSONDecodeError():
            return f"line: not JSON: {error.msg} at column {error.colno}"
        case _:
            return "line: not JSON"


def _recorded_at(sent: dict[str, object], *, recorded_clock: bool) -> datetime | None:
    """`recorded_at` is no part of the action; it is read only with the clock of the import."""
    if not recorded_clock:
        return None
    try:
        return instant_of(sent.pop("recorded_at", None))
    except ValueError:
        raise NotAnAction("recorded_at: an instant with its offset is required with --clock recorded") from None
