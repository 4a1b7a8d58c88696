"""Children move, and are erased, while somebody asks for a list: what is recorded is what stood, at its position."""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import cycle
from threading import Event
from typing import Any
from uuid import UUID

import pytest

import api.listing
import api.lists
import projections.dossiers
from api.listing import EVERYTHING, Page
from api.lists import caseload, class_list, consent_lapsing, load, possible_doubles, requests_due, reviews_due
from api.look import Busy
from api.main import App, Settings, build
from api.reads import Reads
from api.replay import replay_all
from consent_policy.grounds import Actor
from domain.disclosure import Disclosed, Look
from ledger.errors import StoreUnavailable
from projections.access_trail import children_of as children_of_look
from projections.caseload import CASELOAD
from projections.class_list import CLASS_LIST
from projections.doubles import IDENTITY
from projections.oversight import REQUESTS_DUE, REVIEWS_DUE
from projections.view import View
from tests.api.given import do, done
from tests.api.lists.given import DOOR, SECOND_JGT, Ask, asked, children_of, consented, decided_at, helped, looks_of, of
from tests.api.test_worked_cases import pupil
from tests.conftest import Clock
from tests.examples import (
    COORDINATOR,
    COUNSELLOR,
    ERASURE_GRANTED,
    ERASURE_REQUESTED,
    EXAMPLES,
    INVOKED,
    JGT,
    MOTHER,
    NOW,
    RECORDS_OFFICER,
    by,
    says,
)
from tests.ledger.place import Place

CHILDREN = tuple(f"t-{number}" for number in range(7))
QUESTIONS: tuple[tuple[Ask, View, Actor], ...] = (
    (caseload, CASELOAD, COORDINATOR),
    (caseload, CASELOAD, JGT),
    (consent_lapsing, CASELOAD, COORDINATOR),
    (reviews_due, REVIEWS_DUE, RECORDS_OFFICER),
)


@pytest.fixture
def app(app_on_each_engine: App) -> App:
    """Seven children whom a consultant helps."""
    for child in CHILDREN:
        done(app_on_each_engine, *helped(child, JGT, consented(until="2026-07-01T00:00:00+02:00")))
    return app_on_each_engine


@pytest.fixture
def other(app: App, place: Place, clock: Clock) -> Iterator[App]:
    """Another process over the same store."""
    other = build(Settings(place.url), clock)
    yield other
    other.store.close()


def withdrawn_and_given(app: App, over: Event) -> int:
    """The mother of some child withdraws and consents, sessions are held or refused, overrides invoked; how many."""
    chance, recorded = random.Random(5), 0  # noqa: S311  # no secret
    revoked = says("revoke_consent", COUNSELLOR, "02-02 10:00", person="g-m", all=True, evidence={"kind": "form"})
    while not over.is_set():
        at = (NOW - timedelta(seconds=chance.randint(1, 10**6))).isoformat()
        some = (revoked, EXAMPLES["give_consent"].said, EXAMPLES["hold_session"].said, INVOKED | {"safety": at})
        for said in of(chance.choice(CHILDREN), *chance.sample(some, 2)):
            recorded += do(app, said | {"at": at, "action_id": f"{chance.random()}"}).status == "recorded"
    return recorded


def lists_asked(app: App, number: int, over: Event) -> Counter[str]:
    """Ask again and again, whole or by the page; what became of it."""
    seen = Counter[str]()
    while not over.is_set():
        ask, view, viewer = QUESTIONS[number % len(QUESTIONS)]
        try:
            found = ask(app, asked(viewer, view), Page(5) if number % 3 else EVERYTHING)
        except (Busy, StoreUnavailable):
            seen["busy"] += 1
        else:
            seen["asked"] += 1
            seen["shown"] += len(found.seen.bodies)
        number += 1
    return seen


def assert_every_look_names_what_stood(app: App) -> int:
    """The versions of all children of a look are those at its position; how many there were."""
    versions, compared = defaultdict[UUID, int](int), 0
    for recorded in app.log():
        if isinstance(recorded.fact, Look):
            for part in children_of_look(recorded.fact):
                assert part.version == versions[UUID(part.trajectory)]
                compared += 1
        elif recorded.topic.startswith("trajectory."):
            versions[recorded.stream] = recorded.entry
    return compared


def assert_lists_hold_while_children_move(app: App, other: App, seconds: float, readers: int) -> None:
    over = Event()
    with ThreadPoolExecutor(readers + 1) as threads:
        writing = threads.submit(withdrawn_and_given, other, over)
        reading = [threads.submit(lists_asked, app, number, over) for number in range(readers)]
        over.wait(seconds)
        over.set()
        seen = sum((each.result() for each in reading), Counter[str]())
    assert writing.result() > 0
    assert min(seen["asked"], seen["shown"]) > 0, seen
    assert len(looks_of(app)) == seen["asked"]
    assert assert_every_look_names_what_stood(app) >= seen["shown"]
    assert {each.result for each in replay_all(app)} == {"same"}


def test_every_list_names_the_versions_that_stood_at_its_position(app: App, other: App) -> None:
    """Three who ask, while another process withdraws, consents and reports; all of it replays."""
    assert_lists_hold_while_children_move(app, other, 0.8, 3)


@pytest.mark.long
@pytest.mark.timeout(300)
def test_every_list_names_the_versions_that_stood_for_many_who_ask(app: App, other: App) -> None:
    """Twelve who ask, for half a minute."""
    assert_lists_hold_while_children_move(app, other, 30, 12)


def test_children_that_others_wrote_to_are_read_again(app: App, other: App) -> None:
    """More of them than a list is decided again: each moved since this process knew it."""
    for number in range(24):
        done(app, *of(f"k-{number}", *pupil(number)))
    question = asked(COUNSELLOR, CLASS_LIST)
    assert len(class_list(app, question).seen.bodies) == 24
    for number in range(24):
        again = pupil(number)[-1] | {"consent": "c-2", "at": "2026-03-03T10:00:00+01:00"}
        done(other, *of(f"k-{number}", again))
    assert len(class_list(app, question).seen.bodies) == 24
    assert assert_every_look_names_what_stood(app) >= 48


def test_what_happened_by_a_clock_that_is_ahead_has_happened(app: App, place: Place) -> None:
    """On another machine somebody is made a member and a session is held at an instant to come: told as it is there."""
    ahead = build(Settings(place.url), Clock(NOW + timedelta(minutes=10)))
    before = caseload(app, asked(COORDINATOR)).seen.bodies
    later = (NOW + timedelta(minutes=5)).isoformat()
    joined = says("assign", JGT, "02-02 10:00", episode="e-1", professional=by(SECOND_JGT), team_role="member")
    held = EXAMPLES["hold_session"].said
    done(ahead, *of(CHILDREN[0], held | {"at": later}), *of(CHILDREN[1], joined | {"at": later}))
    told = caseload(app, asked(COORDINATOR)).seen.bodies
    assert told == caseload(ahead, asked(COORDINATOR)).seen.bodies != before
    assert caseload(app, asked(SECOND_JGT)).seen.bodies == caseload(ahead, asked(SECOND_JGT)).seen.bodies
    assert children_of(caseload(ahead, asked(SECOND_JGT))) == [str(app.stream_of(CHILDREN[1]))]
    assert {each.result for each in replay_all(app)} == {"same"}
    ahead.store.close()


@pytest.mark.parametrize("viewer", [COORDINATOR, JGT])
def test_a_withdrawal_by_a_clock_that_is_ahead_holds_at_once(app: App, place: Place, viewer: Actor) -> None:
    """A clock that lags behind shows nobody what was withdrawn; the look says when it was decided about that child.

    Of the others it is decided by the clock here: what happened to one child moves nothing of another.
    """
    ahead = build(Settings(place.url), Clock(NOW + timedelta(minutes=10)))
    before = caseload(app, asked(viewer)).seen.bodies
    later = NOW + timedelta(minutes=5)
    withdrawn = says("revoke_consent", MOTHER, "02-02 10:00", consent="c-m") | {"at": later.isoformat()}
    done(ahead, *of(CHILDREN[0], withdrawn))
    found, page = caseload(app, asked(viewer)), caseload(app, asked(viewer), Page(7))
    assert found.seen.bodies == page.seen.bodies == caseload(ahead, asked(viewer)).seen.bodies != before
    assert [decided_at(each) for each in looks_of(app)[-3:-1]] == [{later, NOW}] * 2
    assert {each.result for each in replay_all(app)} == {"same"}
    ahead.store.close()


Ways = dict[str, Any]
LISTING: Ways = vars(api.listing)
POINTS: dict[str, tuple[Ways, str]] = {
    "before it is recorded": (LISTING, "recorded"),
    "before its rows are read": (LISTING, "dossiers"),
    "before it is built": (LISTING, "part_of"),
    "before its rows are opened": (vars(projections.dossiers), "opened_body"),
}
LISTS: tuple[tuple[Ask, View, Actor], ...] = (
    (caseload, CASELOAD, COORDINATOR),
    (caseload, CASELOAD, JGT),
    (consent_lapsing, CASELOAD, COORDINATOR),
    (requests_due, REQUESTS_DUE, RECORDS_OFFICER),
    (lambda app, question, _: possible_doubles(app, question), IDENTITY, RECORDS_OFFICER),
)


@pytest.mark.parametrize("point", POINTS)
def test_a_child_that_is_erased_while_a_list_is_asked_is_not_shown(
    app: App, other: App, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    """By this process or another one, which is killed before it has deleted the child's rows; the others are shown."""
    done(app, *(each for child in CHILDREN for each in of(child, ERASURE_REQUESTED)))
    monkeypatch.setattr(Reads, "purge", lambda *_: None)
    there, reached = {str(app.stream_of(child)) for child in CHILDREN}, 0
    for child, eraser, (ask, view, viewer) in zip(CHILDREN, cycle((app, other)), LISTS, strict=False):
        with monkeypatch.context() as patched:
            erased = _erased_at(POINTS[point], patched, eraser, child)
            shown = children_of(ask(app, asked(viewer, view), EVERYTHING))
        there -= {str(app.stream_of(each)) for each in erased}
        reached += len(erased)
        assert sorted(shown) == sorted(there)
        assert all(str(app.stream_of(each)) not in _named(looks_of(app)[-1]) for each in erased)
    assert reached >= len(LISTS) // 2
    assert {each.result for each in replay_all(app)} <= {"same", "erased"}


def _erased_at(point: tuple[Ways, str], patched: pytest.MonkeyPatch, eraser: App, child: str) -> list[str]:
    """Has a child erased where the list comes to this point, the first time; who was."""
    (names, name), erased = point, list[str]()
    real: Callable[..., Any] = names[name]

    def late(*given: Any) -> Any:
        if not erased:
            erased.append(child)
            done(eraser, *of(child, ERASURE_GRANTED, EXAMPLES["erase"].said))
        return real(*given)

    patched.setitem(names, name, late)
    return erased


def _named(look: Look) -> set[str]:
    return {each.trajectory for each in look.shown} if isinstance(look, Disclosed) else set()


def test_a_child_that_is_erased_while_the_load_is_asked_does_not_count(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By another thread; that a name stood in the rows of that child stands in nobody's way."""
    first = min(CHILDREN, key=lambda child: app.stream_of(child).bytes)
    done(app, *of(first, ERASURE_REQUESTED, ERASURE_GRANTED))
    monkeypatch.setattr(Reads, "purge", lambda *_: None)
    real: Callable[..., bytes] = vars(api.lists)["opened_body"]

    def late(*given: Any) -> bytes:
        monkeypatch.setattr(api.lists, "opened_body", real)
        done(app, *of(first, EXAMPLES["erase"].said))
        return real(*given)

    monkeypatch.setattr(api.lists, "opened_body", late)
    rows = load(app, COORDINATOR, DOOR)
    assert isinstance(rows, list)
    assert [(row["id"], row["episodes"]) for row in rows] == [("jgt-1", {"jgt": len(CHILDREN) - 1})]
