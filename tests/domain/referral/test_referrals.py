"""A referral goes with consent to each category, or on a legal basis that is recorded; it is answered once."""

from typing import Any

import pytest

from domain.trajectory.referral import ReferralAnswered, ReferralSent, ReferralWithdrawn
from tests.domain.given import Given, at, given
from tests.examples import (
    ACCEPTED,
    CLOSED,
    CONSENTED_TO_REFERRAL,
    COORDINATOR,
    EXAMPLES,
    FATHER_KNOWN,
    HELPED,
    INVOKED,
    JGT,
    LEAD,
    MOTHER_KNOWN,
    OPENED,
    ORDERED,
    REFERRED,
    REFERRING,
    REGISTRY,
    SPECIALIST,
    SPECIALIST_STARTED,
    STARTED,
    by,
)

BASE = REFERRING[:-1]
WITHDRAWN = EXAMPLES["withdraw_referral"].said
ENDED = EXAMPLES["end_specialist_help"].said
ORDER = {"kind": "protection_order", "reference": "o-1"}
ORDERED_BEFORE = at(ORDERED, "2026-01-19T10:00")
ORDER_ENDED = EXAMPLES["end_protection_order"].said
REPORTED = at(INVOKED, "2026-01-19T10:00", basis="veilig_thuis", by=by(JGT))


def state(known: Given, referral: str = "r-1") -> str:
    return known.child.referrals[referral].state


def test_each_category_asks_consent() -> None:
    """Two were permitted; a third is not sent along."""
    given(*BASE).when(REFERRED).records(ReferralSent)
    given(*BASE).when(REFERRED | {"categories": ["plan"]}).records()
    given(*BASE).when(REFERRED | {"categories": ["signal", "plan", "session"]}).refuses("consent_missing", "g-m")


def test_consent_is_of_everybody_to_that_organisation_for_that_purpose() -> None:
    """Another organisation, another guardian, another purpose: no."""
    other = REFERRED | {"to": {"organisation": "jeugd-ggz-west", "kind": "specialist"}}
    given(*BASE).when(other).refuses("consent_missing")
    given(*BASE, FATHER_KNOWN).when(REFERRED).refuses("consent_missing", "g-f")
    given(*HELPED).when(REFERRED).refuses("consent_missing")
    late = CONSENTED_TO_REFERRAL["scope"] | {"until": "2026-01-20T11:00:00+01:00"}
    given(OPENED, MOTHER_KNOWN, CONSENTED_TO_REFERRAL | {"scope": late}, STARTED, LEAD).when(REFERRED).refuses(
        "consent_missing"
    )


def test_a_referral_has_categories() -> None:
    """Nothing to tell is no referral."""
    given(*BASE).when(REFERRED | {"categories": []}).is_invalid("categories")


def on(basis: dict[str, str], **changes: Any) -> dict[str, Any]:
    return REFERRED | {"legal_basis": basis} | changes


def test_a_running_order_is_a_basis() -> None:
    """Recorded, begun and not ended at that instant."""
    base = (OPENED, STARTED, LEAD)
    given(*base).when(on(ORDER)).refuses("no_legal_basis")
    given(*base, ORDERED_BEFORE).when(on(ORDER)).records()
    given(*base, ORDERED_BEFORE).when(on(ORDER | {"reference": "o-2"})).refuses("no_legal_basis")
    given(*base, at(ORDERED, "2026-01-20T11:00:01")).when(on(ORDER)).refuses("no_legal_basis")
    given(*base, ORDERED_BEFORE, at(ORDER_ENDED, "2026-01-20T11:00")).when(on(ORDER)).refuses("no_legal_basis")
    given(*base, ORDERED_BEFORE, at(ORDER_ENDED, "2026-01-20T11:00:01")).when(on(ORDER)).records()


def test_a_report_to_veilig_thuis_is_a_basis() -> None:
    """A safety entry of that kind, by then; breaking the glass is not."""
    base, basis = (OPENED, STARTED, LEAD), {"kind": "veilig_thuis", "reference": "v-1"}
    given(*base).when(on(basis)).refuses("no_legal_basis")
    given(*base, REPORTED).when(on(basis)).records()
    given(*base, REPORTED | {"basis": "break_glass"}).when(on(basis)).refuses("no_legal_basis")
    given(*base, REPORTED).when(on(basis | {"reference": "v-2"})).refuses("no_legal_basis")
    given(*base, at(REPORTED, "2026-01-20T12:00")).when(on(basis)).refuses("no_legal_basis")


def test_a_court_decision_as_evidence_is_a_basis() -> None:
    """A letter is not, nor no evidence at all."""
    base, basis = (OPENED, STARTED, LEAD), {"kind": "court", "reference": "C/09/3"}
    given(*base).when(on(basis)).refuses("no_legal_basis")
    given(*base).when(on(basis, evidence={"kind": "letter"})).refuses("no_legal_basis")
    given(*base).when(on(basis, evidence={"kind": "court_decision"})).records()


def test_a_basis_that_is_named_but_not_recorded_is_refused_where_consent_would_do() -> None:
    """What is said must be so."""
    for basis in (ORDER, {"kind": "veilig_thuis", "reference": "v-1"}, {"kind": "court", "reference": "C/09/3"}):
        given(*BASE).when(on(basis)).refuses("no_legal_basis")


@pytest.mark.parametrize("answer", ["accepted", "declined"])
@pytest.mark.parametrize("when", ["2026-01-25T10:00", "2026-01-21T10:00"])
def test_a_referral_is_answered_once(answer: str, when: str) -> None:
    """Not again later, nor by an entry that is backdated to before."""
    known = given(*REFERRING).when(ACCEPTED | {"answer": answer}).records(ReferralAnswered)
    known.when(at(ACCEPTED, when, answer="declined")).refuses("already_done")
    known.when(at(ACCEPTED, when, answer="accepted")).refuses("already_done")
    assert state(known) == answer


def test_the_receiving_organisation_answers_or_the_team_on_its_behalf() -> None:
    """Nobody else."""
    known = given(*REFERRING)
    known.when(ACCEPTED | {"by": by(JGT)}).records()
    known.when(ACCEPTED | {"by": by(SPECIALIST) | {"organisation": "jeugd-ggz-west"}}).refuses("not_in_team")
    known.when(ACCEPTED | {"by": by(COORDINATOR)}).refuses("not_in_team")


def test_a_referral_is_withdrawn_after_consent_has_ended() -> None:
    """Ending stays possible; and once."""
    revoked = at(EXAMPLES["revoke_consent"].said, "2026-01-21T10:00")
    known = given(*REFERRING, revoked).when(WITHDRAWN).records(ReferralWithdrawn)
    known.when(at(WITHDRAWN, "2026-02-03T10:00")).refuses("already_done")
    known.when(at(ACCEPTED, "2026-02-03T10:00")).refuses("already_done")
    assert state(known) == "withdrawn"


def test_an_accepted_referral_may_be_withdrawn_and_a_declined_one_not() -> None:
    """Nor one of which help has started: that is ended, not withdrawn."""
    given(*REFERRING, ACCEPTED).when(WITHDRAWN).records()
    given(*REFERRING, ACCEPTED | {"answer": "declined"}).when(WITHDRAWN).refuses("already_done")
    given(*REFERRING, ACCEPTED, SPECIALIST_STARTED).when(WITHDRAWN).refuses("not_applicable")


def test_help_starts_unless_it_was_declined_and_ends_after_it_started() -> None:
    """Each once, in this order."""
    given(*REFERRING).when(SPECIALIST_STARTED).records()
    given(*REFERRING, ACCEPTED | {"answer": "declined"}).when(SPECIALIST_STARTED).refuses("not_applicable")
    given(*REFERRING, ACCEPTED).when(ENDED).refuses("not_applicable")
    known = given(*REFERRING, ACCEPTED, SPECIALIST_STARTED)
    known.when(at(SPECIALIST_STARTED, "2026-01-27T10:00")).refuses("already_done")
    ended = known.and_(ENDED)
    ended.when(at(ENDED, "2026-02-03T10:00")).refuses("already_done")
    ended.when(at(SPECIALIST_STARTED, "2026-02-03T10:00")).refuses("already_done")


def test_a_referral_goes_on_after_the_episode_is_closed() -> None:
    """What was sent is still answered, started and ended."""
    known = given(*REFERRING, ACCEPTED, CLOSED)
    known = known.and_(at(SPECIALIST_STARTED, "2026-02-05T10:00"), at(ENDED, "2026-03-05T10:00"))
    assert state(known) == "ended"


def test_help_by_another_route_has_started_when_it_becomes_known() -> None:
    """It is not answered or started again, and may end."""
    said = EXAMPLES["register_external_referral"].said
    known = given(OPENED, STARTED, LEAD, said)
    assert state(known, "x-1") == "started"
    later = {"referral": "x-1", "by": by(JGT)}
    known.when(at(ACCEPTED, "2026-02-03T10:00", **later)).refuses("already_done")
    known.when(at(SPECIALIST_STARTED, "2026-02-03T10:00", **later)).refuses("already_done")
    known.when(at(WITHDRAWN, "2026-02-03T10:00", **later)).refuses("not_applicable")
    known.when(at(ENDED, "2026-02-03T10:00", **later)).records()


def test_registry_and_coordinator_register_it() -> None:
    """Nobody else, and a coordinator only in the own municipality."""
    said = EXAMPLES["register_external_referral"].said
    given(OPENED).when(said | {"by": by(REGISTRY)}).records()
    given(OPENED).when(said | {"by": by(COORDINATOR)}).records()
    given(OPENED).when(said | {"by": by(COORDINATOR) | {"organisation": "GM0001"}}).refuses("not_related")
    given(OPENED, STARTED, LEAD).when(said | {"by": by(JGT)}).refuses("role_not_permitted")


def test_an_order_ends_once_and_where_it_began() -> None:
    """Another institution does not end it."""
    known = given(OPENED, ORDERED)
    known.when(ORDER_ENDED | {"institution": "gi-oost"}).refuses("not_applicable")
    known.and_(ORDER_ENDED).when(at(ORDER_ENDED, "2026-02-03T10:00")).refuses("already_done")
