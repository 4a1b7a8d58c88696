"""Who may not see a child reads the same as in a store where that child never was."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from api import lists
from api.listing import EVERYTHING, Listed, Page
from api.look import Question
from api.main import App
from consent_policy.grounds import Actor
from domain.disclosure import Disclosed, DisclosureRefused
from projections.caseload import CASELOAD
from projections.class_list import CLASS_LIST
from projections.doubles import IDENTITY
from projections.oversight import REQUESTS_DUE, REVIEWS_DUE
from projections.view import View
from tests.api.given import done
from tests.api.lists.given import (
    SECOND_JGT,
    Said,
    asked,
    bytes_of,
    children_of,
    consented,
    helped,
    irregular,
    looks_of,
)
from tests.api.test_worked_cases import COUNSELLOR, copied, pupil
from tests.conftest import CommandLine
from tests.examples import ERASURE_REQUESTED, JGT, as_

Ask = Callable[[App, Question, Page], Listed]
SOON = consented(until="2026-05-20T00:00:00+02:00")
SOONER = consented(until="2026-05-10T00:00:00+02:00")
BSN = "111222333"


class Case(NamedTuple):
    """A list and its viewer; what is said of each child that they see, and of one that they do not."""

    ask: Ask
    view: View
    viewer: Actor
    seen: Callable[[str], list[dict[str, Any]]]
    hidden: Callable[[str], list[dict[str, Any]]]
    command: tuple[str, ...]


def own(*more: Said) -> Callable[[str], list[dict[str, Any]]]:
    return lambda child: helped(child, JGT, *more)


def others(*more: Said) -> Callable[[str], list[dict[str, Any]]]:
    """Helped in the same programme by somebody else: in the viewer's queue, and not theirs to see."""
    return lambda child: helped(child, SECOND_JGT, *more)


def of_class(child: str) -> list[dict[str, Any]]:
    return [each | {"trajectory": child} for each in pupil(1)]


def of_class_refused(child: str) -> list[dict[str, Any]]:
    return [each | {"trajectory": child} for each in pupil(1, refuses=True)]


def by_bsn(app: App, question: Question, _: Page) -> Listed:
    return lists.with_bsn(app, question, BSN)


CASES = {
    "caseload": Case(lists.caseload, CASELOAD, JGT, own(), others(), ("caseload",)),
    "caseload of a class": Case(lists.caseload, CASELOAD, COUNSELLOR, of_class, of_class_refused, ("caseload",)),
    "class list": Case(lists.class_list, CLASS_LIST, COUNSELLOR, of_class, of_class_refused, ("class-list",)),
    "lapsing": Case(lists.consent_lapsing, CASELOAD, JGT, own(SOON), others(SOONER), ("lapsing",)),
    "reviews": Case(
        lists.reviews_due, REVIEWS_DUE, JGT, irregular, lambda child: irregular(child, SECOND_JGT), ("reviews",)
    ),
    "requests": Case(
        lists.requests_due, REQUESTS_DUE, JGT, own(ERASURE_REQUESTED), others(ERASURE_REQUESTED), ("requests",)
    ),
    "search": Case(by_bsn, IDENTITY, JGT, own(), others(), ()),
}


@pytest.fixture(params=list(CASES))
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


@pytest.fixture
def without(app: App, case: Case, folder: Path, tmp_path: Path) -> Iterator[App]:
    """A copy of the store from before the children came that are not to be seen."""
    for number in range(3):
        done(app, *case.seen(f"t-{number}"))
    without = copied(folder, tmp_path / "without", app)
    for number in range(4):
        done(app, *case.hidden(f"h-{number}"))
    yield without
    without.store.close()


def test_every_page_is_the_same_bytes(app: App, without: App, case: Case) -> None:
    """Rows, their order, how many, where pages end and how long cursors are; refused children were looked at."""
    question = asked(case.viewer, case.view)
    everything = case.ask(app, question, EVERYTHING)
    assert len(children_of(everything)) == 3
    assert bytes_of(everything) == bytes_of(case.ask(without, question, EVERYTHING))
    (look,) = looks_of(app)
    assert isinstance(look, Disclosed)
    assert {each.trajectory for each in look.withheld} == {str(app.stream_of(f"h-{number}")) for number in range(4)}
    for limit in (1, 2, 3) if case.command else ():
        here, there = Page(limit), Page(limit)
        while here.cursor or here == Page(limit):
            one, other = case.ask(app, question, here), case.ask(without, question, there)
            assert bytes_of(one) == bytes_of(other)
            if one.next is None or other.next is None:
                break
            here, there = Page(limit, one.next), Page(limit, other.next)


def test_who_may_see_nothing_reads_an_empty_list(app: App, without: App, case: Case) -> None:
    """That there was something is recorded as refused; the answer has the same shape as where there is nothing."""
    stranger = SECOND_JGT if case.viewer == JGT else Actor("ib-9", "internal_counsellor", "school-12AB")
    purpose = "legal"
    question = asked(stranger, case.view, purpose)
    found = case.ask(app, question, EVERYTHING)
    assert bytes_of(found) == bytes_of(case.ask(without, question, EVERYTHING)) == b"[[], null]"
    assert isinstance(looks_of(app)[-1], DisclosureRefused)


def test_the_command_line_prints_the_same(app: App, without: App, case: Case, cli: CommandLine) -> None:
    """But for the disclosure and its position; as JSON and as a table."""
    for json_or_not in ("--json", ""):
        if case.command:
            arguments = [*case.command, "--as", as_(case.viewer), *([json_or_not] if json_or_not else [])]
            here, there = cli(*arguments, app=app), cli(*arguments, app=without)
            assert (here.code, here.err) == (there.code, there.err) == (0, "")
            assert without_numbers(here.out) == without_numbers(there.out)


def without_numbers(out: str) -> object:
    """What is printed, without under which number it is recorded."""
    if not out.startswith("{"):
        return [line for line in out.splitlines() if not line.startswith("recorded as")]
    said = json.loads(out)
    assert {"disclosure", "position"} <= said.keys()
    return {name: value for name, value in said.items() if name not in ("disclosure", "position")}
