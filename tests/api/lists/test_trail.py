"""Who saw what: for auditors whole, for families what concerns their own child and may be known."""

import getpass
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import api.trail
from api.lists import caseload, reviews_due
from api.main import App
from api.trail import Filter, disclosures, record_query
from consent_policy.grounds import Actor, Decision
from domain.disclosure import LogQueried
from projections.caseload import CASELOAD
from projections.oversight import REVIEWS_DUE
from projections.timeline import TIMELINE
from projections.view import canonical
from tests.api.given import body_of, done, facts_of, see
from tests.api.lists.given import DOOR, SECOND_JGT, asked, helped, irregular, looks_of, of, queries_of
from tests.api.reveals import approve, revealed
from tests.api.reveals import refused as refused_to_reveal
from tests.conftest import Clock, CommandLine
from tests.examples import (
    AUDITOR,
    COACH,
    CONSENTED,
    COORDINATOR,
    COUNSELLOR,
    DPO,
    EXAMPLES,
    FATHER,
    FATHER_KNOWN,
    JGT,
    MOTHER,
    MOTHER_KNOWN,
    OPENED,
    OPENED_AT_13,
    PERSONS,
    RECORDS_OFFICER,
    SIGNALLED,
    YOUTH,
    as_,
    by,
    says,
)

VEILIG_THUIS = Actor("vt-1", "specialist", "veilig-thuis")
SAFE = says(
    "invoke_safety",
    JGT,
    "02-02 10:00",
    safety="v-1",
    basis="veilig_thuis",
    reason="Ernstige zorgen over geweld thuis.",
    minutes=60,
)
RELEASED = says("release_safety", DPO, "02-03 10:00", safety="v-1", verdict="justified", note="Mag gezien.")
SESSION = EXAMPLES["hold_session"].said

Rows = list[dict[str, Any]]


def trail(app: App, who: Actor, child: str | None = "t-1", **narrowed: Any) -> Rows:
    """The looks that the viewer is told of."""
    found = disclosures(app, Filter(str(app.stream_of(child)) if child else None, **narrowed), who, DOOR)
    assert isinstance(found, list), found
    return found


def refused(app: App, viewer: Actor, child: str = "t-1") -> tuple[str, ...]:
    """Why the viewer is told of none."""
    found = disclosures(app, Filter(str(app.stream_of(child))), viewer, DOOR)
    assert isinstance(found, Decision), found
    return found.reasons


def told(rows: Rows) -> list[tuple[str, str]]:
    """Who looked, and through which view."""
    return [(row["viewer"]["id"], row["view"]) for row in rows]


@pytest.fixture
def looked(app_on_each_engine: App) -> App:
    """Two children; looks at each and a list of both, a refused look, and a list with nothing on it."""
    app = app_on_each_engine
    done(app, *helped("t-1"), *helped("t-2"))
    see(app, JGT, trajectory="t-1")
    see(app, JGT, trajectory="t-2")
    caseload(app, asked(JGT))
    see(app, COACH, trajectory="t-1")
    caseload(app, asked(COACH))
    see(app, MOTHER, trajectory="t-1")
    return app


def test_an_auditor_is_told_of_every_look_in_the_order_of_the_log(looked: App) -> None:
    """Also of those that were refused or found nothing, with grounds, entries and digests."""
    rows = trail(looked, AUDITOR, None)
    lists, timelines = f"caseload {CASELOAD.version}", f"timeline {TIMELINE.version}"
    ids = ["jgt-1", "jgt-1", "jgt-1", "pit-1", "pit-1", "g-m"]
    views = [timelines, timelines, lists, timelines, lists, timelines]
    assert told(rows) == list(zip(ids, views, strict=True))
    assert [row["shown"] for row in rows] == [True, True, True, False, True, True]
    assert [len(row["children"]) for row in rows] == [1, 1, 2, 1, 0, 1]
    assert [row["position"] for row in rows] == sorted(row["position"] for row in rows)
    (child,) = rows[0]["children"]
    assert child["trajectory"] == str(looked.stream_of("t-1"))
    assert (child["version"], set(child["entries"])) == (5, {"1", "2", "3", "4", "5"})
    assert all(len(each["digest"]) == 64 for each in rows[2]["children"])
    assert rows[3]["children"][0]["digest"] is None
    assert {ground["decision"] for ground in rows[3]["children"][0]["grounds"]} == {"deny"}


def test_a_trail_is_narrowed_to_a_child_a_viewer_and_a_span(looked: App) -> None:
    """Instants of recording: from the first on, before the second."""
    assert len(trail(looked, AUDITOR, "t-2")) == 2
    assert len(trail(looked, AUDITOR, "t-1")) == 4
    assert told(trail(looked, DPO, "t-1", viewer="pit-1")) == [("pit-1", f"timeline {TIMELINE.version}")]
    assert trail(looked, AUDITOR, "nobody") == []
    first, *_, last = (datetime.fromisoformat(row["recorded_at"]) for row in trail(looked, AUDITOR, None))
    assert len(trail(looked, AUDITOR, None, since=first, until=last)) == 5
    assert len(trail(looked, AUDITOR, None, since=first + timedelta(microseconds=1))) == 5
    assert trail(looked, AUDITOR, None, until=first) == []


def test_that_the_trail_was_asked_is_recorded_as_a_query(looked: App) -> None:
    """With filters, position, count and digest of what was answered; the next one does not show it as a look."""
    before = looked.store.last().position
    rows = trail(looked, AUDITOR, "t-1", viewer="jgt-1")
    (query,) = queries_of(looked)
    assert (query.query, query.position, query.count, query.reasons) == ("disclosures", before, 2, ())
    assert query.filters == (f"trajectory={looked.stream_of('t-1')}", "viewer=jgt-1")
    assert query.digest == looked.store.keys.of_store.digest(canonical({"rows": rows})).hex()
    assert trail(looked, AUDITOR, "t-1", viewer="jgt-1") == rows


@pytest.mark.parametrize(
    "viewer", [each for each in PERSONS if each.role not in ("auditor", "dpo")], ids=lambda each: each.role
)
def test_nobody_else_is_told_of_all_looks(app: App, viewer: Actor) -> None:
    """Nor is a family, which names no child; that it was refused, and why, is recorded."""
    done(app, OPENED, MOTHER_KNOWN)
    see(app, COUNSELLOR, trajectory="t-1")
    found = disclosures(app, Filter(), viewer, DOOR)
    assert isinstance(found, Decision)
    (query,) = queries_of(app)
    assert (query.count, query.reasons, query.by) == (0, found.reasons, viewer)
    assert query.reasons


def test_a_mother_is_told_who_looked_at_her_child_and_at_which_entries(looked: App) -> None:
    """Not through which machine, on which grounds, or at whom else; her own looks are looks too."""
    rows = trail(looked, MOTHER)
    assert told(rows) == [(row["viewer"]["id"], row["view"]) for row in trail(looked, AUDITOR)]
    assert [row["shown"] for row in rows] == [True, True, False, True]
    assert set(rows[0]) == {
        "disclosure",
        "position",
        "recorded_at",
        "viewer",
        "purpose",
        "reason",
        "recipient",
        "handed_over_by",
        "view",
        "shown",
        "entries",
    }
    assert set(rows[0]["entries"]) == {"1", "2", "3", "4", "5"}
    assert rows[2]["entries"] == {}
    said = json.dumps(rows)
    assert str(looked.stream_of("t-2")) not in said
    assert "digest" not in said


def test_a_family_is_told_of_its_own_child_and_of_no_other(looked: App) -> None:
    """A stranger hears the same of a child that is there, of one that is not, and of a relative's."""
    aunt = Actor("g-x", "guardian", "family")
    for child in ("t-1", "t-2", "nobody"):
        assert refused(looked, aunt, child) == ("no_rule",)
        assert refused(looked, Actor("youth", "youth", "family"), child) == ("no_rule",)
    assert refused(looked, MOTHER, "nobody") == ("no_rule",)
    assert [each.count for each in queries_of(looked)] == [0] * 7
    assert all(each.reasons == ("no_rule",) for each in queries_of(looked))


def test_other_children_of_a_list_change_nothing_of_what_a_family_is_told(app: App) -> None:
    """Entries of others have the same numbers: what rests on an override of this child is told by its own grounds."""
    done(app, *of("t-1", OPENED, MOTHER_KNOWN, CONSENTED, SAFE), *helped("t-2"))
    done(app, *helped("t-1")[3:])
    found = caseload(app, asked(JGT))
    assert len(found.seen.bodies) == 2
    (row,) = trail(app, MOTHER)
    assert row["disclosure"] == str(found.seen.disclosure)


def test_what_was_shown_of_another_child_is_not_told_as_if_it_were_of_this_one(app: App) -> None:
    """Of two children in a queue one was shown; the other family hears that their child was asked about in vain."""
    done(app, *helped("t-1"), *helped("t-2", SECOND_JGT))
    caseload(app, asked(SECOND_JGT))
    ((of_one,), (of_other,)) = (trail(app, MOTHER, child) for child in ("t-1", "t-2"))
    assert (of_one["shown"], of_one["entries"]) == (False, {})
    assert (of_other["shown"], set(of_other["entries"])) == (True, {"1", "4"})


def test_looks_under_an_override_are_absent_until_it_is_released(app: App, clock: Clock) -> None:
    """Those that it allowed, and those that its invoker tried in vain; other looks of the invoker are told."""
    done(app, *helped("t-1", JGT, SAFE))
    clock.now = datetime(2026, 2, 2, 9, 30, tzinfo=UTC)
    see(app, JGT, "safety", trajectory="t-1")
    see(app, JGT, "safety", trajectory="t-1", categories=("session",))
    clock.now = datetime(2026, 2, 2, 12, tzinfo=UTC)
    see(app, JGT, "safety", trajectory="t-1")
    see(app, JGT, "care", trajectory="t-1")
    assert [row["purpose"] for row in trail(app, MOTHER)] == ["care"]
    assert [row["shown"] for row in trail(app, AUDITOR)] == [True, False, False, True]
    clock.now = datetime(2026, 2, 4, tzinfo=UTC)
    done(app, RELEASED)
    assert [row["purpose"] for row in trail(app, MOTHER)] == ["safety", "safety", "safety", "care"]


def test_the_looks_of_who_was_told_under_an_override_are_absent_too(app: App) -> None:
    """Veilig Thuis, by a share or by a referral, permitted or in vain; after the release the family is told of all."""
    share = says(
        "share", JGT, "02-02 10:10", to={"organisation": "veilig-thuis"}, categories=["signal"], purpose="safety"
    )
    referral = says(
        "escalate_referral",
        JGT,
        "02-02 10:20",
        episode="e-1",
        referral="r-1",
        to={"organisation": "jeugdbescherming", "kind": "certified_institution"},
        route="own",
        handover="warm",
        urgency="high",
        reason="Melding.",
        categories=["signal"],
        legal_basis={"kind": "veilig_thuis", "reference": "v-1"},
    )
    done(app, *helped("t-1", JGT, SIGNALLED, SAFE, share | {"reason": "Melding."}, referral))
    institution = Actor("gi-1", "specialist", "jeugdbescherming")
    for viewer, purpose in ((VEILIG_THUIS, "safety"), (institution, "referral")):
        for categories in (("signal",), ("plan",)):
            see(app, viewer, purpose, trajectory="t-1", categories=categories, reason="Melding.")
    shown = [row["shown"] for row in trail(app, AUDITOR)]
    assert shown == [True, False, True, False]
    assert trail(app, MOTHER) == []
    done(app, RELEASED)
    assert [row["shown"] for row in trail(app, MOTHER)] == shown


def test_a_look_that_showed_nothing_but_an_override_is_absent_as_well(app: App) -> None:
    """On the list of what waits for review, the child stands for nothing else."""
    done(app, OPENED, MOTHER_KNOWN, SAFE | {"basis": "break_glass"}, *irregular("t-2"))
    reviews_due(app, asked(RECORDS_OFFICER, REVIEWS_DUE))
    reviews_due(app, asked(COORDINATOR, REVIEWS_DUE))
    assert trail(app, MOTHER) == []
    assert len(trail(app, MOTHER, "t-2")) == 2
    done(app, RELEASED)
    assert told(trail(app, MOTHER)) == [("db-1", "reviews 1")]


REVEALS = {"reveal-requested", "reveal-approved"}
SECOND = SAFE | {"safety": "v-2", "at": "2026-02-02T11:30:00+01:00"}


def reveal(app: App) -> None:
    """An auditor asks to see again what a look for care showed, may, and does."""
    seen = see(app, JGT, trajectory="t-1")
    approve(app, seen.disclosure, trajectory="t-1")
    revealed(app, seen.disclosure)


def reveals_told(app: App, viewer: Actor) -> tuple[int, set[str]]:
    """How many of the auditor's looks the viewer is told of, and what of their asking stands in the timeline."""
    looks = [row for row in trail(app, viewer) if row["view"] == "reveal 1"]
    assert {row["viewer"]["id"] for row in looks} <= {"au-1"}
    entries = body_of(see(app, viewer, trajectory="t-1"))["entries"]
    return len(looks), REVEALS & {each["what"] for each in entries}


@pytest.mark.parametrize("viewer", [MOTHER, YOUTH], ids=lambda each: each.role)
def test_a_family_is_told_of_reveals_from_the_start_where_there_is_no_override(app: App, viewer: Actor) -> None:
    """Who asked, who approved and who looked."""
    done(app, OPENED_AT_13, MOTHER_KNOWN, CONSENTED, *helped("t-1")[3:])
    reveal(app)
    assert reveals_told(app, viewer) == (1, REVEALS)


@pytest.mark.parametrize("released", [("v-1", "v-2"), ("v-2", "v-1")], ids="-".join)
@pytest.mark.parametrize("viewer", [MOTHER, YOUTH], ids=lambda each: each.role)
def test_a_family_is_told_of_reveals_once_every_override_is_released(
    app: App, viewer: Actor, released: tuple[str, str]
) -> None:
    """Until then what is revealed may be a look under one of them; other looks are told all the while."""
    youths = CONSENTED | {"consent": "c-y", "person": "youth"}
    done(app, OPENED_AT_13, MOTHER_KNOWN, CONSENTED, youths, *helped("t-1")[3:], SAFE, SECOND)
    reveal(app)
    told_of = [reveals_told(app, viewer)]
    for safety in released:
        done(app, RELEASED | {"safety": safety})
        told_of.append(reveals_told(app, viewer))
    assert told_of == [(0, set()), (0, set()), (1, REVEALS)]
    assert ("jgt-1", "timeline 1") in told(trail(app, viewer))
    assert len([row for row in trail(app, AUDITOR) if row["view"] == "reveal 1"]) == 1


def test_asking_for_a_reveal_in_vain_is_as_secret_as_a_reveal(app: App) -> None:
    """An auditor who was not let is not told of either, until the release."""
    done(app, *helped("t-1", JGT, SAFE))
    seen = see(app, JGT, trajectory="t-1")
    refused_to_reveal(app, seen.disclosure)
    assert reveals_told(app, MOTHER) == (0, set())
    done(app, RELEASED)
    assert reveals_told(app, MOTHER) == (1, set())


def test_entries_that_are_withheld_from_a_guardian_are_not_named(app: App) -> None:
    """The other guardian hears of them; that there was a look, both hear."""
    withheld = says("withhold_entry", JGT, "02-03 10:00", entry=7, reason="Veiligheid.", **{"from": ["g-m"]})
    consent = CONSENTED | {"consent": "c-f", "person": "g-f", "at": "2026-01-10T10:00:00+01:00"}
    done(app, *of("t-1", OPENED, MOTHER_KNOWN, FATHER_KNOWN, CONSENTED, consent), *helped("t-1")[3:])
    done(app, SESSION | {"by": by(JGT)}, withheld | {"entry": 8})
    see(app, JGT, trajectory="t-1")
    (of_mother,), (of_father,) = trail(app, MOTHER), trail(app, FATHER)
    assert set(of_father["entries"]) - set(of_mother["entries"]) >= {"8"}
    assert "8" not in of_mother["entries"]
    assert {"1", "6", "7"} <= set(of_mother["entries"])
    assert of_mother["disclosure"] == of_father["disclosure"]


def test_a_restricted_guardian_gets_nothing_and_that_is_recorded(app: App) -> None:
    """Of all, or of the trail alone; restricted in other categories, only their entries are not named."""
    restricted = EXAMPLES["restrict_guardian"].said
    done(app, *helped("t-1", JGT, SESSION, restricted | {"categories": ["session"]}))
    see(app, JGT, trajectory="t-1")
    (row,) = trail(app, MOTHER)
    assert "6" not in row["entries"]
    assert "4" in row["entries"]
    for categories in (["access_log"], ["all"]):
        done(app, restricted | {"categories": categories})
        assert refused(app, MOTHER) == ("restricted",)
    assert [(each.count, each.reasons) for each in queries_of(app)] == [
        (1, ()),
        (0, ("restricted",)),
        (0, ("restricted",)),
    ]


def test_a_youth_is_told_from_twelve_on(app: App, clock: Clock) -> None:
    """At midnight of the birthday, in Amsterdam; at 16 the guardians only with the youth's consent."""
    sam = {"given_name": "Sam", "family_name": "Voorbeeld", "birth_date": "2014-05-10"}
    done(app, *of("t-1", OPENED_AT_13 | {"child": sam}, MOTHER_KNOWN))
    see(app, RECORDS_OFFICER, trajectory="t-1")
    clock.now = datetime(2026, 5, 9, 21, 59, 59, tzinfo=UTC)
    assert refused(app, YOUTH) == ("no_rule",)
    clock.step(seconds=1)
    assert told(trail(app, YOUTH)) == told(trail(app, MOTHER))
    assert len(trail(app, YOUTH)) == 1
    clock.now = datetime(2030, 5, 10, 12, tzinfo=UTC)
    assert refused(app, MOTHER) == ("consent_missing",)
    assert len(trail(app, YOUTH)) == 1


def test_a_parent_without_authority_is_told_nothing(app: App) -> None:
    """General information is of episodes, not of who looked."""
    general = EXAMPLES["grant_general_information"]
    done(app, *general.after, general.said)
    see(app, RECORDS_OFFICER, trajectory="t-1")
    assert refused(app, FATHER) == ("no_rule",)


def test_what_is_decided_while_somebody_asks_counts(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """A restriction that comes between deciding and recording: nothing goes."""
    done(app, *helped("t-1"))
    see(app, JGT, trajectory="t-1")
    save = App.save

    def late(*given: Any) -> Any:
        monkeypatch.undo()
        done(app, EXAMPLES["restrict_guardian"].said)
        return save(*given)

    monkeypatch.setattr(App, "save", late)
    assert refused(app, MOTHER) == ("restricted",)
    (query,) = facts_of(app, LogQueried)
    assert query.position > 0


@pytest.mark.parametrize("viewer", [AUDITOR, MOTHER], ids=lambda each: each.role)
def test_a_look_that_comes_after_the_reading_is_not_in_the_position_of_the_query(
    app: App, monkeypatch: pytest.MonkeyPatch, viewer: Actor
) -> None:
    """It stands after the position up to which the answer goes, and the next answer tells it."""
    done(app, *helped("t-1"))
    see(app, JGT, trajectory="t-1")
    position, record = app.store.last().position, record_query

    def late(*given: Any) -> None:
        monkeypatch.undo()
        see(app, RECORDS_OFFICER, trajectory="t-1")
        record(*given)

    monkeypatch.setattr(api.trail, "record_query", late)
    assert [row["position"] for row in trail(app, viewer)] == [position]
    assert [row["position"] for row in trail(app, viewer)] == [position, position + 1]
    assert [each.position for each in queries_of(app)] == [position, position + 2]


def test_of_an_erased_child_auditors_are_told_and_families_are_not(app: App) -> None:
    """The trail outlives the dossier."""
    erase = EXAMPLES["erase"]
    done(app, *erase.after)
    see(app, COUNSELLOR, trajectory="t-1")
    done(app, erase.said)
    assert told(trail(app, AUDITOR)) == [("ib-1", f"timeline {TIMELINE.version}")]
    assert refused(app, MOTHER) == ("erased",)


def test_the_command_line_tells_a_family_the_same(app: App, cli: CommandLine) -> None:
    """By the reference of the child; exit code 1 for who is told nothing."""
    done(app, *helped("t-1"), *helped("t-2", SECOND_JGT))
    see(app, JGT, trajectory="t-1")
    caseload(app, asked(COORDINATOR))
    done_ = cli("disclosures", "--trajectory", "t-1", "--as", as_(MOTHER), "--json", app=app)
    assert (done_.code, done_.err) == (0, "")
    rows = json.loads(done_.out)["disclosures"]
    assert told(rows) == [("jgt-1", "timeline 1"), ("co-1", f"caseload {CASELOAD.version}")]
    assert str(app.stream_of("t-2")) not in done_.out
    assert cli("disclosures", "--trajectory", "t-1", "--as", as_(JGT), app=app).code == 1


def test_the_command_line_tells_a_family_in_words_who_looked_when_and_why(
    app: App, cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not through which door or machine, and of no other child."""
    monkeypatch.setattr(getpass, "getuser", lambda: "beheer-7")
    done(app, *helped("t-1"), *helped("t-2", SECOND_JGT))
    assert cli("timeline", "t-1", "--as", as_(JGT), app=app).code == 0
    see(app, SECOND_JGT, trajectory="t-2")
    see(app, COACH, trajectory="t-1")
    caseload(app, asked(COORDINATOR))
    done_ = cli("disclosures", "--trajectory", "t-1", "--as", as_(MOTHER), app=app)
    assert (done_.code, done_.err) == (0, "")
    lines = [line for line in done_.out.splitlines() if any(each in line for each in ("jgt-", "pit-1", "co-1"))]
    for line, row in zip(lines, trail(app, MOTHER), strict=True):
        assert {row["viewer"]["id"], row["purpose"], row["view"], row["recorded_at"][:19]} <= set(cells_of(line))
    assert [cells_of(line)[7] for line in lines] == ["yes", "no", "yes"]
    doors = [each.door for each in looks_of(app)]
    secret = [str(app.stream_of("t-2"))[:8], "jgt-2", "command line", "operating system", "beheer-7", "care-team"]
    secret += [each.request[:8] for each in doors if each.os_user]
    assert doors[0].os_user == "beheer-7"
    assert [each for each in secret if each in done_.out] == []


def cells_of(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("│┃ ").split("│")]


def test_the_command_line_tells_a_family_in_words_that_nobody_looked_or_that_it_is_not_told(
    app: App, cli: CommandLine
) -> None:
    """Exit code 1 for who is told nothing, with the reason."""
    done(app, *helped("t-1"))
    of_child = ("disclosures", "--trajectory", "t-1", "--as")
    assert cli(*of_child, as_(MOTHER), app=app).code == 0
    refused_ = cli(*of_child, as_(FATHER), app=app)
    assert (refused_.code, "no_rule" in refused_.out) == (1, True)
