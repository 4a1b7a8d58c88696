"""Sessions within a budget: five, then ten or fifteen, over all that is known and at each session's own instant."""

from typing import Any

import pytest

from domain.trajectory.support import SessionHeld, SessionsExtended
from tests.domain.given import Given, at, given
from tests.examples import (
    CONSENTED,
    EXAMPLES,
    HELPED,
    MOTHER_KNOWN,
    OPENED,
    PLUS_LEAD,
    PLUS_STARTED,
    REFERRED,
    SOCIAL_WORKER,
    by,
    says,
)

PLUS = (OPENED, MOTHER_KNOWN, CONSENTED, PLUS_STARTED, PLUS_LEAD)
REASON = "Kind stond overstuur voor de deur."


def session(day: int, hour: int = 10, **changes: Any) -> dict[str, Any]:
    """A talk with the child, on a day of February."""
    return (
        says("hold_session", SOCIAL_WORKER, f"02-{day:02} {hour}:00", episode="e-1", form="child_talk", minutes=30)
        | changes
    )


def sessions(*days: int) -> list[dict[str, Any]]:
    return [session(day) for day in days]


def extension(day: int, to: int = 10) -> dict[str, Any]:
    return at(EXAMPLES["extend_sessions"].said, f"2026-02-{day:02}T12:00", to=to)


def helped(*days: int) -> Given:
    return given(*PLUS, *sessions(*days))


def test_the_fifth_is_held_and_the_sixth_is_not() -> None:
    """Preventie Plus has five sessions."""
    helped(2, 3, 4, 5).when(session(6)).records(SessionHeld).when(session(7)).refuses("budget_exhausted")


def test_after_an_extension_there_are_ten_and_then_fifteen() -> None:
    """The sixth to the tenth, and no eleventh until it is extended again."""
    known = helped(2, 3, 4, 5, 6).and_(extension(6), *sessions(7, 8, 9, 10, 11))
    known.when(session(12)).refuses("budget_exhausted")
    known.and_(extension(12, 15), *sessions(13, 14, 15, 16, 17)).when(session(18)).refuses("budget_exhausted")


def test_a_walk_in_counts() -> None:
    """A walk-in takes one of the five."""
    helped(2, 3, 4).and_(session(5, form="walk_in")).and_(session(6)).when(session(7)).refuses("budget_exhausted")


def test_bridging_does_not_count_and_asks_no_place() -> None:
    """After a referral, waiting for other help is bridged outside the budget."""
    consent = at(
        CONSENTED,
        "2026-01-20T10:00",
        consent="c-ref",
        scope={"purposes": ["referral"], "categories": ["signal", "plan"], "recipients": ["org:jeugd-ggz-rijnland"]},
    )
    referred = REFERRED | {"by": by(SOCIAL_WORKER)}
    known = given(*PLUS, consent, at(referred, "2026-01-20T11:00"), *sessions(2, 3, 4, 5, 6))
    known.when(session(7, form="bridging")).records(SessionHeld).when(session(8)).refuses("budget_exhausted")


def test_bridging_is_only_after_a_referral() -> None:
    """There is nothing to bridge to."""
    helped().when(session(2, form="bridging")).refuses("not_applicable")


def test_a_backdated_sixth_does_not_slip_in() -> None:
    """Entered later, held earlier: it would still be the sixth of five."""
    helped(3, 4, 5, 6, 7).when(session(2)).refuses("budget_exhausted")


def test_a_backdated_session_that_fits_is_held() -> None:
    """The fifth, wherever it comes in the order."""
    helped(3, 4, 6, 7).when(session(5)).records(SessionHeld)


def test_a_backdated_session_does_not_push_a_later_one_out() -> None:
    """Ten of ten were held; one more before them makes the last the eleventh."""
    known = helped(3, 4, 5, 6).and_(extension(7), *sessions(8, 9, 10, 11, 12, 13))
    known.when(session(2)).refuses("budget_exhausted")


def test_a_session_before_the_extension_has_the_budget_of_its_own_instant() -> None:
    """Five were held when there were five; the extension of later does not reach back."""
    known = helped(2, 3, 4, 5, 6).and_(extension(8))
    known.when(session(7)).refuses("budget_exhausted")
    known.when(session(9)).records(SessionHeld)


def test_an_extension_entered_late_holds_from_its_own_instant() -> None:
    """What was decided on the sixth counts from the sixth, whenever it is entered."""
    known = helped(2, 3, 4, 5, 6)
    known.when(session(8)).refuses("budget_exhausted")
    late = known.when(extension(7), now="2026-02-20T10:00").records(SessionsExtended)
    late.when(session(8), now="2026-02-20T11:00").records(SessionHeld)


def test_two_at_one_instant_are_two() -> None:
    """The same minute does not make them one."""
    helped(2, 3, 4).and_(session(5), session(5, minutes=31)).when(session(5, minutes=32)).refuses("budget_exhausted")


def test_an_irregular_session_takes_a_place_but_is_not_asked_again() -> None:
    """The sixth was held all the same; afterwards ten are ten."""
    known = helped(2, 3, 4, 5, 6)
    known = known.when(session(7, irregular=REASON, summary="Er was geen ander.")).records(SessionHeld)
    known.when(session(8)).refuses("budget_exhausted")
    extended = known.and_(extension(9), *sessions(10, 11, 12, 13))
    extended.when(session(14)).refuses("budget_exhausted")


def test_an_irregular_session_stays_irregular_when_one_is_entered_before_it() -> None:
    """A regular one that fits before it is not refused because of it."""
    known = helped(2, 3, 4, 5).and_(session(10), session(11, irregular=REASON))
    known.when(session(6)).refuses("budget_exhausted")
    fewer = given(*PLUS, *sessions(2, 3, 4, 5, 6), session(11, irregular=REASON), extension(12))
    fewer.when(session(7)).refuses("budget_exhausted")
    fewer.when(session(13)).records(SessionHeld)


def test_a_retracted_session_gives_its_place_back() -> None:
    """What did not happen takes no place."""
    known = helped(2, 3, 4, 5, 6)
    retraction = says("retract_entry", SOCIAL_WORKER, "02-07 10:00", entry=known.entry, reason="Ging niet door.")
    known.and_(retraction).when(session(8)).records(SessionHeld)


def test_other_programmes_have_no_budget() -> None:
    """As long as needed."""
    known = given(*HELPED)
    for day in range(3, 23):
        known = known.and_(at(EXAMPLES["hold_session"].said, f"2026-02-{day:02}T10:00"))
    assert len(known.child.episodes["e-1"].sessions) == 20


@pytest.mark.parametrize(("before", "to"), [(None, 4), (None, 5), (None, 6), (None, 20), (10, 10), (10, 5), (15, 15)])
def test_sessions_extend_only_to_a_later_step(before: int | None, to: int) -> None:
    """Ten or fifteen, and only upwards."""
    known = helped().and_(*([extension(2, before)] if before else []))
    known.when(extension(3, to)).refuses("not_a_step")


def test_they_may_extend_to_fifteen_at_once() -> None:
    """One of the later steps, not the next one."""
    helped().when(extension(2, 15)).records(SessionsExtended, to=15)


def test_where_there_is_no_budget_nothing_is_extended() -> None:
    """There is no step to go to."""
    said = EXAMPLES["extend_sessions"].said | {"by": HELPED[-1]["by"]}
    given(*HELPED).when(said).refuses("not_a_step")
