"""Every role, for every purpose, on every list: no row that the policy does not permit, and none of a stranger."""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any, get_args

import pytest

from api import lists
from api.listing import EVERYTHING, Listed
from api.look import Question
from api.main import App
from consent_policy.decide import decide
from consent_policy.grounds import Actor, Request
from consent_policy.vocabulary import PURPOSES, ROLES, Role
from domain.actor import FAMILY, OVERSEERS, PROFESSIONAL
from domain.disclosure import Disclosed, DisclosureRefused
from domain.trajectory.history import History
from projections.caseload import CASELOAD
from projections.class_list import CLASS_LIST
from projections.doubles import IDENTITY
from projections.oversight import REQUESTS_DUE, REVIEWS_DUE
from projections.view import View
from tests.api.given import do
from tests.api.lists.brute import Children, is_candidate, name_of, seen_parts
from tests.api.lists.given import DOOR, SECOND_JGT, consented, helped, irregular, of, recorded_since
from tests.api.test_worked_cases import pupil
from tests.examples import (
    COACH,
    COORDINATOR,
    COUNSELLOR,
    ERASURE_REQUESTED,
    INVOKED,
    JGT,
    ORDERED,
    SCREENER,
    SIGNALLED,
    SOCIAL_WORKER,
    SPECIALIST,
    TEACHER,
    lines_of,
)

Ask = Callable[[App, Question], Listed]
BSN = "111222333"
LISTS: dict[str, tuple[Ask, View]] = {
    "caseload": (lambda app, question: lists.caseload(app, question, EVERYTHING), CASELOAD),
    "class list": (lambda app, question: lists.class_list(app, question, EVERYTHING), CLASS_LIST),
    "lapsing": (lambda app, question: lists.consent_lapsing(app, question, EVERYTHING), CASELOAD),
    "reviews": (lambda app, question: lists.reviews_due(app, question, EVERYTHING), REVIEWS_DUE),
    "requests": (lambda app, question: lists.requests_due(app, question, EVERYTHING), REQUESTS_DUE),
    "search": (lambda app, question: lists.with_bsn(app, question, BSN), IDENTITY),
    "doubles": (lists.possible_doubles, IDENTITY),
}
PLACES = {
    "jgt_consultant": (JGT, SECOND_JGT),
    "pit_coach": (COACH,),
    "school_social_worker": (SOCIAL_WORKER,),
    "internal_counsellor": (COUNSELLOR,),
    "school_director": (Actor("dir-1", "school_director", "school-12AB"),),
    "teacher": (TEACHER,),
    "researcher": (SCREENER,),
    "specialist": (SPECIALIST,),
    "coordinator": (COORDINATOR, Actor("co-9", "coordinator", "GM1916")),
    "guardian": (Actor("g-m", "guardian", "family"),),
    "youth": (Actor("youth", "youth", "family"),),
}
"""Who in a role is most likely to see something; of other roles, somebody whom consent names."""

OF_RULE = {
    "review_safety": "safety",
    "review_irregularity": "episode",
    "confirm_entry": "consent",
    "answer_request": "consent",
}


def viewers() -> Iterator[Actor]:
    roles: tuple[Role, ...] = get_args(Role)
    for role in roles:
        yield from PLACES.get(role, (Actor(f"x-{role}", role, "ggd-hm"),))


@pytest.fixture
def children(app: App) -> Children:
    """Children of several programmes, schools and municipalities: in care, asked for, refused, reported, named."""
    for number, case in enumerate(("pit", "ot")):
        for line in lines_of(f"{case}.jsonl"):
            do(app, line | ({"trajectory": f"p-{number}"} if "trajectory" in line else {}))
    named = consented(recipients=["care_team", "org:ggd-hm", "role:coordinator", "org:school-12AB"])
    stories: list[list[dict[str, Any]]] = [
        helped("a", JGT, consented(until="2026-06-01T00:00:00+02:00"), ERASURE_REQUESTED),
        helped("b", SECOND_JGT, named, INVOKED, ORDERED, municipality="GM1916"),
        irregular("c", JGT, INVOKED | {"at": "2026-05-01T11:50:00+02:00"}, ORDERED, ERASURE_REQUESTED),
        [each | {"trajectory": "d"} for each in pupil(1)],
        [each | {"trajectory": "e"} for each in pupil(1, refuses=True)],
        of("f", *helped("f")[:2], SIGNALLED),
    ]
    for story in stories:
        for said in story:
            assert do(app, said).status == "recorded"
    return Children(app)


def assert_permitted(app: App, history: History, question: Question, body: dict[str, Any]) -> int:
    """Every row of a child rests on a decision of the policy, asked anew; how many rows there are."""
    grounds, now = history.latest.grounds, app.now()
    policy = app.policy(now)

    def may(category: str) -> bool:
        asked = Request(question.viewer, question.purpose, category, question.recipient, reason=question.reason)
        return decide(grounds, asked, now, policy).permitted

    rows = body.get("rows", [])
    if "child" in body or any("child" in row for row in rows):
        assert may("identity")
    for row in rows:
        if "rule" in row:
            assert may(OF_RULE[row["rule"]])
        else:
            parts = set(seen_parts(name_of({"trajectory": ""} | row), grounds, question, now, policy))
            assert "row" in parts
            assert ("consent" in parts) == ("missing" in row) or "signal" in row
    return len(rows) + ("child" in body)


@pytest.mark.parametrize("name", LISTS)
def test_nobody_reads_what_no_rule_permits(app: App, children: Children, name: str) -> None:
    """One fact for each question; the children of whom something is shown are candidates, and permitted."""
    (ask, view), seen = LISTS[name], Counter[str]()
    for viewer in viewers():
        related = {
            str(child)
            for child, history in children.known.items()
            if is_candidate(history.latest, viewer, app.now(), app.programmes)
        }
        for purpose in sorted(PURPOSES):
            before = app.store.last().position
            question = Question(view, viewer, purpose, DOOR, reason="Vanwege de beschikking.")
            bodies = ask(app, question).seen.bodies
            (look,) = recorded_since(app, before)
            assert isinstance(look.fact, Disclosed | DisclosureRefused)
            shown = [body.get("trajectory") or body["rows"][0]["trajectory"] for body in bodies]
            told = [each.trajectory for each in look.fact.shown] if isinstance(look.fact, Disclosed) else []
            assert told == shown
            assert related.issuperset([*shown, *(each.trajectory for each in look.fact.withheld)])
            assert not shown or viewer.role in PROFESSIONAL | OVERSEERS
            for child, body in zip(shown, bodies, strict=True):
                (history,) = [each for stream, each in children.known.items() if str(stream) == child]
                seen[viewer.role] += assert_permitted(app, history, question, body)
    assert len(+seen) >= {"class list": 3, "doubles": 2, "search": 3, "lapsing": 3}.get(name, 5), seen


@pytest.mark.parametrize("role", sorted(ROLES - PROFESSIONAL - OVERSEERS))
def test_families_evaluators_and_the_registry_have_no_lists(app: App, children: Children, role: Role) -> None:
    """Whatever they say it is for, and under whatever name; that they asked is recorded, with nobody withheld."""
    assert children.known
    for (ask, view), who, purpose in product(LISTS.values(), ("g-m", "youth"), ("subject_access", "care", "legal")):
        before = app.store.last().position
        viewer = Actor(who, role, "family" if role in FAMILY else "GM0546")
        listed = ask(app, Question(view, viewer, purpose, DOOR))
        assert (listed.seen.bodies, listed.next) == ((), None)
        (look,) = recorded_since(app, before)
        assert isinstance(look.fact, Disclosed)
        assert (look.fact.shown, look.fact.withheld) == ((), ())
