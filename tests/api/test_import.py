"""A file of actions: every line answered, a bad one stops nothing and never half-lands, and again changes nothing."""

import json
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest

from api.main import App
from domain.refusal import Code, sentence
from tests.api.given import log_of
from tests.conftest import CommandLine, Done
from tests.examples import CASES, CHILD, PIT, lines_of, opening


def answers_of(report: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in report.read_text("utf-8").splitlines()]


class Import:
    """A file, its report and the store that it goes to."""

    def __init__(self, cli: CommandLine, app: App, folder: Path) -> None:
        self.cli, self.app = cli, app
        self.file, self.report = folder / "actions.jsonl", folder / "report.jsonl"

    def of(self, content: bytes, *options: str) -> tuple[Done, list[dict[str, Any]]]:
        self.file.write_bytes(content)
        return self.again(*options)

    def again(self, *options: str) -> tuple[Done, list[dict[str, Any]]]:
        said = self.cli("import", self.file, "--report", self.report, *options, app=self.app)
        return said, answers_of(self.report)


@pytest.fixture
def imported(cli: CommandLine, app: App, tmp_path: Path) -> Import:
    return Import(cli, app, tmp_path)


def text_of(*actions: dict[str, Any], end: str = "\n") -> bytes:
    return "".join(json.dumps(each, ensure_ascii=False) + end for each in actions).encode()


def test_every_line_is_answered_under_its_number(imported: Import) -> None:
    """Status, positions and entries; blank lines have a number and no answer."""
    said, answers = imported.of(b"\n" + text_of(PIT[0]) + b"  \n\r\n" + text_of(PIT[1]))
    assert (said.code, said.out) == (0, "2 recorded, 0 unchanged, 0 refused, 0 invalid\n")
    stream = str(imported.app.stream_of(CHILD))
    assert answers == [
        {"line": 2, "status": "recorded", "trajectory": stream, "positions": [2], "entries": [1]},
        {"line": 5, "status": "recorded", "trajectory": stream, "positions": [3], "entries": [2]},
    ]


def test_importing_again_changes_nothing(imported: Import) -> None:
    """Every recorded line is unchanged with its entry, every refusal the same, and the log as it was."""
    content = (CASES / "pit.jsonl").read_bytes()
    _, first = imported.of(content)
    before = log_of(imported.app)
    said, again = imported.again()
    assert said.code == 1
    assert log_of(imported.app) == before
    for one, two in zip(first, again, strict=True):
        assert two["positions"] == []
        assert two.get("code") == one.get("code")
        if one["status"] == "recorded":
            assert (two["status"], two["entries"]) == ("unchanged", one["entries"])


def test_an_empty_file_is_done(imported: Import) -> None:
    """Nothing to do, nothing wrong."""
    said, answers = imported.of(b"")
    assert (said.code, said.out, answers) == (0, "0 recorded, 0 unchanged, 0 refused, 0 invalid\n", [])


@pytest.mark.parametrize("content", [b"\n\n \n", b"\r\n\r\n", b"\t"])
def test_a_file_of_blank_lines_is_done(imported: Import, content: bytes) -> None:
    """As an empty one."""
    said, answers = imported.of(content)
    assert (said.code, answers) == (0, [])


@pytest.mark.parametrize(
    "content",
    [
        text_of(PIT[0], PIT[1], end="\r\n"),
        text_of(PIT[0], PIT[1])[:-1],
        b"\xef\xbb\xbf" + text_of(PIT[0], PIT[1]),
        json.dumps(PIT[0], ensure_ascii=True).encode() + b"\n\n" + text_of(PIT[1]),
    ],
    ids=["Windows line ends", "no line end at the end", "a byte order mark", "escaped"],
)
def test_a_file_may_come_from_another_program(imported: Import, content: bytes) -> None:
    """Line ends, a mark at the beginning, escapes: both lines are recorded."""
    assert imported.of(content)[0].code == 0


def test_a_bad_line_stops_nothing_and_does_not_half_land(imported: Import) -> None:
    """Of a line that does not fit, not the parts that would have."""
    half = opening("t-2", child={"given_name": "Sproetje", "family_name": "Vos", "birth_date": "soon"})
    said, answers = imported.of(text_of(PIT[0], half) + b"{\n" + text_of(PIT[1]))
    assert [each["status"] for each in answers] == ["recorded", "invalid", "invalid", "recorded"]
    assert answers[1]["code"] == "invalid"
    assert answers[1]["message"].startswith("child.birth_date: ")
    assert said.code == 1
    assert len(log_of(imported.app)) == 3


def test_a_line_of_100_megabytes_is_answered_and_fills_no_memory(imported: Import) -> None:
    """It is invalid, the lines around it are recorded, and it takes no time to speak of."""
    imported.file.write_bytes(text_of(PIT[0]))
    with imported.file.open("r+b") as file:
        file.seek(100_000_000, 2)
        file.write(b"\n" + text_of(PIT[1]))
    began = perf_counter()
    _, answers = imported.again()
    assert perf_counter() - began < 3
    assert [(each["line"], each["status"]) for each in answers] == [(1, "recorded"), (2, "invalid"), (3, "recorded")]
    assert answers[1]["message"] == "line: longer than 1000000 bytes"


def test_a_file_that_ends_in_a_long_line_is_read_to_its_end(imported: Import) -> None:
    """Without a line end after it."""
    _, answers = imported.of(text_of(PIT[0]) + b"x" * 2_500_000)
    assert [each["status"] for each in answers] == ["recorded", "invalid"]


def test_a_line_just_short_enough_is_read(imported: Import) -> None:
    """The limit is on bytes of the line, with its end."""
    line = text_of(PIT[0])
    padded = line[:-2] + b" " * (1_000_000 - len(line)) + b"}\n"
    assert len(padded) == 1_000_000
    assert imported.of(padded)[0].code == 0
    _, answers = imported.of(b" " + padded)
    assert [each["status"] for each in answers] == ["invalid"]


def test_answers_come_in_dutch_too(imported: Import) -> None:
    """`--language nl`; codes are the same."""
    _, english = imported.of(text_of(PIT[1]))
    _, dutch = imported.again("--language", "nl")
    assert [each["code"] for each in (*english, *dutch)] == ["unknown_reference"] * 2
    assert dutch[0]["message"] == sentence(Code.UNKNOWN_REFERENCE, "nl")
    assert english[0]["message"] != dutch[0]["message"]


def test_without_a_report_only_the_counts_are_told(app: App, cli: CommandLine, tmp_path: Path) -> None:
    """And the exit code says whether anything was refused."""
    said = cli("import", CASES / "pit.jsonl", app=app)
    expected = [each["status"] for each in lines_of("pit.expected.jsonl")]
    counts = [expected.count(status) for status in ("recorded", "unchanged", "refused", "invalid")]
    assert said.out == "{} recorded, {} unchanged, {} refused, {} invalid\n".format(*counts)
    assert said.code == 1
    assert not list(tmp_path.glob("*.jsonl"))


def test_the_recorded_clock_is_refused_on_an_ordinary_store(imported: Import) -> None:
    """Exit 2 before anything is read, whatever the file says."""
    said = imported.cli("import", CASES / "known.jsonl", "--clock", "recorded", app=imported.app)
    assert (said.code, said.out) == (2, "")
    assert "simulated" in said.err
    assert len(log_of(imported.app)) == 1
