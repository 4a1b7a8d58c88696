"""What is told to others outside the team, and what is kept from guardians."""

from typing import Any

import pytest

from consent_policy.decide import decide as may_see
from consent_policy.grounds import Request
from domain.trajectory.sharing import EntryWithheld, Shared
from tests.domain.given import POLICY, at, given, instant
from tests.examples import (
    CARE,
    COACH,
    CONSENTED,
    EXAMPLES,
    FATHER_KNOWN,
    HELPED,
    INVOKED,
    JGT,
    LEAD,
    MOTHER,
    MOTHER_KNOWN,
    OPENED,
    SIGNALLED,
    STARTED,
    TEACHER,
    by,
)

SHARE = EXAMPLES["share"].said
BASE = EXAMPLES["share"].after


def test_each_category_asks_consent_that_names_the_organisation() -> None:
    """Another organisation, another category, another purpose: no."""
    given(*BASE).when(SHARE).records(Shared)
    given(*BASE).when(SHARE | {"to": {"organisation": "buurtteam"}}).refuses("consent_missing", "g-m")
    given(*BASE).when(SHARE | {"categories": ["plan", "session"]}).refuses("consent_missing")
    given(*BASE).when(SHARE | {"purpose": "referral"}).refuses("consent_missing")
    given(*BASE, FATHER_KNOWN).when(SHARE).refuses("consent_missing", "g-f")


@pytest.mark.parametrize("category", ["safety", "access_log"])
def test_all_never_includes_safety_and_the_access_log(category: str) -> None:
    """They must be named."""
    scope = {"purposes": ["care"], "categories": ["all"], "recipients": ["org:huisarts-leiden"]}
    base = (OPENED, MOTHER_KNOWN, STARTED, LEAD)
    given(*base, CONSENTED | {"scope": scope}).when(SHARE | {"categories": [category]}).refuses("consent_missing")
    named = scope | {"categories": [category]}
    given(*base, CONSENTED | {"scope": named}).when(SHARE | {"categories": [category]}).records()


def test_consent_may_name_a_person() -> None:
    """Only that person."""
    scope = CARE | {"recipients": ["person:dr-1"]}
    known = given(OPENED, MOTHER_KNOWN, STARTED, LEAD, CONSENTED | {"scope": scope})
    to = {"organisation": "huisarts-leiden", "person": "dr-1"}
    known.when(SHARE | {"to": to}).records()
    known.when(SHARE | {"to": to | {"person": "dr-2"}}).refuses("consent_missing")
    known.when(SHARE).refuses("consent_missing")


def report(**changes: Any) -> dict[str, Any]:
    to = {"organisation": "veilig-thuis"}
    return at(SHARE, "2026-01-20T10:10", to=to, purpose="safety", categories=["signal", "safety"], **changes)


def test_who_invoked_it_reports_to_veilig_thuis_while_it_runs() -> None:
    """Within the minutes, that person, that organisation, that basis."""
    invoked = INVOKED | {"basis": "veilig_thuis", "by": by(JGT)}
    known = given(*HELPED, invoked)
    known.when(report()).records(Shared)
    known.when(at(report(), "2026-01-20T10:29:59")).records()
    known.when(at(report(), "2026-01-20T10:30:00")).refuses("consent_missing")
    known.when(report() | {"to": {"organisation": "huisarts-leiden"}}).refuses("consent_missing")
    given(*HELPED, invoked | {"basis": "break_glass"}).when(report()).refuses("consent_missing")
    given(*HELPED, invoked | {"by": by(COACH)}).when(report()).refuses("consent_missing")


def test_an_entry_is_withheld_by_team_or_author() -> None:
    """From guardians of this child; the mother does not see it, others do."""
    example = EXAMPLES["withhold_entry"]
    known = given(*example.after).when(example.said).records(EntryWithheld)

    def sees(entry: int, when: str) -> bool:
        asked = Request(MOTHER, "subject_access", "signal", entry=entry)
        return may_see(known.child.grounds, asked, instant(when), POLICY).permitted

    assert not sees(3, "2026-02-02T10:00")
    assert sees(2, "2026-02-02T10:00")
    given(*example.after).when(example.said | {"by": by(TEACHER) | {"id": "te-2"}}).refuses("not_in_team")
    given(*HELPED, SIGNALLED).when(example.said | {"by": by(JGT), "entry": 6}).records()


def test_an_entry_is_withheld_from_guardians_only() -> None:
    """Not from the youth, not from nobody."""
    example = EXAMPLES["withhold_entry"]
    known = given(*example.after)
    known.when(example.said | {"from": ["youth"]}).refuses("unknown_reference")
    known.when(example.said | {"from": []}).is_invalid("from")
