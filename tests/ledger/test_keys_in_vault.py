"""What holds of keys whose store key is a file holds where it is in Vault; and the key of Vault rotates."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import pytest

from ledger.errors import KeyDestroyed, RotationRuns, StoreUnavailable
from ledger.keyplace import VaultAccess
from ledger.rotation import STORE
from ledger.store import Store
from ledger.vault import version
from tests.ledger.notes import create, new_child, note, reopen
from tests.ledger.place import Place
from tests.ledger.rotations import rotate
from tests.ledger.test_many_processes import assert_whole
from tests.vault import TOKEN, VaultServer

__all__ = [name for name in dir() if name.startswith("test_")]
"""The same tests, collected here once more: in this module every store has its key in Vault."""

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def server() -> Iterator[VaultServer]:
    with VaultServer() as server:
        yield server


@pytest.fixture(autouse=True)
def vault(server: VaultServer, monkeypatch: pytest.MonkeyPatch) -> VaultServer:
    """Every store of this module is made and opened with the key in Vault."""
    access: dict[str, Any] = {"key_file": server.address(), "vault": VaultAccess(lambda: TOKEN)}
    for name in ("create", "open"):
        method = getattr(Store, name)
        monkeypatch.setattr(Store, name, lambda url, method=method, **named: method(url, **access | named))
    return server


@pytest.fixture
def place(place: Place) -> Place:
    place.url = place.url.partition("&key=")[0]
    return place


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    with create(f"sqlite:///{tmp_path / 'zorgspoor.db'}") as store:
        yield store


@pytest.fixture
def postgres_store(postgres_place: Place) -> Iterator[Store]:
    postgres_place.url = postgres_place.url.partition("&key=")[0]
    with create(postgres_place.url) as store:
        yield store


def versions(store: Store, place: Place) -> set[int]:
    """Of everything that is wrapped and not destroyed."""
    named = store.keys._table.named()
    wrapped = [*(named[name] for name in STORE), *place.wrapped_keys().values()]
    return {version(each) for each in wrapped if any(each)}


def test_a_rotation_wraps_everything_by_a_new_version(store: Store, place: Place, vault: VaultServer) -> None:
    """No key comes to us in the clear for that, and Vault may refuse older versions from then on."""
    for _ in range(5):
        new_child(store)
    before, asked = len(vault.keys["zorgspoor"].versions), len(vault.requests)
    rotated = rotate(store)
    assert (rotated.keys, rotated.resumed) == (5, False)
    assert versions(store, place) == {before + 1}
    actions = {request.split("/")[3] for request in vault.requests[asked:-1]}
    assert actions == {"keys", "rewrap"}
    vault.keys["zorgspoor"].oldest = before + 1
    with reopen(place.url) as again:
        assert_whole(again)
    vault.keys["zorgspoor"].oldest = 1


@pytest.mark.parametrize("step", ["change", "replace", "compact"])
def test_an_unfinished_rotation_is_finished_by_the_next(
    store: Store, place: Place, vault: VaultServer, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """With the same version, where keys were left of the one before; meanwhile the store works."""
    for _ in range(5):
        new_child(store)
    before = len(vault.keys["zorgspoor"].versions)
    with monkeypatch.context() as stopped:
        stopped.setattr(store.keys._table, step, _interrupt)
        with pytest.raises(KeyboardInterrupt):
            rotate(store)
    with reopen(place.url) as again:
        new_child(again)
        assert_whole(again)
        assert rotate(again).resumed is (step == "replace")
        assert versions(again, place) == {before + (1 if step == "replace" else 2)}
        assert_whole(again)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def test_what_an_older_version_wrapped_is_refused_after_a_rotation(
    store: Store, place: Place, vault: VaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process wraps; the whole rotation passes; the process inserts: nothing comes, and it wraps anew."""
    add, said = store.keys._table.add, list[object]()

    def late(*arguments: Any) -> Any:
        if not said:
            with reopen(place.url) as other:
                rotate(other)
        said.append(add(*arguments))
        return said[-1]

    monkeypatch.setattr(store.keys._table, "add", late)
    child = new_child(store)
    assert said == [None, {child}]
    assert versions(store, place) == {len(vault.keys["zorgspoor"].versions)}


def test_of_two_rotations_at_once_one_is_told_to_wait(store: Store, place: Place) -> None:
    """There is no key file to lock, so it is the keys that are."""

    def at_the_same_time(_: object) -> None:
        with reopen(place.url) as other, pytest.raises(RotationRuns):
            rotate(other)

    store.keys.rotate(at_the_same_time)


def test_a_server_of_vault_that_lags_behind_is_not_used(
    store: Store, place: Place, vault: VaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it wraps, it wraps by a version that may be refused tomorrow: nothing is recorded, and later it goes on."""
    rotate(store)
    key = vault.keys["zorgspoor"]
    with monkeypatch.context() as lagging:
        lagging.setattr(key, "versions", key.versions[:-1])
        with pytest.raises(StoreUnavailable, match="older version"):
            new_child(store)
    assert place.wrapped_keys() == {}
    new_child(store)


def test_a_refusal_amid_a_rotation_leaves_it_to_the_next(store: Store, place: Place, vault: VaultServer) -> None:
    """Sealed in the middle; all keys open before and after, and erased children stay erased."""
    children = [uuid4() for _ in range(1_200)]
    store.save([note(child, 1) for child in children])
    store.keys.destroy(children[0])

    def seal(seen: int, total: int) -> None:
        assert total == 1_199
        vault.fault = "sealed" if seen == 500 else None

    with pytest.raises(StoreUnavailable, match="sealed"):
        store.keys.rotate(lambda rotated: None, seal)
    vault.fault = None
    assert len(versions(store, place)) == 2
    assert rotate(store).resumed is True
    with reopen(place.url) as again:
        assert len(versions(again, place)) == 1
        facts = again.log(limit=5_000)
        assert [fact.stream for fact in facts if fact.fact is None] == children[:1]
        with pytest.raises(KeyDestroyed):
            again.keys.mint(children[0])


KILLED = """
import os, signal, sys
from ledger import rotation
from ledger.keyplace import VaultAccess
from ledger.store import Store
from tests.ledger.notes import FACTS
from tests.ledger.rotations import dying
rotation.BATCH = 20
url, key, token, line = sys.argv[1:]
store = Store.open(url, facts=FACTS, key_file=key, vault=VaultAccess(lambda: token))
trace, lines = dying(int(line))
sys.settrace(trace)
store.keys.rotate(lambda rotated: None)
sys.settrace(None)
print(lines())
"""


def killed_at(line: int, place: Place, vault: VaultServer) -> str:
    command = [sys.executable, "-c", KILLED, place.url, vault.address(), TOKEN, str(line)]
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False).stdout  # noqa: S603  # ours


def kill_again_and_again(place: Place, vault: VaultServer, times: int) -> None:
    chance, children = Random(4), [uuid4() for _ in range(200)]  # noqa: S311  # no secret
    with create(place.url) as store:
        store.save([note(child, 1) for child in children])
        store.keys.destroy(children[0])
    lines, killed = int(killed_at(10**9, place, vault)), 0
    for _ in range(times):
        killed += not killed_at(
            chance.randint(1, lines), place, vault
        )  # one that goes on has less to do, and may finish
        with reopen(place.url) as store:
            assert sum(fact.fact is None for fact in store.log(limit=1_000)) == 1
            new_child(store)
    assert killed >= times // 2
    with reopen(place.url) as store:
        rotate(store)
        assert versions(store, place) == {len(vault.keys["zorgspoor"].versions)}
        assert sum(fact.fact is None for fact in store.log(limit=1_000)) == 1


def test_a_killed_rotation_is_finished_by_the_next(place: Place, vault: VaultServer) -> None:
    """At random lines of our code."""
    kill_again_and_again(place, vault, 2)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_a_rotation_that_is_killed_often_is_finished_by_the_next(place: Place, vault: VaultServer) -> None:
    """As above, many times."""
    kill_again_and_again(place, vault, 20)
