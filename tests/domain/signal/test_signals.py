"""A signal: raised, told, picked up once, and ended once, with or without help."""

import pytest

from domain.trajectory import due, state
from domain.trajectory.signal import SignalPickedUp, SignalSettled
from tests.domain.given import Given, at, given, instant
from tests.examples import (
    COACH,
    COORDINATOR,
    EXAMPLES,
    FATHER,
    MOTHER,
    MOTHER_KNOWN,
    OPENED,
    SECOND_COACH,
    SIGNALLED,
    TEACHER,
    YOUTH,
    by,
    says,
)

PICK_UP = EXAMPLES["pick_up_signal"].said
SETTLE = EXAMPLES["settle_signal"].said
JOS = {"id": "ab-1", "role": "ambulatory_supervisor", "organisation": "cello"}
TO_JGT = SIGNALLED | {"programme": "jgt"}
JGT_STARTED = EXAMPLES["start_episode"].said | {"signal": "s-1"}


def signal(known: Given) -> state.Signal:
    return known.child.signals["s-1"]


@pytest.mark.parametrize("when", ["2026-02-05T10:00", "2026-01-25T10:00"])
def test_a_signal_is_picked_up_once(when: str) -> None:
    """Not again later, and not by an entry that is backdated to before."""
    known = given(OPENED, SIGNALLED).when(PICK_UP).records(SignalPickedUp)
    known.when(at(PICK_UP, when, by=by(SECOND_COACH))).refuses("already_done")
    assert signal(known).picked_up == (instant(PICK_UP["at"]), COACH)


@pytest.mark.parametrize("when", ["2026-02-05T10:00", "2026-01-25T10:00"])
def test_a_signal_is_settled_once(when: str) -> None:
    """Over all that is known."""
    known = given(OPENED, SIGNALLED).when(SETTLE).records(SignalSettled)
    known.when(at(SETTLE, when, outcome="passed_on")).refuses("already_done")


@pytest.mark.parametrize("when", ["2026-02-05T10:00", "2026-01-08T10:00"])
def test_a_signal_of_which_an_episode_came_is_not_settled(when: str) -> None:
    """settle_signal: no episode came of it."""
    jgt = {"id": "jgt-1", "role": "jgt_consultant", "organisation": "jgt-leiden"}
    given(OPENED, TO_JGT, JGT_STARTED).when(at(SETTLE, when, by=jgt)).refuses("already_done")


def test_a_signal_is_open_until_it_is_settled_or_help_starts() -> None:
    """From its own instant on."""
    settled = signal(given(OPENED, SIGNALLED, SETTLE))
    helped = signal(given(OPENED, TO_JGT, JGT_STARTED))
    assert not settled.open_at(instant("2026-01-06T14:59"))
    assert settled.open_at(instant("2026-01-06T15:00"))
    assert settled.open_at(instant("2026-02-02T09:59"))
    assert not settled.open_at(instant("2026-02-02T10:00"))
    assert not helped.open_at(instant("2026-01-12T10:00"))


def test_who_raises_it_is_informed() -> None:
    """A mother who raises a signal knows of it, beside who is ticked; a teacher is no person of the family."""
    known = given(OPENED, MOTHER_KNOWN)
    said = SIGNALLED | {"by": by(MOTHER)}
    assert {each.person for each in known.and_(said).child.grounds.informed} == {"g-m", "youth"}
    assert {each.person for each in known.and_(SIGNALLED).child.grounds.informed} == {"youth"}
    known.when(said | {"by": by(YOUTH)}).records()
    known.when(said | {"by": by(FATHER)}).refuses("not_related")


def test_explaining_and_informing_inform() -> None:
    """From their instants on."""
    known = given(OPENED, MOTHER_KNOWN, SIGNALLED, EXAMPLES["inform"].said)
    assert known.child.grounds.informed_at["g-m"] == instant("2026-02-02T10:00")
    known = known.and_(EXAMPLES["explain_approach"].said)
    assert known.child.grounds.informed_at["g-m"] == instant("2026-01-09T16:00")


@pytest.mark.parametrize(
    "changes",
    [
        {"concerns": ["vandalism"]},
        {"concerns": []},
        {"checklist": {"id": "other", "answers": {}}},
        {"checklist": {"id": "signaling", "answers": {"sleeps": True}}},
    ],
)
def test_an_unknown_code_is_invalid(changes: dict[str, object]) -> None:
    """Concerns and checklist items are data, not free text."""
    given(OPENED).when(SIGNALLED | changes).is_invalid()


def test_only_who_carries_the_programme_picks_up_or_settles() -> None:
    """Or the coordinator of the municipality."""
    for said in (PICK_UP, SETTLE):
        known = given(OPENED, SIGNALLED)
        known.when(said | {"by": by(TEACHER)}).refuses("role_not_permitted")
        known.when(said | {"by": JOS}).refuses("role_not_permitted")
        known.when(said | {"by": by(COORDINATOR)}).records()
        known.when(said | {"by": by(COORDINATOR) | {"organisation": "GM9999"}}).refuses("not_related")


def test_a_signal_to_jos_is_to_be_picked_up_within_seven_days() -> None:
    """Due on the seventh day, late from the day after; it can still be picked up, and then is due no more."""
    known = given(OPENED, SIGNALLED | {"programme": "jos"})

    def overdue(when: str) -> list[int]:
        child, asked = known.as_of(when), instant(when)
        rows = due.signal_due(child.signals["s-1"], asked)
        return [each.days_late(due.local_day(asked)) for each in rows]

    assert overdue("2026-01-13T23:59") == [0]
    assert overdue("2026-01-14T00:00") == [1]
    assert overdue("2026-01-20T10:00") == [7]
    known = known.when(at(PICK_UP, "2026-01-20T10:00", by=JOS)).records()
    assert overdue("2026-01-20T10:00") == []
    assert overdue("2026-01-19T10:00") == [6]
    assert due.picked_up_late_days(signal(known)) == 7


def test_other_programmes_have_no_term_for_picking_up() -> None:
    """Never an error, and not overdue."""
    known = given(OPENED, SIGNALLED)
    assert list(due.signal_due(signal(known), instant("2026-04-01"))) == []
    assert due.picked_up_late_days(signal(known)) is None


def test_a_settled_signal_is_not_overdue() -> None:
    """Nobody need pick it up any more."""
    settled = says("settle_signal", COORDINATOR, "01-10 10:00", signal="s-1", outcome="passed_on")
    known = given(OPENED, SIGNALLED | {"programme": "jos"}, settled)
    assert list(due.signal_due(signal(known), instant("2026-02-01"))) == []


def test_help_does_not_start_from_a_settled_signal() -> None:
    """A signal is settled only where no episode came of it: not both."""
    settled = at(EXAMPLES["settle_signal"].said, "2026-01-08T10:00")
    start = EXAMPLES["start_episode"].said | {"signal": "s-1"}
    given(OPENED, SIGNALLED, settled).when(start).refuses("already_done")


def test_an_episode_is_not_started_from_a_signal_that_has_one() -> None:
    """The signal's first episode is forgotten when a second one names it."""
    first = EXAMPLES["start_episode"].said | {"signal": "s-1"}
    second = at(
        first,
        "2026-01-14T10:00",
        episode="e-2",
        programme="preventie_plus",
        by={"id": "smw-1", "role": "school_social_worker", "organisation": "kwadraad"},
    )
    outcome = given(OPENED, SIGNALLED, first).when(second)
    assert outcome.after.child.signals["s-1"].episode == (instant("2026-01-12T10:00"), "e-1")
