"""`make bench`: run the benchmarks, keep the results, write docs/reference/performance.md.

`python -m benchmarks append tail` runs some of them, `--quick` all in some minutes (and writes no page), `--profile`
says where the time of an append goes, `--children` how many the large log of row 5 has.
"""

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks import (
    action,
    append,
    decisions,
    instead,
    look,
    ownwrite,
    page,
    profile,
    rebuild,
    replay,
    served,
    tail,
)
from benchmarks.machine import machine
from benchmarks.measure import Measured
from benchmarks.size import FULL, QUICK, Size
from docs.performance_page import PAGE, performance, rates

PROGRAMS: Mapping[str, Callable[[Size], list[Measured]]] = {
    "append": append.measure,
    "tail": tail.measure,
    "action": action.measure,
    "instead": instead.measure,
    "decisions": decisions.measure,
    "look": look.measure,
    "page": page.measure,
    "rebuild": rebuild.measure,
    "ownwrite": ownwrite.measure,
    "replay": replay.measure,
    "served": served.measure,
}
PROFILES = {"append": profile.measure}
RESULTS = Path(__file__).parent / "results"
LATEST = "latest.json"


def run(name: str, size: Size, *, profiled: bool = False) -> dict[str, Any]:
    """What one program found, as it is kept."""
    began = perf_counter()
    tables = (PROFILES if profiled else PROGRAMS)[name](size)
    seconds = round(perf_counter() - began)
    return {"size": size.name, "machine": machine(), "seconds": seconds, "tables": [_told(each) for each in tables]}


def _told(table: Measured) -> dict[str, Any]:
    return asdict(table) | {"compared": [asdict(each) | {"met": each.met} for each in table.compared]}


def main() -> None:
    asked = _arguments()
    size = QUICK if asked.quick else FULL
    if asked.children:
        size = replace(size, many=asked.children)
    file = RESULTS / ("quick.json" if asked.quick else LATEST)
    results = _kept(file)
    for name in asked.programs or (PROFILES if asked.profile else PROGRAMS):
        found = run(name, size, profiled=asked.profile)
        results[f"{name}, profile" if asked.profile else name] = found
        print("\n".join(rates(each) for each in found["tables"]), flush=True)
        _keep(file, results)


def _kept(file: Path) -> dict[str, Any]:
    """What was found before, of programs that there still are."""
    results = json.loads(file.read_text("utf-8")) if file.exists() else {}
    return {name: run for name, run in results.items() if name.partition(",")[0] in PROGRAMS}


def _keep(file: Path, results: Mapping[str, Any]) -> None:
    """After every program, so that what was measured is not lost when a later one fails."""
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    if file.name == LATEST:
        PAGE.write_text(performance(results), encoding="utf-8")


def _arguments() -> Namespace:
    parser = ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("programs", nargs="*", choices=[*PROGRAMS, []], help="which of them; none: all")
    parser.add_argument("--quick", action="store_true", help="in about a minute; writes no page")
    parser.add_argument("--profile", action="store_true", help="where the time goes, instead of how much it is")
    parser.add_argument("--children", type=int, help="in the large log of row 5")
    asked = parser.parse_args()
    if asked.profile and not set(asked.programs) <= set(PROFILES):
        parser.error(f"a profile is there of: {', '.join(PROFILES)}")
    return asked


if __name__ == "__main__":
    main()
