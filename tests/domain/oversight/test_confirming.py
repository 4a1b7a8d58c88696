"""Evidence is looked at by another person, once; an auditor sees one disclosure after the dpo approved it."""

from typing import Any

import pytest

from domain.trajectory.oversight import EntryConfirmed, RevealApproved
from tests.domain import spec
from tests.domain.given import at, given
from tests.examples import AUDITOR, COACH, COUNSELLOR, EXAMPLES, MOTHER_KNOWN, OPENED, TEACHER, by, says

APPROVE = EXAMPLES["approve_reveal"].said


def confirms(entry: int, who: Any = TEACHER, day: int = 5) -> dict[str, Any]:
    return says("confirm_entry", who, f"02-{day:02} 10:00", entry=entry)


@pytest.mark.parametrize("name", spec.CODES["looked_at"])
def test_an_entry_of_the_list_is_confirmed_once_and_by_another(name: str) -> None:
    """Not by who made it, nor in another role; somebody related."""
    known = given(*EXAMPLES[name].story)
    entry, author = known.entry, EXAMPLES[name].said["by"]
    known.when(confirms(entry) | {"by": author}).refuses("role_not_permitted")
    known.when(confirms(entry) | {"by": author | {"role": "teacher"}}).refuses("role_not_permitted")
    known.when(confirms(entry, COACH)).refuses("not_related")
    confirmed = known.when(confirms(entry)).records(EntryConfirmed, entry=entry)
    assert confirmed.child.confirmed == {entry}
    confirmed.when(confirms(entry, COUNSELLOR if author["id"] != COUNSELLOR.id else TEACHER, 6)).refuses("already_done")


@pytest.mark.parametrize("name", ["add_guardian", "raise_signal", "start_episode", "place_legal_hold"])
def test_other_entries_are_not_confirmed(name: str) -> None:
    """There is nothing to look at."""
    known = given(*EXAMPLES[name].story)
    other = TEACHER if EXAMPLES[name].said["by"]["id"] != TEACHER.id else COUNSELLOR
    known.when(confirms(known.entry, other)).refuses("not_applicable")


def test_what_needs_confirming_stands_at_once() -> None:
    """A mother who lost authority today is not asked today."""
    known = given(OPENED, MOTHER_KNOWN, EXAMPLES["change_authority"].said)
    assert known.child.confirmed == frozenset()
    said = at(EXAMPLES["give_consent"].said, "2026-01-21T10:00")
    known.when(said).refuses("no_standing")


def test_a_reveal_is_approved_once_by_the_dpo() -> None:
    """The auditor does not approve their own request."""
    known = given(*EXAMPLES["approve_reveal"].after)
    known.when(APPROVE | {"by": by(AUDITOR)}).refuses("role_not_permitted")
    approved = known.when(APPROVE).records(RevealApproved)
    approved.when(at(APPROVE, "2026-02-03T10:00")).refuses("already_done")
    (reveal,) = approved.child.grounds.reveals
    assert (reveal.disclosure, reveal.auditor) == ("41:1", AUDITOR)


def test_one_approval_approves_one_request() -> None:
    """Two requests, two approvals."""
    second = at(EXAMPLES["request_reveal"].said, "2026-01-21T10:00", reveal="rv-2", disclosure="52:1")
    known = given(*EXAMPLES["approve_reveal"].story, second)
    assert [each.disclosure for each in known.child.grounds.reveals] == ["41:1"]
    known.when(at(APPROVE, "2026-02-03T10:00", reveal="rv-2", disclosure="52:1")).records()
