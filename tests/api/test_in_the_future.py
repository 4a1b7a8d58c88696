"""What is said to happen in a time to come is refused now, and moves nobody's clock."""

from datetime import UTC, datetime, timedelta

from api.main import App
from domain.attempt import ActionRefused
from tests.api.given import do, done, facts_of
from tests.examples import session


def test_an_attempt_moves_no_clock(pit: App) -> None:
    """It did not happen; else everything after it would be recorded in 2099, and nothing known before."""
    assert do(pit, session() | {"at": "2099-01-01T09:00:00Z"}).code == "in_the_future"
    (tried,) = (
        each for each in facts_of(pit, ActionRefused) if each.fact and each.position == pit.store.last().position
    )
    done(pit, session())
    soon = datetime.now(UTC) + timedelta(minutes=1)
    assert tried.fact is not None
    assert tried.recorded_at < soon
    assert pit.store.last().recorded_at < soon
