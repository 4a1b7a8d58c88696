"""What families do not see of their own file, entry by entry."""

from typing import Any

import pytest

from consent_policy.grounds import Request
from tests.consent_policy.given import (
    CHILD,
    STRANGER,
    YOUTH,
    F,
    M,
    S,
    decided,
    given,
    granted,
    guardian,
    has_authority,
    has_none,
    look,
    override,
    permits,
    shared,
    withheld,
)

MOTHER = guardian(M)
AT_13 = "2012-01-01"
PARENTS = (has_authority(M), has_authority(F))


def seen(request: Request, *facts: Any, **known: Any) -> bool:
    return decided(given(*PARENTS, *facts, **known), request).permitted


@pytest.mark.parametrize(
    ("talk_with", "shown"),
    [
        ((M,), True),
        ((F,), False),
        ((F, M), True),
        ((F, CHILD), True),
        ((CHILD,), True),
        (("school", F), True),
        ((), True),
    ],
)
def test_a_talk_with_another_guardian_alone_is_left_out(talk_with: tuple[str, ...], shown: bool) -> None:
    """A talk with the youth, the school or the viewer in it is not."""
    assert seen(look(MOTHER, "subject_access", entry=9, talk_with=talk_with)) is shown


@pytest.mark.parametrize(("about", "shown"), [(None, True), (M, True), (F, False)])
def test_another_guardians_contact_details_are_left_out(about: str | None, shown: bool) -> None:
    """An address may have to stay secret from the other parent."""
    assert seen(look(MOTHER, "subject_access", "contact_details", about=about)) is shown


@pytest.mark.parametrize("about", [M, F])
def test_a_youth_does_not_see_the_guardians_contact_details(about: str) -> None:
    """They are the guardian's own, and may have to stay secret too."""
    assert not seen(look(YOUTH, "subject_access", "contact_details", about=about), born=AT_13)


def test_an_entry_is_withheld_from_its_instant_on() -> None:
    """Before that it could be seen."""
    request = look(MOTHER, "subject_access", entry=9)
    assert seen(request, withheld(9, M, when="2025-03-03T12:01"))
    assert not seen(request, withheld(9, M, when="2025-03-03T12:00"))


def test_a_category_is_shown_while_one_of_its_entries_is_withheld() -> None:
    """Without an entry the answer does not tell that one is missing."""
    assert seen(look(MOTHER, "subject_access"), withheld(9, M))


def test_whether_safety_is_shown_does_not_betray_what_is_not_released() -> None:
    """The same answer with and without a secret override beside it."""
    request = look(MOTHER, "subject_access", "safety")
    released = override(released="2025-03-03T11:59")
    assert seen(request) is seen(request, override("veilig_thuis")) is False
    assert seen(request, released) is seen(request, released, override("veilig_thuis")) is True
    assert not seen(look(MOTHER, "subject_access", "safety", entry=4), released, override("veilig_thuis"))


def test_a_share_by_somebody_else_is_no_secret() -> None:
    """Only what the invoker shared with Veilig Thuis under the override is."""
    facts = (override("veilig_thuis", by=S), shared("plan", by=STRANGER), shared("plan", to="ggz"))
    assert seen(look(MOTHER, "subject_access", "access_log", entry=4), *facts)
    assert seen(look(MOTHER, "subject_access", "access_log", entry=5), *facts)


def test_the_youth_does_not_see_safety_that_was_not_released() -> None:
    """As a guardian does not."""
    assert not seen(look(YOUTH, "subject_access", "safety", entry=3), override(), born=AT_13)


def test_general_information_leaves_out_the_same() -> None:
    """A guardian without authority does not see what is withheld from them."""
    grounds = given(has_none(F), granted(F, "attendance"), withheld(9, F))
    assert not decided(grounds, look(guardian(F), "subject_access", "attendance", entry=9)).permitted


def test_a_guardian_whom_consent_names_for_care_is_still_left_out() -> None:
    """Another purpose is no way round what is withheld."""
    grounds = given(*PARENTS, permits(M, to="person:g-f"), permits(F, to="person:g-f"), withheld(9, F))
    assert decided(grounds, look(guardian(F), entry=8)).rule == "named"
    assert decided(grounds, look(guardian(F), entry=9)).reasons == ("withheld",)
