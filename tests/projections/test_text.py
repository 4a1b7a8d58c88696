"""Nobody without a rule sees any ◆ text: every role for every purpose, strangers and insiders, in every view."""

import json
from collections import defaultdict
from itertools import product
from typing import get_args

import pytest

from api.main import App
from consent_policy.grounds import Actor
from consent_policy.vocabulary import PURPOSES, SCHOOL_ROLES, Role
from domain.fact import ChildFact
from domain.trajectory.history import History
from projections.view import View
from projections.views import VIEWS
from tests.api.given import done, facts_of, texts_of
from tests.examples import PERSONS, session
from tests.projections.seen import frame, history_of

STRANGERS = (
    ("stranger", "elsewhere"),
    ("youth", "GM0363"),
    ("g-x", "school-99ZZ"),
    ("stranger", "GM0546"),
    ("stranger", "pit-leiden"),
    ("stranger", "jeugd-ggz-rijnland"),
)
"""Ids and organisations, some of which the file names; none of these is a person of the story."""

AT_SCHOOL = {"signal", "advice", "plan", "attendance", "episode"}
ON_TEAM = {"identity", "contact_details", "signal", "consent", "session", "outcome", "episode", "referral", "plan"}
FAMILY = ON_TEAM | {"interview", "screening", "advice"}

READ_BY_STRANGERS: dict[tuple[Role, str], set[str]] = {
    ("records_officer", "legal"): {"identity", "consent", "referral"},
    ("dpo", "legal"): {"identity", "consent", "referral"},
}
"""(role, purpose) -> categories whose ◆ text a person reads whom the file does not name (consent.md, rule legal)."""

READ_BY_PERSONS = {
    ("pit-1", "care"): ON_TEAM,
    ("pit-2", "care"): ON_TEAM,
    ("te-1", "care"): AT_SCHOOL,
    ("ib-1", "care"): AT_SCHOOL,
    ("g-m", "subject_access"): FAMILY,
    ("g-f", "subject_access"): FAMILY,
    ("fg-1", "legal"): {"identity", "consent", "referral"},
    ("db-1", "legal"): {"identity", "consent", "referral"},
}
"""(person, purpose) -> categories whose ◆ text the persons of the story read, at NOW; the child is nine."""


Story = tuple[App, History]


@pytest.fixture
def texts(pit: App) -> dict[str, str]:
    """Every ◆ text of the finished story -> its category; one more session, so that e-2 has a text of its own."""
    done(pit, session(summary="Vertelde over de pauze."))
    return texts_of(each.fact for each in facts_of(pit, ChildFact) if isinstance(each.fact, ChildFact))


@pytest.fixture
def story(pit: App, texts: dict[str, str]) -> Story:
    assert texts
    return pit, history_of(pit)


def read(story: Story, texts: dict[str, str], view: View, viewer: Actor, purpose: str) -> set[str]:
    """The categories of all ◆ texts that stand anywhere in what the view shows."""
    app, whole = story
    one = frame(app, viewer, purpose, whole=whole, reason="for a test")
    body = json.dumps(view.build(one).body, ensure_ascii=False)
    return {category for text, category in texts.items() if text in body}


@pytest.mark.parametrize("view", VIEWS.values(), ids=lambda view: view.name)
def test_no_stranger_reads_any_text_without_a_rule(story: Story, texts: dict[str, str], view: View) -> None:
    """In every role, for every purpose, of organisations that the file names or does not."""
    found: dict[tuple[Role, str], set[str]] = defaultdict(set)
    for role, purpose in product(get_args(Role), sorted(PURPOSES)):
        for name, place in STRANGERS:
            found[role, purpose] |= read(story, texts, view, Actor(name, role, place), purpose)
    wrong = {key: more for key, more in found.items() if more - READ_BY_STRANGERS.get(key, set())}
    assert wrong == {}


@pytest.mark.parametrize("role", sorted(SCHOOL_ROLES))
def test_staff_of_the_school_read_what_consent_naming_it_gives(story: Story, texts: dict[str, str], role: Role) -> None:
    """For care only, and nothing of another school."""
    at_school, elsewhere = Actor("x", role, "school-12AB"), Actor("x", role, "school-99ZZ")
    for view, purpose in product(VIEWS.values(), sorted(PURPOSES)):
        assert read(story, texts, view, at_school, purpose) <= (AT_SCHOOL if purpose == "care" else set())
        assert read(story, texts, view, elsewhere, purpose) == set()


@pytest.mark.parametrize("view", VIEWS.values(), ids=lambda view: view.name)
def test_insiders_read_what_their_rule_gives_and_no_more(story: Story, texts: dict[str, str], view: View) -> None:
    """For each purpose: the coordinator and the auditor, who see codes, read nothing at all."""
    for viewer, purpose in product(PERSONS, sorted(PURPOSES)):
        categories = read(story, texts, view, viewer, purpose)
        assert categories <= READ_BY_PERSONS.get((viewer.id, purpose), set()), (viewer.id, purpose)


@pytest.mark.parametrize(("person", "purpose"), READ_BY_PERSONS, ids=str)
def test_insiders_do_read_what_their_rule_gives(story: Story, texts: dict[str, str], person: str, purpose: str) -> None:
    """The matrix would also be empty if nothing were ever shown."""
    viewer = next(each for each in PERSONS if each.id == person)
    assert read(story, texts, VIEWS["timeline", 1], viewer, purpose)


def test_the_texts_that_are_looked_for_are_all_there(texts: dict[str, str]) -> None:
    """Of every category of the story that has any."""
    assert set(texts.values()) >= {
        "identity", "contact_details", "signal", "interview", "screening", "advice", "plan", "session", "referral",
    }  # fmt: skip
    assert {"Noor", "111222333", "Moeder Voorbeeld", "Thuis ook snel boos.", "Rustig uit de pauze komen"} <= set(texts)
