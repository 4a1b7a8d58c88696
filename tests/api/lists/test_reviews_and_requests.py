"""What waits for somebody else, and what families asked: on the list until it is done, for those who may see it."""

from datetime import UTC, datetime

from api.listing import rows_of
from api.lists import requests_due, reviews_due
from api.main import App
from api.replay import replay_all
from consent_policy.grounds import Actor
from domain.disclosure import Disclosed, DisclosureRefused
from projections.oversight import REQUESTS_DUE, REVIEWS_DUE
from tests.api.given import done
from tests.api.lists.given import SECOND_JGT, asked, children_of, everything, irregular, looks_of, of, paged
from tests.conftest import Clock
from tests.examples import (
    AUDITOR,
    COACH,
    COORDINATOR,
    COUNSELLOR,
    DPO,
    ERASURE_REQUESTED,
    INVOKED,
    JGT,
    MOTHER,
    MOTHER_KNOWN,
    OPENED,
    ORDERED,
    RECORDS_OFFICER,
    SOCIAL_WORKER,
    TEACHER,
    says,
)

ELSEWHERE = Actor("co-9", "coordinator", "GM1916")
COPY = says("make_request", MOTHER, "01-21 10:00", request="q-2", kind="copy", person="g-m")


def reviews(app: App, viewer: Actor, purpose: str | None = None) -> list[tuple[str, str, int]]:
    """(child, rule, entry) of every row."""
    found = reviews_due(app, asked(viewer, REVIEWS_DUE, purpose))
    return [(row["trajectory"], row["rule"], row["entry"]) for row in rows_of(found)]


def test_what_waits_is_told_by_rule_and_entry_to_those_who_may_see_it(app: App) -> None:
    """A session without consent, an override, and an order of a court; of another child, nothing."""
    done(app, *irregular("t-1", JGT, INVOKED, ORDERED), *of("t-2", OPENED, MOTHER_KNOWN))
    child = str(app.stream_of("t-1"))
    session, override = (child, "review_irregularity", 5), (child, "review_safety", 6)
    order = (child, "confirm_entry", 7)
    assert reviews(app, RECORDS_OFFICER) == [override, session, order]
    assert reviews(app, DPO, "legal") == [override, session, order]
    assert reviews(app, DPO) == [session, order]
    assert reviews(app, AUDITOR) == [session, order]
    assert reviews(app, COORDINATOR) == [session, order]
    assert reviews(app, ELSEWHERE) == []
    assert reviews(app, JGT) == [session]
    assert reviews(app, SECOND_JGT) == []
    assert {each.result for each in replay_all(app)} == {"same"}


def test_an_override_tells_by_when_it_is_to_be_judged(app: App, clock: Clock) -> None:
    """Five working days after Tuesday 20 January, and how many days it is late."""
    done(app, OPENED, INVOKED)
    clock.now = datetime(2026, 1, 29, 12, tzinfo=UTC)
    (row,) = rows_of(reviews_due(app, asked(RECORDS_OFFICER, REVIEWS_DUE)))
    assert row == {
        "trajectory": str(app.stream_of("t-1")),
        "rule": "review_safety",
        "entry": 2,
        "due": "2026-01-27",
        "days_late": 2,
    }


def test_what_was_judged_confirmed_or_answered_is_on_no_list(app: App) -> None:
    """Each leaves by its own action."""
    done(app, *irregular("t-1", JGT, INVOKED, ORDERED, COPY))
    verdict = {"verdict": "justified", "note": "Gezien."}
    done(
        app,
        says("review_irregularity", DPO, "02-02 10:00", entry=5, **verdict),
        says("review_safety", DPO, "02-02 10:00", safety="v-1", **verdict),
        says("confirm_entry", TEACHER, "02-02 10:00", entry=7),
        says("decide_request", RECORDS_OFFICER, "02-02 10:00", request="q-2", decision="granted", ground="AVG 15."),
    )
    for viewer in (RECORDS_OFFICER, DPO, COORDINATOR, AUDITOR, JGT):
        assert reviews(app, viewer) == []
        assert requests_due(app, asked(viewer, REQUESTS_DUE)).seen.bodies == ()


def test_what_waits_longest_comes_first_page_by_page(app: App) -> None:
    """Overrides by the day on which they are due; what has no term comes after them, by opaque id."""
    for number, day in enumerate(("01-28", "01-20", "01-23")):
        done(app, *of(f"t-{number}", OPENED, INVOKED | {"at": f"2026-{day}T10:00:00+01:00"}))
    for number in (3, 4):
        done(app, *of(f"t-{number}", OPENED, ORDERED))
    question = asked(RECORDS_OFFICER, REVIEWS_DUE)
    by_day = [str(app.stream_of(f"t-{number}")) for number in (1, 2, 0)]
    untermed = sorted(str(app.stream_of(f"t-{number}")) for number in (3, 4))
    assert everything(app, reviews_due, question) == [*by_day, *untermed]
    for limit in (1, 2, 5):
        assert paged(app, reviews_due, question, limit) == [*by_day, *untermed]


def test_requests_are_told_with_what_they_ask_and_by_when(app: App) -> None:
    """One month, for erasure three; the nearest first, whoever of the overseers asks."""
    done(app, *of("t-1", OPENED, MOTHER_KNOWN, ERASURE_REQUESTED), *of("t-2", OPENED, MOTHER_KNOWN, COPY))
    first, second = str(app.stream_of("t-2")), str(app.stream_of("t-1"))
    for viewer in (RECORDS_OFFICER, DPO, COORDINATOR):
        rows = rows_of(requests_due(app, asked(viewer, REQUESTS_DUE)))
        told = [(row["trajectory"], row["request"], row["kind"], row["person"], row["due"]) for row in rows]
        assert told == [
            (first, "q-2", "copy", "g-m", "2026-02-21"),
            (second, "q-1", "erase", "g-m", "2026-04-20"),
        ]
        assert [row["days_late"] for row in rows] == [69, 11]
    assert rows_of(requests_due(app, asked(ELSEWHERE, REQUESTS_DUE))) == []
    for stranger in (COACH, SOCIAL_WORKER, TEACHER):
        assert rows_of(requests_due(app, asked(stranger, REQUESTS_DUE))) == []


def test_a_look_at_what_waits_is_recorded_child_by_child(app: App) -> None:
    """What was shown by entry, and that a child was withheld; nothing of it is text."""
    done(app, *irregular("t-1"), *irregular("t-2", SECOND_JGT))
    reviews_due(app, asked(JGT, REVIEWS_DUE))
    requests_due(app, asked(JGT, REQUESTS_DUE))
    reviews_due(app, asked(COACH, REVIEWS_DUE))
    shown, nothing, unrelated = looks_of(app)
    assert isinstance(shown, Disclosed)
    (of_child,) = shown.shown
    assert dict(of_child.fields) == {5: ("trajectory", "rule", "entry")}
    assert [each.trajectory for each in shown.withheld] == [str(app.stream_of("t-2"))]
    assert isinstance(nothing, Disclosed)
    assert (nothing.shown, nothing.withheld, nothing.view) == ((), (), "requests")
    assert isinstance(unrelated, Disclosed)
    assert unrelated.withheld == ()


def test_a_list_on_which_all_is_withheld_is_recorded_as_refused(app: App) -> None:
    """Though it reads as an empty one."""
    done(app, *irregular("t-1", SECOND_JGT))
    assert reviews_due(app, asked(JGT, REVIEWS_DUE)).seen.bodies == ()
    (look,) = looks_of(app)
    assert isinstance(look, DisclosureRefused)


def test_what_waited_then_is_looked_for_in_what_was_known(app: App, clock: Clock) -> None:
    """As known before it was judged, it waits; as of before it happened, it does not."""
    done(app, *irregular("t-1", JGT), *of("t-1", COPY))
    known_at = app.store.last().recorded_at
    done(app, says("review_irregularity", DPO, "02-02 10:00", entry=5, verdict="justified", note="Gezien."))
    done(app, says("decide_request", RECORDS_OFFICER, "02-02 10:00", request="q-2", decision="refused", ground="Nee."))
    child = [str(app.stream_of("t-1"))]
    for ask, view in ((reviews_due, REVIEWS_DUE), (requests_due, REQUESTS_DUE)):
        assert children_of(ask(app, asked(COORDINATOR, view))) == []
        assert children_of(ask(app, asked(COORDINATOR, view, known_at=known_at))) == child
        assert children_of(ask(app, asked(COORDINATOR, view, as_of=datetime(2026, 1, 25, tzinfo=UTC)))) == child
        before = asked(COORDINATOR, view, as_of=datetime(2026, 1, 12, tzinfo=UTC), known_at=known_at)
        assert children_of(ask(app, before)) == []
    assert {each.result for each in replay_all(app)} == {"same"}


def test_the_counsellor_of_the_school_is_told_of_nothing_that_waits(app: App) -> None:
    """Who is related without being on the team may act, not see."""
    done(app, *irregular("t-1", JGT, ORDERED))
    assert reviews(app, COUNSELLOR) == []
