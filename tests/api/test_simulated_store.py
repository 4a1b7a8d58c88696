"""A store with the clock of its imports: facts are recorded when the file says, and it is marked so for good."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api.importing import Line, answer
from api.main import App, Settings, build, create
from domain.opened import StoreOpened
from tests.api.given import log_of, see
from tests.api.test_import import text_of
from tests.conftest import Clock, CommandLine
from tests.examples import AUDITOR, CASES, CHILD, COACH, PIT, as_, session

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def simulated(url: str, clock: Clock) -> Iterator[App]:
    app = create(Settings(url), simulated=True, clock=clock)
    yield app
    app.store.close()


def answered(app: App, said: dict[str, Any], recorded_at: object = None) -> tuple[str, str | None]:
    """Status and message of the answer to a line; no `recorded_at` where None."""
    line = text_of(said if recorded_at is None else said | {"recorded_at": recorded_at})
    told = answer(app, Line(1, line, len(line)), recorded_clock=True)
    return told.status, told.message


def at(minute: int) -> str:
    return (START + timedelta(minutes=minute)).isoformat()


def test_the_store_is_marked_for_good(simulated: App, url: str) -> None:
    """In its first fact, which no software changes; an ordinary one is not."""
    first = build(Settings(url)).store.opened.fact
    assert isinstance(first, StoreOpened)
    assert first.simulated
    assert simulated.simulated
    assert build(Settings(url)).simulated


def test_facts_are_recorded_when_the_file_says(simulated: App) -> None:
    """And the store stands at the last of them: it has no other now."""
    assert answered(simulated, PIT[0], at(1)) == ("recorded", None)
    assert answered(simulated, PIT[1], at(5)) == ("recorded", None)
    assert [each.recorded_at for each in log_of(simulated)[1:]] == [START + timedelta(minutes=m) for m in (1, 5)]
    assert simulated.now() == START + timedelta(minutes=5)


def test_a_refusal_is_recorded_by_the_same_clock(simulated: App) -> None:
    """What was tried then was refused then."""
    assert answered(simulated, PIT[0], at(1))[0] == "recorded"
    assert answered(simulated, session(episode="e-9", at="2025-12-01T10:00:00Z"), at(2))[0] == "refused"
    assert log_of(simulated)[-1].recorded_at == START + timedelta(minutes=2)


def test_the_future_is_what_comes_after_recorded_at(simulated: App) -> None:
    """Not after the clock on the wall."""
    said = PIT[0] | {"at": at(3)}
    assert answered(simulated, said, at(2)) == ("refused", "The instant lies in the future.")
    assert answered(simulated, said, at(4)) == ("recorded", None)


@pytest.mark.parametrize("wrong", [None, "", "yesterday", "2026-01-01T00:00:00", [], {}, "9999-99-99T00:00:00Z"])
def test_recorded_at_is_required_with_its_offset(simulated: App, wrong: object) -> None:
    """A line without one is invalid, and nothing of it is recorded."""
    status, message = answered(simulated, PIT[0], wrong)
    assert status == "invalid"
    assert message is not None
    assert message.startswith("recorded_at: ")
    assert len(log_of(simulated)) == 1


def test_the_order_is_checked_after_the_answer_given_before(simulated: App) -> None:
    """A line that was answered gets its answer again, whatever the clock says; a new one may not run backwards."""
    assert answered(simulated, PIT[0], at(1)) == ("recorded", None)
    assert answered(simulated, PIT[1], at(5)) == ("recorded", None)
    assert answered(simulated, PIT[0], at(1)) == ("unchanged", None)
    assert answered(simulated, PIT[0], at(0)) == ("unchanged", None)
    status, message = answered(simulated, PIT[2], at(4))
    assert (status, message) == ("invalid", "recorded_at: earlier than what was recorded last")
    assert answered(simulated, PIT[2], at(5)) == ("recorded", None)
    refused = session(episode="e-9", at="2025-12-01T10:00:00Z")
    assert [answered(simulated, refused, at(minute))[0] for minute in (6, 2)] == ["refused", "refused"]


def test_recorded_at_is_no_part_of_the_action(simulated: App) -> None:
    """The same action at another instant of the log is the same action."""
    assert answered(simulated, PIT[0] | {"action_id": "x"}, at(1)) == ("recorded", None)
    assert answered(simulated, PIT[0] | {"action_id": "x"}, at(9)) == ("unchanged", None)
    assert len(log_of(simulated)) == 2


def test_a_case_with_a_clock_is_imported_twice_through_the_command(
    simulated: App, cli: CommandLine, tmp_path: Path
) -> None:
    """The second time nothing is recorded, though every instant lies before the last one."""
    asked = ("import", CASES / "known.jsonl", "--clock", "recorded")
    assert cli(*asked, app=simulated).out.startswith("25 recorded")
    assert cli(*asked, "--report", tmp_path / "report.jsonl", app=simulated).out.startswith("0 recorded, 25 unchanged")


def test_an_ordinary_import_does_not_take_recorded_at(app: App) -> None:
    """With the system's clock it is a field that no action has."""
    line = text_of(PIT[0] | {"recorded_at": at(1)})
    assert answer(app, Line(1, line, len(line)), recorded_clock=False).message == "recorded_at: unknown field"
    assert app.history(app.stream_of(CHILD)).version == 0


def test_a_look_does_not_move_the_clock_of_a_simulated_store(url: str, clock: Clock, cli: CommandLine) -> None:
    """Nor does a question: the store stands at its last import, and takes the next line (interfaces.md)."""
    app = create(Settings(url), simulated=True, clock=clock)
    line = json.dumps(PIT[0] | {"recorded_at": "2026-01-01T00:00:00Z"}).encode()
    assert answer(app, Line(1, line, len(line)), recorded_clock=True).status == "recorded"
    see(app, AUDITOR)
    asked = ("--trajectory", CHILD, "--viewer", as_(COACH), "--purpose", "care", "--category", "plan")
    assert cli("explain", *asked, app=app).code == 0
    assert cli("disclosures", app=app).code == 0
    assert app.now() == datetime(2026, 1, 1, tzinfo=UTC)
    later = json.dumps(PIT[1] | {"recorded_at": "2026-01-02T00:00:00Z"}).encode()
    assert answer(app, Line(1, later, len(later)), recorded_clock=True).status == "recorded"
    app.store.close()
