"""For whom a viewer asks: by default for themself; for somebody else only where consent covers that one too."""

import pytest

from consent_policy.grounds import Actor, Grounds, Request
from tests.consent_policy.given import (
    HELP,
    SPECIALIST,
    STRANGER,
    TEACHER,
    F,
    M,
    at_school,
    decided,
    episode,
    given,
    has_authority,
    informed,
    look,
    member,
    order,
    permits,
    signal,
)

TEAM = (has_authority(M), episode(), member())


def test_a_member_may_pass_on_what_consent_to_care_and_consent_for_the_recipient_cover() -> None:
    """Either alone is not enough."""
    request = look(category="plan", recipient="org:ggz-rijnland")
    both = decided(given(*TEAM, permits(M, to=("care_team", "org:ggz-rijnland"))), request)
    assert (both.permitted, both.rule) == (True, "care-team")
    assert not decided(given(*TEAM, permits(M)), request).permitted
    assert not decided(given(*TEAM, permits(M, to="org:ggz-rijnland")), request).permitted


@pytest.mark.parametrize("recipient", ["care_team", "org:org-a", "person:s-1"])
def test_a_member_who_names_themself_looks_as_before(recipient: str) -> None:
    """By organisation or person consent must name them; as care_team they look anyway."""
    grounds = given(*TEAM, permits(M, to=("care_team", "org:org-a", "person:s-1")))
    assert decided(grounds, look(recipient=recipient)).permitted


def test_a_stranger_cannot_look_as_the_care_team() -> None:
    """Naming a recipient narrows what somebody may see and never widens it."""
    grounds = given(*HELP, permits(M), permits(F), permits(M, "plan", ref="d", to="org:org-b"))
    assert decided(grounds, look(STRANGER, recipient="care_team")).reasons == ("not_in_team",)


@pytest.mark.parametrize(
    ("grounds", "request_for_another"),
    [
        (given(signal()), look(TEACHER, category="signal", recipient="org:gossip")),
        (given(*TEAM, informed(M)), look(category="contact_details", recipient="org:gossip")),
        (
            given(at_school(), has_authority(M), permits(M, to="org:school-12AB")),
            look(TEACHER, category="plan", recipient="org:gossip"),
        ),
        (given(order("gi")), look(Actor("p", "specialist", "gi"), category="plan", reason="OTS", recipient="person:q")),
    ],
)
def test_what_one_may_see_without_consent_is_not_for_others(grounds: Grounds, request_for_another: Request) -> None:
    """Only the rule care-team passes on."""
    assert not decided(grounds, request_for_another).permitted


def test_one_of_the_viewers_names_narrows_to_it() -> None:
    """Consent names the organisation; asked for the person, it is missing."""
    grounds = given(has_authority(M), permits(M, to="org:ggz-rijnland"))
    assert decided(grounds, look(SPECIALIST)).permitted
    assert decided(grounds, look(SPECIALIST, recipient="org:ggz-rijnland")).permitted
    assert not decided(grounds, look(SPECIALIST, recipient="person:z-1")).permitted


def test_consent_to_an_episodes_programme_covers_looks_at_that_episode_only() -> None:
    """Where no episode is named, any open one counts; where one is named, that one."""
    facts = (has_authority(M), episode("e-1", "ot"), episode("e-2", "pit", closed="2025-02-20"))
    grounds = given(*facts, permits(M, to="org:ggz-rijnland", programme="ot"))
    assert decided(grounds, look(SPECIALIST)).permitted
    assert decided(grounds, look(SPECIALIST, episode="e-1")).permitted
    assert not decided(grounds, look(SPECIALIST, episode="e-2")).permitted
    assert not decided(grounds, look(SPECIALIST, episode="e-9")).permitted
