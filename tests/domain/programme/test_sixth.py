"""A municipality adds its own programme by adding a file; an episode keeps the version that it started under."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from consent_policy.grounds import Actor
from domain.contact import ContactHeld, HoldContact
from domain.contact import decide as decide_contact
from domain.programme import ProgrammeFileError, Programmes, load
from domain.trajectory import due
from domain.trajectory.episode import EpisodeClosed, EpisodeStarted
from domain.trajectory.signal import SignalRaised
from domain.trajectory.support import SessionHeld
from tests.domain.given import Given, at, given, instant, receipt_of
from tests.examples import CONSENTED, EXAMPLES, MOTHER_KNOWN, NOW, OPENED, SIGNALLED, by, says

SIXTH = """
id = "schoolmaat"
version = 1
name = "Schoolmaat"
place = "Verzonnen"
carried_by = ["youth_nurse"]
organisations = ["ggd-verzonnen"]
team_roles = ["lead", "member"]
pick_up_days = 3
contacts = ["walk_in"]
follow_up_days = [30]

[sessions]
budget = 2
steps = [4]

[plan]
parts = ["care"]
"""
NURSE = Actor("jv-1", "youth_nurse", "ggd-verzonnen")
OTHER_NURSE = Actor("jv-2", "youth_nurse", "ggd-elders")

RAISED = SIGNALLED | {"programme": "schoolmaat"}
PICKED_UP = says("pick_up_signal", NURSE, "01-08 10:00", signal="s-1")
STARTED = says("start_episode", NURSE, "01-12 10:00", episode="e-1", programme="schoolmaat", signal="s-1")
LEAD = says("assign", NURSE, "01-12 10:05", episode="e-1", professional=by(NURSE), team_role="lead")
CLOSED = says("close_episode", NURSE, "02-10 10:00", episode="e-1", outcome="sufficient")


def session(day: int) -> dict[str, Any]:
    return says("hold_session", NURSE, f"02-{day:02} 10:00", episode="e-1", form="child_talk", minutes=20)


@pytest.fixture
def six(tmp_path: Path) -> Programmes:
    (tmp_path / "schoolmaat.toml").write_text(SIXTH, "utf-8")
    return load(tmp_path)


def helped(programmes: Programmes) -> Given:
    return given(OPENED, MOTHER_KNOWN, CONSENTED, RAISED, PICKED_UP, STARTED, LEAD, programmes=programmes)


def test_it_stands_beside_the_five(six: Programmes) -> None:
    """Nothing but a file was added."""
    assert {each.id for each in six} == {"pit", "preventie_plus", "jgt", "ot", "jos", "schoolmaat"}
    assert len(six.sha256["schoolmaat", 1]) == 64


def test_it_works_from_signal_to_follow_up(six: Programmes) -> None:
    """Raised, picked up, started, helped within its own budget, extended by its own step, closed, followed up."""
    known = helped(six).when(session(2)).records(SessionHeld).and_(session(3))
    known.when(session(4)).refuses("budget_exhausted")
    extension = EXAMPLES["extend_sessions"].said | {"by": by(NURSE)}
    known.when(at(extension, "2026-02-03T12:00", to=10)).refuses("not_a_step")
    known = known.and_(at(extension, "2026-02-03T12:00", to=4), session(4))
    plan = at(EXAMPLES["agree_plan"].said, "2026-02-05T10:00", by=by(NURSE))
    known.when(plan | {"parts": ["education"]}).refuses("plan_incomplete")
    closed = known.and_(plan | {"parts": ["care"]}).when(CLOSED).records(EpisodeClosed)
    assert closed.due("2026-02-11") == [("follow_up", "2026-03-12")]
    assert closed.phase("2026-02-11") == "follow_up"


def test_only_its_organisations_carry_it(six: Programmes) -> None:
    """Another nurse is not related by it, and another role never."""
    known = given(OPENED, RAISED, programmes=six)
    known.when(PICKED_UP | {"by": by(OTHER_NURSE)}).refuses("not_related")
    known.when(STARTED | {"by": by(OTHER_NURSE)}).refuses("not_related")
    known.when(MOTHER_KNOWN | {"at": "2026-01-07T10:00:00+01:00", "by": by(OTHER_NURSE)}).refuses("not_related")
    known.when(MOTHER_KNOWN | {"at": "2026-01-07T10:00:00+01:00", "by": by(NURSE)}).records()
    known.when(PICKED_UP | {"by": by(NURSE) | {"role": "pit_coach"}}).refuses("role_not_permitted")
    started = known.and_(PICKED_UP, STARTED)
    started.when(LEAD | {"professional": by(OTHER_NURSE)}).refuses("role_not_in_programme")


def test_its_own_terms_are_counted(six: Programmes) -> None:
    """Three days to pick up; contacts of its own kind."""
    known = given(OPENED, RAISED, programmes=six)
    rows = list(due.signal_due(known.child.signals["s-1"], instant("2026-01-20")))
    assert [each.due.isoformat() for each in rows] == ["2026-01-09"]
    said = EXAMPLES["hold_contact"].said | {"programme": "schoolmaat", "kind": "walk_in", "by": by(NURSE)}
    action = HoldContact.model_validate(said)
    assert isinstance(decide_contact(action, six, receipt_of(action), NOW), ContactHeld)


def test_a_signal_keeps_the_days_of_the_version_that_it_was_raised_under(tmp_path: Path) -> None:
    """A newer file gives five days; for the signal before it, it stays three, so that looks at it replay."""
    (tmp_path / "schoolmaat-1.toml").write_text(SIXTH, "utf-8")
    before = given(OPENED, RAISED, programmes=load(tmp_path))
    both = _of_versions(tmp_path, 2, 5)
    known = Given(type(before.history)(before.history.stream, both, before.history.recorded))
    later = known.and_(RAISED | {"signal": "s-2"})
    dues = [next(iter(due.signal_due(each, NOW))) for each in later.child.signals.values()]
    assert [each.due.isoformat() for each in dues] == ["2026-01-09", "2026-01-11"]


def test_a_signal_of_before_versions_were_told_keeps_to_the_newest(tmp_path: Path) -> None:
    """As it did when it was raised; where no file describes its programme any more, nothing is due."""
    before = given(OPENED, RAISED, programmes=_of_versions(tmp_path, 2, 5))
    untold = tuple(
        replace(each, fact=each.fact.model_copy(update={"programme_version": None}))
        if isinstance(each.fact, SignalRaised)
        else each
        for each in before.history.recorded
    )
    for programmes, days in ((load(tmp_path), ["2026-01-11"]), (load(), [])):
        child = Given(type(before.history)(before.history.stream, programmes, untold)).child
        assert [each.due.isoformat() for each in due.signal_due(child.signals["s-1"], NOW)] == days


def _of_versions(folder: Path, version: int, days: int) -> Programmes:
    """The sixth programme in one version more, with other days to take up a signal."""
    text = SIXTH.replace("version = 1", f"version = {version}").replace("pick_up_days = 3", f"pick_up_days = {days}")
    (folder / f"schoolmaat-{version}.toml").write_text(text, "utf-8")
    return load(folder)


def test_a_programme_whose_file_is_gone_is_named(tmp_path: Path) -> None:
    """Nothing is made up for what runs under it."""
    (tmp_path / "schoolmaat-1.toml").write_text(SIXTH, "utf-8")
    before = given(OPENED, RAISED, programmes=load(tmp_path))
    known = Given(type(before.history)(before.history.stream, load(), before.history.recorded))
    with pytest.raises(ProgrammeFileError, match="schoolmaat, version 1: no file describes it, and facts name it"):
        _ = known.child


def test_an_episode_keeps_the_version_that_it_started_under(tmp_path: Path) -> None:
    """A newer file has more sessions; the running episode has not, the next one has."""
    newer = SIXTH.replace("version = 1", "version = 2").replace("budget = 2", "budget = 3")
    (tmp_path / "schoolmaat-1.toml").write_text(SIXTH, "utf-8")
    before = helped(load(tmp_path)).and_(session(2), session(3))
    (tmp_path / "schoolmaat-2.toml").write_text(newer, "utf-8")
    both = load(tmp_path)
    known = Given(type(before.history)(before.history.stream, both, before.history.recorded))
    known.when(session(4)).refuses("budget_exhausted")
    again = at(STARTED, "2026-02-12T10:00", episode="e-2", signal=None)
    restarted = known.and_(CLOSED).when(again).records(EpisodeStarted, programme_version=2)
    assert restarted.child.episodes["e-1"].programme.version == 1
    restarted = restarted.and_(at(LEAD, "2026-02-12T11:00", episode="e-2"))
    for day in (13, 14, 15):
        restarted = restarted.and_(session(day) | {"episode": "e-2"})
    restarted.when(session(16) | {"episode": "e-2"}).refuses("budget_exhausted")
