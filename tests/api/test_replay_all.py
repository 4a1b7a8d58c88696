"""All looks of the log are replayed by several processes at once, and nothing is told as complete that is not."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from itertools import islice
from multiprocessing import active_children
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from api import replaying
from api.main import App, Settings, build
from api.replay import PAGE, Replayed, Replayer, replay_all
from api.replaying import FEW, ReplayInterrupted, replay_together
from api.rereads import Rereads
from domain.disclosure import Look
from domain.trajectory.consent import ConsentGiven
from domain.trajectory.support import SessionHeld
from ledger.errors import StoreNotFound, place_of
from ledger.seal import place as place_in_log
from projections.processes import Unsaid
from projections.trajectory import TRAJECTORY
from tests.api.given import done, facts_of, log_of, see
from tests.api.reveals import OTHER, told_again
from tests.api.test_replay import tampered, with_part
from tests.conftest import MAIN, NO_BYTECODE, ROOT, Clock, CommandLine, Program
from tests.examples import CHILD, COACH, COORDINATOR, SECOND_COACH, TEACHER, opening, session
from tests.ledger.place import Place

MANY = FEW + 4 * PAGE + 7
"""Looks that are not a few: other processes replay them."""

KILL_ONE = """
import os, signal, sys
from contextlib import contextmanager
from multiprocessing import active_children
from api import replaying
started = replaying._others
@contextmanager
def others(*asked):
    with started(*asked) as connections:
        happens([each.pid for each in active_children()])
        yield connections
replaying._others = others
"""
"""A command in which something happens to the processes that replay, as soon as they have started."""


def look_often(app: App, times: int) -> None:
    """At two children, by people who may and who may not."""
    viewers = ((COACH, CHILD), (SECOND_COACH, OTHER), (COORDINATOR, CHILD), (TEACHER, OTHER))
    for number in range(times):
        viewer, child = viewers[number % len(viewers)]
        see(app, viewer, view=TRAJECTORY, trajectory=child)
        if number % 200 == 100:
            done(app, session(at=f"2026-04-28T{number // 100 + 1:02}:00:00Z"))


@pytest.fixture(scope="module")
def looked_store(pit_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a store with two children, at whom somebody looked many times while they were helped."""
    folder = tmp_path_factory.mktemp("looked")
    shutil.copytree(pit_store, folder, dirs_exist_ok=True)
    app = build(Settings(f"sqlite:///{folder / 'zorgspoor.db'}"), Clock())
    look_often(told_again(app), MANY)
    app.store.close()
    return folder


@pytest.fixture
def looked(looked_store: Path, folder: Path, url: str, clock: Clock) -> Iterator[App]:
    """An application over a copy of it."""
    shutil.copytree(looked_store, folder, dirs_exist_ok=True)
    app = build(Settings(url), clock)
    yield app
    app.store.close()


@pytest.fixture
def chosen(url: str) -> Callable[[], Settings]:
    return partial(Settings, url)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many processes were started, each time that any were."""
    real, counts = replaying._others, list[int]()

    @contextmanager
    def counted(chosen: Any, count: int) -> Iterator[Any]:
        counts.append(count)
        with real(chosen, count) as others:
            yield others

    monkeypatch.setattr(replaying, "_others", counted)
    return counts


def test_several_processes_find_what_one_finds(
    looked: App, chosen: Callable[[], Settings], started: list[int], folder: Path
) -> None:
    """All looks in the order of the log; one that was tampered with is DIFFERENT, and all others are the same."""
    looks = facts_of(looked, Look)
    tampered(looked, folder, looks[FEW + 150].position, lambda fact: with_part(fact, digest="0" * 64))
    found = list(replay_together(looked, chosen, 3))
    assert started == [3]
    assert [each.position for each in found] == [each.position for each in looks]
    assert found == list(replay_all(looked))
    assert [number for number, each in enumerate(found) if each.result != "same"] == [FEW + 150]
    assert active_children() == []


def test_other_processes_replay_from_each_engine(
    app_on_each_engine: App, place: Place, started: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each with connections of its own."""
    monkeypatch.setattr(replaying, "FEW", 1)
    done(app_on_each_engine, opening(CHILD))
    for _ in range(PAGE + 30):
        see(app_on_each_engine, COACH)
    found = list(replay_together(app_on_each_engine, partial(Settings, place.url), 2))
    assert started == [2]
    assert Counter(each.result for each in found) == Counter(same=PAGE + 30)


def test_few_looks_are_replayed_here(pit: App, started: list[int]) -> None:
    """Another process would take longer to start; and one process alone starts none, however many looks there are."""
    for _ in range(3):
        see(pit, COACH)
    assert len(list(replay_together(pit, _never, 2))) == 3
    assert started == []


def test_one_process_does_it_all(looked: App, started: list[int]) -> None:
    """Where there is one processor."""
    assert len(list(replay_together(looked, _never, 1))) == MANY
    assert started == []


def _never() -> Settings:
    raise AssertionError


def test_as_many_looks_as_are_replayed_here_start_no_process(
    pit: App, started: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is left to do for it."""
    monkeypatch.setattr(replaying, "FEW", 3)
    for _ in range(3):
        see(pit, COACH)
    assert len(list(replay_together(pit, _never, 2))) == 3
    assert started == []


def test_a_process_that_is_killed_ends_the_replay(looked: App, chosen: Callable[[], Settings]) -> None:
    """With an error, at the looks that nobody replayed; no process is left."""
    found = replay_together(looked, chosen, 2)
    replayed = list(islice(found, 1))
    os.kill(_one_of(active_children()), signal.SIGKILL)
    with pytest.raises(ReplayInterrupted):
        replayed += found
    assert 0 < len(replayed) < MANY
    assert active_children() == []


def _one_of(processes: list[Any]) -> int:
    pid = processes[0].pid
    assert isinstance(pid, int)
    return pid


def test_the_command_tells_nothing_when_a_process_is_killed(looked: App, url: str, program: Program) -> None:
    """Exit 3, to be tried again; no list that looks complete, and nothing is recorded of it."""
    kill = f"{KILL_ONE}\ndef happens(pids): os.kill(pids[-1], signal.SIGKILL)"
    before = len(log_of(looked))
    for form in ((), ("--json",)):
        said = program("replay", "--all", "--store", url, *form, first=kill)
        assert (said.code, said.out) == (3, "")
        assert "Traceback" not in said.err
    assert len(log_of(looked)) == before


def test_a_command_that_is_killed_leaves_no_process(looked: App, url: str, tmp_path: Path) -> None:
    """Those that replay for it end by themselves."""
    assert len(facts_of(looked, Look)) == MANY
    kill = f"{KILL_ONE}\ndef happens(pids):\n    print(*pids, flush=True)\n    os.kill(os.getpid(), signal.SIGKILL)"
    command = [sys.executable, "-c", f"{kill}\n{MAIN}", "replay", "--all", "--store", url]
    env = {"PYTHONPATH": str(ROOT), **NO_BYTECODE}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)  # noqa: S603  # our own
    assert done.returncode == -signal.SIGKILL
    pids = [int(each) for each in done.stdout.split()]
    assert len(pids) == (os.cpu_count() or 1)
    until = monotonic() + 30
    while any(map(_runs, pids)) and monotonic() < until:
        sleep(0.05)
    assert [pid for pid in pids if _runs(pid)] == []


def _runs(pid: int) -> bool:
    """Whether there is such a process, other than one that nobody has asked how it ended."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in "ZX"


def test_what_goes_wrong_in_another_process_is_raised_here(looked: App, folder: Path) -> None:
    """The store that is not there, as if it had been looked for here."""
    with pytest.raises(StoreNotFound):
        list(replay_together(looked, partial(Settings, f"sqlite:///{folder / 'nowhere.db'}"), 2))


def test_a_defect_in_another_process_says_where(looked: App) -> None:
    """File and line there, as nobody could find it from here."""
    with pytest.raises(ZeroDivisionError) as raised:
        list(replay_together(looked, _defect, 2))
    assert place_of(raised.value).startswith("test_replay_all.py:")


def _defect() -> Settings:
    return Settings(str(1 // 0))


def test_a_defect_that_cannot_be_sent_says_its_name_and_where(looked: App, capfd: pytest.CaptureFixture[str]) -> None:
    """What it holds may be content, so that nobody prints it there either."""
    with pytest.raises(Unsaid, match="KeyError") as raised:
        list(replay_together(looked, _cannot_be_sent, 2))
    assert place_of(raised.value).startswith("test_replay_all.py:")
    assert capfd.readouterr().err == ""


def _cannot_be_sent() -> Settings:
    raise KeyError("Sproetje", lambda: None)


def test_the_command_replays_all(looked: App, url: str, cli: CommandLine) -> None:
    """One JSON document, or a line for each; with other processes as without."""
    said = cli("replay", "--all", "--store", url, "--json")
    answer = json.loads(said.out)
    assert (said.code, said.err, answer["results"]) == (0, "", {"same": MANY})
    assert [each["position"] for each in answer["replayed"]] == [each.position for each in facts_of(looked, Look)]
    plain = cli("replay", "--all", "--store", url)
    assert (plain.code, len(plain.out.splitlines())) == (0, MANY + 1)


def overwritten(folder: Path, position: int, state: bytes) -> None:
    """Put other bytes in a row."""
    with closing(sqlite3.connect(folder / "zorgspoor.db")) as connection, connection:
        connection.execute("UPDATE facts SET state = ? WHERE position = ?", (state, position))


@pytest.mark.parametrize("state", [b"", b"\x01" + bytes(500)], ids=["empty", "other bytes"])
@pytest.mark.parametrize("number", [0, 130, FEW + 130])
def test_a_look_that_cannot_be_opened_is_different_and_the_others_are_the_same(
    looked: App, chosen: Callable[[], Settings], folder: Path, state: bytes, number: int
) -> None:
    """Its row was altered by somebody without the keys; that hides no other look."""
    looks = facts_of(looked, Look)
    overwritten(folder, looks[number].position, state)
    found = list(replay_together(looked, chosen, 2))
    assert found[number] == Replayed(looks[number].stream, looks[number].position, "DIFFERENT", ("SealBroken",))
    assert Counter(each.result for each in found) == Counter(same=MANY - 1, DIFFERENT=1)


def test_a_look_that_is_no_look_is_different(pit: App, folder: Path) -> None:
    """A body that opens and is not what its topic says: not even its id is known."""
    for _ in range(3):
        see(pit, COACH)
    look = facts_of(pit, Look)[1]
    overwritten(folder, look.position, pit.store.keys.of_store.seal(b"{}", place_in_log(look.stream, 1, look.topic)))
    assert list(replay_all(pit))[1] == Replayed(None, look.position, "DIFFERENT", ("FactUnreadable",))
    assert [each.result for each in replay_all(pit)] == ["same", "DIFFERENT", "same"]


@pytest.mark.parametrize("how", ["SealBroken", "FactUnreadable"])
def test_a_child_that_cannot_be_read_makes_only_looks_at_it_different(looked: App, folder: Path, how: str) -> None:
    """Looks at other children are the same."""
    fact, child = facts_of(looked, ConsentGiven)[0], looked.stream_of(CHILD)
    about = [_children(each.fact) == [str(child)] for each in facts_of(looked, Look)]
    sealed = looked.store.keys.get(child).seal(b"{}", place_in_log(child, fact.entry, fact.topic))
    overwritten(folder, fact.position, sealed if how == "FactUnreadable" else sealed[:-1])
    assert [each.why == (how,) for each in replay_all(looked)] == about
    assert 0 < sum(about) < len(about)


def _children(look: Any) -> list[str]:
    return [each.trajectory for each in (*getattr(look, "shown", ()), *look.withheld)]


def test_a_child_is_read_once_however_many_looks_are_about_it(looked: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the log, and from nothing that this process knew before."""
    read, streams = Counter[Any](), looked.store.streams

    def counted(wanted: Any, *rest: Any) -> Any:
        read.update(wanted)
        return streams(wanted, *rest)

    monkeypatch.setattr(looked.store, "streams", counted)
    monkeypatch.setattr(looked.store, "stream", None)
    vars(looked)["children"] = None
    assert Counter(each.result for each in replay_all(looked)) == Counter(same=MANY)
    assert read == Counter(looked.store.keys.opaque_id("trajectory", each) for each in (CHILD, OTHER))


@pytest.mark.parametrize("kept", [0, 10, 200])
def test_a_replay_that_may_keep_little_finds_the_same(looked: App, monkeypatch: pytest.MonkeyPatch, kept: int) -> None:
    """It reads again; what it keeps has an end."""
    monkeypatch.setattr("api.replay.Rereads", partial(Rereads, kept_facts=kept))
    replayer = Replayer(looked)
    assert {each.result for each in replayer.page(0)} == {"same"}
    assert len(replayer._children._whole) == (2 if kept == 200 else 1)


def test_no_more_is_read_ahead_than_is_kept(looked: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look at a list may be about thousands."""
    monkeypatch.setattr("api.rereads.TOGETHER", 1)
    children = Rereads(looked, kept_facts=10)
    children.fetch(looked.stream_of(each) for each in (CHILD, OTHER))
    assert list(children._whole) == [looked.stream_of(CHILD)]


def test_a_child_that_is_erased_meanwhile_is_erased(looked: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was kept of it is not used any more."""
    found = replay_all(looked)
    before = list(islice(found, PAGE))
    looked.store.erase(looked.stream_of(CHILD))
    after = Counter(each.result for each in found)
    assert {each.result for each in before} == {"same"}
    assert (after["erased"], after["same"]) == ((MANY - PAGE) // 2 + 1, (MANY - PAGE) // 2)


def test_a_child_that_is_erased_between_building_and_comparing_is_erased(
    pit: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its key is gone: whether it is the same cannot be said any more."""
    see(pit, COACH)
    digest = pit.store.keys.digest

    def late(stream: Any, data: bytes) -> bytes:
        pit.store.erase(stream)
        return digest(stream, data)

    monkeypatch.setattr(pit.store.keys, "digest", late)
    assert [each.result for each in replay_all(pit)] == ["erased"]


def test_each_version_of_a_child_is_built_from_its_own_facts(pit: App) -> None:
    """Looks before and after a session, told in turn, each show what was there."""
    for hour in range(1, 6):
        see(pit, COACH)
        done(pit, session(at=f"2026-04-28T{hour:02}:00:00Z"))
    held = facts_of(pit, SessionHeld)[-1].entry
    assert Counter(each.result for each in replay_all(pit)) == Counter(same=5)
    child, children = pit.stream_of(CHILD), Rereads(pit)
    for version in (held, held - 1, 0, held - 3, held):
        history = children.upto(child, version)
        assert history is not None
        assert history.version == version
    assert children.upto(child, held + 1) is None
