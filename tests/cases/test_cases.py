"""The worked cases of the five practices, through the command line."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import CommandLine
from tests.examples import CASES, lines_of
from tests.ledger.place import Place

NAMES = sorted(path.stem for path in CASES.glob("*.jsonl") if path.name.count(".") == 1)


def differences(expected: Any, actual: Any, where: str = "") -> list[str]:
    """What of `expected` is not in `actual`; objects in a list are matched to the nearest, whatever the order."""
    match expected:
        case dict():
            if not isinstance(actual, dict):
                return [f"{where}: expected an object, got {actual!r}"]
            pairs = ((name, value, actual.get(name, "(absent)")) for name, value in expected.items())
            return [each for name, value, got in pairs for each in differences(value, got, f"{where}.{name}")]
        case list():
            return _of_lists(expected, actual, where)
        case str() if _is_day(expected) and isinstance(actual, str) and actual.startswith(expected):
            return []
        case _:
            same = expected == actual and type(expected) is type(actual)
            return [] if same else [f"{where}: expected {expected!r}, got {actual!r}"]


def _is_day(text: str) -> bool:
    """A day matches every instant on it."""
    return re.fullmatch(r"\d{4}-\d\d-\d\d", text) is not None


def _of_lists(expected: list[Any], actual: Any, where: str) -> list[str]:
    if not isinstance(actual, list):
        return [f"{where}: expected a list, got {actual!r}"]
    if not expected or not isinstance(expected[0], dict):
        plain = [row["id"] if isinstance(row, dict) and "id" in row else row for row in actual]
        same = sorted(map(str, expected)) == sorted(map(str, plain))
        return [] if same else [f"{where}: expected {expected}, got {plain}"]
    if len(actual) != len(expected):
        return [f"{where}: expected {len(expected)}, got {len(actual)}: {actual!r}"]
    found, left = list[str](), list(actual)
    for row in expected:
        nearest = min(left, key=lambda candidate: len(differences(row, candidate)))
        left.remove(nearest)
        found += differences(row, nearest, f"{where}[{next(iter(row.values()))}]")
    return found


class Case:
    """One case in a store of its own."""

    def __init__(self, name: str, cli: CommandLine, url: str, folder: Path) -> None:
        self.name, self.cli, self.url, self.folder = name, cli, url, folder
        self.actions = lines_of(f"{name}.jsonl")
        self.simulated = "recorded_at" in self.actions[0]
        assert cli("init", "--store", url, *(["--simulated"] if self.simulated else [])).code == 0

    def imported(self) -> list[dict[str, Any]]:
        """The answers to all lines of the file."""
        report = self.folder / "report.jsonl"
        clock = ["--clock", "recorded"] if self.simulated else []
        said = self.cli("import", CASES / f"{self.name}.jsonl", "--store", self.url, "--report", report, *clock)
        assert said.code in (0, 1), said
        answers = [json.loads(line) for line in report.read_text("utf-8").splitlines()]
        bad = any(each["status"] in ("refused", "invalid") for each in answers)
        assert said.code == int(bad)
        return answers

    def read(self, *command: str) -> Any:
        """The one JSON document that a read prints, as a coordinator of the child's municipality sees it."""
        opened = next(each for each in self.actions if each["action"] == "open_trajectory")
        viewer = json.dumps({"id": "check", "role": "coordinator", "organisation": opened["municipality"]})
        said = self.cli(*command, "--store", self.url, "--as", viewer, "--json")
        assert said.code == 0, said
        return json.loads(said.out)

    def trajectory(self) -> str:
        opened = next(each for each in self.actions if each["action"] == "open_trajectory")
        return str(opened["trajectory"])


@pytest.fixture(params=NAMES)
def case(request: pytest.FixtureRequest, cli: CommandLine, place: Place, tmp_path: Path) -> Case:
    return Case(request.param, cli, place.url, tmp_path)


def test_every_line_is_answered_as_expected_and_twice_alike(case: Case) -> None:
    """Every answer, the state in the end, what is explained; and importing twice changes nothing."""
    answers, repeated = case.imported(), case.imported()
    expected = lines_of(f"{case.name}.expected.jsonl")
    assert len(answers) == len(repeated) == len(expected)
    bad = [
        each
        for want, got in zip(expected, answers, strict=True)
        for each in differences(want, got, f"line {got['line']}")
    ]
    bad += [f"again, line {one['line']}" for one, two in zip(answers, repeated, strict=True) if not _same(one, two)]
    bad += [*_state(case), *_asks(case)]
    assert bad == []


def _same(first: dict[str, Any], again: dict[str, Any]) -> bool:
    status = "unchanged" if first["status"] == "recorded" else first["status"]
    entries = again["entries"] == first["entries"] or first["status"] == "unchanged"
    return (status, first.get("code")) == (again["status"], again.get("code")) and not again["positions"] and entries


def _state(case: Case) -> list[str]:
    if not (CASES / f"{case.name}.state.json").exists():
        return []
    state = json.loads((CASES / f"{case.name}.state.json").read_text("utf-8"))
    as_of = ("--as-of", state.pop("as_of"))
    of_contacts = {name: state.pop(name) for name in ("contacts", "schools") if name in state}
    state.pop("note", None)
    bad = differences(state, case.read("trajectory", case.trajectory(), *as_of), "trajectory")
    return bad + (differences(of_contacts, case.read("contacts", *as_of), "contacts") if of_contacts else [])


def _asks(case: Case) -> list[str]:
    if not (CASES / f"{case.name}.asks.jsonl").exists():
        return []
    asks = lines_of(f"{case.name}.asks.jsonl")
    batch = case.folder / "asks.jsonl"
    plain = ({name: value for name, value in ask.items() if name not in ("expect", "name")} for ask in asks)
    batch.write_text("".join(json.dumps(each) + "\n" for each in plain), "utf-8")
    said = case.cli("explain", "--batch", batch, "--store", case.url, "--json")
    decisions = [json.loads(line) for line in said.out.splitlines()]
    assert (said.code, len(decisions)) == (0, len(asks))
    pairs = zip(asks, decisions, strict=True)
    return [each for ask, got in pairs for each in differences(ask["expect"], got, f"ask {ask.get('name')}")]


def test_a_difference_is_seen() -> None:
    """The comparison itself tells what is not as expected, in lists of objects too."""
    assert differences({"a": [{"id": 1}, {"id": 2}]}, {"a": [{"id": 2}, {"id": 1}], "b": 0}) == []
    assert differences({"a": []}, {"a": ["x"]})
    assert differences({"a": None}, {})
    assert differences({"a": True}, {"a": 1})
    assert differences({"since": "2026-01-05"}, {"since": "2026-01-05T23:00:00+00:00"}) == []
    assert differences({"team": ["x"]}, {"team": [{"id": "x"}, {"id": "y"}]})
