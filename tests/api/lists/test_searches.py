"""Dossiers by BSN: found among those that one may know of, shown as far as one may see, and nowhere written down."""

import json
from pathlib import Path

import pytest

import api.lists
from api.listing import EVERYTHING, Page
from api.lists import caseload, possible_doubles, with_bsn
from api.main import App
from api.replay import replay_all
from consent_policy.grounds import Actor
from domain.disclosure import Disclosed, DisclosureRefused
from projections.doubles import IDENTITY
from tests.api.given import done
from tests.api.lists.given import SECOND_JGT, asked, bytes_of, children_of, consented, helped, looks_of, of
from tests.api.test_worked_cases import copied
from tests.conftest import CommandLine
from tests.examples import (
    AUDITOR,
    COORDINATOR,
    COUNSELLOR,
    DPO,
    EVALUATOR,
    JGT,
    MOTHER,
    OPENED,
    RECORDS_OFFICER,
    REGISTRY,
    SPECIALIST,
    YOUTH,
    as_,
    says,
)

BSN, OTHER, NOBODYS = "111222333", "123456782", "999990019"
IDENTITY_OF = {"given_name": "Noor", "family_name": "Voorbeeld", "birth_date": "2016-05-10"}


def child(bsn: str | None) -> dict[str, str]:
    return IDENTITY_OF | ({"bsn": bsn} if bsn else {})


def found(app: App, viewer: Actor, bsn: str = BSN, purpose: str | None = None) -> list[str]:
    return children_of(with_bsn(app, asked(viewer, IDENTITY, purpose), bsn))


def doubles(app: App, viewer: Actor, purpose: str | None = None) -> list[str]:
    return children_of(possible_doubles(app, asked(viewer, IDENTITY, purpose)))


@pytest.fixture
def dossiers(app_on_each_engine: App) -> App:
    """Two of one BSN, helped by two consultants; one of another BSN, and one without any."""
    app = app_on_each_engine
    done(app, *helped("t-1", child=child(BSN)), *helped("t-2", SECOND_JGT, child=child(BSN), municipality="GM1916"))
    done(app, *helped("t-3", child=child(OTHER)), *helped("t-4", child=child(None)))
    return app


def ids(app: App, *names: str) -> list[str]:
    return sorted(str(app.stream_of(each)) for each in names)


def test_a_search_finds_what_one_may_know_of(dossiers: App) -> None:
    """Both for who keeps dossiers; one's own for who helps; none for who may not see who a child is."""
    assert found(dossiers, RECORDS_OFFICER) == found(dossiers, DPO, BSN, "legal") == ids(dossiers, "t-1", "t-2")
    assert found(dossiers, JGT) == ids(dossiers, "t-1")
    assert found(dossiers, SECOND_JGT) == ids(dossiers, "t-2")
    assert found(dossiers, JGT, OTHER) == ids(dossiers, "t-3")
    for viewer in (AUDITOR, DPO, COORDINATOR, COUNSELLOR, SPECIALIST, EVALUATOR, REGISTRY, MOTHER, YOUTH):
        assert found(dossiers, viewer) == []
    assert found(dossiers, RECORDS_OFFICER, NOBODYS) == []
    assert {each.result for each in replay_all(dossiers)} == {"same"}


def test_what_is_found_says_who_it_is_and_nothing_else(dossiers: App) -> None:
    """Enough to tell which dossier is this one."""
    (body,) = with_bsn(dossiers, asked(JGT, IDENTITY), BSN).seen.bodies
    assert body == {"trajectory": str(dossiers.stream_of("t-1")), "child": child(BSN)}


def test_a_coordinator_finds_whom_consent_lets_them_know(app: App) -> None:
    """Of their own municipality."""
    named = consented(recipients=["care_team", "role:coordinator"])
    done(app, *helped("t-1", JGT, named, child=child(BSN)))
    done(app, *helped("t-2", JGT, named, child=child(BSN), municipality="GM1916"))
    assert found(app, COORDINATOR) == ids(app, "t-1")


def test_a_number_that_was_corrected_is_found_as_it_is_now(app: App) -> None:
    """The wrong one finds nothing any more; retracting the correction finds it again."""
    done(app, OPENED)
    done(app, says("correct_entry", COUNSELLOR, "02-02 10:00", entry=1, changes={"child": {"bsn": OTHER}}))
    assert (found(app, RECORDS_OFFICER), found(app, RECORDS_OFFICER, OTHER)) == ([], ids(app, "t-1"))
    done(app, says("retract_entry", COUNSELLOR, "02-03 10:00", entry=2, reason="Toch goed."))
    assert (found(app, RECORDS_OFFICER), found(app, RECORDS_OFFICER, OTHER)) == (ids(app, "t-1"), [])


def test_possible_doubles_are_told_to_who_keeps_dossiers_and_to_nobody_else(dossiers: App) -> None:
    """One dossier on the list would tell of another one."""
    assert doubles(dossiers, RECORDS_OFFICER) == doubles(dossiers, DPO, "legal") == ids(dossiers, "t-1", "t-2")
    for viewer in (JGT, SECOND_JGT, COORDINATOR, COUNSELLOR, AUDITOR, DPO, SPECIALIST, EVALUATOR, MOTHER):
        for purpose in (None, "care", "legal"):
            assert doubles(dossiers, viewer, purpose) == [] or (viewer, purpose) == (DPO, "legal")
    done(
        dossiers,
        *of("t-1", says("correct_entry", COUNSELLOR, "02-02 10:00", entry=1, changes={"child": {"bsn": NOBODYS}})),
    )
    assert doubles(dossiers, RECORDS_OFFICER) == []


def test_who_may_see_one_of_two_reads_the_same_as_where_there_is_one(app: App, folder: Path, tmp_path: Path) -> None:
    """A coordinator whom consent names, and the consultant who helps: a double elsewhere leaves no trace for them."""
    named = consented(recipients=["care_team", "role:coordinator"])
    done(app, *helped("t-1", JGT, named, child=child(BSN)))
    without = copied(folder, tmp_path / "without", app)
    done(app, *helped("t-2", SECOND_JGT, child=child(BSN), municipality="GM1916"))
    for viewer in (COORDINATOR, JGT):
        question = asked(viewer, IDENTITY)
        assert bytes_of(possible_doubles(app, question)) == bytes_of(possible_doubles(without, question))
        assert bytes_of(with_bsn(app, question, BSN)) == bytes_of(with_bsn(without, question, BSN))
        assert len(with_bsn(app, question, BSN).seen.bodies) == 1
        assert bytes_of(caseload(app, asked(viewer), EVERYTHING)) == bytes_of(
            caseload(without, asked(viewer), EVERYTHING)
        )
        assert bytes_of(caseload(app, asked(viewer), Page(1))) == bytes_of(caseload(without, asked(viewer), Page(1)))
    without.store.close()


def test_a_search_is_recorded_with_who_was_found_and_who_was_withheld(dossiers: App) -> None:
    """And nothing of the number; one that finds only what may not be shown is recorded as refused."""
    found(dossiers, JGT)
    found(dossiers, COORDINATOR)
    found(dossiers, RECORDS_OFFICER, NOBODYS)
    some, refused, nothing = looks_of(dossiers)
    assert isinstance(some, Disclosed)
    assert [each.trajectory for each in some.shown] == ids(dossiers, "t-1")
    assert [dict(each.fields) for each in some.shown] == [{1: ("child",)}]
    assert [each.trajectory for each in some.withheld] == ids(dossiers, "t-2")
    assert isinstance(refused, DisclosureRefused)
    assert [each.trajectory for each in refused.withheld] == ids(dossiers, "t-1")
    assert isinstance(nothing, Disclosed)
    assert (nothing.shown, nothing.withheld) == ((), ())
    told = json.dumps([each.model_dump(mode="json") for each in (some, refused, nothing)])
    assert [number for number in (BSN, OTHER, NOBODYS) if number in told] == []


def test_the_number_stands_in_no_file(app: App, folder: Path, cli: CommandLine) -> None:
    """Log, keys and read models, after searches that found it and others that did not, and the report of the trail."""
    done(app, *helped("t-1", child=child(BSN)), *helped("t-2", child=child(BSN)))
    for number in (BSN, NOBODYS):
        assert found(app, RECORDS_OFFICER, number) == (ids(app, "t-1", "t-2") if number == BSN else [])
    doubles(app, RECORDS_OFFICER)
    caseload(app, asked(JGT))
    trail = cli("disclosures", "--json", app=app)
    assert (trail.code, trail.err) == (0, "")
    assert [number for number in (BSN, NOBODYS) if number in trail.out] == []
    app.store.close()
    names = {each.name for each in folder.iterdir()}
    assert "zorgspoor.read.db" in names
    for file in folder.iterdir():
        content = file.read_bytes()
        assert [number for number in (BSN, NOBODYS) if number.encode() in content] == [], file.name


def test_a_search_through_the_command_line_says_the_number_nowhere_but_where_it_is_shown(
    app: App, cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes in by standard input, and not back unless a dossier that may be shown has it."""
    done(app, *helped("t-1", child=child(BSN)))
    for viewer, number, shown in ((JGT, BSN, True), (JGT, NOBODYS, False), (COORDINATOR, BSN, False)):
        monkeypatch.setattr("sys.stdin", _Typed(f"{number}\n"))
        done_ = cli("search", "--as", as_(viewer), "--json", app=app)
        assert (done_.code, done_.err) == (0, "")
        assert (number in done_.out) == shown
        assert len(json.loads(done_.out)["dossiers"]) == shown
    for wrong in ("", "123", "111222334"):
        before = app.store.last().position
        monkeypatch.setattr("sys.stdin", _Typed(f"{wrong}\n"))
        done_ = cli("search", "--as", as_(JGT), app=app)
        assert (done_.code, done_.out, app.store.last().position) == (2, "", before)
        assert done_.err.startswith("search: no BSN")
        assert not wrong or wrong not in done_.err


class _Typed:
    """Standard input with a line in it, which is no terminal."""

    def __init__(self, line: str) -> None:
        self._line = line

    def isatty(self) -> bool:
        return False

    def readline(self) -> str:
        return self._line


@pytest.mark.parametrize(("took", "waits"), [(0.004, 0.046), (0.0066, 0.0434), (0.0634, 0.0366)])
def test_it_takes_a_whole_number_of_steps_whatever_is_found(
    app: App, monkeypatch: pytest.MonkeyPatch, took: float, waits: float
) -> None:
    """A hidden dossier takes a little longer to decide about than none."""
    slept, instants = list[float](), iter([10.0, 10.0 + took])
    monkeypatch.setattr(api.lists, "sleep", slept.append)
    monkeypatch.setattr(api.lists, "monotonic", lambda: next(instants))
    assert found(app, JGT) == []
    assert slept == [pytest.approx(waits)]
