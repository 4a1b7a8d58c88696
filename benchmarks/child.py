"""The child that is measured with: a dossier of about thirty entries, in which another session may always be held."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from api.act import act
from api.main import App, Settings, create
from api.parse import parse
from domain.action import Action
from domain.fact import Fact
from tests.examples import (
    CARE,
    CONSENTED,
    COUNSELLOR,
    FATHER,
    FATHER_KNOWN,
    FORM,
    MOTHER_KNOWN,
    NOW,
    OPENED,
    PLUS_LEAD,
    PLUS_STARTED,
    SIGNALLED,
    SOCIAL_WORKER,
    by,
    says,
)

OPENING = (OPENED, MOTHER_KNOWN, FATHER_KNOWN)
"""What every child has: an identity, and two guardians with authority."""

HELPED = (
    *OPENING,
    SIGNALLED | {"programme": "preventie_plus"},
    CONSENTED,
    says("give_consent", FATHER, "01-09 16:35", consent="c-f", person="g-f", scope=CARE, evidence=FORM),
    PLUS_STARTED,
    PLUS_LEAD,
    says("extend_sessions", SOCIAL_WORKER, "01-12 11:00", episode="e-1", to=10, reason="Rouw.", agreed_with=["youth"]),
    says("extend_sessions", SOCIAL_WORKER, "01-12 11:05", episode="e-1", to=15, reason="Rouw.", agreed_with=["youth"]),
)
"""Help with a budget of fifteen sessions and complete consent."""

SESSION = says(
    "hold_session",
    SOCIAL_WORKER,
    "02-02 10:00",
    episode="e-1",
    form="child_talk",
    **{"with": ["youth"]},
    minutes=45,
    summary="Vertelt over de pauze.",
)
HELD = 3
"""Sessions held before: the budget leaves room for twelve more."""

ADVICE = says("give_advice", SOCIAL_WORKER, "01-14 09:00", episode="e-1", to=["guardians"], advice="Vaste tijden.")
MEETING = says(
    "hold_meeting",
    SOCIAL_WORKER,
    "01-15 09:00",
    episode="e-1",
    participants=[by(SOCIAL_WORKER)],
    guardians_present=True,
    youth_present=False,
    network_present=False,
    decisions="Wekelijks een gesprek.",
)
STATEMENT = says("add_statement", COUNSELLOR, "01-16 09:00", text="Wij zien thuis een ander kind.")


def clock() -> datetime:
    """Every action is done after it happened, whenever the benchmark is run."""
    return NOW


def story() -> Iterator[dict[str, Any]]:
    """Thirty actions, all of which are recorded."""
    yield from HELPED
    for number in range(HELD):
        yield _later(SESSION, "2026-01-13T10:00:00+01:00", number)
    for number in range(6):
        yield _later(ADVICE, ADVICE["at"], number)
        yield _later(MEETING, MEETING["at"], number)
    for number in range(5):
        yield _later(STATEMENT, STATEMENT["at"], number)


def session(trajectory: str, number: int) -> dict[str, Any]:
    """Session 0, 1, 2, … of the benchmark: each at another minute, so each is another action."""
    return _later(SESSION, SESSION["at"], number) | {"trajectory": trajectory}


def later(said: dict[str, Any], minutes: int) -> dict[str, Any]:
    return _later(said, said["at"], minutes)


def _later(said: dict[str, Any], at: str, minutes: int) -> dict[str, Any]:
    return said | {"at": (datetime.fromisoformat(at) + timedelta(minutes=minutes)).isoformat()}


@cache
def facts() -> tuple[Fact, ...]:
    """The facts that the story leaves. The first of them are those of `OPENING`."""
    with TemporaryDirectory() as folder:
        app = create(Settings(f"sqlite:///{Path(folder) / 'story.db'}"), clock=clock)
        try:
            return tuple(_told(app))
        finally:
            app.store.close()


def _told(app: App) -> Iterator[Fact]:
    for said in story():
        done(app, said)
    for each in app.history(app.stream_of(OPENED["trajectory"])).recorded:
        assert each.fact is not None
        yield each.fact


def done(app: App, said: dict[str, Any]) -> int:
    """Do an action, which must be recorded: a refusal would measure something else. Where it stands in the log."""
    action = parse(said, app.programmes)
    assert isinstance(action, Action)
    answer = act(app, action)
    if answer.status != "recorded":
        raise RuntimeError(f"{answer.status}: {answer.code}")
    return answer.positions[-1]
