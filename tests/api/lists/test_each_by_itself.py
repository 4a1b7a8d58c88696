"""What happened to one child, by a clock that is ahead, moves nothing of what is shown of another."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from api.lists import caseload, class_list
from api.look import Refused
from api.main import App, Settings, build
from api.replay import replay_all
from projections.caseload import CASELOAD
from projections.class_list import CLASS_LIST
from tests.api.given import body_of, done, see
from tests.api.lists.given import SECOND_JGT, asked, consented, helped, of
from tests.conftest import Clock
from tests.examples import COORDINATOR, EXAMPLES, JGT, LEAD, MOTHER_KNOWN, NOW, OPENED, STARTED, TEACHER, by
from tests.ledger.place import Place

SESSION = EXAMPLES["hold_session"].said
BEFORE_MIDNIGHT = datetime(2026, 5, 1, 21, 58, tzinfo=UTC)
"""23:58 in Amsterdam."""


@pytest.fixture
def app(app_on_each_engine: App) -> App:
    return app_on_each_engine


@pytest.fixture
def ahead(app: App, place: Place) -> Iterator[App]:
    """Another machine over the same store, whose clock is ahead."""
    ahead = build(Settings(place.url), Clock(NOW + timedelta(days=200)))
    yield ahead
    ahead.store.close()


def test_consent_that_has_not_begun_shows_nothing(app: App, ahead: App) -> None:
    """To the teacher it begins in three minutes; another machine tells of another child in five."""
    in_three = consented(recipients=["org:school-12AB"], **{"from": (NOW + timedelta(minutes=3)).isoformat()})
    done(app, *helped("t-1"), *of("t-2", OPENED, MOTHER_KNOWN, in_three, STARTED, LEAD))
    assert class_list(app, asked(TEACHER, CLASS_LIST)).seen.bodies == ()
    done(ahead, *of("t-1", SESSION | {"at": (NOW + timedelta(minutes=5)).isoformat()}))
    assert class_list(app, asked(TEACHER, CLASS_LIST)).seen.bodies == ()
    assert isinstance(see(app, TEACHER, view=CLASS_LIST, trajectory="t-2"), Refused)
    assert {each.result for each in replay_all(app)} == {"same"}


def test_a_hidden_child_moves_no_day(app: App, ahead: App, clock: Clock) -> None:
    """Somebody else's child, told of after midnight, makes nothing shown before midnight a day later."""
    clock.now = BEFORE_MIDNIGHT
    done(app, *helped("t-1"), *helped("t-9", SECOND_JGT))
    before = caseload(app, asked(JGT)).seen.bodies
    later = (BEFORE_MIDNIGHT + timedelta(minutes=5)).isoformat()
    done(ahead, *of("t-9", SESSION | {"by": by(SECOND_JGT), "at": later}))
    assert caseload(app, asked(JGT)).seen.bodies == before


def test_one_clock_that_is_wrong_spoils_no_list(app: App, ahead: App) -> None:
    """A child that somebody wrote about half a year ahead is decided about then; the others, now."""
    done(app, *helped("t-1"), *helped("t-2", JGT, consented(until=(NOW + timedelta(days=30)).isoformat())))
    done(ahead, *of("t-1", SESSION | {"at": (NOW + timedelta(days=199)).isoformat()}))
    rows = {row["trajectory"]: row for body in caseload(app, asked(COORDINATOR)).seen.bodies for row in body["rows"]}
    assert rows[str(app.stream_of("t-2"))]["paused"] is False
    assert rows[str(app.stream_of("t-1"))]["sessions"]["held"] == 1
    assert {each.result for each in replay_all(app)} == {"same"}


def test_nothing_is_recorded_before_it_happened(app: App, place: Place) -> None:
    """So that what was known at an instant had happened by then, whatever clock the log has: lists and looks agree."""
    real = datetime.now(UTC)
    ahead = build(Settings(place.url), Clock(real + timedelta(minutes=5)))
    done(ahead, *helped("t-1"), *of("t-1", SESSION | {"at": (real + timedelta(minutes=4)).isoformat()}))
    assert all(each.recorded_at >= each.fact.occurred_at for each in ahead.store.log() if each.fact)
    at = real + timedelta(minutes=1)
    (listed,) = caseload(ahead, asked(JGT, known_at=at, as_of=at)).seen.bodies
    assert listed == body_of(see(ahead, JGT, view=CASELOAD, trajectory="t-1", known_at=at, as_of=at))
    assert listed["rows"][0]["sessions"]["held"] == 0
    assert {each.result for each in replay_all(ahead)} == {"same"}
    ahead.store.close()
