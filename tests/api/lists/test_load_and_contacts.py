"""What is told without any child: how many episodes each professional works in, and contacts without a name."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.lists import contacts, load
from api.look import KnownBefore
from api.main import App
from consent_policy.grounds import Actor, Decision
from domain.disclosure import LogQueried
from projections.view import canonical
from tests.api.given import done, facts_of
from tests.api.lists.given import DOOR, SECOND_JGT, helped, led_by, of, queries_of
from tests.conftest import Clock
from tests.examples import (
    AUDITOR,
    COACH,
    COORDINATOR,
    COUNSELLOR,
    DPO,
    EXAMPLES,
    JGT,
    MOTHER,
    OPENED,
    PERSONS,
    RECORDS_OFFICER,
    SIGNALLED,
    SOCIAL_WORKER,
    TEACHER,
    YOUTH,
    by,
    says,
)

ELSEWHERE = Actor("co-9", "coordinator", "GM1916")
OT = says("start_episode", COUNSELLOR, "01-12 11:00", episode="e-ot", programme="ot")
CONTACT = {name: value for name, value in EXAMPLES["hold_contact"].said.items() if name != "contact"}


def loads(app: App, viewer: Actor = COORDINATOR) -> dict[str, dict[str, int]]:
    """Episodes by programme, of each professional, in the order told."""
    rows = load(app, viewer, DOOR)
    assert isinstance(rows, list)
    return {row["id"]: row["episodes"] for row in rows}


def test_the_load_counts_each_open_episode_once(app_on_each_engine: App) -> None:
    """By programme; the busiest first. Of whom two seats are in one episode, it is one."""
    app = app_on_each_engine
    done(app, *helped("t-1"), *helped("t-2"), *helped("t-3", SECOND_JGT), *of("t-2", OT))
    duo = says("assign", COORDINATOR, "01-13 10:00", episode="e-1", professional=by(JGT), team_role="member")
    manager = says("assign", COORDINATOR, "01-13 10:00", episode="e-ot", professional=by(JGT), team_role="case_manager")
    done(app, *of("t-1", duo), *of("t-2", manager))
    assert list(loads(app).items()) == [("jgt-1", {"jgt": 2, "ot": 1}), ("jgt-2", {"jgt": 1})]
    rows = load(app, COORDINATOR, DOOR)
    assert isinstance(rows, list)
    first = rows[0]
    assert (first["id"], first["role"], first["organisation"]) == ("jgt-1", "jgt_consultant", "jgt-leiden")


def test_who_was_released_or_whose_episode_closed_does_not_work_in_it(app: App) -> None:
    """The other seat of the same person still counts; a closing that is retracted counts again."""
    member = says("assign", JGT, "01-13 10:00", episode="e-1", professional=by(SECOND_JGT), team_role="member")
    released = says("release", JGT, "01-20 10:00", episode="e-1", professional=by(SECOND_JGT), team_role="member")
    done(app, *helped("t-1", JGT, member))
    assert loads(app) == {"jgt-1": {"jgt": 1}, "jgt-2": {"jgt": 1}}
    done(app, *of("t-1", released))
    assert loads(app) == {"jgt-1": {"jgt": 1}}
    done(app, *of("t-1", says("close_episode", JGT, "02-02 10:00", episode="e-1", outcome="moved")))
    assert loads(app) == {}
    done(app, *of("t-1", says("retract_entry", JGT, "02-03 10:00", entry=8, reason="Verkeerd kind.")))
    assert loads(app) == {"jgt-1": {"jgt": 1}}


def test_who_hands_the_lead_over_stays_and_counts(app: App) -> None:
    """By one entry somebody became lead and member; as lead they are followed, as member they stay."""
    taken_over = {"episode": "e-ot", "to": "jgt", "professional": by(JGT)}
    given_back = {"episode": "e-ot", "to": "ot", "professional": by(SECOND_JGT)}
    done(app, OPENED, OT, says("transfer_lead", COORDINATOR, "02-02 10:00", **taken_over))
    done(app, says("transfer_lead", COORDINATOR, "02-03 10:00", **given_back))
    assert loads(app) == {"jgt-1": {"ot": 1}, "jgt-2": {"ot": 1}}


def test_each_municipality_is_told_of_its_own(app: App) -> None:
    """A consultant who works in both is counted apart."""
    done(app, *helped("t-1"), *helped("t-2", municipality="GM1916"), *helped("t-3", municipality="GM1916"))
    assert loads(app) == {"jgt-1": {"jgt": 1}}
    assert loads(app, ELSEWHERE) == {"jgt-1": {"jgt": 2}}


@pytest.mark.parametrize("viewer", [each for each in PERSONS if each.role != "coordinator"], ids=lambda each: each.role)
def test_nobody_but_a_coordinator_is_told_the_load(app: App, viewer: Actor) -> None:
    """That it was asked, and that it was refused and why, is recorded."""
    done(app, *helped("t-1"))
    refused = load(app, viewer, DOOR)
    assert isinstance(refused, Decision)
    (query,) = queries_of(app)
    assert (query.query, query.count, query.reasons, query.by) == ("load", 0, refused.reasons, viewer)
    assert query.reasons


def test_that_the_load_was_asked_is_recorded_with_what_was_answered(app: App) -> None:
    """Count and digest of the rows; names of nobody."""
    done(app, *helped("t-1"), *helped("t-2", SECOND_JGT))
    rows = load(app, COORDINATOR, DOOR)
    (query,) = queries_of(app)
    assert (query.query, query.count, query.filters, query.reasons) == ("load", 2, (), ())
    assert query.digest == app.store.keys.of_store.digest(canonical({"rows": rows})).hex()
    assert "jgt-2" not in query.model_dump_json()


def test_an_erased_child_counts_no_more(app: App) -> None:
    """Nor does it stand in the way of those that are left."""
    erase = EXAMPLES["erase"]
    done(app, *erase.after, *led_by(JGT), *helped("t-2"))
    assert loads(app) == {"jgt-1": {"jgt": 2}}
    done(app, erase.said)
    assert loads(app) == {"jgt-1": {"jgt": 1}}


def held(number: int, at: str, who: Actor = JGT, **changes: Any) -> dict[str, Any]:
    return CONTACT | {"contact": f"k-{number}", "at": f"2026-{at}T10:00:00+01:00", "by": by(who)} | changes


@pytest.fixture
def consulted(app_on_each_engine: App) -> App:
    """Contacts of two municipalities, organisations and schools; one signal to a team that was never met."""
    walk_in = {"kind": "walk_in", "programme": "preventie_plus"}
    done(
        app_on_each_engine,
        held(1, "01-10"),
        held(2, "02-10", kind="school_contact"),
        held(3, "02-12", school="07CD"),
        held(4, "02-20", municipality="GM1916"),
        held(5, "02-25", SOCIAL_WORKER, **walk_in),
        *of("t-1", OPENED | {"school": "34EF"}, SIGNALLED | {"programme": "ot", "by": by(COUNSELLOR)}),
    )
    return app_on_each_engine


def told(app: App, viewer: Actor, as_of: datetime | None = None, known_at: datetime | None = None) -> tuple[Any, Any]:
    """How many of each kind, and the last contact with each school and programme."""
    body = contacts(app, viewer, DOOR, as_of, known_at)
    return body["contacts"], {(each["school"], each["programme"]): each["last_contact"] for each in body["schools"]}


def test_each_is_told_of_the_contacts_that_are_theirs(consulted: App) -> None:
    """A coordinator's municipality, an organisation's own, a school's own; families and overseers none."""
    signalled = {("34EF", "ot"): None}
    own = {("12AB", "jgt"): "2026-02-10", ("07CD", "jgt"): "2026-02-12"}
    assert told(consulted, COORDINATOR) == ({"consultation": 2, "school_contact": 1, "walk_in": 1}, own | signalled)
    assert told(consulted, ELSEWHERE) == ({"consultation": 1}, {("12AB", "jgt"): "2026-02-20"})
    assert told(consulted, JGT) == ({"consultation": 3, "school_contact": 1}, own | {("12AB", "jgt"): "2026-02-20"})
    assert told(consulted, SECOND_JGT) == told(consulted, JGT)
    assert told(consulted, SOCIAL_WORKER) == ({"walk_in": 1}, {})
    at_school = ({"consultation": 2, "school_contact": 1, "walk_in": 1}, {("12AB", "jgt"): "2026-02-20"})
    assert told(consulted, TEACHER) == told(consulted, COUNSELLOR) == at_school
    strangers = [Actor("te-9", "teacher", "12AB"), Actor("te-9", "teacher", "school-99ZZ"), COACH]
    for viewer in (*strangers, MOTHER, YOUTH, AUDITOR, DPO, RECORDS_OFFICER):
        assert told(consulted, viewer) == ({}, {})


def test_a_school_that_nobody_talked_with_for_six_weeks_is_overdue(consulted: App) -> None:
    """42 days after the last contact, or after the first signal; walk-ins do not count."""
    on_the_day = datetime(2026, 3, 26, 12, tzinfo=UTC)
    for days, late in ((0, []), (1, [("07CD", 1)]), (10, [("07CD", 10)])):
        body = contacts(consulted, COORDINATOR, DOOR, on_the_day + timedelta(days=days), None)
        found = [(each["school"], each["overdue"][0]["days_late"]) for each in body["schools"] if each["overdue"]]
        assert [each for each in found if each[0] == "07CD"] == late
    signal = contacts(consulted, COORDINATOR, DOOR, datetime(2026, 2, 20, tzinfo=UTC), None)["schools"]
    (row,) = [each for each in signal if each["school"] == "34EF"]
    assert row["overdue"] == [{"rule": "school_contact", "due": "2026-02-17", "days_late": 3}]


def test_contacts_are_told_as_of_an_instant_and_as_known_at_one(app: App, clock: Clock) -> None:
    """What is entered late was not known before; a signal that was retracted was."""
    done(app, held(1, "02-10"), *of("t-1", OPENED, SIGNALLED | {"programme": "ot", "by": by(COUNSELLOR)}))
    known_at = app.store.last().recorded_at
    done(app, held(2, "01-10"))
    done(app, *of("t-1", says("retract_entry", COUNSELLOR, "02-20 10:00", entry=2, reason="Verkeerd kind.")))
    assert told(app, COORDINATOR) == ({"consultation": 2}, {("12AB", "jgt"): "2026-02-10"})
    assert told(app, COORDINATOR, datetime(2026, 1, 31, tzinfo=UTC)) == (
        {"consultation": 1},
        {("12AB", "jgt"): "2026-01-10"},
    )
    then = {("12AB", "jgt"): "2026-02-10", ("12AB", "ot"): None}
    assert told(app, COORDINATOR, None, known_at) == ({"consultation": 1}, then)
    assert told(app, COORDINATOR, datetime(2026, 1, 31, tzinfo=UTC), known_at) == ({}, {("12AB", "ot"): None})


def test_that_contacts_were_asked_for_is_recorded_whatever_was_told(consulted: App) -> None:
    """With the instants asked about; before the store there was nothing to know, which is said and not recorded."""
    body = contacts(consulted, MOTHER, DOOR, None, None)
    (query,) = queries_of(consulted)
    assert (query.query, query.by, query.count) == ("contacts", MOTHER, 1)
    assert query.filters == (f"as_of={consulted.now().isoformat()}",)
    assert query.digest == consulted.store.keys.of_store.digest(canonical({"rows": [body]})).hex()
    with pytest.raises(KnownBefore):
        contacts(consulted, COORDINATOR, DOOR, None, datetime(2020, 1, 1, tzinfo=UTC))
    assert len(facts_of(consulted, LogQueried)) == 1
