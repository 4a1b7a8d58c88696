"""Everybody, for every purpose, about everything, in every state of consent: the door answers what `explain` says."""

from itertools import product

import pytest

from api.asks import Asked as Explained
from api.asks import Asker, as_json, explain
from api.main import App
from consent_policy.grounds import Actor, Decision
from consent_policy.vocabulary import SCHOOL_ROLES
from domain.fact import ChildFact
from tests.api.given import log_of, texts_of
from tests.api.http.given import Asked, Reply, door, token
from tests.api.http.matrix import CATEGORIES, MAY_KNOW, PURPOSES, STATES, VIEWERS, account_of, linked
from tests.examples import AUDITOR, CHILD, EXAMPLES

EPISODES = (None, "e-1", "e-2")
SIGNALS = (None, "s-1")
NOBODY = "t-nobody"
OF_NOBODY: dict[tuple[Actor, str, str], Reply] = {}
"""What is answered about a child that is not there: it is the same in each state."""

OWN_EACH_TIME = ("zorgspoor-position", "zorgspoor-request")


def decided(app: App, viewer: Actor, purpose: str, category: str) -> tuple[Decision, bool]:
    """What `explain` says of the category as such, and whether it permits it of any episode or signal."""
    who = Asker(id=viewer.id, role=viewer.role, organisation=viewer.organisation)
    asked = Explained(trajectory=CHILD, viewer=who, purpose=purpose, category=category)
    told = [
        explain(app, asked.model_copy(update={"episode": episode, "signal": signal}), app.now())
        for episode, signal in product(EPISODES, SIGNALS)
    ]
    return told[0], any(each.permitted for each in told)


def same(one: Reply, other: Reply) -> bool:
    """To the byte, but for the ids of the two requests."""
    bodies = [reply.json() | ({"disclosure": ""} if "disclosure" in reply.json() else {}) for reply in (one, other)]
    told = [
        {name: value for name, value in reply.headers.items() if name not in OWN_EACH_TIME} for reply in (one, other)
    ]
    return (one.status, told[0], bodies[0], len(one.body)) == (other.status, told[1], bodies[1], len(other.body))


def knows(viewer: Actor, state: str) -> bool:
    """Who may know of the child; the widest consent names more of them, and what is erased is so for everybody."""
    named = state == "widest" and (viewer.organisation == "elsewhere" or viewer.role == "researcher")
    return viewer in MAY_KNOW or state == "erased" or (named and viewer.role not in SCHOOL_ROLES)


SHORT = ("partial", "widest")
"""States of consent in which everything differs most; `make long` has all of them."""


@pytest.fixture(params=[each if each in SHORT else pytest.param(each, marks=pytest.mark.long) for each in STATES])
def state(request: pytest.FixtureRequest, pit: App) -> str:
    """The pit case in each state of consent, the accounts of the family linked."""
    linked(pit)
    STATES[request.param](pit)
    return str(request.param)


@pytest.mark.timeout(300)
def test_everybody_about_everything(pit: App, state: str) -> None:
    """Shown where `explain` permits, else refused with its reason; or as for nobody, where one may not know."""
    texts = set(texts_of(each.fact for each in log_of(pit) if isinstance(each.fact, ChildFact))) - {"digid-youth"}
    assert state == "erased" or len(texts) > 10
    with Asked(door(pit)) as ask:
        for viewer, purpose in product(VIEWERS, PURPOSES):
            who, why = token(viewer, account=account_of(viewer)), {"purpose_of_use": purpose}
            for category in CATEGORIES:
                said, permitted = decided(pit, viewer, purpose, category)
                reply = ask("GET", f"/trajectories/{CHILD}/timeline?category={category}", who, **why)
                where = (viewer, purpose, category)
                assert (reply.status == 200) == permitted, where
                if permitted:
                    assert {each["category"] for each in reply.json()["entries"]} <= {category}, where
                    continue
                assert not [text for text in texts if text.encode() in reply.body], where
                if knows(viewer, state):
                    code = said.reasons[0]
                    assert (reply.status, reply.json()["code"]) == (410 if code == "erased" else 403, code), where
                else:
                    if where not in OF_NOBODY:
                        OF_NOBODY[where] = ask(
                            "GET", f"/trajectories/{NOBODY}/timeline?category={category}", who, **why
                        )
                    assert same(reply, OF_NOBODY[where]), where


TO_ANY_CHILD = ("open_trajectory", "raise_signal", "invoke_safety", "hold_contact")
"""What some roles may do to a child that they have nothing to do with, if it is there; or to no child."""

LOOKS = ("", "/timeline", "/dossier")
OTHERS = ("/access-log", "/hand-over/3")


@pytest.mark.timeout(300)
def test_every_route_about_a_child(pit: App, state: str) -> None:
    """A look shows something where some category may be seen; and to whom may not know, every route is as of nobody."""
    with Asked(door(pit)) as ask:
        for viewer, purpose in product(VIEWERS, PURPOSES):
            who, why = token(viewer, account=account_of(viewer)), {"purpose_of_use": purpose}
            permitted = any(decided(pit, viewer, purpose, category)[1] for category in CATEGORIES)
            for route in (*LOOKS, *OTHERS):
                reply = ask("GET", f"/trajectories/{CHILD}{route}", who, **why)
                where = (viewer, purpose, route)
                assert reply.status in (200, 403, 410), where
                assert permitted or reply.status != 200 or route in OTHERS, where
                if not knows(viewer, state):
                    assert same(reply, ask("GET", f"/trajectories/{NOBODY}{route}", who, **why)), where


@pytest.mark.long
@pytest.mark.timeout(300)
def test_explain_over_the_door(pit: App, state: str) -> None:
    """An auditor hears of everybody what `explain` says, word for word."""
    auditor = token(AUDITOR)
    with Asked(door(pit)) as ask:
        for viewer, purpose, category in product(VIEWERS, PURPOSES, CATEGORIES):
            who = f"viewer={viewer.id}&role={viewer.role}&organisation={viewer.organisation}"
            reply = ask("GET", f"/explain?trajectory={CHILD}&category={category}&purpose={purpose}&{who}", auditor)
            told = Explained(
                trajectory=CHILD,
                viewer=Asker(id=viewer.id, role=viewer.role, organisation=viewer.organisation),
                purpose=purpose,
                category=category,
            )
            assert reply.json() == as_json(explain(pit, told, pit.now())), (viewer, purpose, category)


@pytest.mark.timeout(120)
def test_actions_of_who_may_not_know(pit: App, state: str) -> None:
    """Every action of who may not know of a child is answered as about one that is not there."""
    with Asked(door(pit)) as ask:
        for viewer, (name, example) in product(VIEWERS, EXAMPLES.items()):
            if knows(viewer, state) or name in TO_ANY_CHILD:
                continue
            who, sent = token(viewer, account=account_of(viewer)), dict(example.said)
            del sent["by"]
            replies = [ask("POST", f"/actions/{name}", who, sent | {"trajectory": each}) for each in (CHILD, NOBODY)]
            assert same(*replies), (viewer, name)
