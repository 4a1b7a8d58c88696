"""What is personal stands in no file, report, message or error, in whatever field somebody puts it.

Planted words go in through every door that there is, right and wrong, and are looked for everywhere.
"""

import json
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import api.importing
from api.importing import Line, answer
from api.main import App, Settings, build
from api.parse import NotAnAction, parse
from domain.attempt import ActionRefused
from domain.disclosure import Disclosed, Look
from domain.fact import ChildFact
from ledger.errors import StoreUnavailable
from tests.api.given import do, facts_of, log_of, personal, texts_of
from tests.conftest import Clock, CommandLine, Done
from tests.examples import CASES, EVALUATOR, EXAMPLES, PIT, as_, by, lines_of, session
from tests.examples import COACH as SAMPLE

REFERENCE = "123456782"
"""Somebody used a national number as the reference of a dossier."""

PLANTED = {
    "t-pit-1": REFERENCE,
    "Noor": "Sproetje",
    "Voorbeeld": "Vlindermans",
    "111222333": "999990019",
    "g-m": "moeder-van-sproetje",
    "g-f": "vader-van-sproetje",
    "Wordt snel boos, ruzie op het plein.": "Sloeg een kikkervriendje.",
    "In de klas onrustig na de pauze.": "Bijt op kikkerpotloden.",
    "Thuis ook snel boos.": "Gooit met kikkerbordjes.",
    "Coach op school": "Kikkercoach",
    "Rustig uit de pauze komen": "Kikkerrust",
    "impulsbeheersing": "kikkersprongen",
    "Angstklachten nemen toe.": "Bang voor kikkerdril.",
    "humor": "kikkerhumor",
}
"""What the pit case says -> what it says here instead, so that every word can be looked for."""

CODES = (
    "quarrelling",
    "rule_breaking",
    "guardian_talk",
    "kikkerpraat-met",
    "jeugd-ggz-rijnland",
    "universiteit-leiden",
)
"""Codes and organisations, which stand in the clear in no file either."""

NEVER = (*PLANTED.values(), "Sproetje Vlindermans", "kikker", "Kikker", "sproetje")
COACH = as_(SAMPLE)


def planted_story() -> list[dict[str, Any]]:
    """The pit case with planted words, talks with planted persons, and tries that are refused."""
    text = "\n".join(json.dumps(each, ensure_ascii=False) for each in PIT)
    for plain, word in PLANTED.items():
        text = text.replace(plain, word)
    story: list[dict[str, Any]] = [json.loads(line) for line in text.splitlines()]
    talk = session(trajectory=REFERENCE, summary="Kikkerpraat.", **{"with": ["moeder-van-sproetje", "school"]})
    refused = {"summary": "Kikkerverhaal.", "by": by(SAMPLE) | {"organisation": "elsewhere"}}
    unknown = talk | {"trajectory": f"{REFERENCE}-2", "summary": "Kikkerraadsel."}
    return [*story, talk, talk | refused, unknown, talk | {"irregular": "Kikkerredenen genoeg, hier."}]


@pytest.fixture
def story(tmp_path: Path) -> Path:
    """The file to import, away from the store."""
    file = tmp_path / "story.jsonl"
    file.write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in planted_story()), "utf-8")
    return file


@pytest.fixture
def told(app: App, cli: CommandLine, story: Path, tmp_path: Path, clock: Clock) -> Done:
    """The import of the story, with its report at `report.jsonl`; positions as in the pit case."""
    clock.step(days=1)
    return cli("import", story, "--report", tmp_path / "report.jsonl", app=app)


def assert_clean(said: str, *, where: str = "") -> None:
    found = [word for word in NEVER if word in said]
    assert found == [], where


def files_of(folder: Path) -> Iterator[tuple[str, bytes]]:
    for file in folder.iterdir():
        yield file.name, file.read_bytes()


def test_the_story_is_answered_as_the_case_is(told: Done, tmp_path: Path) -> None:
    """The planted words change no answer; otherwise the other tests would look for what never came in."""
    said = [json.loads(line) for line in (tmp_path / "report.jsonl").read_text("utf-8").splitlines()]
    expected = lines_of("pit.expected.jsonl")
    assert [each["status"] for each in said[: len(expected)]] == [each["status"] for each in expected]
    assert [each["status"] for each in said[len(expected) :]] == ["recorded", "refused", "refused", "refused"]
    assert told.code == 1


def test_nothing_planted_stands_in_any_file_of_the_store(told: Done, app: App, cli: CommandLine, folder: Path) -> None:
    """Log, write-ahead log, keys and key file; after actions, refusals, looks and questions about them."""
    for look in (("timeline", REFERENCE), ("trajectory", REFERENCE), ("timeline", REFERENCE, "--category", "session")):
        assert cli(*look, "--as", COACH, app=app).code == 0
    cli("explain", "--trajectory", REFERENCE, "--viewer", COACH, "--purpose", "care", "--category", "session", app=app)
    cli("disclosures", "--trajectory", REFERENCE, "--viewer", "moeder-van-sproetje", app=app)
    names = {name for name, _ in files_of(folder)}
    assert {"zorgspoor.db", "zorgspoor.db-wal", "zorgspoor.key", "zorgspoor.keys.db"} <= names
    for name, content in files_of(folder):
        assert [word for word in (*NEVER, *CODES) if word.encode() in content] == [], name
    app.store.close()
    for name, content in files_of(folder):
        assert [word for word in (*NEVER, *CODES) if word.encode() in content] == [], name
    assert told.code == 1


def test_nothing_planted_stands_in_the_report(told: Done, tmp_path: Path) -> None:
    """Nor on the screen: the reference of the child, which is a national number, comes back as an opaque id."""
    assert_clean((tmp_path / "report.jsonl").read_text("utf-8"))
    assert_clean(told.out + told.err)


def test_attempts_and_disclosures_hold_no_text(told: Done, app: App, cli: CommandLine) -> None:
    """They outlive the dossier: references, codes, entries and names of fields only."""
    for view in ("timeline", "trajectory"):
        assert cli(view, REFERENCE, "--as", COACH, app=app).code == 0
        cli(view, REFERENCE, "--as", COACH, "--purpose", "legal", app=app)
    texts = texts_of(each.fact for each in facts_of(app, ChildFact) if isinstance(each.fact, ChildFact))
    assert {"Sproetje", "Kikkerpraat.", "999990019", "kikkersprongen"} <= set(texts)
    others = [each.fact for each in log_of(app) if each.fact is not None and not isinstance(each.fact, ChildFact)]
    assert {type(each) for each in others} >= {ActionRefused, Disclosed}
    for each in others:
        said = each.model_dump_json()
        assert_clean(said, where=each.TOPIC)
        assert [text for text in texts if text in said] == []
    assert told.code == 1


def test_the_trail_and_the_replay_tell_nothing_planted(told: Done, app: App, cli: CommandLine) -> None:
    """An auditor sees which entries and fields were shown, never what stood in them."""
    cli("timeline", REFERENCE, "--as", COACH, app=app)
    cli("timeline", REFERENCE, "--as", COACH, "--purpose", "legal", app=app)
    for form in ((), ("--json",)):
        for command in (("disclosures",), ("disclosures", "--trajectory", REFERENCE), ("replay", "--all")):
            said = cli(*command, *form, app=app)
            assert said.code == 0
            assert_clean(said.out + said.err)
    assert facts_of(app, Look)
    assert told.code == 1


def test_looks_that_are_refused_or_fail_tell_nothing_planted(
    told: Done, app: App, cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused, bad use, store in trouble, and a defect whose error itself holds the text."""
    stranger = as_(SAMPLE).replace("pit-leiden", "elsewhere")
    asked = {
        1: ("timeline", REFERENCE, "--as", stranger),
        2: ("timeline", REFERENCE, "--as", COACH, "--as-of", "Sproetje"),
    }
    for code, arguments in asked.items():
        for form in ((), ("--json",)):
            said = cli(*arguments, *form, app=app)
            assert said.code == code
            assert_clean(said.out + said.err)

    def trouble(*_: Any, **__: Any) -> None:
        raise StoreUnavailable("The disk of the store fails.")

    def defect(*_: Any, **__: Any) -> None:
        raise ValueError(f"Sproetje {PLANTED}")

    for code, happens in ((3, trouble), (70, defect)):
        monkeypatch.setattr(app.store, "save", happens)
        said = cli("timeline", REFERENCE, "--as", COACH, app=app)
        assert (said.code, said.out) == (code, "")
        assert_clean(said.err)
    assert told.code == 1


WORD = "Sproetje Vlindermans"
WRONG: dict[str, Any] = {
    "a text": WORD,
    "a list": [WORD],
    "an object": {WORD: WORD},
    "an object in a list": [{WORD: WORD, "id": WORD, "text": WORD, "owner": {WORD: 1}}],
    "a long text": WORD * 2_000,
    "a BSN": "999990018",
    "a number": 9999900190,
    "a day": "2026-13-45 Sproetje",
    "not Unicode": "Sproetje \ud800",
    "blank": "  ",
}


def wrong_lines() -> Iterator[dict[str, Any]]:
    """Every kind of action of the story, with every wrong thing in every field, and in a field that is not there."""
    for said in {each["action"]: each for each in planted_story()[:47]}.values():
        for wrong in WRONG.values():
            for name in said:
                yield said | {name: wrong}
            yield said | {WORD: wrong}
            yield from (said | {name: value | {WORD: wrong}} for name, value in said.items() if isinstance(value, dict))
        yield from ({key: value for key, value in said.items() if key != name} for name in said)


def test_a_line_that_does_not_fit_is_answered_without_what_it_says(told: Done, app: App) -> None:
    """Wrong type, unknown field, missing field, too long, bad BSN, bad day: the answer names the field and the rule."""
    statuses = set()
    for number, wrong in enumerate(wrong_lines()):
        text = json.dumps(wrong).encode()
        said = answer(app, Line(number, text, len(text)), recorded_clock=False, language="nl").as_json()
        statuses.add(said["status"])
        assert_clean(json.dumps(said, ensure_ascii=False), where=str(said))
    assert statuses >= {"invalid", "refused", "recorded"}
    assert told.code == 1


def test_the_error_of_a_line_that_does_not_fit_holds_nothing_of_it(app: App) -> None:
    """Also not in what led to it, nor in its notes."""
    for wrong in wrong_lines():
        try:
            parse(wrong, app.programmes)
        except NotAnAction as error:
            caught = error
            said = "".join(traceback.format_exception(caught)) + repr(caught)
            assert_clean(said, where=said)
            led_to = (caught.__cause__, caught.__context__)
            assert led_to == (None, None)


NO_JSON = {
    "cut off": json.dumps(PIT[0] | {"action_id": WORD}).encode()[:-9],
    "a bare text": json.dumps(WORD).encode(),
    "a list": json.dumps([PIT[0], WORD]).encode(),
    "not UTF-8": b'{"action": "Sproetje", "x": "' + b'\xff\xfe"}',
    "a key twice": b'{"Sproetje": 1, "Sproetje": 2}',
    "too deep": b'{"Sproetje": ' + b"[" * 100_000,
    "a number too long": b'{"minutes": ' + b"9" * 5_000 + b"}",
    "a constant": b"NaN",
    "two documents": b'{"a": "Sproetje"} {"b": "Sproetje"}',
    "an action that is none": json.dumps(PIT[0] | {"action": WORD}).encode(),
    "an action that is no text": json.dumps(PIT[0] | {"action": {WORD: 1}}).encode(),
    "no action": b'{"Sproetje": "Sproetje"}',
    "too long": b'{"Sproetje": "' + b"Sproetje " * 200_000 + b'"}',
}


def test_lines_that_are_no_actions_are_told_without_what_they_say(
    app: App, cli: CommandLine, tmp_path: Path, folder: Path
) -> None:
    """In the report, on the screen and in the store; the lines around them are done."""
    file, report = tmp_path / "lines.jsonl", tmp_path / "report.jsonl"
    good = [json.dumps(each).encode() for each in planted_story()[:2]]
    file.write_bytes(b"\n".join([good[0], *NO_JSON.values(), good[1]]) + b"\n")
    said = cli("import", file, "--report", report, app=app)
    answers = [json.loads(line) for line in report.read_text("utf-8").splitlines()]
    assert [each["status"] for each in answers] == ["recorded", *["invalid"] * len(NO_JSON), "recorded"]
    assert said.code == 1
    assert_clean(said.out + said.err + report.read_text("utf-8"))
    for name, content in files_of(folder):
        assert [word for word in NEVER if word.encode() in content] == [], name


def test_questions_that_do_not_fit_tell_nothing_of_what_was_sent(app: App, cli: CommandLine, tmp_path: Path) -> None:
    """`explain --batch` with wrong lines: the number of the line and the field, no value."""
    batch = tmp_path / "asks.jsonl"
    good = {"trajectory": REFERENCE, "viewer": json.loads(COACH), "purpose": "care", "category": "session"}
    for wrong in ({"at": WORD}, {"viewer": WORD}, {"viewer": {"id": WORD, "role": WORD}}, {"purpose": [WORD]}):
        batch.write_text(json.dumps(good | wrong) + "\n", "utf-8")
        said = cli("explain", "--batch", batch, app=app)
        assert (said.code, said.out) == (2, "")
        assert_clean(said.err)
    for text in ('{"a": "Sproetje"', '"Sproetje"', "[1]"):
        batch.write_text(text, "utf-8")
        assert cli("explain", "--batch", batch, app=app).code == 2
        assert_clean(cli("explain", "--batch", batch, app=app).err)


def test_no_text_of_any_action_there_is_stands_in_a_file_or_outside_its_child(
    app: App, folder: Path, clock: Clock
) -> None:
    """The canonical example of each, with what comes before it, once as said and once by somebody who may not."""
    clock.step(days=400)
    texts, answers = set[str](), dict[str, str]()
    for number, example in enumerate(EXAMPLES.values()):
        for said in example.story:
            about = said | {"trajectory": f"{REFERENCE}-{number}"} if "trajectory" in said else said
            texts |= {each for each in personal(parse(about, app.programmes)) if len(each) > 5}
            answers[example.name] = do(app, about).status
            text = json.dumps(about | {"by": by(EVALUATOR)}).encode()
            answer(app, Line(1, text, len(text)), recorded_clock=False)
    assert {name: status for name, status in answers.items() if status != "recorded"} == {}
    assert len(texts) > 30
    for name, content in files_of(folder):
        assert [text for text in (*texts, REFERENCE) if text.encode() in content] == [], name
    others = [each.fact for each in log_of(app) if each.fact is not None and not isinstance(each.fact, ChildFact)]
    assert len(others) > len(EXAMPLES)
    for fact in others:
        assert [text for text in (*texts, REFERENCE) if text in fact.model_dump_json()] == [], fact.TOPIC


def test_a_defect_in_the_middle_of_an_import_tells_only_its_place(
    url: str, app: App, cli: CommandLine, story: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 70, the file and line of the program, and no value."""

    def defect(*_: Any, **__: Any) -> None:
        raise RuntimeError(WORD)

    monkeypatch.setattr(api.importing, "answer", defect)
    said = cli("import", story, "--store", url)
    assert (said.code, said.out) == (70, "")
    assert "RuntimeError at test_secrecy.py" in said.err
    assert_clean(said.err)
    assert len(log_of(build(Settings(url)))) == len(log_of(app)) == 1


def test_the_cases_themselves_hold_what_is_planted_over() -> None:
    """If the pit case changes its words, the words to plant must change with them."""
    text = (CASES / "pit.jsonl").read_text("utf-8")
    assert [plain for plain in PLANTED if plain not in text] == []
