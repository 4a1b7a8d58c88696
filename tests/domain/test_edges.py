"""Where the domain once gave way: programme files that cannot work, access that has ended, restrictions narrowed."""

from pathlib import Path

import pytest

from domain.programme import ProgrammeFileError, load
from tests.domain.given import at, given
from tests.domain.programme.test_sixth import SIXTH
from tests.examples import CLOSED, EXAMPLES, HELPED, JGT, says

UNWORKABLE = {
    "no id": (SIXTH.replace('"schoolmaat"', '""'), "id"),
    "carried by nobody": (SIXTH.replace('["youth_nurse"]', "[]"), "carried_by"),
    "carried by a guardian": (SIXTH.replace("youth_nurse", "guardian"), "carried_by"),
    "a screening without a place for a screener": (SIXTH + '\n[screening]\ninterviews = ["school"]\n', "screening"),
}


@pytest.mark.parametrize("name", UNWORKABLE)
def test_a_programme_that_cannot_work_is_refused(name: str, tmp_path: Path) -> None:
    """A wrong file is refused at start-up with key and reason (Programmes)."""
    text, key = UNWORKABLE[name]
    (tmp_path / "schoolmaat.toml").write_text(text, "utf-8")
    with pytest.raises(ProgrammeFileError, match=rf"schoolmaat\.toml.*{key}"):
        load(tmp_path)


def test_two_files_of_one_version_are_both_named(tmp_path: Path) -> None:
    """Whoever reads the error must know which files to look into."""
    (tmp_path / "eerste.toml").write_text(SIXTH, "utf-8")
    (tmp_path / "tweede.toml").write_text(SIXTH, "utf-8")
    with pytest.raises(ProgrammeFileError) as caught:
        load(tmp_path)
    assert "eerste.toml" in str(caught.value)
    assert "tweede.toml" in str(caught.value)


def test_the_team_follows_up_no_more_once_its_access_has_ended() -> None:
    """Follow-up, and with it the team's access, ends 30 days after the last due date."""
    late = at(EXAMPLES["hold_follow_up"].said, "2027-06-01T10:00")
    given(*HELPED, CLOSED).when(late).refuses("not_in_team")


def test_a_restriction_is_not_narrowed_by_correcting_it() -> None:
    """lift_restriction asks E and is looked at by another person; a correction by the team asks neither."""
    narrowed = says("correct_entry", JGT, "03-01 10:00", entry=6, changes={"categories": ["session"]})
    outcome = given(*HELPED, EXAMPLES["restrict_guardian"].said).when(narrowed)
    assert outcome.after.child.grounds.restrictions[0].categories == ("all",)
