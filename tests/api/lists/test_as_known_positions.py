"""Lists as known at an instant, while more is recorded: they tell what was known by then, and are decided at once."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import api.lists
from api.listing import EVERYTHING, Page, of_histories
from api.lists import caseload, class_list, consent_lapsing, contacts, load
from api.look import Question
from api.main import App, Settings, build, create
from api.reads import Reads
from api.replay import replay_all
from consent_policy.grounds import Actor
from domain.disclosure import Disclosed, Look, Shown
from projections.caseload import CASELOAD
from projections.class_list import CLASS_LIST
from projections.trajectory import TRAJECTORY
from projections.view import View
from tests.api.given import do, done, see
from tests.api.lists.given import DOOR, SECOND_JGT, Ask, asked, consented, helped, looks_of, of, queries_of
from tests.api.lists.test_told_by_looks import policy, with_policy
from tests.conftest import Clock
from tests.examples import CLOSED, COORDINATOR, COUNSELLOR, EXAMPLES, JGT, MOTHER, NOW, OPENED, by, says

Said = dict[str, Any]

HOUR = timedelta(hours=1)
MEANWHILE = NOW + HOUR / 2
"""When it is recorded that something happened, while somebody asks."""

KNOWN_AT = {
    "before it is recorded": NOW,
    "when it is recorded": MEANWHILE,
    "in the future": NOW + HOUR,
}
SESSION = EXAMPLES["hold_session"].said
CONTACT = EXAMPLES["hold_contact"].said
ENDS = consented(until="2026-07-01T00:00:00+02:00")
AT_SCHOOL = says("assign", JGT, "01-13 10:00", episode="e-1", professional=by(COUNSELLOR), team_role="member")
PROLONGED = consented(until="2026-07-20T00:00:00+02:00")
LISTS: tuple[tuple[Ask, View, Actor], ...] = (
    (caseload, CASELOAD, COORDINATOR),
    (caseload, CASELOAD, JGT),
    (class_list, CLASS_LIST, COUNSELLOR),
    (consent_lapsing, CASELOAD, COORDINATOR),
)
MOMENTS = {
    "before the reading begins": ("upto", helped("t-3", JGT, ENDS, AT_SCHOOL)),
    "once the reading has begun": ("known_at", []),
}
"""Where more is recorded, and who comes: once a reading has begun, it is too late to come on the list."""


def at_once(app: App, *said: Said, recorded_at: datetime = NOW) -> None:
    """Recorded in a simulated store, which then stands at that instant."""
    assert [do(app, each, recorded_at).status for each in said] == ["recorded"] * len(said)


@pytest.fixture
def simulated(url: str) -> Iterator[App]:
    """Children who are helped, in a store that says itself when something was recorded, and a contact."""
    app = create(Settings(url), simulated=True)
    for child in ("t-1", "t-2", "t-4"):
        at_once(app, *helped(child, JGT, ENDS, AT_SCHOOL))
    at_once(app, CONTACT)
    yield app
    app.store.close()


@pytest.fixture
def meanwhile(simulated: App, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Has something recorded when a read comes to this point, the first time."""

    def record(point: str, *said: Said) -> None:
        real: Callable[..., Any] = vars(Reads)[point]

        def late(*given: Any) -> Any:
            monkeypatch.setattr(Reads, point, real)
            at_once(simulated, *said, recorded_at=MEANWHILE)
            return real(*given)

        monkeypatch.setattr(Reads, point, late)

    return record


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("known_at", KNOWN_AT)
@pytest.mark.parametrize(("ask", "view", "viewer"), LISTS, ids=lambda each: getattr(each, "__name__", None))
def test_a_list_as_known_tells_what_was_known_whatever_is_recorded_meanwhile(
    simulated: App, meanwhile: Callable[..., None], ask: Ask, view: View, viewer: Actor, known_at: str, moment: str
) -> None:
    """As it does when it is asked again; the looks replay."""
    question = asked(viewer, view, known_at=KNOWN_AT[known_at])
    before = ask(simulated, question, EVERYTHING).seen.bodies
    point, newcomer = MOMENTS[moment]
    meanwhile(point, *of("t-1", CLOSED), *of("t-2", SESSION, PROLONGED), *newcomer)
    found = ask(simulated, question, EVERYTHING).seen.bodies
    assert simulated.now() == MEANWHILE
    assert found == ask(simulated, question, EVERYTHING).seen.bodies
    assert (found == before) == (known_at == "before it is recorded")
    assert {each.result for each in replay_all(simulated)} == {"same"}


@pytest.mark.parametrize("known_at", KNOWN_AT)
def test_contacts_as_known_are_those_that_were_known(
    simulated: App, meanwhile: Callable[..., None], known_at: str
) -> None:
    """Whatever is recorded before the reading begins; the query names the position of what was known."""
    at = KNOWN_AT[known_at]
    before = contacts(simulated, COORDINATOR, DOOR, NOW, at)
    meanwhile("upto", CONTACT | {"contact": "k-2"}, *helped("t-3"))
    found = contacts(simulated, COORDINATOR, DOOR, NOW, at)
    assert found == contacts(simulated, COORDINATOR, DOOR, NOW, at)
    assert (found == before) == (known_at == "before it is recorded")
    assert_query_tells_up_to_where(simulated, found["contacts"], -2)


def assert_query_tells_up_to_where(app: App, kinds: dict[str, int], query: int) -> None:
    """As many contacts as the log holds up to the position that the query says."""
    position = queries_of(app)[query].position
    held = [each for each in app.store.log(limit=1_000) if each.topic.startswith("contact.")]
    assert sum(each.position <= position for each in held) == sum(kinds.values())


def test_what_is_recorded_once_contacts_are_read_is_not_in_the_position_of_the_query(
    simulated: App, meanwhile: Callable[..., None]
) -> None:
    """Though it was known by the instant that is asked about, which is still to come: the answer does not tell it."""
    meanwhile("known_at", CONTACT | {"contact": "k-2"})
    found = contacts(simulated, COORDINATOR, DOOR, NOW, NOW + HOUR)
    assert_query_tells_up_to_where(simulated, found["contacts"], -1)


LAGGING: tuple[tuple[Ask, Actor], ...] = (
    (caseload, COORDINATOR),
    (caseload, SECOND_JGT),
    (consent_lapsing, COORDINATOR),
)


@pytest.fixture
def clock() -> Clock:
    """Of a machine that lags a quarter of an hour behind."""
    return Clock(datetime.now(UTC) - HOUR / 4)


@pytest.fixture
def right(app: App, url: str) -> Iterator[App]:
    """Another machine over the same store, with the right time."""
    now = datetime.now(UTC)
    right = build(Settings(url), lambda: now)
    yield right
    right.store.close()


@pytest.fixture
def halves(app: App, right: App, clock: Clock) -> tuple[datetime, datetime]:
    """When the machine with the right time had recorded half of what it says happened since, and all of it."""
    now = right.now()
    ends = consented(until=(now + timedelta(days=30)).isoformat())
    about = OPENED["child"] | {"birth_date": f"{now.year - 9}-01-01"}
    for child in ("t-1", "t-2", "t-3", "t-4", "t-6"):
        done(app, *helped(child, JGT, ends, child=about))
    since = {"at": (clock.now + HOUR / 12).isoformat()}
    joined = says("assign", JGT, "02-02 10:00", episode="e-1", professional=by(SECOND_JGT), team_role="member")
    withdrawn = says("revoke_consent", MOTHER, "02-02 10:00", person="g-m", all=True)
    moved = says("close_episode", JGT, "02-02 10:00", episode="e-1", outcome="moved")
    done(right, *of("t-1", withdrawn | since), *of("t-4", SESSION | since))
    half = app.store.last().recorded_at
    done(right, *of("t-2", CLOSED | since), *of("t-3", joined | since), *of("t-6", moved | since))
    done(right, *helped("t-5", JGT, ends, child=about))
    return half, app.store.last().recorded_at


def test_of_rows_and_of_histories_the_same_is_told_by_a_clock_that_lags(
    app: App, clock: Clock, halves: tuple[datetime, datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As known later than it is here, and as of before and after what happened since by another clock."""
    different = set[str]()
    for known_at in (None, clock.now, *halves, halves[1] + HOUR):
        for as_of in (None, clock.now + HOUR / 60, halves[1], halves[1] + 2 * HOUR):
            for ask, viewer in LAGGING:
                question = asked(viewer, as_of=as_of, known_at=known_at)
                of_rows = ask(app, question, EVERYTHING).seen.bodies
                with monkeypatch.context() as patched:
                    patched.setattr(api.lists, "of_rows", of_histories)
                    assert ask(app, question, EVERYTHING).seen.bodies == of_rows, question
                different.add(repr(of_rows))
    assert len(different) > len(LISTS)
    assert {each.result for each in replay_all(app)} == {"same"}


@pytest.mark.parametrize(("ask", "viewer"), LAGGING)
def test_as_of_an_instant_that_is_to_come_by_a_clock_that_lags_the_same_is_told(
    app: App, right: App, clock: Clock, halves: tuple[datetime, datetime], ask: Ask, viewer: Actor
) -> None:
    """As by the machine by whose clock it is over."""
    for as_of in (clock.now + HOUR / 60, halves[1]):
        question = asked(viewer, as_of=as_of)
        assert ask(app, question, EVERYTHING).seen.bodies == ask(right, question, EVERYTHING).seen.bodies


@pytest.mark.parametrize(
    "ask",
    [
        caseload,
        lambda app, asked, _: see(app, asked.viewer, asked.purpose, TRAJECTORY, "t-1", known_at=asked.known_at),
    ],
    ids=["a list", "a child"],
)
def test_what_is_known_in_the_future_is_told_by_the_policy_that_decides(
    app: App, clock: Clock, tmp_path: Path, ask: Callable[[App, Question, Page], object]
) -> None:
    """A policy that comes into force between now and then tells nothing yet."""
    done(app, *helped("t-1"))
    both = with_policy(app, policy(tmp_path, "2026-05", clock.now + HOUR / 2))
    assert both.policy(clock.now + HOUR).id == "2026-05"
    ask(both, asked(COORDINATOR, known_at=clock.now + HOUR), EVERYTHING)
    ask(app, asked(COORDINATOR), EVERYTHING)
    as_known, now = looks_of(app)
    assert (as_known.policy, as_known.policy_known) == ("2026-11", "2026-11")
    assert [each.digest for each in shown_of(as_known)] == [each.digest for each in shown_of(now)]
    assert {each.result for each in replay_all(both)} == {"same"}


def shown_of(look: Look) -> tuple[Shown, ...]:
    assert isinstance(look, Disclosed)
    return look.shown


def test_the_load_names_the_position_up_to_which_it_counts(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not that of what was recorded until the question itself was."""
    done(app, *helped("t-1"))
    position = app.store.last().position
    _before_the_query(monkeypatch, lambda: done(app, *helped("t-2")))
    assert load(app, COORDINATOR, DOOR) == [by(JGT) | {"episodes": {"jgt": 1}}]
    assert [each.position for each in queries_of(app)] == [position]
    assert app.store.last().position > position + 1


def test_contacts_name_the_position_up_to_which_they_are_told(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """Now, and as known."""
    done(app, CONTACT)
    position, known_at = app.store.last().position, app.store.last().recorded_at
    for number, at in enumerate((None, known_at)):
        more = CONTACT | {"contact": f"k-2{number}"}
        with monkeypatch.context() as patched:
            _before_the_query(patched, partial(done, app, more))
            contacts(app, COORDINATOR, DOOR, None, at)
    assert [each.position for each in queries_of(app)] == [position, position]


def _before_the_query(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Has something recorded between the reading and what is recorded of it."""
    real: Callable[..., None] = vars(api.lists)["record_query"]

    def late(*given: Any, **named: Any) -> None:
        happens()
        real(*given, **named)

    monkeypatch.setattr(api.lists, "record_query", late)
