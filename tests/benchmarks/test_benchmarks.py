import json
from pathlib import Path

import pytest

from benchmarks import __main__ as bench
from benchmarks.measure import Goal, Rate, measured
from benchmarks.size import TINY
from docs.performance_page import performance

OURS = "Zorgspoor: "
pytestmark = pytest.mark.timeout(180)


@pytest.mark.parametrize("name", bench.PROGRAMS)
def test_each_runs_and_has_a_page(name: str) -> None:
    """Every program runs at a tiny size, and the page has all its rates and goals; no reader of ours misses a fact."""
    found = json.loads(json.dumps({name: bench.run(name, TINY)}))
    page = performance(found)
    assert found[name]["tables"]
    for table in found[name]["tables"]:
        assert f"### {table['title']}\n" in page
        assert all(rate["median"] > 0 for rate in table["rates"].values())
        assert all(f"| {each} |" in page for each in table["rates"])
        assert all(goal["goal"]["what"] in page for goal in table["compared"])
        assert not any("missed" in note and "missed 0;" not in note for note in table["notes"] if OURS in note)


@pytest.mark.parametrize("name", bench.PROFILES)
def test_each_profile_runs(name: str) -> None:
    """The profile of an append names its stages, on both engines."""
    found = bench.run(name, TINY, profiled=True)
    stages = [table["rates"] for table in found["tables"] if "Stages" in table["title"]]
    assert len(stages) == 4
    assert all(each["encode"]["median"] > 0 for each in stages)


def test_ratios_are_taken_round_by_round() -> None:
    """A disk that slows down for everybody changes no ratio; least and most are those of the rounds."""
    goals = [Goal("both", "ours", "raw", 0.5), Goal("flat", "ours", "raw", 0.4, at_most=True)]
    found = measured("title", "a second", {"ours": [5, 50, 600], "raw": [10, 100, 1000]}, goals)
    assert found.compared[0].ratio == Rate(0.5, 0.5, 0.6)
    assert [each.met for each in found.compared] == [True, False]


def test_a_page_says_what_is_missed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A full run keeps what other programs found before, and writes the page; a quick one writes none."""
    for name, value in {"RESULTS": tmp_path, "PAGE": tmp_path / "page.md", "PROGRAMS": {"one": _missed}}.items():
        monkeypatch.setattr(bench, name, value)
    (tmp_path / "latest.json").write_text(json.dumps({"one, profile": bench.run("one", TINY), "gone": 1.0}))
    monkeypatch.setattr("sys.argv", ["benchmarks", "--quick"])
    bench.main()
    assert not (tmp_path / "page.md").exists()
    monkeypatch.setattr("sys.argv", ["benchmarks", "one"])
    bench.main()
    page = (tmp_path / "page.md").read_text("utf-8")
    assert page.count("| row 0: to miss | ours / raw | ≥ 2 | 0.50 | **no** |") == 1
    assert {"## one", "## one, profile"} <= set(page.splitlines())


def _missed(_: object) -> list[object]:
    return [measured("title", "a second", {"ours": [5], "raw": [10]}, [Goal("row 0: to miss", "ours", "raw", 2)])]
