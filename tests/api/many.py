"""A file with as many lines as one likes: the practices' cases, told again of other children."""

import json
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from typing import Any

from tests.examples import lines_of

PRACTICES = ("pit", "jgt", "ot", "jos", "preventie_plus")


def told_again(lines: int) -> list[dict[str, Any]]:
    """The first so many lines: about thirty for each child, some of them refused, contacts among them."""
    return list(islice(_endless(), lines))


def written(lines: int, folder: Path) -> Path:
    file = folder / "many.jsonl"
    file.write_text("".join(f"{json.dumps(each)}\n" for each in told_again(lines)), "utf-8")
    return file


def _endless() -> Iterator[dict[str, Any]]:
    practices = [lines_of(f"{practice}.jsonl") for practice in PRACTICES]
    for number in count():
        for case in practices:
            yield from (_of_another(line, number) for line in case)


def _of_another(line: dict[str, Any], number: int) -> dict[str, Any]:
    renamed = {name: f"{line[name]}-{number}" for name in ("trajectory", "contact", "action_id") if name in line}
    return {name: value for name, value in line.items() if name != "recorded_at"} | renamed
