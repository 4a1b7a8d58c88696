"""Whose list it is, is part of the content: candidates are those of the instant asked about, as known then."""

from datetime import UTC, datetime

from api.lists import caseload, class_list
from api.main import App
from consent_policy.grounds import Actor
from domain.disclosure import Disclosed
from projections.class_list import CLASS_LIST
from tests.api.given import done
from tests.api.lists.given import SECOND_JGT, asked, consented, everything, helped, led_by, looks_of, of
from tests.api.test_worked_cases import pupil
from tests.examples import (
    COORDINATOR,
    COUNSELLOR,
    JGT,
    MOTHER_KNOWN,
    OPENED,
    SIGNALLED,
    SOCIAL_WORKER,
    TEACHER,
    by,
    says,
)

NURSE = Actor("yn-1", "youth_nurse", "ggd-hm")
ELSEWHERE = Actor("co-9", "coordinator", "GM1916")
JOINED = says("assign", JGT, "02-02 10:00", episode="e-1", professional=by(NURSE), team_role="member")
JANUARY, FEBRUARY = datetime(2026, 1, 20, tzinfo=UTC), datetime(2026, 2, 10, tzinfo=UTC)


def withheld(app: App) -> set[str]:
    """Who was looked at in vain in the last look."""
    return {each.trajectory for each in looks_of(app)[-1].__dict__["withheld"]}


def test_who_joins_a_team_has_no_list_of_before(app: App) -> None:
    """Though they may see the child now; nor is it looked at in vain."""
    done(app, *helped("t-1", JGT, JOINED))
    child = [str(app.stream_of("t-1"))]
    assert everything(app, caseload, asked(NURSE)) == child
    assert everything(app, caseload, asked(NURSE, as_of=FEBRUARY)) == child
    assert everything(app, caseload, asked(NURSE, as_of=JANUARY)) == []
    assert withheld(app) == set()


def test_who_is_on_a_team_by_a_late_entry_was_not_known_to_be(app: App) -> None:
    """As known before it was entered, they had no such child; as corrected, they had."""
    done(app, *helped("t-1"))
    known_at = app.store.last().recorded_at
    done(app, JOINED)
    assert everything(app, caseload, asked(NURSE, known_at=known_at)) == []
    assert everything(app, caseload, asked(NURSE, as_of=FEBRUARY)) == [str(app.stream_of("t-1"))]


def test_a_child_is_on_the_list_of_the_school_where_it_is(app: App) -> None:
    """Of the earlier school until it leaves, if that school may still see it."""
    schools = ["care_team", "org:school-12AB", "org:school-07CD"]
    moved = says("change_school", JGT, "02-02 10:00", school="07CD")
    done(app, *helped("t-1", JGT, consented(recipients=schools)))
    known_at, child = app.store.last().recorded_at, [str(app.stream_of("t-1"))]
    assert everything(app, class_list, asked(COUNSELLOR, CLASS_LIST)) == child
    done(app, moved)
    after = Actor("ib-7", "internal_counsellor", "school-07CD")
    assert everything(app, class_list, asked(COUNSELLOR, CLASS_LIST)) == []
    assert everything(app, class_list, asked(after, CLASS_LIST)) == child
    assert everything(app, class_list, asked(after, CLASS_LIST, as_of=JANUARY)) == []
    assert everything(app, class_list, asked(after, CLASS_LIST, known_at=known_at)) == []
    assert everything(app, class_list, asked(COUNSELLOR, CLASS_LIST, as_of=JANUARY)) == []
    assert withheld(app) == set(child)


def test_a_class_list_is_of_the_school_and_of_nothing_else(app: App) -> None:
    """Not of teams, queues or a municipality; nor of a child of another school whom one helps."""
    done(app, *[each | {"trajectory": "t-1"} for each in pupil(1)], *helped("t-2"))
    joined = JOINED | {"professional": by(COUNSELLOR)}
    done(app, *helped("t-3", JGT, joined, school="07CD"))
    assert len(everything(app, caseload, asked(COUNSELLOR))) == 2
    assert everything(app, class_list, asked(COUNSELLOR, CLASS_LIST)) == [str(app.stream_of("t-1"))]
    for viewer in (JGT, COORDINATOR, SOCIAL_WORKER, NURSE):
        assert everything(app, class_list, asked(viewer, CLASS_LIST)) == []
        assert withheld(app) == set()


def test_the_queue_of_a_programme_holds_what_is_addressed_to_it(app: App) -> None:
    """Of everybody whose role carries it: from the signal on; who raised it themselves sees it there too."""
    signal = SIGNALLED | {"programme": "jgt", "by": by(SOCIAL_WORKER), "informed": []}
    done(app, *of("t-1", OPENED, MOTHER_KNOWN, signal), *of("t-2", OPENED, signal | {"by": by(JGT)}))
    assert everything(app, caseload, asked(JGT)) == [str(app.stream_of("t-2"))]
    assert withheld(app) == {str(app.stream_of("t-1"))}
    assert everything(app, caseload, asked(SECOND_JGT)) == []
    assert withheld(app) == {str(app.stream_of(each)) for each in ("t-1", "t-2")}
    assert everything(app, caseload, asked(SECOND_JGT, as_of=datetime(2026, 1, 5, tzinfo=UTC))) == []
    assert withheld(app) == set()
    assert everything(app, caseload, asked(SOCIAL_WORKER)) == []
    assert withheld(app) == set()


def test_a_municipality_that_was_corrected_is_the_one_now(app: App) -> None:
    """The wrong one sees nothing any more, not even as known then; the right one had no such list then."""
    done(app, *of("t-1", OPENED | {"municipality": "GM1916"}, *led_by(JGT)))
    known_at, child = app.store.last().recorded_at, [str(app.stream_of("t-1"))]
    assert everything(app, caseload, asked(ELSEWHERE)) == child
    done(app, says("correct_entry", COUNSELLOR, "02-02 10:00", entry=1, changes={"municipality": "GM0546"}))
    assert everything(app, caseload, asked(COORDINATOR)) == child
    assert everything(app, caseload, asked(ELSEWHERE)) == []
    assert everything(app, caseload, asked(ELSEWHERE, known_at=known_at)) == []
    assert withheld(app) == set(child)
    assert everything(app, caseload, asked(COORDINATOR, known_at=known_at)) == []
    assert withheld(app) == set()


def test_who_opened_a_dossier_keeps_it_among_their_candidates(app: App) -> None:
    """Whatever their role; that does not show it to them."""
    done(app, *of("t-1", OPENED | {"by": by(NURSE)}, *led_by(JGT)))
    assert everything(app, caseload, asked(NURSE)) == []
    assert withheld(app) == {str(app.stream_of("t-1"))}
    assert everything(app, caseload, asked(Actor("yn-2", "youth_nurse", "ggd-hm"))) == []
    assert isinstance(looks_of(app)[-1], Disclosed)


def test_somebody_in_another_role_or_organisation_is_somebody_else(app: App) -> None:
    """Each look states one role; the list is of that one."""
    done(app, *helped("t-1"))
    for viewer in (
        Actor(JGT.id, "youth_nurse", JGT.organisation),
        Actor(JGT.id, "jgt_consultant", "jgt-elders"),
        Actor("jgt-9", "jgt_consultant", JGT.organisation),
        TEACHER,
    ):
        assert everything(app, caseload, asked(viewer)) == []
    assert len(everything(app, caseload, asked(JGT))) == 1
