"""The command line: what it prints, how it ends, and that every look through it is recorded."""

import getpass
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.main import App, Settings, build
from domain.disclosure import Disclosed, DisclosureRefused, LogQueried, Look
from tests.api.given import done, facts_of, log_of, see
from tests.conftest import CommandLine, Program
from tests.examples import (
    AUDITOR,
    CHILD,
    COACH,
    COORDINATOR,
    DPO,
    EVALUATOR,
    MOTHER,
    PERSONS,
    RECORDS_OFFICER,
    SPECIALIST,
    TEACHER,
    as_,
    opening,
    withdrawal,
)

ASKED = ("--trajectory", CHILD, "--viewer", as_(COACH), "--purpose", "care", "--category", "session")
READS: dict[str, tuple[str, ...]] = {
    "programmes": ("programmes",),
    "policies": ("policies",),
    "caseload": ("caseload", "--as", as_(COORDINATOR)),
    "trajectory": ("trajectory", CHILD, "--as", as_(COACH)),
    "timeline": ("timeline", CHILD, "--as", as_(MOTHER)),
    "contacts": ("contacts", "--as", as_(COORDINATOR)),
    "explain": ("explain", *ASKED),
    "disclosures": ("disclosures",),
    "replay": ("replay", "--all"),
}
REFUSED: dict[str, tuple[str, ...]] = {
    "trajectory": ("trajectory", CHILD, "--as", as_(SPECIALIST)),
    "timeline": ("timeline", CHILD, "--as", as_(EVALUATOR)),
    "an unknown child": ("timeline", "nobody", "--as", as_(COACH)),
    "disclosures": ("disclosures", "--as", as_(COORDINATOR)),
}
BAD_USE: dict[str, tuple[str, ...]] = {
    "no such command": ("nonsense",),
    "no viewer": ("timeline", CHILD),
    "a viewer that is no JSON": ("timeline", CHILD, "--as", "coach"),
    "a viewer with a role that is none": ("timeline", CHILD, "--as", '{"id":"x","role":"x","organisation":"x"}'),
    "an asker who is none": ("disclosures", "--as", ""),
    "a viewer without an id": ("timeline", CHILD, "--as", '{"role":"dpo","organisation":"x"}'),
    "an instant without its offset": ("timeline", CHILD, "--as", as_(COACH), "--as-of", "2026-01-01T00:00:00"),
    "an instant that is none": ("timeline", CHILD, "--as", as_(COACH), "--known-at", "yesterday"),
    "a question without a viewer": ("explain", "--trajectory", CHILD, "--purpose", "care", "--category", "session"),
    "a question with half a viewer": ("explain", *ASKED[:2], "--viewer", "{", *ASKED[4:]),
    "a batch that is not there": ("explain", "--batch", "nowhere.jsonl"),
    "a look that is none": ("replay", "x"),
    "replay of nothing": ("replay",),
    "a file that is not there": ("import", "nowhere.jsonl"),
    "a folder": ("import", "/"),
}


@pytest.mark.parametrize("read", READS)
def test_a_read_prints_one_json_document(pit: App, cli: CommandLine, read: str) -> None:
    """On stdout, and nothing else anywhere; as text it prints something too."""
    see(pit, COACH)
    said = cli(*READS[read], "--json", app=pit)
    assert (said.code, said.err) == (0, "")
    assert isinstance(json.loads(said.out), dict)
    assert said.out.count("\n") == 1
    plain = cli(*READS[read], app=pit)
    assert plain.code == 0
    assert plain.out.strip()


@pytest.mark.parametrize("read", REFUSED)
def test_a_read_that_is_refused_prints_why_and_ends_with_1(pit: App, cli: CommandLine, read: str) -> None:
    """One JSON document with the decision and no content."""
    said = cli(*REFUSED[read], "--json", app=pit)
    assert (said.code, said.err) == (1, "")
    answer = json.loads(said.out)
    assert answer["decision"] == "deny"
    assert answer["reasons"]
    assert {"entries", "episodes", "signals"}.isdisjoint(answer) or answer["entries"] == []
    plain = cli(*REFUSED[read], app=pit)
    assert (plain.code, bool(plain.out)) == (1, True)


@pytest.mark.parametrize("bad", BAD_USE)
def test_bad_use_is_told_on_stderr_and_ends_with_2(pit: App, cli: CommandLine, bad: str) -> None:
    """Nothing on stdout, nothing recorded."""
    before = log_of(pit)
    said = cli(*BAD_USE[bad], app=pit)
    assert (said.code, said.out) == (2, "")
    assert said.err
    assert log_of(pit) == before


@pytest.mark.parametrize("address", ["sqlite:///nowhere/zorgspoor.db", "mysql://x", "zorgspoor.db", "sqlite:///"])
@pytest.mark.parametrize("command", [READS["timeline"], READS["disclosures"], ("replay", "--all"), ("import", "x")])
def test_a_store_that_is_not_there_is_told(
    cli: CommandLine, tmp_path: Path, address: str, command: tuple[str, ...]
) -> None:
    """Exit 2 with a hint, and no store is made."""
    said = cli(*command, "--store", address)
    assert (said.code, said.out) == (2, "")
    assert list(tmp_path.iterdir()) in ([], [tmp_path / "store"])


def test_a_store_is_made_once(cli: CommandLine, url: str, folder: Path) -> None:
    """A second `init` at the same place is refused and changes nothing."""
    assert cli("init", "--store", url).code == 0
    key, first = (folder / "zorgspoor.key").read_bytes(), build(Settings(url)).store.opened
    assert cli("init", "--store", url).code == 2
    assert cli("init", "--simulated", "--store", url).code == 2
    assert (folder / "zorgspoor.key").read_bytes() == key
    assert log_of(build(Settings(url))) == [first]


def test_the_store_is_found_by_option_then_environment_then_here(
    cli: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--store`, ZORGSPOOR_STORE, ./zorgspoor.db."""
    assert cli("init").code == 0
    monkeypatch.setenv("ZORGSPOOR_STORE", f"sqlite:///{tmp_path / 'other.db'}")
    assert cli("init").code == 0
    assert cli("init", "--store", "sqlite:///third.db").code == 0
    assert {file.name for file in tmp_path.glob("*.db")} >= {"zorgspoor.db", "other.db", "third.db"}


def test_the_real_command_ends_as_it_says(program: Program, url: str, tmp_path: Path) -> None:
    """In a process of its own: done, refused, bad use."""
    assert program("init", "--store", url).code == 0
    (tmp_path / "one.jsonl").write_text(json.dumps(opening("t-1")), "utf-8")
    done = program("import", "one.jsonl", "--store", url)
    assert (done.code, done.out) == (0, "1 recorded, 0 unchanged, 0 refused, 0 invalid\n")
    refused = program("timeline", "t-1", "--as", as_(COACH), "--store", url, "--json")
    assert (refused.code, json.loads(refused.out)["decision"]) == (1, "deny")
    assert program("timeline", "t-1", "--store", url).code == 2


DEFECTS = {
    "in a rule": 'from api.commands import looks\ndef fail(*a, **k): raise ValueError("Sproetje")\nlooks.look = fail',
    "of memory": 'from api.commands import looks\ndef fail(*a, **k): raise MemoryError("Sproetje")\nlooks.look = fail',
    "in the look itself": 'import api.look\ndef fail(*a, **k): assert not "Sproetje"\napi.look.part_of = fail',
    "with a cause": (
        "from api.commands import looks\ndef fail(*a, **k):\n    try: {}['Sproetje']\n"
        "    except KeyError as e: raise RuntimeError('Sproetje') from e\nlooks.look = fail"
    ),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_ends_with_70_and_no_value(pit: App, program: Program, url: str, defect: str) -> None:
    """Never 1, which means refused; the message says the kind of error and where, not what."""
    said = program("timeline", CHILD, "--as", as_(COACH), "--store", url, "--json", first=DEFECTS[defect])
    assert (said.code, said.out) == (70, "")
    assert said.err.startswith("This is a defect: ")
    assert "Sproetje" not in said.err
    assert "Traceback" not in said.err
    assert facts_of(pit, Look) == []


def test_every_look_is_recorded_with_the_operating_system_user(pit: App, cli: CommandLine) -> None:
    """Beside the actor in `--as`: whoever runs the command line is known."""
    assert cli(*READS["timeline"], "--reason", "for a test", app=pit).code == 0
    assert cli(*REFUSED["trajectory"], app=pit).code == 1
    shown, refused = (each.fact for each in facts_of(pit, Look))
    assert isinstance(shown, Disclosed)
    assert isinstance(refused, DisclosureRefused)
    for fact, by in ((shown, MOTHER), (refused, SPECIALIST)):
        assert fact.by == by
        assert (fact.door.door, fact.door.os_user) == ("command line", getpass.getuser())
    assert shown.reason == "for a test"
    assert shown.door.request != refused.door.request


def test_what_a_look_prints_is_what_it_recorded(pit: App, cli: CommandLine) -> None:
    """Disclosure and position, each entry and its fields."""
    body = json.loads(cli("timeline", CHILD, "--as", as_(COACH), "--json", app=pit).out)
    (recorded,) = facts_of(pit, Disclosed)
    assert (body["disclosure"], body["position"]) == (str(recorded.stream), recorded.position)
    assert body["trajectory"] == CHILD
    assert isinstance(recorded.fact, Disclosed)
    shown = {each["entry"]: tuple(each["fields"]) for each in body["entries"]}
    assert recorded.fact.shown[0].fields == shown
    assert recorded.fact.shown[0].version == pit.store.version(pit.stream_of(CHILD))


@pytest.mark.parametrize("view", ["timeline", "trajectory"])
def test_looks_without_a_purpose_have_the_one_of_their_role(pit: App, cli: CommandLine, view: str) -> None:
    """Families their own access, coordinators coordination, auditors audit, specialists referral; all others care."""
    for person in PERSONS:
        assert cli(view, CHILD, "--as", as_(person), app=pit).code in (0, 1)
    looks = [each.fact for each in facts_of(pit, Look)]
    purposes = {fact.by.role: fact.purpose for fact in looks if isinstance(fact, Look)}
    assert purposes["guardian"] == purposes["youth"] == "subject_access"
    assert purposes["coordinator"] == "coordination"
    assert purposes["auditor"] == purposes["dpo"] == "audit"
    assert purposes["records_officer"] == "legal"
    assert purposes["specialist"] == "referral"
    assert purposes["pit_coach"] == purposes["teacher"] == "care"


def test_as_known_then_and_as_of_then_show_less(pit: App, cli: CommandLine) -> None:
    """`--known-at` limits which facts are known, `--as-of` the instant that they are folded to."""
    instants = [each.recorded_at for each in pit.store.stream(pit.stream_of(CHILD))]
    before = (instants[12] - timedelta(microseconds=1)).isoformat()
    count = [
        len(json.loads(cli("timeline", CHILD, "--as", as_(COORDINATOR), *narrowed, "--json", app=pit).out)["entries"])
        for narrowed in ((), ("--known-at", before), ("--as-of", "2025-09-12T09:10:00+02:00"))
    ]
    assert count[0] > count[1] > count[2] > 0


def test_a_question_to_explain_is_recorded(pit: App, cli: CommandLine) -> None:
    """As the operator who asked, with the children asked about by their opaque ids and the digest of the answers."""
    said = cli("explain", *ASKED, "--json", app=pit)
    assert (said.code, json.loads(said.out)["rule"]) == (0, "care-team")
    (recorded,) = facts_of(pit, LogQueried)
    assert isinstance(recorded.fact, LogQueried)
    assert recorded.fact.by.id == f"os:{getpass.getuser()}"
    assert (recorded.fact.query, recorded.fact.count) == ("explain", 1)
    assert recorded.fact.filters == (f"trajectory={pit.stream_of(CHILD)}",)
    assert recorded.fact.position == recorded.position - 1
    assert facts_of(pit, Look) == []


def test_a_batch_is_answered_line_by_line_in_its_order(pit: App, cli: CommandLine, tmp_path: Path) -> None:
    """Blank lines are left out; one bad line and nothing is answered or recorded."""
    good = {"trajectory": CHILD, "viewer": json.loads(as_(COACH)), "purpose": "care"}
    asks = [good | {"category": category} for category in ("session", "access_log", "plan", "no such")]
    file = tmp_path / "asks.jsonl"
    file.write_text("\n\n".join(map(json.dumps, asks)), "utf-8")
    said = cli("explain", "--batch", file, "--json", app=pit)
    assert said.code == 0
    answers = [json.loads(line) for line in said.out.splitlines()]
    assert [each["decision"] for each in answers] == ["permit", "deny", "permit", "deny"]
    assert answers[3]["reasons"] == ["unknown_code"]
    before = log_of(pit)
    file.write_text(f"{json.dumps(asks[0])}\n{{\n", "utf-8")
    assert cli("explain", "--batch", file, "--json", app=pit).code == 2
    assert log_of(pit) == before


def test_explain_tells_what_would_be_decided_at_another_instant(pit: App, cli: CommandLine) -> None:
    """`--at`: before the withdrawal it was permitted, from its instant on it is not."""
    done(pit, withdrawal())
    for at, expected in (("2026-05-01T10:59:59+02:00", "permit"), ("2026-05-01T11:00:00+02:00", "deny")):
        said = cli("explain", *ASKED, "--at", at, "--json", app=pit)
        assert json.loads(said.out)["decision"] == expected


@pytest.mark.parametrize("person", PERSONS, ids=lambda person: person.role + person.id)
def test_the_access_trail_is_for_auditor_and_dpo(pit: App, cli: CommandLine, person: Any) -> None:
    """And for the operator, who looks as an auditor; everybody else is refused."""
    see(pit, COACH)
    said = cli("disclosures", "--as", as_(person), "--json", app=pit)
    if person in (AUDITOR, DPO):
        assert (said.code, len(json.loads(said.out)["disclosures"])) == (0, 1)
    else:
        assert (said.code, json.loads(said.out)["decision"]) == (1, "deny")
        assert str(facts_of(pit, Look)[0].stream) not in said.out


def test_the_access_trail_is_filtered(pit: App, cli: CommandLine) -> None:
    """By child, viewer and instants; and that it was asked is recorded with its filters and its size."""
    done(pit, opening("t-2"))
    for viewer, child in ((COACH, CHILD), (TEACHER, CHILD), (RECORDS_OFFICER, "t-2")):
        see(pit, viewer, trajectory=child)
    looks = facts_of(pit, Look)
    second = looks[1].recorded_at.isoformat()

    def found(*filters: object) -> list[int]:
        rows = json.loads(cli("disclosures", *filters, "--json", app=pit).out)["disclosures"]
        return [looks.index(each) for each in looks if str(each.stream) in {row["disclosure"] for row in rows}]

    assert found() == [0, 1, 2]
    assert found("--trajectory", CHILD) == [0, 1]
    assert found("--trajectory", "nobody") == []
    assert found("--viewer", COACH.id) == [0]
    assert found("--viewer", COACH.id, "--trajectory", "t-2") == []
    assert found("--from", second) == [1, 2]
    assert found("--to", second) == [0]
    asked = [each.fact for each in facts_of(pit, LogQueried)]
    assert len(asked) == 7
    assert all(isinstance(each, LogQueried) and each.by.id == f"os:{getpass.getuser()}" for each in asked)
    assert isinstance(asked[3], LogQueried)
    assert (asked[3].filters, asked[3].count) == ((f"viewer={COACH.id}",), 1)


def test_the_trail_tells_what_a_look_rested_on(pit: App, cli: CommandLine) -> None:
    """Rule, policy and its hash, entries with the names of their fields, and no content."""
    see(pit, COACH, categories=("session",))
    (row,) = json.loads(cli("disclosures", "--json", app=pit).out)["disclosures"]
    (child,) = row["children"]
    policy = next(iter(pit.policies.values()))
    assert (row["policy"], row["policy_sha256"], row["shown"]) == (policy.id, policy.sha256, True)
    assert {ground["rule"] for ground in child["grounds"] if ground["decision"] == "permit"} == {"care-team"}
    assert set(child["entries"].values().__iter__().__next__()) == {
        "episode",
        "form",
        "with",
        "minutes",
        "withheld_from",
    }


def test_asking_for_the_access_trail_in_vain_is_recorded(pit: App, cli: CommandLine) -> None:
    """A look at the trail is recorded, and a refusal with the same precision (ledger.md)."""
    before = len(log_of(pit))
    assert cli("disclosures", "--as", as_(COACH), app=pit).code == 1
    assert len(log_of(pit)) == before + 1
    assert isinstance(log_of(pit)[-1].fact, Look | LogQueried)
