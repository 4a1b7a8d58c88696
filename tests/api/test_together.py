"""Lines of an import go to the log many at a time, and nobody can tell but by the clock."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api import importing
from api.answer import Answer
from api.importing import answers, lines
from api.main import App, Settings, build, create
from domain.envelope import Recorded
from ledger.batch import Batch
from ledger.errors import KeyDestroyed, StoreUnavailable
from tests.api.given import do, done, log_of
from tests.conftest import Clock
from tests.examples import EXAMPLES, lines_of, opening, session, withdrawal
from tests.ledger.place import Place, SQLitePlace


@pytest.fixture
def app(app_on_each_engine: App) -> App:
    return app_on_each_engine


def imported(app: App, said: list[dict[str, Any]], folder: Path, *, recorded_clock: bool = False) -> list[Answer]:
    """The answers to a file of these lines."""
    file = folder / "lines.jsonl"
    file.write_text("".join(f"{json.dumps(each)}\n" for each in said), "utf-8")
    with file.open("rb") as source:
        return [answer for _, answer in answers(app, lines(source), recorded_clock=recorded_clock)]


def content(recorded: list[Recorded]) -> list[Any]:
    """What was recorded where, but for the ids that each store makes for itself."""
    return [(each.position, each.entry, each.topic, each.fact and _plain(each.fact.model_dump())) for each in recorded]


def _plain(said: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if name not in ("receipt", "store", "stream")}


PIT_TWICE = [*lines_of("pit.jsonl"), *lines_of("pit.jsonl")]


def test_together_is_as_one_by_one(app: App, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same answers, positions and facts; lines that are sent twice among them."""
    alone = create(Settings(SQLitePlace(tmp_path, "alone").url), clock=clock)
    together = imported(app, PIT_TWICE, tmp_path)
    monkeypatch.setattr(importing, "TOGETHER", 1)
    singly = imported(alone, PIT_TWICE, tmp_path)
    fields = [(each.status, each.code, each.positions, each.entries, each.suggestions) for each in together]
    assert fields == [(each.status, each.code, each.positions, each.entries, each.suggestions) for each in singly]
    assert content(log_of(app)) == content(log_of(alone))


def test_each_fact_has_its_own_instant_where_lines_say_it(place: Place, tmp_path: Path) -> None:
    """`--clock recorded`: what was known when can be asked afterwards."""
    app = create(Settings(place.url), simulated=True)
    said = lines_of("known.jsonl")
    assert {each.status for each in imported(app, said, tmp_path, recorded_clock=True)} == {"recorded"}
    expected = [datetime.fromisoformat(each["recorded_at"]) for each in said]
    assert [each.recorded_at for each in log_of(app)[1:]] == expected
    app.store.close()


def test_positions_are_true_though_others_write_meanwhile(
    app: App, tmp_path: Path, clock: Clock, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another child's facts come between deciding and appending: the answers say where the lines' facts stand."""
    other, flush, said = build(Settings(place.url), clock), App.flush, [opening(f"t-{n}") for n in range(5)]

    def late(app: App, batch: Any) -> int:
        done(other, opening("t-other"), opening("t-another"))
        return flush(app, batch)

    monkeypatch.setattr(App, "flush", late)
    got = imported(app, said, tmp_path)
    facts = {each.position: each for each in log_of(app)}
    assert [facts[each.positions[0]].stream for each in got] == [app.stream_of(each["trajectory"]) for each in said]
    assert [each.positions for each in got] == [(position,) for position in range(4, 9)]
    other.store.close()


def test_lines_are_decided_again_on_what_came_first(
    app: App, tmp_path: Path, clock: Clock, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A withdrawal of the same child lands in between: sessions after it are refused, and none stands."""
    imported(app, lines_of("pit.jsonl"), tmp_path)
    other, flush, times = build(Settings(place.url), clock), App.flush, list[int]()

    def late(app: App, batch: Any) -> int:
        times.append(1)
        if len(times) == 1:
            done(other, withdrawal())
        return flush(app, batch)

    monkeypatch.setattr(App, "flush", late)
    held = [session(at=f"2026-05-01T11:{minute}:00+02:00") for minute in (30, 40)]
    assert [each.code for each in imported(app, held, tmp_path)] == ["consent_missing"] * 2
    assert len(times) == 2
    other.store.close()


def test_nothing_is_answered_before_it_is_durable(app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the append fails there is no answer, and the log is as it was."""
    before = log_of(app)

    def fails(*_: Any, **__: Any) -> None:
        raise StoreUnavailable("No.")

    with monkeypatch.context() as patched:
        patched.setattr(app.store, "save", fails)
        with pytest.raises(StoreUnavailable):
            imported(app, PIT_TWICE, tmp_path)
    assert log_of(app) == before
    assert imported(app, PIT_TWICE, tmp_path)[0].status == "recorded"


def test_a_child_can_be_erased_in_the_middle(app: App, tmp_path: Path) -> None:
    """The lines before it stand, those after it hear so, and its key is gone when the answers come."""
    erase = EXAMPLES["erase"]
    got = imported(app, [*erase.after, erase.said, erase.said, opening("t-other")], tmp_path)
    assert [each.status for each in got[-4:]] == ["recorded", "recorded", "unchanged", "recorded"]
    with pytest.raises(KeyDestroyed):
        app.store.keys.get(app.stream_of(str(erase.said["trajectory"])))


def test_an_instant_before_the_last_one_is_no_instant(place: Place, tmp_path: Path) -> None:
    """Within one append as between two: the line says what is wrong, the others stand."""
    app = create(Settings(place.url), simulated=True)
    noon = datetime.fromisoformat("2026-01-05T12:00:00+01:00")
    said = [opening(f"t-{n}", at="2026-01-01T12:00:00+01:00") for n in range(3)]
    when = (noon, noon - timedelta(hours=1), noon + timedelta(hours=1))
    given = [line | {"recorded_at": at.isoformat()} for line, at in zip(said, when, strict=True)]
    got = imported(app, given, tmp_path, recorded_clock=True)
    assert [each.status for each in got] == ["recorded", "invalid", "recorded"]
    app.store.close()


def test_an_attempt_that_another_process_keeps_meanwhile_is_found(
    app: App, tmp_path: Path, clock: Clock, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two lines of one append, of which both would keep it."""
    imported(app, lines_of("pit.jsonl"), tmp_path)
    other, answered, times = build(Settings(place.url), clock), importing.answer, list[int]()
    refused = session(by={"id": "x", "role": "pit_coach", "organisation": "elsewhere"}, action_id="once")

    def late(*given: Any, **named: Any) -> Answer:
        answer = answered(*given, **named)
        times.append(1)
        if len(times) == 1:
            assert do(other, refused).code == "not_in_team"
        return answer

    monkeypatch.setattr(importing, "answer", late)
    got = imported(app, [refused, refused | {"minutes": 31}, refused, opening("t-other")], tmp_path)
    assert [each.code for each in got] == ["not_in_team", "reference_in_use", "not_in_team", None]
    other.store.close()


def test_importing_again_does_not_do_everything_many_times(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line that was refused before and would be allowed now gets the answer of before; the others go together."""
    said = [session(), *lines_of("pit.jsonl"), *(opening(f"t-{number}") for number in range(100))]
    first, answered, times = imported(app, said, tmp_path), importing.answer, list[int]()

    def counted(*given: Any, **named: Any) -> Answer:
        times.append(1)
        return answered(*given, **named)

    monkeypatch.setattr(importing, "answer", counted)
    again = imported(app, said, tmp_path)
    assert (first[0].code, again[0].code) == ("unknown_reference",) * 2
    assert len(times) <= 2 * len(said)


def test_a_child_that_moves_again_is_read_again(
    app: App, tmp_path: Path, clock: Clock, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the second round somebody else comes first once more, between deciding and saving: no line is `stale`."""
    imported(app, lines_of("pit.jsonl"), tmp_path)
    other, flush, save, times = build(Settings(place.url), clock), App.flush, Batch.save, list[int]()

    def come_first(at: str) -> None:
        times.append(1)
        done(other, session(at=at))

    def late(app: App, batch: Any) -> int:
        if not times:
            come_first("2026-05-01T10:10:00+02:00")
        return flush(app, batch)

    def later(batch: Batch, *given: Any) -> Any:
        if len(times) == 1:
            come_first("2026-05-01T10:20:00+02:00")
        return save(batch, *given)

    monkeypatch.setattr(App, "flush", late)
    monkeypatch.setattr(Batch, "save", later)
    held = [session(at=f"2026-05-01T11:{minute}:00+02:00") for minute in (30, 40)]
    assert [each.code or each.status for each in imported(app, held, tmp_path)] == ["recorded"] * 2
    assert len(times) == 2
    other.store.close()
