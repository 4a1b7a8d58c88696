"""When the log cannot take it, nothing is shown and nothing is acknowledged (ledger.md, Nothing leaves unrecorded)."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from api import importing
from api.look import Refused
from api.main import App
from domain.facts import FACTS, UPCASTERS
from domain.trajectory.support import SessionHeld
from ledger.errors import KeyDestroyed, StoreUnavailable
from ledger.store import Store
from tests.api.given import do, done, facts_of, log_of, see
from tests.conftest import Clock, CommandLine, Program
from tests.examples import AUDITOR, CHILD, COACH, EXAMPLES, MOTHER, PIT, SPECIALIST, as_, session

Failing = Callable[[App], AbstractContextManager[None]]

LONG = session(summary="Vlinder slaapt slecht. " * 700)
"""An action whose fact does not fit in what is left of a page."""


@contextmanager
def locked(app: App) -> Iterator[None]:
    """Another program holds the write lock."""
    with closing(sqlite3.connect(_file_of(app), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def full(app: App) -> Iterator[None]:
    """The disk has no page left."""
    turn = app.store._log.datastore.turn  # type: ignore[attr-defined]
    cursor = turn._connection or turn._connected()
    cursor.execute("PRAGMA max_page_count = 1")  # never below what is there: no page more
    yield
    cursor.execute("PRAGMA max_page_count = 1000000")


@contextmanager
def broken(app: App) -> Iterator[None]:
    """Saving raises, whatever the reason."""

    def fail(*_: Any, **__: Any) -> None:
        raise StoreUnavailable("The disk of the store fails.")

    with patch.object(app.store, "save", fail):
        yield


def _file_of(app: App) -> Path:
    return app.store._log.datastore.path  # type: ignore[attr-defined, no-any-return]


@pytest.fixture
def patient(pit: App, url: str) -> Iterator[App]:
    """The application with the pit case, which does not wait long for a lock."""
    with Store.open(url, facts=FACTS, upcasters=UPCASTERS, busy_timeout=0.05) as store:
        yield replace(pit, store=store)


LOOKS = {
    "timeline": ("timeline", CHILD, "--as", as_(COACH)),
    "trajectory": ("trajectory", CHILD, "--as", as_(COACH)),
    "a look that is refused": ("timeline", CHILD, "--as", as_(SPECIALIST), "--purpose", "referral"),
    "disclosures": ("disclosures", "--as", as_(AUDITOR)),
    "explain": ("explain", "--trajectory", CHILD, "--viewer", as_(COACH), "--purpose", "care", "--category", "session"),
}


@pytest.mark.parametrize("fails", [locked, broken])
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_look_whose_append_fails_shows_nothing(
    patient: App, cli: CommandLine, fails: Failing, look: str, form: tuple[str, ...]
) -> None:
    """Exit 3, not a byte on stdout, the log as it was; and the same look goes once the log takes it."""
    before = log_of(patient)
    with fails(patient):
        said = cli(*LOOKS[look], *form, app=patient)
    assert (said.code, said.out) == (3, "")
    assert log_of(patient) == before
    assert cli(*LOOKS[look], *form, app=patient).out
    assert len(log_of(patient)) == len(before) + 1


def test_a_look_shows_nothing_on_a_full_disk(pit: App, cli: CommandLine) -> None:
    """What a look leaves is larger than a page: without room for it nothing goes."""
    before = log_of(pit)
    with full(pit):
        said = cli(*LOOKS["timeline"], "--json", app=pit)
    assert (said.code, said.out) == (3, "")
    assert "full" in said.err
    assert log_of(pit) == before
    assert cli(*LOOKS["timeline"], "--json", app=pit).code == 0


def test_a_look_of_another_program_shows_nothing_on_a_full_disk(pit: App, program: Program, url: str) -> None:
    """As the operating system says it, to the real command: no file of its own may grow (RLIMIT_FSIZE)."""
    see(pit, COACH)
    before, log = log_of(pit), _file_of(pit)
    room = max(log.with_name(f"{log.name}{suffix}").stat().st_size for suffix in ("-wal", "-shm"))
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room}))"
    said = program(*LOOKS["timeline"], "--json", "--store", url, first=limited)
    assert (said.code, said.out) == (3, "")
    assert log_of(pit) == before
    assert program(*LOOKS["timeline"], "--json", "--store", url).code == 0


@pytest.mark.parametrize("fails", [locked, full, broken])
def test_an_action_whose_append_fails_is_not_acknowledged(
    patient: App, cli: CommandLine, tmp_path: Path, fails: Failing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lines appended before it are in the report, it is not, not even half; importing again does the rest."""
    monkeypatch.setattr(importing, "TOGETHER", 1)
    file, report = tmp_path / "actions.jsonl", tmp_path / "report.jsonl"
    file.write_text(f"{json.dumps(PIT[0])}\n{json.dumps(LONG)}\n", "utf-8")
    before = log_of(patient)
    with fails(patient):
        said = cli("import", file, "--report", report, app=patient)
    assert (said.code, said.out) == (3, "")
    assert "Vlinder" not in said.err
    assert [json.loads(line)["status"] for line in report.read_text("utf-8").splitlines()] == ["unchanged"]
    assert log_of(patient) == before
    assert cli("import", file, "--report", report, app=patient).code == 0
    assert [json.loads(line)["status"] for line in report.read_text("utf-8").splitlines()] == ["unchanged", "recorded"]
    assert len(log_of(patient)) == len(before) + 1


@pytest.mark.parametrize("fails", [locked, broken])
def test_a_refusal_that_cannot_be_kept_is_not_told(patient: App, fails: Failing) -> None:
    """A refusal is a fact as well: without it there is no answer, and later the same one is given and kept."""
    refused, before = session(by={"id": "x", "role": "pit_coach", "organisation": "elsewhere"}), log_of(patient)
    with fails(patient), pytest.raises(StoreUnavailable):
        do(patient, refused)
    assert log_of(patient) == before
    assert do(patient, refused).code == "not_in_team"
    assert len(log_of(patient)) == len(before) + 1


def test_a_failed_append_leaves_no_half_of_a_child(app: App) -> None:
    """The key of a new child may be there already; its first fact is not, and comes when it is sent again."""
    with broken(app), pytest.raises(StoreUnavailable):
        do(app, PIT[0])
    assert len(log_of(app)) == 1
    assert app.history(app.stream_of(CHILD)).version == 0
    assert do(app, PIT[0]).positions == (2,)
    assert not facts_of(app, SessionHeld)


def test_an_erasure_that_was_interrupted_is_finished_when_it_is_sent_again(app: App, clock: Clock) -> None:
    """Between the fact and the key the child is erased to everybody already; sent again, the key goes too."""
    clock.step(days=400)
    erase = EXAMPLES["erase"]
    done(app, *erase.after)
    stream = app.stream_of(str(erase.said["trajectory"]))
    with patch.object(app.store.keys, "destroy", side_effect=StoreUnavailable("The disk of the store fails.")):
        with pytest.raises(StoreUnavailable):
            do(app, erase.said)
        refused = see(app, MOTHER, trajectory=str(erase.said["trajectory"]))
    assert isinstance(refused, Refused)
    assert refused.decision.reasons == ("erased",)
    assert app.store.keys.get(stream) is not None
    assert do(app, erase.said).status == "unchanged"
    with pytest.raises(KeyDestroyed):
        app.store.keys.get(stream)
