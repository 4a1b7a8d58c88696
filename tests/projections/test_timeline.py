"""What happened, entry by entry: what is denied is left out, the rest stands in its order."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from api.main import App
from consent_policy.grounds import Actor
from domain.trajectory.plan import PlanAgreed
from projections.timeline import TIMELINE, items_of
from tests.api.given import done, facts_of
from tests.examples import AUDITOR, COACH, COORDINATOR, COUNSELLOR, FATHER, MOTHER, NOW, TEACHER, by, session
from tests.projections.seen import frame, history_of


def entries(app: App, viewer: Actor, **narrowed: Any) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = TIMELINE.build(frame(app, viewer, **narrowed)).body["entries"]
    return shown


def test_exactly_the_entries_that_are_permitted_are_shown(pit: App) -> None:
    """Each is decided for itself: one more or one less would be a wrong decision of the view."""
    for viewer in (COACH, TEACHER, COUNSELLOR, MOTHER, COORDINATOR, AUDITOR):
        one = frame(pit, viewer)
        history = history_of(pit)
        expected = [each.entry for each in history.entries if all(one.lens.sees(item) for item in items_of(one, each))]
        assert [each["entry"] for each in TIMELINE.build(one).body["entries"]] == expected
        assert 0 < len(expected) <= len(history.entries)


def test_entries_of_an_episode_that_one_is_not_on_are_left_out(pit: App) -> None:
    """The coach is on the team of both; of e-1, which was closed when consent ended, nothing is shown any more."""
    shown = {each["fields"].get("episode") for each in entries(pit, COACH) if each["category"] == "session"}
    assert shown == {"e-2"}


def test_entries_stand_in_order_of_occurrence(pit: App) -> None:
    """One that is entered late stands where it happened, under its later number."""
    done(pit, session(at="2026-03-05T11:00:00+01:00"))
    shown = [datetime.fromisoformat(each["at"]) for each in entries(pit, COACH)]
    assert shown == sorted(shown)
    late = next(each for each in entries(pit, COACH) if each["at"] == "2026-03-05T11:00:00+01:00")
    assert late["entry"] == max(each["entry"] for each in entries(pit, COACH))


def test_as_of_shows_what_had_happened_by_then(pit: App) -> None:
    """At its very instant an entry has happened."""
    at = datetime(2026, 3, 11, 10, tzinfo=UTC)
    shown = entries(pit, COACH, as_of=at)
    assert datetime.fromisoformat(shown[-1]["at"]) == at
    assert len(shown) < len(entries(pit, COACH))


def test_as_known_then_shows_what_was_recorded_by_then(pit: App) -> None:
    """Permission is decided on all that is known now; content on what was known then."""
    history = history_of(pit)
    known = history.upto(history.version - 1)
    assert len(entries(pit, MOTHER, known=known)) == len(entries(pit, MOTHER)) - 1


def test_codes_are_shown_without_text(pit: App) -> None:
    """A coordinator sees who started what and when, and evidence and texts not."""
    shown = entries(pit, COORDINATOR)
    assert {each["category"] for each in shown} == {"episode", "consent"}
    assert all("evidence" not in each["fields"] and "reason" not in each["fields"] for each in shown)
    consent = next(each for each in shown if each["what"] == "consent-given")
    assert consent["fields"]["scope"]["purposes"] == ["care"]


def test_an_entry_that_is_withheld_is_left_out_for_whom_it_is_withheld_from(pit: App) -> None:
    """The rest is shown, and nobody else misses it."""
    (plan,) = facts_of(pit, PlanAgreed)
    before = [each["entry"] for each in entries(pit, MOTHER)]
    done(pit, withheld(plan.entry, ["g-m"]))
    after = [each["entry"] for each in entries(pit, MOTHER)]
    assert plan.entry in before
    assert set(before) - set(after) == {plan.entry}
    assert plan.entry in [each["entry"] for each in entries(pit, FATHER)]


def withheld(entry: int, guardians: list[str]) -> dict[str, Any]:
    said = {"entry": entry, "from": guardians, "reason": "Schaadt het kind, zegt het team."}
    return {"action": "withhold_entry", "at": "2026-04-29T10:00:00Z", "by": by(COACH), "trajectory": "t-pit-1", **said}


def test_a_retracted_entry_is_not_shown_and_a_corrected_one_as_corrected(pit: App) -> None:
    """What was said first stays in the log only."""
    done(pit, session(summary="Kikkerpraat."))
    entry = history_of(pit).version
    correction = {"action": "correct_entry", "entry": entry, "changes": {"summary": "Rustig gepraat."}}
    retraction = {"action": "retract_entry", "entry": entry, "reason": "Ander kind."}
    envelope = {"at": "2026-04-29T10:00:00Z", "by": by(COACH), "trajectory": "t-pit-1"}
    done(pit, correction | envelope)
    shown = next(each for each in entries(pit, COACH) if each["entry"] == entry)
    assert shown["fields"]["summary"] == "Rustig gepraat."
    assert "Kikkerpraat." not in json.dumps(entries(pit, COACH))
    done(pit, retraction | envelope | {"at": "2026-04-29T11:00:00Z"})
    assert entry not in [each["entry"] for each in entries(pit, COACH)]


@pytest.mark.parametrize("viewer", [MOTHER, FATHER])
def test_contact_details_of_another_guardian_are_left_out(pit: App, viewer: Actor) -> None:
    """Each sees where they live themselves."""
    shown = [each for each in entries(pit, viewer) if each["what"] == "guardian-added"]
    assert [each["fields"]["guardian"] for each in shown] == [viewer.id]


def test_a_talk_with_another_guardian_alone_is_left_out(pit: App) -> None:
    """A talk with both, or with the school too, is not."""
    talks = [["g-f"], ["g-f", "g-m"], ["g-f", "school"], []]
    for number, persons in enumerate(talks):
        done(pit, session(at=f"2026-04-2{number}T11:00:00+02:00", form="guardian_talk", **{"with": persons}))
    first = history_of(pit).version - len(talks) + 1
    shown = {each["entry"] for each in entries(pit, MOTHER)}
    assert [first + number in shown for number in range(4)] == [False, True, True, True]


def test_the_lens_decides_on_what_is_known_now(pit: App) -> None:
    """The frame's lens has the grounds of everything, also where the history is cut."""
    one = frame(pit, COACH, known=history_of(pit).upto(5))
    assert len(one.lens.grounds.statements) > len(one.history.latest.grounds.statements)
    assert one.lens.instant == NOW
