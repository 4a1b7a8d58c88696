"""A page holds as many children as it has room for, whoever else lies between, and says only what follows for real."""

from typing import Any

import pytest

from api.listing import EVERYTHING, Page
from api.lists import caseload, class_list
from api.main import App
from consent_policy.grounds import Actor
from domain.disclosure import Disclosed, Look
from projections.access_trail import children_of as children_of_look
from projections.caseload import CASELOAD
from projections.class_list import CLASS_LIST
from projections.view import View
from tests.api.given import do, done
from tests.api.lists.given import Ask, asked, children_of, everything, helped, looks_of, of, paged
from tests.api.test_worked_cases import pupil
from tests.examples import COORDINATOR, COUNSELLOR, JGT, says

LISTS: tuple[tuple[Ask, View], ...] = ((caseload, CASELOAD), (class_list, CLASS_LIST))


def named(app: App, number: int) -> str:
    """Names in the order of the opaque ids, in which a list stands where nothing is due."""
    return sorted((f"n-{each}" for each in range(12)), key=lambda name: app.stream_of(name).bytes)[number]


def a_class(app: App, refusing: set[int]) -> list[str]:
    """Twelve children of a class, in order; of some of them, a parent refused. The opaque ids of the others."""
    for number in range(12):
        done(app, *of(named(app, number), *pupil(number, refuses=number in refusing)))
    return [str(app.stream_of(named(app, number))) for number in range(12) if number not in refusing]


@pytest.mark.parametrize("refusing", [{0, 1, 10, 11}, {3, 4, 5, 6}, {0, 2, 4, 6, 8, 10}, set(range(11))])
def test_a_page_is_full_though_refused_children_lie_between(app: App, refusing: set[int]) -> None:
    """Before it, in it, or after the last one: no page follows that would be empty."""
    shown = a_class(app, refusing)
    for ask, view in LISTS:
        question = asked(COUNSELLOR, view)
        assert everything(app, ask, question) == shown
        for limit in (1, 2, 3, 5, 12):
            pages = [ask(app, question, Page(limit))]
            while cursor := pages[-1].next:
                pages.append(ask(app, question, Page(limit, cursor)))
            expected = [shown[first : first + limit] for first in range(0, len(shown), limit)]
            assert [children_of(page) for page in pages] == expected


def test_who_is_refused_all_gets_one_empty_page(app: App) -> None:
    """Without a cursor; as one who has nobody to look for."""
    a_class(app, set(range(12)))
    for ask, view in LISTS:
        for viewer in (COUNSELLOR, Actor("ib-9", "internal_counsellor", "school-99ZZ")):
            page = ask(app, asked(viewer, view), Page(3))
            assert (page.seen.bodies, page.next) == ((), None)


def test_every_page_is_one_fact_that_names_whom_it_shows(app: App) -> None:
    """Those whom it looked at in vain are named as withheld; the one that begins the next page is not named yet."""
    shown = a_class(app, {2, 5})
    question = asked(COUNSELLOR, CLASS_LIST)
    assert paged(app, class_list, question, 4) == shown
    looks = looks_of(app)
    told = [[each.trajectory for each in look.shown] for look in looks if isinstance(look, Disclosed)]
    assert told == [shown[:4], shown[4:8], shown[8:]]
    refused = {str(app.stream_of(named(app, number))) for number in (2, 5)}
    assert {each.trajectory for look in looks for each in _withheld(look)} == refused


def _withheld(look: Look) -> list[Any]:
    return [each for each in children_of_look(look) if each.trajectory not in _shown(look)]


def _shown(look: Look) -> set[str]:
    return {each.trajectory for each in look.shown} if isinstance(look, Disclosed) else set()


def test_a_child_that_comes_due_between_two_pages_is_where_it_then_stands(app: App) -> None:
    """A page tells how things stand when it is asked for; nobody is shown twice on one page."""
    for number in range(4):
        done(app, *helped(f"t-{number}"))
    question = asked(COORDINATOR)
    first = caseload(app, question, Page(2))
    last = everything(app, caseload, question)[-1]
    (moved,) = [child for child in (f"t-{number}" for number in range(4)) if str(app.stream_of(child)) == last]
    done(app, *of(moved, says("start_episode", COUNSELLOR, "01-13 10:00", episode="e-2", programme="ot")))
    second = caseload(app, question, Page(2, first.next))
    assert everything(app, caseload, question)[0] == last
    assert children_of(second) == [
        child for child in everything(app, caseload, question)[3:] if child not in children_of(first)
    ]


def test_who_is_released_between_two_pages_sees_no_second_one(app: App) -> None:
    """The cursor is no permission."""
    for number in range(4):
        done(app, *helped(f"t-{number}"))
    first = caseload(app, asked(JGT), Page(2))
    assert first.next
    released = says("release", COORDINATOR, "02-02 10:00", episode="e-1", team_role="lead")
    for number in range(4):
        said = released | {"professional": {"id": JGT.id, "role": JGT.role, "organisation": JGT.organisation}}
        assert do(app, {**said, "trajectory": f"t-{number}"}).status == "recorded"
    second = caseload(app, asked(JGT), Page(2, first.next))
    assert (second.seen.bodies, second.next) == ((), None)
    assert caseload(app, asked(JGT), EVERYTHING).seen.bodies == ()
