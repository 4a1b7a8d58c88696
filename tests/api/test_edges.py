"""Where the doors once gave way: instants beyond the calendar, names made up, the child under two names."""

import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from api.importing import Line, answer
from api.look import Seen
from api.main import App
from consent_policy.grounds import Actor
from tests.api.given import body_of, do, done, log_of, see
from tests.conftest import ROOT, CommandLine
from tests.examples import (
    CASES,
    CHILD,
    COACH,
    COORDINATOR,
    PIT,
    action,
    as_,
    by,
    opening,
    session,
)


def sent(app: App, said: dict[str, Any]) -> dict[str, Any]:
    """The answer to a line of an import."""
    text = json.dumps(said).encode()
    return answer(app, Line(1, text, len(text)), recorded_clock=False).as_json()


SCOPE = action("give_consent")["scope"]
ENDS_OF_TIME: dict[str, dict[str, Any]] = {
    "at, before the first year in UTC": session(at="0001-01-01T00:00:00+02:00"),
    "at, after the last year in UTC": session(at="9999-12-31T23:59:59-12:00"),
    "born on the first day": action(
        "open_trajectory", trajectory="t-2", child=PIT[0]["child"] | {"birth_date": "0001-01-01"}
    ),
    "until the last second, in the west": action(
        "give_consent", consent="c-9", scope=SCOPE | {"until": "9999-12-31T23:59:59-05:00"}
    ),
}


@pytest.mark.parametrize("what", ENDS_OF_TIME)
def test_an_instant_beyond_the_calendar_is_invalid_and_stops_nothing(pit: App, what: str) -> None:
    """Calendars end, imports do not (interfaces.md: a bad line never stops the rest)."""
    assert sent(pit, ENDS_OF_TIME[what])["status"] in ("invalid", "refused")


@pytest.mark.parametrize("option", ["--as-of", "--known-at"])
@pytest.mark.parametrize("instant", ["0001-01-01T00:00:00+02:00", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-02:00"])
def test_a_look_as_of_the_ends_of_time_is_no_defect(pit: App, cli: CommandLine, option: str, instant: str) -> None:
    """OverflowError, exit 70, where the instant cannot be said in UTC or in Amsterdam."""
    for view in ("trajectory", "timeline"):
        assert cli(view, CHILD, "--as", as_(COORDINATOR), option, instant, app=pit).code in (0, 1, 2)


WHERE: dict[str, dict[str, Any]] = {
    "a field": session() | {"NAME": 1},
    "a field of a part": opening("t-2", child=PIT[0]["child"] | {"NAME": 1}),
    "a scope": action("give_consent", scope=SCOPE | {"NAME": 1}),
    "an item of a checklist": action("raise_signal", checklist={"id": "x", "answers": {"NAME": "maybe"}}),
    "a change": {
        "action": "correct_entry",
        "entry": 4,
        "changes": {"NAME": "x"},
        "at": "2026-05-01T10:00:00Z",
        "by": by(COACH),
        "trajectory": CHILD,
    },
}


@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize("name", ["111222333", "sproetje", "Sproetje Vlindermans"])
def test_a_name_that_somebody_made_up_for_a_field_is_not_repeated(pit: App, where: str, name: str) -> None:
    """It may be personal, a BSN most of all (api/parse.py: nothing of what was sent comes back in an error)."""
    made_up = json.loads(json.dumps(WHERE[where]).replace("NAME", name))
    said = sent(pit, made_up)
    assert said["status"] == "invalid"
    assert name not in said["message"]


def test_a_name_that_somebody_made_up_in_a_question_is_not_repeated(pit: App, cli: CommandLine, tmp_path: Path) -> None:
    """`explain --batch` and `--as` print it on stderr."""
    viewer = by(COACH) | {"Sproetje Vlindermans": 1}
    asked = {"trajectory": CHILD, "viewer": by(COACH), "purpose": "care", "category": "plan", "Sproetje Vlindermans": 1}
    (tmp_path / "asks.jsonl").write_text(json.dumps(asked), "utf-8")
    for arguments in (("explain", "--batch", tmp_path / "asks.jsonl"), ("timeline", CHILD, "--as", json.dumps(viewer))):
        said = cli(*arguments, app=pit)
        assert said.code == 2
        assert "Sproetje" not in said.err


def test_a_report_does_not_overwrite_the_file_that_is_imported(app: App, cli: CommandLine, tmp_path: Path) -> None:
    """`import x --report x` empties x before it is read, and ends with 0: its actions are lost."""
    file = tmp_path / "actions.jsonl"
    file.write_bytes((CASES / "pit.jsonl").read_bytes())
    assert cli("import", file, "--report", file, app=app).code == 2
    assert file.read_bytes() == (CASES / "pit.jsonl").read_bytes()


def test_a_report_that_cannot_be_written_is_bad_use(app: App, cli: CommandLine, tmp_path: Path) -> None:
    """It ends with 70, as a defect."""
    assert cli("import", CASES / "pit.jsonl", "--report", tmp_path / "nowhere" / "r.jsonl", app=app).code == 2
    assert len(log_of(app)) == 1


@pytest.mark.parametrize("role", ["youth_nurse", "school_social_worker", "jgt_consultant", "partnership_advisor"])
def test_whoever_is_of_the_school_sees_no_more_than_its_staff(pit: App, role: Any) -> None:
    """Rule `named` is for anybody but school staff, and a school's staff have its organisation (domain.md, Actors);
    by role alone a nurse of the school, whom no consent names as such, sees identity, sessions and their texts.
    """
    done(pit, session(summary="Kikkerpraat."))
    outcome = see(pit, Actor("x", role, "school-12AB"))
    seen = {each["category"] for each in body_of(outcome)["entries"]} if isinstance(outcome, Seen) else set[str]()
    assert seen <= {"signal", "advice", "plan", "attendance", "episode"}


def test_a_correction_does_not_move_an_entry_into_the_future(pit: App) -> None:
    """domain.md, Time: occurred_at may lie in the past, not in the future, not before birth."""
    done(pit, session())
    entry = pit.store.version(pit.stream_of(CHILD))
    correction = {"action": "correct_entry", "entry": entry, "at": "2026-05-01T10:00:00Z", "by": by(COACH)}
    for wrong in ("2030-01-01T00:00:00Z", "1990-01-01T00:00:00Z"):
        said = correction | {"trajectory": CHILD, "changes": {"at": wrong}}
        assert sent(pit, said)["status"] in ("refused", "invalid")


def test_a_reader_that_goes_away_is_not_taken_for_a_refusal() -> None:
    """Where nobody reads on (`| head`) the signal ends the command: not 1, which means refused or found bad."""
    command = [sys.executable, "-c", "from api.cli import main; main()", "programmes", "--json"]
    reads, writes = os.pipe()
    os.close(reads)
    done = subprocess.run(command, cwd=ROOT, stdout=writes, stderr=subprocess.PIPE, check=False)  # noqa: S603  # ours
    os.close(writes)
    assert done.returncode == -signal.SIGPIPE


def test_a_connection_that_breaks_does_not_end_the_command(cli: CommandLine) -> None:
    """A signal that ends the process would leave nothing said; and what it knows is not dumped when it crashes."""
    assert cli("programmes").code == 0
    assert signal.getsignal(signal.SIGPIPE) is signal.SIG_IGN
    assert resource.getrlimit(resource.RLIMIT_CORE)[0] == 0


def test_an_action_that_names_the_child_by_its_opaque_id_is_the_same_action(pit: App) -> None:
    """App.stream_of takes either name for one child, but the receipt is of the words: one session is recorded twice
    (domain.md, Actions: importing twice changes nothing; the same action is unchanged).
    """
    done(pit, session())
    assert do(pit, session(trajectory=str(pit.stream_of(CHILD)))).status == "unchanged"
