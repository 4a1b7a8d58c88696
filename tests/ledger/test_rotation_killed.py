"""A rotation that is killed, at whatever point: the store works, and the same command finishes it."""

import random
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep
from uuid import uuid4

import pytest

from ledger.errors import KeyDestroyed
from ledger.store import Store
from tests.ledger.notes import create, new_child, note, reopen
from tests.ledger.place import Place
from tests.ledger.rotations import opened_by, rotate, secrets_in

ROOT = Path(__file__).parents[2]
CHILDREN = 2_000
ERASED = 20

NEVER = 10**9
"""A line that no rotation comes to."""


def rotator(url: str, line: int) -> "subprocess.Popen[str]":
    """Another program that rotates and dies at this line of the ledger's code; 0: that is not traced."""
    command = [sys.executable, "-m", "tests.ledger.rotations", url, str(line)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)  # noqa: S603  # our own program
    assert process.stdout is not None
    assert process.stdout.readline() == "begins\n"
    return process


def filled(place: Place) -> Store:
    """With children of whom some are erased."""
    store, children = create(place.url), [uuid4() for _ in range(CHILDREN)]
    store.save([note(child, 1) for child in children])
    for child in children[:ERASED]:
        store.keys.destroy(child)
    return store


def assert_usable(place: Place, former: set[bytes]) -> None:
    """Every fact opens but those of erased children, a child can come, and who is erased stays so."""
    with reopen(place.url) as store:
        facts = store.log(limit=100_000)
        erased = [fact.stream for fact in facts if fact.fact is None]
        assert len(erased) == ERASED
        with pytest.raises(KeyDestroyed):
            store.keys.mint(erased[0])
        new_child(store)
        assert opened_by(former - set(secrets_in(place.key)), store, place) == 0


def assert_finishes(place: Place, former: set[bytes]) -> None:
    """And leaves one key, which opens everything, and none of the former ones opens anything."""
    with reopen(place.url) as store:
        former |= set(secrets_in(place.key))
        rotate(store)
        [current] = secrets_in(place.key)
        former.discard(current)
        assert opened_by(former, store, place) == 0
        live = sum(any(wrapped) for wrapped in place.wrapped_keys().values())
        assert opened_by([current], store, place) == 3 + live
    assert_usable(place, former)


def kill_again_and_again(place: Place, times: int, seed: int) -> set[int]:
    """How many keys the file held after each kill.

    In turn at a random line of our code, and at a random moment, in whatever call of the system that is.
    """
    chance, former, held = random.Random(seed), set[bytes](), set[int]()  # noqa: S311  # no secret
    with filled(place):
        pass
    lines, seconds = measured(place)
    for time in range(times):
        former |= set(secrets_in(place.key))
        if time % 2:
            process = rotator(place.url, 0)
            sleep(chance.uniform(0, seconds))
            process.kill()
        else:
            near = chance.choice((chance.randint(1, 400), chance.randint(1, lines), lines - chance.randint(0, 400)))
            process = rotator(place.url, near)
        process.communicate()
        former |= set(secrets_in(place.key))
        held.add(len(secrets_in(place.key)))
        assert_usable(place, former)
        if time % 3:
            assert_finishes(place, former)
    assert_finishes(place, former)
    return held


def measured(place: Place) -> tuple[int, float]:
    """How many lines a whole rotation is, and how long it takes when it is not traced."""
    lines = int(rotator(place.url, NEVER).communicate()[0])
    process, begun = rotator(place.url, 0), monotonic()
    process.communicate()
    return lines, monotonic() - begun


@pytest.mark.timeout(240)
def test_after_a_kill_nothing_is_lost_and_the_next_rotation_finishes(place: Place) -> None:
    """A few times; `make long` does it many times."""
    kill_again_and_again(place, 4, seed=1)


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", [2, 3])
def test_after_many_kills_nothing_is_lost_and_the_next_rotation_finishes(place: Place, seed: int) -> None:
    """At points that are the same each time (lines), and others that are not (moments)."""
    assert kill_again_and_again(place, 20, seed) == {1, 2}
