"""What became other on a caseload between two instants, each as known then, for who may see it now."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import api.difference
from api.difference import Difference, between
from api.listing import Listed
from api.look import Busy, KnownBefore
from api.main import App
from api.replay import replay_all
from consent_policy.grounds import Actor
from tests.api.given import done
from tests.api.lists.given import SECOND_JGT, asked, helped, looks_of, of, recorded_since
from tests.conftest import Clock, CommandLine
from tests.examples import COORDINATOR, COUNSELLOR, EXAMPLES, JGT, MOTHER, OPENED, as_, by, says

CLOSED = says("close_episode", JGT, "02-02 10:00", episode="e-1", outcome="moved")
REVOKED = says("revoke_consent", COUNSELLOR, "02-03 10:00", person="g-m", all=True, evidence={"kind": "form"})
SESSION = EXAMPLES["hold_session"].said


@pytest.fixture
def moments(app_on_each_engine: App) -> tuple[datetime, datetime]:
    """Before and after: one child is closed, one begins, one pauses, one stays, and one is somebody else's."""
    app = app_on_each_engine
    for child in ("closed", "paused", "stays"):
        done(app, *helped(child))
    done(app, *helped("hidden", SECOND_JGT))
    before = app.store.last().recorded_at
    done(
        app,
        *of("closed", CLOSED),
        *helped("begins"),
        *of("paused", SESSION, REVOKED),
        *of("hidden", SESSION | {"by": by(SECOND_JGT)}),
    )
    after = app.store.last().recorded_at
    done(app, *of("stays", SESSION))
    return before, after


def test_it_is_asked_again_where_somebody_writes_in_between(
    app_on_each_engine: App, moments: tuple[datetime, datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both lists rest on the same permission: here the mother withdraws after the first one, once."""
    app, lists = app_on_each_engine, list[Listed]()

    def caseload(*asked: Any) -> Listed:
        lists.append(real(*asked))
        if len(lists) == 1:
            done(app, *of("stays", REVOKED))
        return lists[-1]

    real = vars(api.difference)["caseload"]
    monkeypatch.setitem(vars(api.difference), "caseload", caseload)
    found = between(app, asked(JGT), *moments)
    assert len(lists) == 4
    assert [each.seen.position for each in found.seen] == [each.seen.position for each in lists[2:]]


def test_where_somebody_always_writes_in_between_nothing_is_told(
    app_on_each_engine: App, moments: tuple[datetime, datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = app_on_each_engine
    days = iter(range(1, 1000))

    def caseload(*asked: Any) -> Listed:
        listed: Listed = real(*asked)
        done(app, *of("stays", SESSION | {"minutes": next(days)}))
        return listed

    real = vars(api.difference)["caseload"]
    monkeypatch.setitem(vars(api.difference), "caseload", caseload)
    with pytest.raises(Busy):
        between(app, asked(JGT), *moments)


def told(app: App, found: Difference) -> tuple[list[str], list[str], dict[str, set[str]]]:
    """Who came, who went, and which fields of whom became others."""
    names = {str(app.stream_of(each)): each for each in ("closed", "paused", "stays", "begins", "hidden")}
    came, went = ([names[row["trajectory"]] for row in rows] for rows in (found.came, found.went))
    return came, went, {names[each.trajectory]: set(each.after) for each in found.changed}


def test_rows_that_came_went_and_became_others_are_told(
    app_on_each_engine: App, moments: tuple[datetime, datetime]
) -> None:
    """Nothing of what was recorded later, of a child of somebody else, or of one whose team has no access any more."""
    app = app_on_each_engine
    found = between(app, asked(JGT), *moments)
    came, went, changed = told(app, found)
    assert (came, went) == (["begins"], [])
    assert changed == {"paused": {"sessions", "phase", "paused"}}
    (paused,) = found.changed
    assert paused.of == "e-1"
    assert (paused.before["phase"], paused.after["phase"], paused.after["paused"]) == ("planning", "support", True)
    assert paused.before.keys() == paused.after.keys()
    coordinated = told(app, between(app, asked(COORDINATOR), *moments))
    assert coordinated == (
        ["begins"],
        ["closed"],
        {
            **changed,
            "paused": {"sessions", "phase", "paused", "missing", "consent_until"},
            "hidden": {"sessions", "phase"},
        },
    )


def test_between_an_instant_and_itself_nothing_changed(
    app_on_each_engine: App, moments: tuple[datetime, datetime]
) -> None:
    """The other way round, what came has gone."""
    app, (before, after) = app_on_each_engine, moments
    same = between(app, asked(COORDINATOR), after, after)
    assert (same.came, same.went, same.changed) == ((), (), ())
    came, went, changed = told(app, between(app, asked(COORDINATOR), after, before))
    assert (came, went, set(changed)) == (["closed"], ["begins"], {"paused", "hidden"})


def test_both_lists_are_recorded_as_looks_and_replay(
    app_on_each_engine: App, moments: tuple[datetime, datetime]
) -> None:
    """Each with the instant that it is as known at."""
    app = app_on_each_engine
    found = between(app, asked(JGT), *moments)
    looks = looks_of(app)
    assert [each.known_at for each in looks] == [each.as_of for each in looks] == list(moments)
    positions = [each.position for each in app.log() if each.stream in {one.seen.disclosure for one in found.seen}]
    assert positions == [each.seen.position for each in found.seen]
    assert {each.result for each in replay_all(app)} == {"same"}


def test_what_changed_is_told_as_far_as_it_may_be_seen_now(
    app_on_each_engine: App, moments: tuple[datetime, datetime]
) -> None:
    """Who was released from every team is told nothing of then."""
    app = app_on_each_engine
    release = says("release", JGT, "02-20 10:00", episode="e-1", professional=by(JGT), team_role="lead")
    done(app, *of("paused", release), *of("begins", release))
    assert told(app, between(app, asked(JGT), *moments)) == ([], [], {})
    assert told(app, between(app, asked(MOTHER), *moments)) == ([], [], {})


def test_before_the_store_there_is_nothing_to_compare(app: App) -> None:
    """It is said, and not recorded."""
    done(app, OPENED)
    before = app.store.last().position
    with pytest.raises(KnownBefore):
        between(app, asked(COORDINATOR), datetime(2020, 1, 1, tzinfo=UTC), app.now())
    assert recorded_since(app, before) == []


def test_the_command_line_tells_the_same(app: App, cli: CommandLine) -> None:
    """As JSON and as tables; who asks for a later instant first is told how to ask."""
    done(app, *helped("t-1"))
    before = app.store.last().recorded_at
    done(app, *of("t-1", SESSION), *helped("t-2"))
    after = app.store.last().recorded_at + timedelta(microseconds=1)
    span = ("--from", before.isoformat(), "--to", after.isoformat(), "--as", as_(JGT))
    asked_for = cli("changes", *span, "--json", app=app)
    said = json.loads(asked_for.out)
    assert [row["trajectory"] for row in said["came"]] == [str(app.stream_of("t-2"))]
    assert [(each["trajectory"], each["of"]) for each in said["changed"]] == [(str(app.stream_of("t-1")), "e-1")]
    assert len(said["disclosures"]) == 2
    assert cli("changes", *span, app=app).code == 0
    backwards = ("--from", after.isoformat(), "--to", before.isoformat(), "--as", as_(JGT))
    done_ = cli("changes", *backwards, app=app)
    assert (done_.code, done_.out) == (2, "")
    assert "--from and --to are two instants, the first one first" in done_.err


def test_somebody_without_a_list_is_told_that_nothing_changed(app: App, clock: Clock) -> None:
    """Both empty lists are recorded."""
    done(app, *helped("t-1"))
    at = app.store.last().recorded_at
    found = between(app, asked(Actor("ev-1", "evaluator", "GM0546")), at, at)
    assert (found.came, found.went, found.changed) == ((), (), ())
    assert len(looks_of(app)) == 2


def test_an_instant_before_the_store_is_named_as_it_was_asked(app: App, cli: CommandLine) -> None:
    """An empty list would say that there was nothing."""
    long_ago, now = "2020-01-01T10:00:00+00:00", "2026-05-02T10:00:00+00:00"
    told = cli("changes", "--as", as_(COORDINATOR), "--from", long_ago, "--to", now, app=app)
    assert (told.code, told.out) == (2, "")
    assert "--from: earlier than the first fact of this store" in told.err
    assert looks_of(app) == []
