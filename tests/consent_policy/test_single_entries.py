"""Where entries of a category cannot be told apart, no decision looks at which of them is asked about."""

from dataclasses import fields
from typing import Any, NoReturn

import pytest

from consent_policy.decide import decide
from consent_policy.grounds import Grounds, Request
from consent_policy.needs import differs_by_entry
from consent_policy.vocabulary import CATEGORIES, ROLES
from tests.consent_policy.given import NOON, POLICY, at
from tests.consent_policy.test_rules import EXAMPLES

LOOKS = sorted(
    {(asked.viewer, asked.purpose, asked.disclosure, asked.reason) for _, asked, _ in EXAMPLES.values()}, key=str
)


class OfSomeEntry(Request):
    """A request that does not say which entry it is about: whoever looks, fails."""

    __slots__ = ()

    def _looked(self) -> NoReturn:
        raise AssertionError("somebody looked at the entry")

    entry: Any = property(_looked)
    talk_with: Any = property(_looked)
    about: Any = property(_looked)


def of_some_entry(request: Request) -> Request:
    """The same request, as far as it may be looked at."""
    blind = object.__new__(OfSomeEntry)
    for name in {each.name for each in fields(Request)} - {"entry", "talk_with", "about"}:
        getattr(Request, name).__set__(blind, getattr(request, name))
    return blind


@pytest.mark.parametrize("case", EXAMPLES)
def test_no_decision_looks_at_an_entry_that_makes_no_difference(case: str) -> None:
    """By whoever and for whatever, on the facts of every rule: so one answer holds for all entries of the category."""
    grounds: Grounds = EXAMPLES[case][0]
    for viewer, purpose, disclosure, reason in LOOKS:
        for category in CATEGORIES:
            if not differs_by_entry(category, viewer.role):
                request = Request(viewer, purpose, category, disclosure=disclosure, reason=reason)
                blind = decide(grounds, of_some_entry(request), at(NOON), POLICY)
                assert blind == decide(grounds, request, at(NOON), POLICY)


def test_where_entries_differ() -> None:
    """In what families see, and in interviews."""
    by_entry = {(category, role) for category in CATEGORIES for role in ROLES if differs_by_entry(category, role)}
    assert {category for category, role in by_entry if role == "teacher"} == {"interview"}
    assert {role for category, role in by_entry if category == "plan"} == {"guardian", "youth"}
