"""What the family asks about the file, what must be kept, and erasure."""

from typing import Any

import pytest

from domain.trajectory import retention
from domain.trajectory.request import Erased, RequestDecided, RequestMade
from tests.domain import spec
from tests.domain.given import at, given, instant
from tests.examples import (
    ERASURE_GRANTED,
    ERASURE_REQUESTED,
    EXAMPLES,
    FATHER,
    FATHER_KNOWN,
    FATHER_WITHOUT_AUTHORITY,
    HELD,
    HELPED,
    MOTHER_KNOWN,
    OPENED,
    OPENED_AT_13,
    SIGNALLED,
    TEACHER,
    YOUTH,
    by,
)

ERASE = EXAMPLES["erase"].said
LIFTED = EXAMPLES["lift_legal_hold"].said
BASE = (OPENED, MOTHER_KNOWN, ERASURE_REQUESTED)


def asked(who: Any, request: str = "q-2", **changes: Any) -> dict[str, Any]:
    return ERASURE_REQUESTED | {"by": by(who), "person": who.id, "request": request} | changes


def test_one_asks_for_oneself() -> None:
    """A professional writes down what the mother asks; the father does not ask in her name."""
    known = given(OPENED, MOTHER_KNOWN, FATHER_KNOWN)
    known.when(ERASURE_REQUESTED | {"by": by(TEACHER)}).records(RequestMade)
    known.when(ERASURE_REQUESTED | {"by": by(FATHER)}).refuses("no_standing")
    known.when(ERASURE_REQUESTED | {"by": by(YOUTH)}).refuses("no_standing")
    known.when(ERASURE_REQUESTED | {"by": {"id": "g-x", "role": "guardian", "organisation": "family"}}).refuses(
        "not_related"
    )


def test_under_twelve_all_guardians_with_authority_ask() -> None:
    """One of two is not enough to grant it; to refuse it, it is; who has no authority is not waited for."""
    refused = ERASURE_GRANTED | {"decision": "refused"}
    known = given(*BASE, at(FATHER_KNOWN, "2026-01-06T10:00"))
    known.when(ERASURE_GRANTED).refuses("consent_missing", "g-f")
    known.when(refused).records(RequestDecided)
    known.and_(asked(FATHER, kind="copy")).when(ERASURE_GRANTED).refuses("consent_missing")
    known.and_(asked(FATHER)).when(ERASURE_GRANTED).records(RequestDecided)
    given(*BASE, at(FATHER_WITHOUT_AUTHORITY, "2026-01-06T10:00")).when(ERASURE_GRANTED).records()


def test_from_twelve_one_request_is_enough() -> None:
    """The youth of 13 asks alone."""
    known = given(OPENED_AT_13, MOTHER_KNOWN, FATHER_KNOWN, asked(YOUTH, "q-1"))
    known.when(ERASURE_GRANTED).records(RequestDecided)


def test_a_request_is_decided_once() -> None:
    """Granted or refused."""
    for decision in ("granted", "refused"):
        known = given(*BASE, ERASURE_GRANTED | {"decision": decision})
        known.when(at(ERASURE_GRANTED, "2026-01-25T10:00")).refuses("already_done")


@pytest.mark.parametrize("changes", [None, {"decision": "refused"}], ids=["undecided", "refused"])
def test_nothing_is_erased_without_a_granted_request(changes: dict[str, str] | None) -> None:
    """Asked is not granted."""
    known = given(*BASE) if changes is None else given(*BASE, ERASURE_GRANTED | changes)
    known.when(ERASE).refuses("not_granted")
    known.when({name: value for name, value in ERASE.items() if name != "request"}).refuses("not_granted")


def test_a_granted_request_of_another_kind_erases_nothing() -> None:
    """A copy is not an erasure."""
    known = given(OPENED, MOTHER_KNOWN, ERASURE_REQUESTED | {"kind": "copy"}, ERASURE_GRANTED)
    known.when(ERASE).refuses("not_granted")


def test_a_legal_hold_beats_a_granted_request() -> None:
    """While it is there; two holds are lifted each."""
    known = given(*BASE, ERASURE_GRANTED, HELD, HELD | {"hold": "h-2"})
    known.when(ERASE).refuses("legal_hold")
    one = known.and_(at(LIFTED, "2026-01-30T10:00"))
    one.when(ERASE).refuses("legal_hold")
    one.and_(at(LIFTED, "2026-01-30T11:00", hold="h-2")).when(ERASE).records(Erased)


def test_a_hold_is_lifted_once() -> None:
    """There is nothing more to lift."""
    given(OPENED, HELD, LIFTED).when(at(LIFTED, "2026-02-03T10:00")).refuses("already_done")


def test_a_hold_beats_the_end_of_the_retention_term() -> None:
    """What must be kept is kept, however long."""
    bare = {name: value for name, value in ERASE.items() if name != "request"}
    given(*HELPED, HELD).when(at(bare, "2050-01-01T10:00")).refuses("legal_hold")


def ends(*said: dict[str, Any]) -> str | None:
    end = retention.ends_at(given(*said).child)
    return end.isoformat() if end else None


def test_the_retention_term_is_counted_from_the_last_fact() -> None:
    """Twenty years where help was given, one year for a signal of which none came."""
    years = spec.CODES["retention_years"]
    assert (years["jeugdwet"], years["wgbo"], years["signal_only"]) == (20, 20, 1)
    assert ends(*HELPED) == "2046-01-11T23:00:00+00:00"
    assert ends(HELPED[0] | {"regime": "wgbo"}, *HELPED[1:]) == "2046-01-11T23:00:00+00:00"
    assert ends(OPENED, SIGNALLED) == "2027-01-05T23:00:00+00:00"
    assert ends(HELPED[0] | {"regime": "education"}, *HELPED[1:]) is None


def test_after_the_term_it_is_erased_without_a_request() -> None:
    """Not a second before."""
    bare = {name: value for name, value in ERASE.items() if name != "request"}
    known = given(*HELPED)
    end = instant("2046-01-12T00:00")
    known.when(at(bare, end)).records(Erased)
    known.when(at(bare, "2046-01-11T23:59:59")).refuses("not_granted")


def test_a_fact_entered_late_does_not_shorten_the_term() -> None:
    """The last that happened counts, not the last that was entered."""
    late = at(EXAMPLES["change_school"].said, "2026-01-06T10:00")
    assert ends(*HELPED, late) == ends(*HELPED)


def test_erased_is_over() -> None:
    """Nothing is known of the child any more, and nothing is done."""
    known = given(*EXAMPLES["erase"].story)
    assert known.history.erased
    assert known.child.grounds.erased
    assert known.child.guardians == ()
    known.when(MOTHER_KNOWN | {"guardian": "g-2"}).refuses("erased")


def test_nothing_is_erased_before_it_was_granted() -> None:
    """An action must be allowed at its own instant: granted on the 22nd, not erased as of the 21st."""
    given(*EXAMPLES["erase"].after).when(at(EXAMPLES["erase"].said, "2026-01-21T10:00")).refuses("not_granted")
