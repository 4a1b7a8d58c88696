"""Children are kept in memory between actions and looks: what is done and shown is as if everything were read anew."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest

from api.children import Children
from api.look import Refused, Seen
from api.main import App, Settings, build
from domain.trajectory.history import History
from tests.api.given import do, done, see
from tests.conftest import Clock
from tests.examples import CHILD, COACH, lines_of, opening, session, withdrawal


@pytest.fixture
def other(pit: App, url: str, clock: Clock) -> App:
    """Another process with the same store, which knows the child already."""
    other = build(Settings(url), clock)
    assert isinstance(see(other, COACH), Seen)
    return other


def test_a_look_of_a_process_that_is_behind_is_decided_on_what_stands(pit: App, other: App) -> None:
    """A withdrawal that another process recorded counts, though this one never read it."""
    assert isinstance(see(other, COACH, categories=("session",)), Seen)
    done(pit, withdrawal())
    assert isinstance(see(other, COACH, categories=("session",)), Refused)


def test_an_action_of_a_process_that_is_behind_is_decided_on_what_stands(pit: App, other: App) -> None:
    """The same for what is done; and the refusal is kept."""
    done(pit, withdrawal())
    assert do(other, session(at="2026-05-01T11:30:00+02:00")).code == "consent_missing"


def test_an_answer_without_a_fact_is_given_on_what_stands(pit: App, other: App) -> None:
    """What was recorded by another process is unchanged here, with the entry that it got there."""
    (first,) = done(pit, session())
    again = do(other, session())
    assert (again.status, again.entries) == ("unchanged", first.entries)


def test_what_was_refused_elsewhere_is_refused_alike(pit: App, other: App) -> None:
    """An attempt that another process kept is found, though this one decides on what it knows."""
    refused = session(by={"id": "x", "role": "pit_coach", "organisation": "elsewhere"}, action_id="once")
    assert do(pit, refused).code == "not_in_team"
    assert do(other, session(action_id="once") | {"by": refused["by"]}).code == "not_in_team"
    known = other.store.last().position
    assert do(other, refused).code == "not_in_team"
    assert other.store.last().position == known


def test_another_action_under_an_id_that_was_refused_is_no_new_one(pit: App, other: App) -> None:
    """The id is in use, also where this process has never heard of it and would allow the action."""
    allowed = session(action_id="once")
    assert do(pit, allowed | {"minutes": 30, "at": "2019-01-01T00:00:00+01:00"}).status == "refused"
    assert do(other, allowed).code == "reference_in_use"


@pytest.mark.parametrize("case", ["pit", "jgt", "ot", "jos", "preventie_plus"])
def test_what_is_kept_is_what_stands_in_the_log(case: str, app: App) -> None:
    """After every line of a case, field by field."""
    lines = [each for each in lines_of(f"{case}.jsonl") if "trajectory" in each]
    for line in lines:
        do(app, {name: value for name, value in line.items() if name != "recorded_at"})
        kept = app.children.known(app.stream_of(line["trajectory"]))
        fresh = app.reread(kept.stream)
        assert (kept.recorded, kept.latest, kept.entries, kept.answers) == (
            fresh.recorded,
            fresh.latest,
            fresh.entries,
            fresh.answers,
        )


def test_an_erased_child_is_forgotten(pit: App, other: App) -> None:
    """Also by the processes that did not erase it, as soon as they are told of it."""
    stream = pit.stream_of(CHILD)
    for app in (pit, other):
        assert len(app.children.known(stream).facts) > 20
    pit.store.erase(stream)
    for app in (pit, other):
        assert app.children.known(stream).facts == {}


def test_only_so_many_facts_are_kept(pit: App) -> None:
    """Children that nobody asked for longest make room."""
    few = Children(pit.store, pit.programmes, kept_facts=60)
    stream = pit.stream_of(CHILD)
    first = few.known(stream)
    assert few.known(stream) is first
    for number in range(40):
        done(pit, opening(f"t-{number}"))
        few.known(pit.stream_of(f"t-{number}"))
    assert few.known(stream) is not first
    assert few.known(stream) == first


def test_nobody_is_kept_who_is_not_there(pit: App) -> None:
    """Made-up references do not fill the memory, and become children when they are opened."""
    nobody = UUID(int=7)
    assert pit.children.known(nobody) == History(nobody, pit.programmes, ())
    assert pit.children.known(nobody) is not pit.children.known(nobody)
    assert not pit.children.is_child(nobody)


def test_nobody_waits_for_a_child_while_a_key_is_destroyed(pit: App) -> None:
    """That may take seconds, where others read the keys; a child that is kept is kept."""
    stream = pit.stream_of(CHILD)
    kept = pit.children.known(stream)
    with ThreadPoolExecutor(1) as another, pit.store.keys._lock:
        assert another.submit(pit.children.known, stream).result(5) is kept


def test_what_the_log_has_no_more_is_forgotten(pit: App, folder: Path) -> None:
    """An older backup was put back under a running service: it answers from what there is, and does not stay busy."""
    done(pit, session())
    known = pit.children.known(pit.stream_of(CHILD)).version
    with closing(sqlite3.connect(folder / "zorgspoor.db")) as log, log:
        log.execute("DELETE FROM facts WHERE position = (SELECT max(position) FROM facts)")
    assert isinstance(see(pit, COACH), Seen)
    assert pit.children.known(pit.stream_of(CHILD)).version == known - 1


def test_what_stands_otherwise_in_the_log_is_read_anew(pit: App, folder: Path, url: str, clock: Clock) -> None:
    """Another process told something else as the same version, after an older backup was put back."""
    done(pit, session())
    with closing(sqlite3.connect(folder / "zorgspoor.db")) as log, log:
        log.execute("DELETE FROM facts WHERE position = (SELECT max(position) FROM facts)")
    other = build(Settings(url), clock)
    done(other, withdrawal())
    last = other.store.last().position
    other.store.close()
    assert pit.children.latest(pit.stream_of(CHILD)).recorded[-1].position == last
    assert pit.children.latest(pit.stream_of(CHILD)).facts == pit.reread(pit.stream_of(CHILD)).facts
