"""A wrong programme file is refused at start-up, and the error names the file, the key and the reason."""

from pathlib import Path

import pytest

from domain.programme import ProgrammeFileError, load
from tests.domain.programme.test_sixth import SIXTH

WRONG = {
    "an unknown key": (SIXTH.replace("[sessions]", 'colour = "red"\n\n[sessions]'), "colour"),
    "an unknown key of a part": (SIXTH + 'tone = "warm"\n', "plan.tone"),
    "no id": (SIXTH.replace('id = "schoolmaat"\n', ""), "id"),
    "no version": (SIXTH.replace("version = 1\n", ""), "version"),
    "a version that is no number": (SIXTH.replace("version = 1", 'version = "een"'), "version"),
    "a version of zero": (SIXTH.replace("version = 1", "version = 0"), "version"),
    "no name": (SIXTH.replace('name = "Schoolmaat"\n', ""), "name"),
    "no roles": (SIXTH.replace('carried_by = ["youth_nurse"]\n', ""), "carried_by"),
    "an unknown role": (SIXTH.replace("youth_nurse", "wizard"), "carried_by"),
    "an unknown team role": (SIXTH.replace('"member"]', '"mascot"]'), "team_roles"),
    "an unknown kind of contact": (SIXTH.replace("walk_in", "talk"), "contacts"),
    "an unknown part of a plan": (SIXTH.replace('parts = ["care"]', 'parts = ["sport"]'), "plan.parts"),
    "a negative number of days": (SIXTH.replace("pick_up_days = 3", "pick_up_days = -3"), "pick_up_days"),
    "a budget of nothing": (SIXTH.replace("budget = 2", "budget = 0"), "sessions.budget"),
    "steps that fall": (SIXTH.replace("steps = [4]", "steps = [4, 3]"), "sessions"),
    "a step below the budget": (SIXTH.replace("steps = [4]", "steps = [2]"), "sessions"),
    "steps without a budget": (SIXTH.replace("budget = 2\n", ""), "sessions"),
    "follow-up days that fall": (SIXTH.replace("[30]", "[30, 20]"), "follow_up_days"),
    "a second coach without a place": (
        SIXTH.replace("pick_up_days", "second_coach_days = 14\npick_up_days"),
        "second_coach_days",
    ),
    "not TOML": ("id = schoolmaat", "not TOML"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file_is_named_with_its_key(name: str, tmp_path: Path) -> None:
    """One sentence: which file, which key, why."""
    text, key = WRONG[name]
    (tmp_path / "schoolmaat.toml").write_text(text, "utf-8")
    with pytest.raises(ProgrammeFileError) as caught:
        load(tmp_path)
    assert "schoolmaat.toml" in str(caught.value)
    assert key in str(caught.value)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    """Bytes that are not UTF-8."""
    (tmp_path / "schoolmaat.toml").write_bytes(b'id = "\xff\xfe"')
    with pytest.raises(ProgrammeFileError, match=r"schoolmaat\.toml"):
        load(tmp_path)


def test_two_files_do_not_describe_the_same_version(tmp_path: Path) -> None:
    """Neither beside each other nor beside what is shipped."""
    (tmp_path / "a.toml").write_text(SIXTH, "utf-8")
    (tmp_path / "b.toml").write_text(SIXTH, "utf-8")
    with pytest.raises(ProgrammeFileError, match="schoolmaat"):
        load(tmp_path)
    (tmp_path / "b.toml").write_text(SIXTH.replace('"schoolmaat"', '"pit"'), "utf-8")
    with pytest.raises(ProgrammeFileError, match="pit"):
        load(tmp_path)


def test_other_files_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    """A README is no programme."""
    (tmp_path / "README.md").write_text("Programma's van de gemeente.", "utf-8")
    (tmp_path / "schoolmaat.toml").write_text(SIXTH, "utf-8")
    assert "schoolmaat" in load(tmp_path).current
