"""An erasure that is cut off between the log and the key: nothing is shown of the child, and it is finished later."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from api.erasures import Erasures
from api.http.serving import Chores
from api.look import Seen
from api.main import App, Settings, build
from api.replay import Replayed, replay
from consent_policy.grounds import Actor
from domain.envelope import Unrecorded
from domain.field import Receipt
from domain.trajectory.request import Erased
from ledger.errors import KeyDestroyed, StoreUnavailable, WrongKey
from ledger.seal import Key
from projections.views import VIEWS
from tests.api.given import do, done, see
from tests.api.http.load import until
from tests.conftest import Clock
from tests.examples import AUDITOR, COACH, COORDINATOR, DPO, EXAMPLES, MOTHER, RECORDS_OFFICER, opening
from tests.ledger.place import Place

ERASE = EXAMPLES["erase"]
CHILD = str(ERASE.said["trajectory"])
VIEWERS = (
    (AUDITOR, "audit"),
    (DPO, "audit"),
    (RECORDS_OFFICER, "legal"),
    (COACH, "care"),
    (COORDINATOR, "coordination"),
    (MOTHER, "subject_access"),
)


@pytest.fixture
def look(app_on_each_engine: App) -> UUID:
    """A look of before the erasure."""
    app = app_on_each_engine
    done(app, *EXAMPLES["give_consent"].after, EXAMPLES["give_consent"].said)
    for line in ERASE.after:
        do(app, line)
    seen = see(app, MOTHER, trajectory=CHILD)
    assert isinstance(seen, Seen)
    return seen.disclosure


def unreachable(_: UUID) -> None:
    raise StoreUnavailable("The keys cannot be reached.")


@pytest.fixture
def cut_off(app_on_each_engine: App, look: UUID, monkeypatch: pytest.MonkeyPatch) -> App:
    """It stands in the log that the child is erased; then the keys could not be reached."""
    app = app_on_each_engine

    with monkeypatch.context() as patched:
        patched.setattr(app.store.keys, "destroy", unreachable)
        with pytest.raises(StoreUnavailable):
            do(app, ERASE.said)
    app.store.keys.get(app.stream_of(CHILD))
    return app


@pytest.fixture
def fresh(cut_off: App, place: Place, clock: Clock) -> Iterator[App]:
    """Another process, which reads all from the log."""
    app = build(Settings(place.url), clock)
    yield app
    app.store.close()


def later(clock: Clock) -> None:
    """The log has a clock of its own."""
    clock.now = datetime.now(UTC) + timedelta(minutes=2)


def shown(app: App, viewer: Actor, purpose: str) -> object:
    outcomes = [see(app, viewer, purpose, view, CHILD) for view in VIEWS.values()]
    return [each.bodies if isinstance(each, Seen) else each.decision for each in outcomes]


def test_meanwhile_nothing_is_shown_or_done(cut_off: App, fresh: App, look: UUID) -> None:
    """As when the key is gone, in the process that tried and in every other one."""
    before = [shown(app, *viewer) for app in (cut_off, fresh) for viewer in VIEWERS]
    for app in (cut_off, fresh):
        assert replay(app, look) == Replayed(look, app.store.stream(look)[0].position, "erased")
        assert do(app, EXAMPLES["give_consent"].said).code == "erased"
        assert {type(fact) for fact in app.reread(app.stream_of(CHILD)).facts.values()} == {Erased}
    do(fresh, ERASE.said)
    assert before == [shown(app, *viewer) for app in (cut_off, fresh) for viewer in VIEWERS]


def test_it_is_finished_once_it_is_left(cut_off: App, fresh: App, clock: Clock) -> None:
    """Not while somebody may be at it still; and no more than once."""
    erasures = Erasures(fresh)
    assert erasures.finish() == 0
    later(clock)
    assert erasures.finish() == 1
    assert erasures.finish() == Erasures(fresh).finish() == 0
    facts = [each.fact for each in cut_off.store.stream(cut_off.stream_of(CHILD))]
    assert {type(fact) for fact in facts} == {type(None), Erased}


def test_it_is_tried_again(fresh: App, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the keys can be reached again."""
    erasures = Erasures(fresh)
    later(clock)
    with monkeypatch.context() as patched:
        patched.setattr(fresh.store.keys, "destroy", unreachable)
        with pytest.raises(StoreUnavailable):
            erasures.finish()
    assert erasures.finish() == 1


def test_one_that_cannot_be_finished_keeps_no_other(fresh: App, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its key cannot be read, say; each is tried, and this one again."""
    later(clock)
    stuck, get = fresh.stream_of(CHILD), fresh.store.keys.get
    another = opening("t-another")
    done(fresh, another)
    other = fresh.stream_of("t-another")
    fact = Erased(occurred_at=clock(), by=RECORDS_OFFICER, receipt=Receipt("x", "x"), request="q")
    fresh.save([Unrecorded(other, 2, fact)])
    clock.now += timedelta(minutes=5)

    def broken(stream: UUID) -> Key:
        if stream == stuck:
            raise WrongKey("It does not open.")
        return get(stream)

    erasures = Erasures(fresh)
    with monkeypatch.context() as patched:
        patched.setattr(fresh.store.keys, "get", broken)
        with pytest.raises(WrongKey):
            erasures.finish()
    with pytest.raises(KeyDestroyed):
        get(other)
    assert erasures.finish() == 1


def test_a_service_finishes_it(fresh: App, clock: Clock, tmp_path: Path) -> None:
    """The worker that projects, by itself."""
    later(clock)
    with Chores(fresh, tmp_path / "projects.lock", None):
        until(lambda: fresh.store.stream(fresh.stream_of(CHILD))[0].fact is None)


def test_a_service_goes_on_where_its_folder_was_tidied_away(fresh: App, clock: Clock, tmp_path: Path) -> None:
    """Else nobody would project, nor end with the supervisor, from the next worker on."""
    later(clock)
    with Chores(fresh, tmp_path / "gone" / "projects.lock", None):
        until(lambda: fresh.store.stream(fresh.stream_of(CHILD))[0].fact is None)
    assert (tmp_path / "gone").stat().st_mode & 0o777 == 0o700
