"""Every action through the door: recorded, unchanged when sent again, refused to who may not, stale when others win."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast
from uuid import UUID

import pytest

from api.act import act
from api.answer import Answer
from api.main import App, Settings, create
from api.parse import parse
from domain.attempt import ActionRefused
from ledger.errors import Moved
from ledger.store import Store
from tests.examples import EXAMPLES, NOW, Example

NOBODY = {"id": "ev-9", "role": "evaluator", "organisation": "elsewhere"}
"""An evaluator may do nothing about a child."""

ALL = [pytest.param(each, id=each.name) for each in EXAMPLES.values()]


class Overtaken:
    """A store in which another change always comes first."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.tries = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def save(self, facts: Any, unmoved: Any = None, recorded_at: Any = None) -> Any:
        """Never gets its turn."""
        self.tries += 1
        raise Moved(UUID(int=0))


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """One store in which every test has a child of its own."""
    folder = tmp_path_factory.mktemp("town")
    app = create(Settings(f"sqlite:///{folder / 'zorgspoor.db'}"), clock=lambda: NOW)
    yield app
    app.store.close()


def named(said: dict[str, Any], test: str) -> dict[str, Any]:
    """The action about a child, or a contact, of this test's own."""
    kind = "contact" if said["action"] == "hold_contact" else "trajectory"
    return said | {kind: f"{test}-{said[kind]}"}


def prepared(app: App, example: Example, test: str) -> dict[str, Any]:
    """The example, with its history recorded."""
    for said in example.after:
        assert done(app, named(said, f"{test}-{example.name}")).status == "recorded"
    return named(example.said, f"{test}-{example.name}")


def done(app: App, said: dict[str, Any]) -> Answer:
    return act(app, parse(said, app.programmes))


def position(app: App) -> int:
    return app.store.last().position


def attempts(app: App, after: int) -> list[str]:
    facts = (each.fact for each in app.store.log(after=after))
    return [each.code for each in facts if isinstance(each, ActionRefused)]


@pytest.mark.parametrize("example", ALL)
def test_it_is_recorded_once_and_then_unchanged(town: App, example: Example) -> None:
    """The first time it leaves one fact; the same object again leaves none and gets the same entry back."""
    said = prepared(town, example, "once")
    before = position(town)
    first = done(town, said)
    assert (first.status, first.positions) == ("recorded", (before + 1,))
    again = done(town, said)
    assert (again.status, again.entries, again.positions) == ("unchanged", first.entries, ())
    assert position(town) == before + 1


@pytest.mark.parametrize("example", ALL)
def test_it_is_unchanged_under_an_id_of_its_own(town: App, example: Example) -> None:
    """The same action_id of the same actor gets the same answer; with other content it is reference_in_use."""
    said = prepared(town, example, "id") | {"action_id": "sent-1"}
    first = done(town, said)
    assert first.status == "recorded"
    if example.name == "erase":
        return
    assert done(town, said).status == "unchanged"
    moved = said | {"at": said["at"].replace(":00:00+", ":00:01+").replace(":05:00+", ":05:01+")}
    moved = moved | ({} if moved != said else {"at": said["at"].replace(":00+01:00", ":01+01:00")})
    answer = done(town, moved)
    assert (answer.status, answer.code) == ("refused", "reference_in_use")


@pytest.mark.parametrize("example", ALL)
def test_it_is_refused_alike_each_time(town: App, example: Example) -> None:
    """Who may not hears the same twice; the attempt is kept once, and nothing of the child has changed."""
    said = prepared(town, example, "refused") | {"by": NOBODY}
    if "evidence" not in said and example.name in ("refuse_consent", "revoke_consent"):
        said |= {"evidence": {"kind": "form"}}
    before = position(town)
    first, again = done(town, said), done(town, said)
    assert (first.status, again.status) == ("refused", "refused")
    assert first.code == again.code
    assert first.code in ("role_not_permitted", "not_in_team")
    assert attempts(town, before) == [first.code]
    assert position(town) == before + 1


@pytest.mark.parametrize("example", ALL)
def test_it_is_stale_when_others_always_come_first(town: App, example: Example) -> None:
    """Retries run out and nothing is recorded, not even the attempt; later the same action is done all the same."""
    said = prepared(town, example, "stale")
    before, overtaken = position(town), Overtaken(town.store)
    answer = done(replace(town, store=cast(Store, overtaken)), said)
    assert (answer.status, answer.code) == ("refused", "stale")
    assert overtaken.tries > 1
    assert position(town) == before
    assert done(town, said).status == "recorded"
