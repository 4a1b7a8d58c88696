"""The page of measured figures, made from the results of the benchmarks: goals, met or not, then all rates."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from docs.table import table

PAGE = Path(__file__).parent / "reference" / "performance.md"

MADE = "<!-- Measured by `python -m benchmarks`: run `make bench` to measure anew. -->\n\n"
INTRO = """# Performance

How fast it is, beside plain SQL, the event sourcing library as it comes, and what one would build instead. Figures
differ from machine to machine and from hour to hour, ratios much less: each is between contenders that took turns in
one run, round by round; median, and in brackets the least and the most of the rounds. SQLite: WAL, synchronous=FULL.
PostgreSQL: fsync and synchronous_commit on, a private cluster on loopback.

`make bench` measures everything anew and writes this page. `.venv/bin/python -m benchmarks append` runs one program
(append, tail, action, instead, decisions, look, page, rebuild, ownwrite, replay, served); `--quick` runs all in some
minutes and writes nothing here; `append --profile` says where the time of an append goes.
"""
PROFILED = ", profile"

Told = Mapping[str, Any]
"""Results, or a part of them, as they stand in their file."""


def performance(results: Told) -> str:
    runs = {name: run for name, run in results.items() if not name.endswith(PROFILED)}
    parts = [MADE + INTRO, "## Goals\n", _goals(runs), "## Measured on\n", _machines(results)]
    for name, run in results.items():
        parts += [f"## {name}\n", *(_section(each) for each in run["tables"])]
    return "\n".join(parts).rstrip() + "\n"


def _goals(runs: Told) -> str:
    rows = [
        (goal["goal"]["what"], _who(goal["goal"]), _goal(goal["goal"]), spread(goal["ratio"], 2), _met(goal))
        for run in runs.values()
        for each in run["tables"]
        for goal in each["compared"]
    ]
    return table(("what", "ratio", "goal", "measured", "met"), rows)


def _who(goal: Told) -> str:
    return f"{goal['of']} / {goal['over']}" if goal["over"] else str(goal["of"])


def _goal(goal: Told) -> str:
    return f"{'≤' if goal['at_most'] else '≥'} {goal['times']:g}"


def _met(goal: Told) -> str:
    return "yes" if goal["met"] else "**no**"


def _machines(results: Told) -> str:
    """One line a program, as each may have been run at another time."""
    names = list(dict.fromkeys(key for run in results.values() for key in run["machine"]))
    rows = (
        (name, run["size"], str(run["seconds"]), *(str(run["machine"].get(each, "")) for each in names))
        for name, run in results.items()
    )
    return table(("program", "size", "took (s)", *names), rows)


def _section(measured: Told) -> str:
    rows = ((name, spread(rate)) for name, rate in measured["rates"].items())
    notes = "".join(f"- {note}\n" for note in measured["notes"])
    return f"### {measured['title']}\n\n{table(('', measured['unit']), rows)}" + (f"\n{notes}" if notes else "")


def spread(rate: Told, digits: int = 0) -> str:
    median, least, most = (f"{rate[each]:,.{digits}f}" for each in ("median", "least", "most"))
    return median if least == most else f"{median} ({least}\N{EN DASH}{most})"


def rates(measured: Told) -> str:
    """One table as a terminal shows it."""
    return "\n".join(_lines(measured))


def _lines(measured: Told) -> Iterator[str]:
    yield f"\n{measured['title']}: {measured['unit']}, median (least\N{EN DASH}most)"
    yield from (f"  {name:44} {spread(rate):>28}" for name, rate in measured["rates"].items())
    for goal in measured["compared"]:
        asked = goal["goal"]
        told = f"{spread(goal['ratio'], 2)}, goal {_goal(asked)}: {'met' if goal['met'] else 'missed'}"
        yield f"  {asked['what']}: {_who(asked)} = {told}"
    yield from (f"  {note}" for note in measured["notes"])
