"""How the generated pages write their tables and lists."""

from collections.abc import Iterable

MADE = "<!-- Made by `python -m docs.generate` from the code and its data: change those, then run `make docs`. -->\n\n"
NOTHING = "\N{EN DASH}"


def table(names: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = tuple(names)
    return "".join(_line(row) for row in (names, tuple("---" for _ in names), *rows))


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |\n"


def listed(names: Iterable[object]) -> str:
    return ", ".join(f"`{each}`" for each in names) or NOTHING


def first_paragraph(thing: object) -> str:
    """What a docstring says first, on one line."""
    return " ".join((thing.__doc__ or "").partition("\n\n")[0].split())
