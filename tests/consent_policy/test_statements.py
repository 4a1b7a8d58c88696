"""Which statement stands, what a scope covers, and what stands in for whom."""

from typing import Any

import pytest

from consent_policy.consent import assess
from consent_policy.grounds import Ask, Competence, Consent, StandIn, Statement
from tests.consent_policy.given import (
    CHILD,
    NOON,
    POLICY,
    F,
    M,
    at,
    competent,
    court,
    exception,
    given,
    has_authority,
    has_none,
    permits,
    refuses,
    withdraws,
)

AT_13 = "2012-01-01"


def asked(
    *facts: Any,
    category: str = "session",
    purpose: str = "care",
    to: str = "care_team",
    programme: str = "ot",
    explained: bool = False,
    when: str = NOON,
    **known: Any,
) -> Consent:
    """Consent as assessed for one ask about a child whose guardian M has authority."""
    grounds = given(*facts, **known)
    return assess(grounds, Ask(purpose, category, to, programme, explained), at(when), POLICY, "care")


@pytest.mark.parametrize(
    ("said", "reasons"),
    [
        ([permits(M), withdraws(M, when="2025-02-04")], ("consent_missing",)),
        ([permits(M), withdraws(M, when="2025-02-04"), permits(M, when="2025-02-05")], ()),
        ([permits(M), refuses(M, ref="c", when="2025-02-04")], ("consent_refused",)),
        ([refuses(M, ref="c"), permits(M, when="2025-02-04")], ()),
        ([refuses(M), withdraws(M, ref="n", when="2025-02-04")], ("consent_missing",)),
        ([permits(M), withdraws(M)], ("consent_missing",)),
        ([permits(M, ref="a"), withdraws(M, ref="b", when="2025-02-04")], ()),
        ([permits(M, "plan"), permits(M, "session", when="2025-02-04")], ()),
        ([permits(M, "session"), permits(M, "plan", when="2025-02-04")], ("consent_missing",)),
    ],
)
def test_the_latest_statement_under_one_reference_stands(said: list[Statement], reasons: tuple[str, ...]) -> None:
    """By instant, and at one instant by entry."""
    assert asked(has_authority(M), *said).reasons == reasons


@pytest.mark.parametrize(
    ("permission", "covered"),
    [
        (permits(M), True),
        (permits(M, "session", "plan"), True),
        (permits(M, "plan"), False),
        (permits(M, purpose="research"), False),
        (permits(M, to="org:school-12AB"), False),
        (permits(M, to=("org:school-12AB", "care_team")), True),
        (permits(M, programme="ot"), True),
        (permits(M, programme="pit"), False),
        (permits(M, since="2025-03-03T12:00"), True),
        (permits(M, since="2025-03-03T12:01"), False),
        (permits(M, until="2025-03-03T12:01"), True),
        (permits(M, until="2025-03-03T12:00"), False),
        (permits(M, when="2025-03-03T12:01"), False),
    ],
)
def test_a_permission_covers_what_its_scope_says(permission: Statement, covered: bool) -> None:
    """Purpose, category, recipient, programme, and from <= instant < until."""
    assert asked(has_authority(M), permission).complete is covered


@pytest.mark.parametrize("category", ["safety", "access_log"])
def test_all_never_includes_safety_and_access_log(category: str) -> None:
    """They are permitted by name or not at all."""
    assert not asked(has_authority(M), permits(M), category=category).complete
    assert asked(has_authority(M), permits(M, "all", category), category=category).complete


def test_consent_without_programme_covers_research_in_a_programme_that_explains_first() -> None:
    """Only for care must a programme that explains itself be named."""
    facts = (has_authority(M), permits(M, purpose="research", to="role:researcher"), permits(M, ref="d"))
    assert asked(*facts, purpose="research", to="role:researcher", explained=True).complete
    assert not asked(*facts, explained=True).complete


def test_a_refusal_without_programme_covers_every_programme() -> None:
    """Refusing never needs an explanation, so a general no is also a no to a programme that explains itself."""
    consent = asked(has_authority(M), permits(M, programme="pit"), refuses(M), programme="pit", explained=True)
    assert consent.reasons == ("consent_refused",)


def test_missing_and_refused_stand_together() -> None:
    """Who refused is not also missing."""
    consent = asked(has_authority(M), has_authority(F), refuses(F))
    assert consent.reasons == ("consent_refused", "consent_missing")
    assert (consent.missing, consent.refused_by) == ((M,), (F,))


def test_nobody_with_authority_and_a_silent_youth_stand_together() -> None:
    """At 13 both parts lack; the youth alone cannot fill the guardians' part."""
    silent = asked(has_none(M), born=AT_13)
    assert (silent.reasons, silent.missing) == (("no_one_with_authority", "consent_missing"), (CHILD,))
    assert asked(has_none(M), permits(CHILD), born=AT_13).reasons == ("no_one_with_authority",)
    assert asked(has_none(M), permits(CHILD), exception(), born=AT_13).complete


def test_who_is_not_required_does_not_count_either_way() -> None:
    """At 11 the youth's refusal, and always that of a guardian without authority."""
    assert asked(has_authority(M), has_none(F), permits(M), refuses(F), refuses(CHILD)).complete
    assert asked(has_authority(M), has_none(F), permits(F), permits(CHILD)).missing == (M,)


@pytest.mark.parametrize(
    ("born", "facts"),
    [
        ("2014-03-01", []),
        (AT_13, [competent(False)]),
        ("2008-06-01", [competent(False)]),
        (AT_13, []),
    ],
)
def test_an_exception_stands_in_only_where_a_competent_youth_of_12_to_15_consents(
    born: str, facts: list[Competence]
) -> None:
    """Under 12, or for a youth who cannot weigh it, an exception alone would leave nobody who consents."""
    said = [permits(CHILD)] if not facts and born == AT_13 else []
    consent = asked(has_authority(M), exception(), *facts, *said, born=born)
    assert consent.complete is bool(said)


def test_an_exception_does_not_stand_in_for_the_youth() -> None:
    """It covers the guardians' silence and refusal, not the youth's."""
    assert asked(has_authority(M), refuses(M), exception(), born=AT_13).missing == (CHILD,)
    assert asked(has_authority(M), exception(), refuses(CHILD), born=AT_13).refused_by == (CHILD,)


def test_in_education_an_exception_stands_in_for_nobody() -> None:
    """The AVG knows none, and the youth under 16 is not asked."""
    assert asked(has_authority(M), exception(), born=AT_13, regime="education").missing == (M,)


@pytest.mark.parametrize(
    ("order", "complete"),
    [
        (court(F), True),
        (court(M), False),
        (court(F, "plan"), False),
        (court(F, when="2025-03-03T12:01"), False),
        (court(F, until="2025-03-03T12:00"), False),
        (court(F, programme="pit"), False),
    ],
)
def test_a_court_stands_in_for_one_guardian_from_its_instant_within_its_scope(order: StandIn, complete: bool) -> None:
    """Neither for the other guardian nor outside what it says."""
    assert asked(has_authority(M), has_authority(F), permits(M), refuses(F), order).complete is complete


def test_the_answer_names_the_entries_that_it_rests_on() -> None:
    """Authority of everybody, competence, the statements that decide, and what stands in."""
    facts = (
        has_authority(M),
        has_none(F, "2025-02-03"),
        competent(True, "2025-02-04"),
        permits(M, "plan", ref="other"),
        permits(M),
        withdraws(CHILD, ref="c", when="2025-02-10"),
        permits(CHILD, when="2025-02-05"),
    )
    consent = asked(*facts, born=AT_13)
    assert (consent.missing, consent.entries) == ((CHILD,), (1, 2, 3, 5, 6))
    assert asked(has_authority(M), court(M), born="2014-03-01").entries == (1, 2)
