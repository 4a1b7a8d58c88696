"""What does not fit is said in a sentence that names option and rule; nothing is shown, and nothing recorded."""

import base64
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api import lists
from api.cursor import BadCursor
from api.difference import between
from api.listing import Page
from api.look import KnownBefore, Question
from api.main import App, Settings, build, create
from consent_policy.grounds import Actor
from ledger.seal import SEAL_1
from projections.caseload import CASELOAD
from projections.class_list import CLASS_LIST
from projections.oversight import REQUESTS_DUE, REVIEWS_DUE
from tests.api.given import done
from tests.api.lists.given import DOOR, asked, children_of
from tests.api.test_worked_cases import pupil
from tests.conftest import Clock, CommandLine, Done
from tests.examples import COORDINATOR, COUNSELLOR, DPO, JGT, TEACHER, as_

LISTS = {
    "caseload": (lists.caseload, CASELOAD),
    "class-list": (lists.class_list, CLASS_LIST),
    "lapsing": (lists.consent_lapsing, CASELOAD),
    "reviews": (lists.reviews_due, REVIEWS_DUE),
    "requests": (lists.requests_due, REQUESTS_DUE),
}
AS = as_(COUNSELLOR)


@pytest.fixture(scope="session")
def school_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a store with five children of a class whom the counsellor may see, to copy from."""
    folder = tmp_path_factory.mktemp("school")
    app = create(Settings(f"sqlite:///{folder / 'zorgspoor.db'}"), clock=Clock())
    for number in range(5):
        done(app, *pupil(number))
    lists.caseload(app, asked(COUNSELLOR))
    app.store.close()
    return folder


@pytest.fixture
def school(school_store: Path, folder: Path, url: str, clock: Clock) -> Iterator[App]:
    """Five children of a class."""
    shutil.copytree(school_store, folder, dirs_exist_ok=True)
    app = build(Settings(url), clock)
    yield app
    app.store.close()


@pytest.fixture
def other(tmp_path: Path, clock: Clock) -> Iterator[App]:
    """Another store with the same children."""
    other = create(Settings(f"sqlite:///{tmp_path / 'other.db'}"), clock=clock)
    for number in range(5):
        done(other, *pupil(number))
    yield other
    other.store.close()


def next_of(app: App, question: Question) -> str:
    """The cursor of the second page of a caseload of two."""
    following = lists.caseload(app, question, Page(2)).next
    assert following is not None
    return following


def garbled(cursor: str) -> Iterator[str]:
    """Cursors that nobody was given."""
    sealed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    yield from (cursor[:-1], cursor[:20], cursor[1:], cursor + cursor, "x", "", "!!", "ë", " ", "a" * 10_000)
    for place in (0, 1, 20, len(sealed) - 1):
        changed = bytes([*sealed[:place], sealed[place] ^ 1, *sealed[place + 1 :]])
        yield base64.urlsafe_b64encode(changed).decode().rstrip("=")
    for short in (b"", SEAL_1, SEAL_1 + bytes(12), SEAL_1 + bytes(13), SEAL_1 + bytes(28), bytes(40)):
        yield base64.urlsafe_b64encode(short).decode().rstrip("=")


def test_a_cursor_that_was_not_given_out_is_refused(school: App) -> None:
    """Truncated, garbage, or with one bit of it changed; what was given out still works."""
    question = asked(COUNSELLOR)
    cursor = next_of(school, question)
    before = school.store.last().position
    for wrong in garbled(cursor):
        with pytest.raises(BadCursor):
            lists.caseload(school, question, Page(2, wrong))
    assert school.store.last().position == before
    assert len(children_of(lists.caseload(school, question, Page(2, cursor)))) == 2


CHANGES: dict[str, dict[str, Any]] = {
    "viewer": {"viewer": replace(COUNSELLOR, id="ib-2")},
    "role": {"viewer": replace(COUNSELLOR, role="teacher")},
    "organisation": {"viewer": replace(COUNSELLOR, organisation="school-07CD")},
    "purpose": {"purpose": "safety"},
    "reason": {"reason": "Zomaar."},
    "recipient": {"recipient": "org:school-12AB"},
    "categories": {"categories": ("episode",)},
    "as_of": {"as_of": datetime(2026, 6, 1, tzinfo=UTC)},
    "as_of before": {"as_of": datetime(2026, 4, 1, tzinfo=UTC)},
    "known_at": {"known_at": datetime(2027, 4, 1, tzinfo=UTC)},
    "view": {"view": replace(CASELOAD, version=9)},
}


@pytest.mark.parametrize("changed", CHANGES)
def test_a_cursor_of_another_question_is_refused(school: App, changed: str) -> None:
    """It belongs to one viewer in one role, who asks one thing for one reason."""
    question = asked(COUNSELLOR)
    cursor = next_of(school, question)
    before = school.store.last().position
    with pytest.raises(BadCursor):
        lists.caseload(school, replace(question, **CHANGES[changed]), Page(2, cursor))
    assert school.store.last().position == before
    assert lists.caseload(school, replace(question, door=DOOR), Page(2, cursor)).seen.bodies


@pytest.mark.parametrize("name", [name for name in LISTS if name != "caseload"])
def test_a_cursor_of_another_list_is_refused(school: App, name: str) -> None:
    """Also of one with the same view."""
    cursor = next_of(school, asked(COUNSELLOR))
    before = school.store.last().position
    ask, view = LISTS[name]
    with pytest.raises(BadCursor):
        ask(school, asked(COUNSELLOR, view), Page(2, cursor))
    with pytest.raises(BadCursor):
        ask(school, asked(COUNSELLOR), Page(2, cursor))
    assert school.store.last().position == before


def test_a_cursor_of_another_store_is_refused(school: App, other: App) -> None:
    """It is sealed under a key of the store."""
    with pytest.raises(BadCursor):
        lists.caseload(school, asked(COUNSELLOR), Page(2, next_of(other, asked(COUNSELLOR))))


def test_a_cursor_does_not_fit_a_list_that_has_become_one_of_the_past(school: App, clock: Clock) -> None:
    """As corrected, a list has one page: it is not shown from the beginning instead."""
    clock.now = school.store.last().recorded_at + timedelta(minutes=1)
    question = asked(COUNSELLOR, as_of=clock.now)
    cursor = next_of(school, question)
    clock.step(minutes=1)
    before = school.store.last().position
    with pytest.raises(BadCursor):
        lists.caseload(school, question, Page(2, cursor))
    assert school.store.last().position == before


@pytest.mark.parametrize("limit", [0, -1, -(2**63)])
def test_a_page_has_room_for_a_child(limit: int) -> None:
    """None would be an empty page with more to follow."""
    with pytest.raises(ValueError, match="limit: at least one"):
        Page(limit)


def test_a_page_may_be_larger_than_anything(school: App) -> None:
    """It ends where the list does."""
    found = lists.caseload(school, asked(COUNSELLOR), Page(10**30))
    assert (len(found.seen.bodies), found.next) == (5, None)


@pytest.mark.parametrize("name", LISTS)
def test_nothing_was_known_before_the_store(school: App, name: str) -> None:
    """An empty list would say that there was nothing."""
    before, (ask, view) = school.store.last().position, LISTS[name]
    for at in (datetime(2015, 1, 1, tzinfo=UTC), school.store.opened.recorded_at - timedelta(microseconds=1)):
        with pytest.raises(KnownBefore):
            ask(school, asked(COUNSELLOR, view, known_at=at), Page(2))
        with pytest.raises(KnownBefore):
            between(school, asked(COUNSELLOR), at, school.now())
    assert school.store.last().position == before
    first = asked(COORDINATOR, view, known_at=school.store.opened.recorded_at)
    assert ask(school, first, Page(2)).seen.bodies == ()


@pytest.mark.parametrize("name", LISTS)
def test_an_instant_without_an_offset_is_none(school: App, name: str) -> None:
    """Whoever calls must say which one is meant."""
    before, (ask, view) = school.store.last().position, LISTS[name]
    naive = datetime(2026, 3, 1)  # noqa: DTZ001  # what is tested
    for wrong in (asked(COUNSELLOR, view, as_of=naive), asked(COUNSELLOR, view, known_at=naive)):
        with pytest.raises(TypeError):
            ask(school, wrong, Page(2))
    assert school.store.last().position == before


def assert_bad_use(app: App, done_: Done, before: int, *words: str) -> None:
    """Exit code 2, nothing on standard output, a sentence with these words, and nothing in the log."""
    assert (done_.code, done_.out) == (2, "")
    said = " ".join(done_.err.replace("│", " ").split())
    assert all(word in said for word in words), said
    assert "Traceback" not in said
    assert app.store.last().position == before


GIVEN_OUT = "not given out by this store for this list, this viewer and these options"
WRONG: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("caseload", "--limit", "0"), ("--limit", "1")),
    (("class-list", "--limit", "-3"), ("--limit", "1")),
    (("lapsing", "--limit", "two"), ("--limit",)),
    (("caseload", "--cursor", "garbage"), ("--cursor", GIVEN_OUT)),
    (("requests", "--cursor", ""), ("--cursor", GIVEN_OUT)),
    (("caseload", "--as-of", "yesterday"), ("--as-of", "an instant with its offset")),
    (("caseload", "--as-of", ""), ("--as-of", "an instant with its offset")),
    (("caseload", "--known-at", ""), ("--known-at", "an instant with its offset")),
    (("caseload", "--as-of", "2026-03-01T10:00:00"), ("--as-of", "an instant with its offset")),
    (("caseload", "--known-at", "2026-02-30T10:00:00Z"), ("--known-at", "an instant with its offset")),
    (("caseload", "--known-at", "2015-01-01T00:00:00Z"), ("--known-at", "earlier than the first fact of this store")),
    (("contacts", "--as-of", "soon"), ("--as-of", "an instant with its offset")),
    (("contacts", "--known-at", "2015-01-01T00:00:00Z"), ("--known-at", "earlier than the first fact of this store")),
    (("changes", "--from", "then", "--to", "now"), ("--from", "an instant with its offset")),
    (("changes", "--from", "2026-03-01T00:00:00Z", "--to", ""), ("--to", "an instant with its offset")),
    (("changes", "--from", "2026-03-02T00:00:00Z", "--to", "2026-03-01T00:00:00Z"), ("the first one first",)),
    (("disclosures", "--from", "1 maart"), ("--from", "an instant with its offset")),
    (("disclosures", "--to", "1 maart"), ("--to", "an instant with its offset")),
)


@pytest.mark.parametrize(("arguments", "words"), WRONG, ids=[" ".join(each) for each, _ in WRONG])
def test_the_command_line_says_which_option_is_wrong(
    school: App, cli: CommandLine, arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    """And what it should be."""
    before = school.store.last().position
    assert_bad_use(school, cli(*arguments, "--as", AS, app=school), before, *words)


NOBODY = ("", "me", "{}", '{"id":"x","role":"boss","organisation":"y"}', as_(DPO).replace('"fg-1"', '""'))


@pytest.mark.parametrize("name", [*LISTS, "doubles", "load", "contacts"])
def test_who_looks_must_be_an_actor(school: App, cli: CommandLine, name: str) -> None:
    """With an id, an organisation, and a role that there is."""
    before = school.store.last().position
    for who in NOBODY:
        assert_bad_use(school, cli(name, "--as", who, app=school), before, "--as:")


def test_a_cursor_through_the_command_line_belongs_to_its_list_viewer_and_options(
    school: App, cli: CommandLine
) -> None:
    """Another list, somebody else, another purpose or reason, another instant."""
    following = cli("caseload", "--as", AS, "--limit", 2, app=school).out.split("--cursor ")[1].strip()
    before = school.store.last().position
    ways = (
        ("class-list", "--as", AS),
        ("lapsing", "--as", AS),
        ("caseload", "--as", as_(TEACHER)),
        ("caseload", "--as", AS, "--purpose", "safety"),
        ("caseload", "--as", AS, "--reason", "Zomaar."),
        ("caseload", "--as", AS, "--as-of", "2026-03-03T00:00:00Z"),
        ("caseload", "--as", AS, "--as-of", "2026-06-03T00:00:00Z"),
        ("caseload", "--as", AS, "--known-at", "2030-06-03T00:00:00Z"),
    )
    for arguments in ways:
        assert_bad_use(school, cli(*arguments, "--cursor", following, app=school), before, "--cursor", GIVEN_OUT)
    done_ = cli("caseload", "--as", AS, "--limit", 2, "--cursor", following, app=school)
    assert (done_.code, done_.err) == (0, "")


def test_somebody_of_no_list_asks_in_vain_and_not_wrongly(school: App, cli: CommandLine) -> None:
    """An empty list is an answer: exit code 0, and it is recorded."""
    before = school.store.last().position
    for viewer in (JGT, Actor("ev-1", "evaluator", "GM1916"), Actor("g-m", "guardian", "family")):
        for name in LISTS:
            assert cli(name, "--as", as_(viewer), app=school).code == 0
    assert school.store.last().position == before + 3 * len(LISTS)
