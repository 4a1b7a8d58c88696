"""Every code of refusal has a story in which it is the answer; and which question is asked first."""

from collections.abc import Callable
from typing import Any

import pytest

from domain.refusal import Code
from tests.domain import spec
from tests.domain.given import Outcome, at, given
from tests.examples import (
    AUDITOR,
    AUTHORITY_LOST,
    CLOSED,
    COACH,
    CONSENTED,
    CONSENTED_TO_PIT,
    COUNSELLOR,
    DPO,
    ERASURE_GRANTED,
    ERASURE_REQUESTED,
    EXAMPLES,
    EXPLAINED,
    HELD,
    HELPED,
    INVOKED,
    IRREGULAR,
    LEAD,
    MOTHER,
    MOTHER_KNOWN,
    OPENED,
    OT_STARTED,
    PIT_STARTED,
    PLUS_LEAD,
    PLUS_STARTED,
    RECORDS_OFFICER,
    REFERRED,
    REFERRING,
    SCREENING,
    SOCIAL_WORKER,
    STARTED,
    TEACHER,
    by,
    says,
)

SESSION = EXAMPLES["hold_session"].said
REFUSED_CARE = EXAMPLES["refuse_consent"].said
PLUS_CONSENT = (OPENED, MOTHER_KNOWN, CONSENTED, PLUS_STARTED, PLUS_LEAD)


def plus_session(number: int, **changes: Any) -> dict[str, Any]:
    return (
        says("hold_session", SOCIAL_WORKER, f"01-{13 + number} 10:00", episode="e-1", form="child_talk", minutes=30)
        | changes
    )


def erased() -> Outcome:
    after = given(*EXAMPLES["erase"].story)
    return after.when(SESSION)


STORIES: dict[str, Callable[[], Outcome]] = {
    "erased": erased,
    "in_the_future": lambda: given(*HELPED).when(at(SESSION, "2026-03-01T10:00"), now="2026-03-01T09:59:59"),
    "before_birth": lambda: given(OPENED).when(at(MOTHER_KNOWN, "2016-05-09T23:59:59")),
    "unknown_reference": lambda: given(OPENED).when(SESSION),
    "reference_in_use": lambda: given(OPENED, MOTHER_KNOWN).when(MOTHER_KNOWN | {"name": "Iemand anders"}),
    "role_not_permitted": lambda: given(*HELPED).when(SESSION | {"by": by(AUDITOR)}),
    "not_related": lambda: given(OPENED).when(MOTHER_KNOWN | {"by": by(COACH)}),
    "not_in_team": lambda: given(*HELPED).when(SESSION | {"by": by(COUNSELLOR)}),
    "episode_closed": lambda: given(*HELPED, CLOSED).when(at(SESSION, "2026-02-03T10:00")),
    "no_one_with_authority": lambda: given(OPENED, STARTED, LEAD).when(SESSION),
    "consent_refused": lambda: given(OPENED, MOTHER_KNOWN, STARTED, LEAD, at(REFUSED_CARE, "2026-01-15T10:00")).when(
        SESSION
    ),
    "consent_missing": lambda: given(OPENED, MOTHER_KNOWN, STARTED, LEAD).when(SESSION),
    "not_explained": lambda: given(OPENED, MOTHER_KNOWN).when(CONSENTED_TO_PIT),
    "no_standing": lambda: given(OPENED).when(CONSENTED | {"person": "youth"}),
    "not_applicable": lambda: given(*HELPED).when(EXAMPLES["hold_follow_up"].said),
    "already_done": lambda: given(*EXAMPLES["pick_up_signal"].story).when(
        at(EXAMPLES["pick_up_signal"].said, "2026-02-05T10:00")
    ),
    "already_open": lambda: given(OPENED, STARTED).when(at(STARTED, "2026-02-05T10:00", episode="e-2")),
    "role_not_in_programme": lambda: given(OPENED, STARTED).when(LEAD | {"professional": by(COACH)}),
    "screening_incomplete": lambda: given(
        *SCREENING, says("assign", COACH, "01-12 11:00", episode="e-1", professional=by(COACH), team_role="lead")
    ).when(EXAMPLES["give_advice"].said | {"by": by(COACH)}),
    "plan_incomplete": lambda: given(*HELPED).when(EXAMPLES["agree_plan"].said | {"parts": ["care"]}),
    "budget_exhausted": lambda: given(*PLUS_CONSENT, *map(plus_session, range(5))).when(plus_session(6)),
    "not_a_step": lambda: given(OPENED, PLUS_STARTED, PLUS_LEAD).when(EXAMPLES["extend_sessions"].said | {"to": 7}),
    "guardians_absent": lambda: given(
        OPENED,
        MOTHER_KNOWN,
        CONSENTED,
        OT_STARTED,
        says("assign", COUNSELLOR, "01-12 11:00", episode="e-1", professional=by(COUNSELLOR), team_role="coach"),
    ).when(
        EXAMPLES["hold_meeting"].said
        | {"by": by(COUNSELLOR), "participants": [by(COUNSELLOR)], "guardians_present": False}
    ),
    "no_legal_basis": lambda: given(*REFERRING[:-1]).when(
        REFERRED | {"legal_basis": {"kind": "protection_order", "reference": "o-1"}}
    ),
    "referral_open": lambda: given(*REFERRING).when(CLOSED),
    "reason_required": lambda: given(OPENED).when(INVOKED | {"reason": "Nodig."}),
    "needs_dpo": lambda: given(OPENED, INVOKED).when(at(INVOKED, "2026-01-20T15:00", safety="v-2")),
    "text_without_consent": lambda: given(OPENED, STARTED, LEAD).when(IRREGULAR | {"summary": "Huilde."}),
    "legal_hold": lambda: given(OPENED, MOTHER_KNOWN, ERASURE_REQUESTED, ERASURE_GRANTED, HELD).when(
        EXAMPLES["erase"].said
    ),
    "not_granted": lambda: given(OPENED, MOTHER_KNOWN, ERASURE_REQUESTED).when(EXAMPLES["erase"].said),
}
"""`stale` is an answer of the door: tests/domain/door."""


@pytest.mark.parametrize("code", STORIES)
def test_a_code_is_reached(code: str) -> None:
    """The code is an answer that somebody can get."""
    STORIES[code]().refuses(code)


def test_no_code_is_forgotten() -> None:
    """Every code of the page has its story."""
    assert [*STORIES, "stale"] == spec.CODES["refusals"]


ORDER = [
    ("erased", "in_the_future"),
    ("in_the_future", "unknown_reference"),
    ("before_birth", "unknown_reference"),
    ("unknown_reference", "reference_in_use"),
    ("unknown_reference", "role_not_permitted"),
    ("reference_in_use", "role_not_permitted"),
    ("reference_in_use", "not_related"),
    ("role_not_permitted", "episode_closed"),
    ("not_in_team", "episode_closed"),
    ("episode_closed", "consent_missing"),
    ("no_one_with_authority", "budget_exhausted"),
    ("consent_refused", "consent_missing"),
    ("consent_missing", "guardians_absent"),
    ("consent_missing", "already_open"),
]
BOTH: dict[tuple[str, str], Callable[[], Outcome]] = {
    ("erased", "in_the_future"): lambda: given(*EXAMPLES["erase"].story).when(
        at(SESSION, "2027-01-01T10:00"), now="2026-03-01"
    ),
    ("in_the_future", "unknown_reference"): lambda: given(OPENED).when(SESSION, now="2026-01-06"),
    ("before_birth", "unknown_reference"): lambda: given(OPENED).when(at(SESSION, "2010-01-01T10:00")),
    ("unknown_reference", "reference_in_use"): lambda: given(*HELPED).when(STARTED | {"signal": "s-9"}),
    ("unknown_reference", "role_not_permitted"): lambda: given(OPENED).when(SESSION | {"by": by(AUDITOR)}),
    ("reference_in_use", "role_not_permitted"): lambda: given(*HELPED).when(STARTED | {"by": by(AUDITOR)}),
    ("reference_in_use", "not_related"): lambda: given(OPENED, MOTHER_KNOWN).when(MOTHER_KNOWN | {"by": by(COACH)}),
    ("role_not_permitted", "episode_closed"): lambda: given(*HELPED, CLOSED).when(
        at(SESSION, "2026-02-03T10:00", by=by(DPO))
    ),
    ("not_in_team", "episode_closed"): lambda: given(*HELPED, CLOSED).when(
        at(SESSION, "2026-02-03T10:00", by=by(TEACHER))
    ),
    ("episode_closed", "consent_missing"): lambda: given(OPENED, MOTHER_KNOWN, STARTED, LEAD, CLOSED).when(
        at(SESSION, "2026-02-03T10:00")
    ),
    ("no_one_with_authority", "budget_exhausted"): lambda: given(
        *PLUS_CONSENT, *map(plus_session, range(5)), at(AUTHORITY_LOST, "2026-01-19T10:00")
    ).when(plus_session(7)),
    ("consent_refused", "consent_missing"): lambda: given(
        OPENED,
        MOTHER_KNOWN,
        MOTHER_KNOWN | {"guardian": "g-f"},
        STARTED,
        LEAD,
        at(REFUSED_CARE, "2026-01-15T10:00"),
    ).when(SESSION),
    ("consent_missing", "guardians_absent"): lambda: given(
        OPENED,
        MOTHER_KNOWN,
        OT_STARTED,
        says("assign", COUNSELLOR, "01-12 11:00", episode="e-1", professional=by(COUNSELLOR), team_role="coach"),
    ).when(
        EXAMPLES["hold_meeting"].said
        | {"by": by(COUNSELLOR), "participants": [by(COUNSELLOR)], "guardians_present": False}
    ),
    ("consent_missing", "already_open"): lambda: given(
        OPENED,
        MOTHER_KNOWN,
        EXPLAINED,
        CONSENTED_TO_PIT,
        PIT_STARTED,
        says("revoke_consent", MOTHER, "01-14 10:00", consent="c-m"),
    ).when(at(PIT_STARTED, "2026-01-15T10:00", episode="e-2")),
}


@pytest.mark.parametrize("pair", ORDER, ids=" before ".join)
def test_the_first_question_answers(pair: tuple[str, str]) -> None:
    """Where two refusals hold, the one that is asked first is told (domain.md, Order of answers)."""
    BOTH[pair]().refuses(pair[0])


def test_the_codes_stand_in_the_order_of_answers() -> None:
    """The code's own list is in the order in which questions are asked."""
    assert [each.value for each in Code] == spec.CODES["refusals"]


def test_erased_is_told_to_everybody() -> None:
    """Who may not do it anyway hears no more than that the dossier is erased."""
    after = given(*EXAMPLES["erase"].story)
    for said in (SESSION, MOTHER_KNOWN, OPENED, EXAMPLES["erase"].said):
        after.when(said | {"by": by(RECORDS_OFFICER)}).refuses("erased")
    assert after.history.erased
