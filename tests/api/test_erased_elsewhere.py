"""A child that another process erased, while this one keeps it in memory: it is erased here too."""

import json
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID

import pytest

from api.look import Seen
from api.main import App, Settings, build
from api.rotating import rotate
from consent_policy.grounds import Actor
from ledger.errors import KeyDestroyed, StoreUnavailable
from projections.views import VIEWS
from tests.api.given import do, done, see
from tests.api.test_together import imported
from tests.conftest import Clock
from tests.examples import (
    AUDITOR,
    COACH,
    COORDINATOR,
    DPO,
    EXAMPLES,
    MOTHER,
    RECORDS_OFFICER,
    SIGNALLED,
    opening,
)
from tests.ledger.place import Place

ERASE = EXAMPLES["erase"]
CHILD = str(ERASE.said["trajectory"])
LATER = SIGNALLED | {"signal": "s-99", "trajectory": CHILD}
LOOKS = {
    "audit": (AUDITOR, DPO),
    "legal": (RECORDS_OFFICER,),
    "care": (COACH,),
    "coordination": (COORDINATOR,),
    "subject_access": (MOTHER,),
}


@pytest.fixture
def app(app_on_each_engine: App) -> App:
    """A child that is about to be erased."""
    done(app_on_each_engine, *EXAMPLES["give_consent"].after, EXAMPLES["give_consent"].said)
    for line in ERASE.after:
        do(app_on_each_engine, line)
    return app_on_each_engine


@pytest.fixture
def other(app: App, place: Place, clock: Clock) -> Iterator[App]:
    """Another process, which knows the child."""
    other = build(Settings(place.url), clock)
    assert len(other.children.known(stream_of(other)).facts) >= 5
    yield other
    other.store.close()


def stream_of(app: App) -> UUID:
    return app.stream_of(CHILD)


@pytest.mark.parametrize(("purpose", "viewer"), [(purpose, each) for purpose, some in LOOKS.items() for each in some])
@pytest.mark.parametrize("view", list(VIEWS))
def test_it_looks_like_to_somebody_who_never_knew_it(
    app: App, other: App, place: Place, clock: Clock, view: tuple[str, int], purpose: str, viewer: Actor
) -> None:
    """Also to those who may still ask about it."""
    done(app, ERASE.said)
    known = see(other, viewer, purpose, VIEWS[view], CHILD)
    fresh = build(Settings(place.url), clock)
    unknown = see(fresh, viewer, purpose, VIEWS[view], CHILD)
    fresh.store.close()
    told = [each.bodies if isinstance(each, Seen) else each.decision for each in (known, unknown)]
    assert told[0] == told[1]
    assert "g-m" not in json.dumps(told, default=str)


def test_what_was_answered_before_is_erased(app: App, other: App) -> None:
    """As ADR 15 says, whoever knew it."""
    done(app, ERASE.said)
    for line in (*ERASE.after, EXAMPLES["give_consent"].said, LATER):
        assert do(other, line).code == "erased"


def test_within_one_append_it_is_erased_as_well(app: App, tmp_path: Path) -> None:
    """Lines after the one that erases hear so, also those that were refused in the same append before it."""
    refused = SIGNALLED | {"trajectory": CHILD, "by": {"id": "x", "role": "guardian", "organisation": "family"}}
    got = imported(app, [refused, ERASE.said, refused, EXAMPLES["give_consent"].said, ERASE.said], tmp_path)
    assert [each.code or each.status for each in got] == [
        "not_related",
        "recorded",
        "erased",
        "erased",
        "unchanged",
    ]


def test_it_is_erased_between_deciding_and_appending(
    app: App, other: App, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """For an action, a look and an import alike."""
    save, flush = App.save, App.flush

    def late(way: Any) -> Any:
        def after_erasing(*given: Any) -> Any:
            monkeypatch.undo()
            assert do(app, ERASE.said).status in ("recorded", "unchanged")
            return way(*given)

        return after_erasing

    monkeypatch.setattr(App, "save", late(save))
    assert do(other, LATER).code == "erased"
    monkeypatch.setattr(App, "flush", late(flush))
    got = imported(other, [LATER, opening("t-other")], tmp_path)
    assert [each.code or each.status for each in got] == ["erased", "recorded"]


def test_the_key_is_no_longer_in_memory_though_the_child_is(app: App, other: App) -> None:
    """Others needed the room."""
    done(app, ERASE.said)
    other.store.keys._cache.clear()
    assert not isinstance(see(other, MOTHER, trajectory=CHILD), Seen)
    other.store.keys._cache.clear()
    assert do(other, LATER).code == "erased"


def test_of_two_that_are_erased_together_both_keys_go(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though something fails at the first."""
    second = [line | {"trajectory": "t-2"} for line in (*ERASE.after, ERASE.said)]
    destroy, destroyed = app.store.erase, list[UUID]()

    def failing(stream: UUID) -> None:
        destroy(stream)
        destroyed.append(stream)
        if len(destroyed) == 1:
            raise StoreUnavailable("Bytes of the key may still stand somewhere.")

    monkeypatch.setattr(app.store, "erase", failing)
    with pytest.raises(StoreUnavailable):
        imported(app, [ERASE.said, *second], tmp_path)
    for child in (CHILD, "t-2"):
        with pytest.raises(KeyDestroyed):
            app.store.keys.get(app.stream_of(child))


def test_what_stands_is_acknowledged_though_the_keys_cannot_be_asked(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the append nothing may say that it did not happen."""
    app.children.known(stream_of(app))

    def fails() -> int:
        raise StoreUnavailable("The file with the keys is locked.")

    with monkeypatch.context() as patched:
        save = app.store.save

        def saving(*given: Any) -> Any:
            recorded = save(*given)
            patched.setattr(app.store, "keys_destroyed", fails)
            return recorded

        patched.setattr(app.store, "save", saving)
        assert do(app, LATER).status == "recorded"
    assert app.children.latest(stream_of(app)).recorded == app.reread(stream_of(app)).recorded


def test_a_new_store_key_while_others_ask_for_children(app: App) -> None:
    """Neither waits for the other for ever."""
    over, stream = list[int](), stream_of(app)

    def ask() -> None:
        while not over:
            app.children.known(stream)

    asking = [Thread(target=ask) for _ in range(2)]
    for each in asking:
        each.start()
    rotating = Thread(target=rotate, args=(app, RECORDS_OFFICER, lambda *_: None), daemon=True)
    rotating.start()
    rotating.join(30)
    over.append(1)
    for each in asking:
        each.join()
    assert not rotating.is_alive()
