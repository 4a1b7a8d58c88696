"""Several people, threads and programs act at once: every answer is true, and nothing is recorded twice."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from api.main import App, Settings, build
from domain.attempt import ActionRefused
from domain.trajectory.support import SessionHeld
from tests.api.given import do, done, facts_of, log_of
from tests.conftest import NO_BYTECODE, ROOT, Clock
from tests.examples import CASES, CHILD, PIT, SECOND_COACH, by, lines_of, session


def at_once(apps: list[App], *said: dict[str, Any]) -> list[str]:
    """Every action from every application at the same time; the answers, in order of the alphabet."""
    with ThreadPoolExecutor(len(apps) * len(said)) as threads:
        futures = [threads.submit(do, app, each) for app in apps for each in said]
    return sorted(future.result().code or future.result().status for future in futures)


def test_the_same_action_from_many_threads_is_recorded_once(pit: App) -> None:
    """One is recorded, the others hear that nothing changed."""
    before = len(log_of(pit))
    assert at_once([pit] * 8, session()) == ["recorded"] + ["unchanged"] * 7
    assert len(log_of(pit)) == before + 1


def test_the_same_action_from_several_stores_opened_at_once_is_recorded_once(pit: App, url: str, clock: Clock) -> None:
    """As two programs have them, with locks that only the file knows."""
    other = build(Settings(url), clock)
    assert at_once([pit, other] * 3, session()) == ["recorded"] + ["unchanged"] * 5
    assert len(facts_of(pit, SessionHeld)) == len(facts_of(other, SessionHeld)) == 6
    other.store.close()


def test_the_same_refusal_from_many_threads_is_kept_once(pit: App) -> None:
    """Everybody hears the same code."""
    before = len(facts_of(pit, ActionRefused))
    refused = session(by=by(SECOND_COACH) | {"organisation": "elsewhere"})
    assert at_once([pit] * 6, refused) == ["not_in_team"] * 6
    assert len(facts_of(pit, ActionRefused)) == before + 1


def test_different_sessions_at_once_are_all_recorded(pit: App) -> None:
    """Whoever comes second is decided again on what came first, and stands after it."""
    sessions = [session(at=f"2026-04-28T1{hour}:00:00+02:00") for hour in range(6)]
    assert at_once([pit], *sessions) == ["recorded"] * 6
    stream = pit.stream_of(CHILD)
    assert [each.entry for each in pit.store.stream(stream)] == list(range(1, pit.store.version(stream) + 1))


def test_a_new_child_is_opened_once(app: App) -> None:
    """Two who open the same dossier with other words: one of them hears that the reference is in use."""
    two = [PIT[0], PIT[0] | {"municipality": "GM0363"}]
    assert at_once([app], *two) == ["recorded", "reference_in_use"]
    assert app.store.version(app.stream_of(CHILD)) == 1


def test_two_sessions_at_once_do_not_slip_into_a_budget_of_one(app: App) -> None:
    """Of the last session that the budget has room for, and another at the same time, one is refused."""
    lines = lines_of("preventie_plus.jsonl")
    held = [each for each in lines if each["action"] == "hold_session"]
    last = next(number for number, each in enumerate(lines) if each["action"] == "hold_session")
    expected = lines_of("preventie_plus.expected.jsonl")
    counted = 0
    for number, (line, answer) in enumerate(zip(lines, expected, strict=True)):
        if answer["status"] == "recorded" and line["action"] != "hold_contact":
            if line["action"] == "hold_session" and counted == 4:
                last = number
                break
            do(app, line)
            counted += line["action"] == "hold_session"
    assert len(held) > 5
    five = [lines[last] | {"minutes": minutes} for minutes in (20, 21, 22, 23)]
    assert at_once([app], *five) == ["budget_exhausted"] * 3 + ["recorded"]
    assert len(facts_of(app, SessionHeld)) == 5


def test_two_programs_that_import_the_same_file_record_every_line_once(url: str, app: App, tmp_path: Path) -> None:
    """One store, two commands at once, and a third one afterwards that finds nothing to do."""
    reports = [tmp_path / f"report-{number}.jsonl" for number in range(2)]
    code = "from api.cli import main; main()"
    commands = [
        [sys.executable, "-c", code, "import", str(CASES / "pit.jsonl"), "--store", url, "--report", str(report)]
        for report in reports
    ]
    env = {"PYTHONPATH": str(ROOT), **NO_BYTECODE}
    programs = [subprocess.Popen(each, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for each in commands]  # noqa: S603  # our own program
    assert [program.communicate()[1].strip() for program in programs] == [b"", b""]
    assert [program.returncode for program in programs] == [1, 1]
    said = [[json.loads(line) for line in report.read_text("utf-8").splitlines()] for report in reports]
    for expected, one, two in zip(lines_of("pit.expected.jsonl"), *said, strict=True):
        if expected["status"] == "recorded":
            assert {one["status"], two["status"]} == {"recorded", "unchanged"}, expected
        assert one.get("code") == two.get("code") or expected["status"] != "refused"
    recorded = [each for each in lines_of("pit.expected.jsonl") if each["status"] == "recorded"]
    assert app.store.version(app.stream_of(CHILD)) == len(recorded)
    assert done(app) == []
