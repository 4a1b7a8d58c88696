"""A correction does not turn what an entry points at, and an approval approves only what it names."""

from tests.domain.given import at, given
from tests.examples import (
    AUDITOR,
    COACH,
    CONSENTED,
    COUNSELLOR,
    EXAMPLES,
    FATHER_KNOWN,
    MOTHER_KNOWN,
    OPENED,
    REVEAL_REQUESTED,
    TEACHER,
    by,
    says,
)

TRANSFERRED = EXAMPLES["transfer_lead"].said
FOLLOWED_UP = EXAMPLES["hold_follow_up"].said
PIT_LEAD = says("assign", COACH, "01-12 11:00", episode="e-1", professional=by(COACH), team_role="lead")


def test_the_reference_of_a_consent_cannot_change() -> None:
    """`consent` is named as a reference on the page."""
    corrected = says("correct_entry", COUNSELLOR, "02-05 10:00", entry=3, changes={"consent": "c-other"})
    given(OPENED, MOTHER_KNOWN, CONSENTED).when(corrected).is_invalid("changes.consent")


def test_an_approved_reveal_cannot_be_turned_to_another_disclosure() -> None:
    """The dpo approved one disclosure; the auditor who asked corrects the request and would see another."""
    approved = EXAMPLES["approve_reveal"]
    turned = says("correct_entry", AUDITOR, "02-05 10:00", entry=2, changes={"disclosure": "99:1"})
    outcome = given(*approved.story).when(turned)
    assert [each.disclosure for each in outcome.after.child.grounds.reveals] == ["41:1"]


def test_an_approval_that_names_another_disclosure_approves_none() -> None:
    """The dpo writes which disclosure they let be seen; it is not the one that was asked for."""
    approval = EXAMPLES["approve_reveal"].said | {"disclosure": "99:1"}
    outcome = given(OPENED, REVEAL_REQUESTED).when(approval)
    assert outcome.after.child.grounds.reveals == ()
    outcome.refuses("not_applicable")


def test_a_confirmation_cannot_be_turned_to_another_entry() -> None:
    """Else an author confirms their own entry by correcting what they confirmed of somebody else."""
    lost = EXAMPLES["change_authority"].said
    own = at(lost, "2026-01-21T10:00", by=by(TEACHER), has_authority=True)
    confirmed = says("confirm_entry", TEACHER, "02-02 10:00", entry=3)
    turned = says("correct_entry", TEACHER, "02-03 10:00", entry=5, changes={"entry": 4})
    outcome = given(OPENED, MOTHER_KNOWN, lost, own, confirmed).when(turned)
    assert outcome.after.child.confirmed == {3}


def test_a_consent_reference_belongs_to_one_person_whatever_was_retracted() -> None:
    """Unique per kind within the child, and given again only by its person; a name stays taken (References)."""
    retracted = says("retract_entry", COUNSELLOR, "01-12 10:00", entry=4, reason="Verkeerd.")
    of_father = at(CONSENTED, "2026-01-13T10:00", person="g-f")
    given(OPENED, MOTHER_KNOWN, FATHER_KNOWN, CONSENTED, retracted).when(of_father).refuses("reference_in_use")
