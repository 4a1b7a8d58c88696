"""Ways round a rule that a hostile reading found: by correction, by depth, by a key that is gone, by another name."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from api.importing import Line, answer
from api.main import App, Settings, build
from api.replay import replay_all
from tests.api.given import do, done, see
from tests.conftest import Clock
from tests.examples import CHILD, COACH, MOTHER, PIT, action, by, session


def entry_of(app: App, topic: str) -> int:
    """The last entry of this kind."""
    return next(each.entry for each in reversed(app.store.stream(app.stream_of(CHILD))) if topic in each.topic)


def corrects(app: App, topic: str, changes: dict[str, Any]) -> dict[str, Any]:
    said = {"action": "correct_entry", "trajectory": CHILD, "at": "2026-04-29T10:00:00+02:00", "by": by(COACH)}
    return said | {"entry": entry_of(app, topic), "changes": changes}


@pytest.mark.parametrize(
    "changes", [{"professional": by(COACH)}, {"team_role": "lead"}, {"at": "2026-04-28T10:00:00+02:00"}]
)
def test_nobody_comes_onto_a_team_by_correction(pit: App, changes: dict[str, Any]) -> None:
    """Assigning is for who directs the episode; and released is released."""
    answered = do(pit, corrects(pit, "professional-assigned", changes))
    assert answered.status in ("refused", "invalid")


def test_a_request_for_a_copy_does_not_become_one_to_erase(pit: App) -> None:
    """What was asked is what it was; else it could be granted as one thing and carried out as another."""
    request = {"action": "make_request", "trajectory": CHILD, "at": "2026-04-28T10:00:00+02:00", "by": by(MOTHER)}
    done(pit, request | {"request": "q-1", "kind": "copy", "person": "g-m"})
    changed = corrects(pit, "request-made", {"kind": "erase"}) | {"by": by(MOTHER)}
    assert do(pit, changed).status == "invalid"


@pytest.mark.parametrize("depth", range(940, 1010, 4))
def test_a_line_that_is_nested_too_deeply_is_invalid(pit: App, depth: int) -> None:
    """A bad line never stops the rest."""
    text = b'{"action":"add_statement","x":' + b"[" * depth + b"]" * depth + b"}"
    assert answer(pit, Line(1, text, len(text)), recorded_clock=False).status == "invalid"


def test_a_field_has_only_the_name_that_the_table_gives_it(pit: App) -> None:
    """`with`, not what Python must call it."""
    text = json.dumps(session() | {"with_": ["g-m"]}).encode()
    assert answer(pit, Line(1, text, len(text)), recorded_clock=False).status == "invalid"


def test_a_key_that_is_gone_is_different_and_stops_no_replay(pit: App, url: str, folder: Path, clock: Clock) -> None:
    """Neither erased nor the same: that a key is missing without a tombstone is a defect or tampering."""
    other = [each | {"trajectory": "t-other"} for each in (PIT[0], action("add_guardian"))]
    for said in other:
        do(pit, said)
    see(pit, COACH)
    see(pit, MOTHER, trajectory="t-other")
    gone = pit.stream_of(CHILD)
    pit.store.close()
    with closing(sqlite3.connect(folder / "zorgspoor.keys.db")) as keys:
        (table,) = [
            name
            for (name,) in keys.execute("SELECT name FROM sqlite_master WHERE name LIKE '%stream%' AND type='table'")
        ]
        removed = keys.execute(f"DELETE FROM {table} WHERE hex(stream) = ? OR stream = ?", (gone.hex.upper(), gone.hex))  # noqa: S608
        assert removed.rowcount == 1
        keys.commit()
    reopened = build(Settings(url), clock)
    assert [each.result for each in replay_all(reopened)] == ["DIFFERENT", "same"]
    reopened.store.close()
