"""`make bench`: run the benchmarks, write the results beside them and print a table."""

import json
from dataclasses import asdict
from pathlib import Path

from benchmarks import decisions
from benchmarks.measure import fdatasyncs

RESULTS = Path(__file__).parent / "results" / "latest.json"


def main() -> None:
    measured = {"decisions per second": decisions.measure()}
    probe = fdatasyncs()
    RESULTS.parent.mkdir(exist_ok=True)
    told = {name: {each: asdict(rate) for each, rate in rates.items()} for name, rates in measured.items()}
    RESULTS.write_text(json.dumps({"fdatasyncs per second": probe, **told}, indent=1) + "\n", encoding="utf-8")
    for name, rates in measured.items():
        print(f"\n{name}: median (least-most)")
        for each, rate in rates.items():
            print(f"  {each:32} {rate!s:>32}")
    print(f"\nfdatasync probe: {probe:,.0f} a second")


if __name__ == "__main__":
    main()
