"""How often one person may ask, and one address may fail to sign in."""

import pytest

from api.http.rates import Rates
from api.main import App
from domain.disclosure import Disclosed
from tests.api.given import facts_of, log_of
from tests.api.http.given import Asked, Reply, door, token
from tests.examples import CHILD, COACH, COORDINATOR, SECOND_COACH

LOOK = f"/trajectories/{CHILD}"
NOBODY = "Nobody"


def told(reply: Reply) -> tuple[int, str]:
    return reply.status, reply.json()["code"]


def test_who_asks_too_often_waits(pit: App) -> None:
    """The fourth of three is told when to come back, and is not recorded, since it was not answered."""
    with Asked(door(pit, Rates("3/minute"))) as ask:
        assert [ask("GET", LOOK, token(COACH)).status for _ in range(3)] == [200] * 3
        known = len(log_of(pit))
        refused = ask("GET", LOOK, token(COACH))
    assert told(refused) == (429, "too_many")
    assert refused.headers["retry-after"] == "60"
    assert len(facts_of(pit, Disclosed)) == 3
    assert len(log_of(pit)) == known


def test_another_person_is_not_touched(pit: App) -> None:
    """Each has a limit of their own, also from one address."""
    with Asked(door(pit, Rates("1/minute"))) as ask:
        assert [ask("GET", LOOK, token(COACH)).status for _ in range(2)] == [200, 429]
        assert ask("GET", LOOK, token(SECOND_COACH)).status == 200


def test_another_role_is_the_same_person(pit: App) -> None:
    """The limit is of who signed in, whatever seat they take."""
    both = token(COACH, COORDINATOR)
    with Asked(door(pit, Rates("1/minute"))) as ask:
        assert ask("GET", "/caseload", both, zorgspoor_role="coordinator").status == 200
        assert ask("GET", "/caseload", both, zorgspoor_role="pit_coach").status == 429


@pytest.mark.parametrize("target", ["/me?x=1", "/caseload?limit=0", "/me"])
def test_what_does_not_fit_counts_as_well(pit: App, target: str) -> None:
    """Whether it was answered or refused, it was asked."""
    with Asked(door(pit, Rates("2/minute"))) as ask:
        for _ in range(3):
            ask("GET", target, token(COACH))
        assert told(ask("GET", "/me", token(COACH))) == (429, "too_many")


def test_an_address_that_failed_too_often_waits(pit: App) -> None:
    """Two attempts in vain, and who fails again from this address is told to wait; who signs in well is not."""
    with Asked(door(pit, Rates(None, "2/minute"))) as ask:
        assert [told(ask("GET", LOOK, NOBODY)) for _ in range(2)] == [(401, "unauthenticated")] * 2
        refused = ask("GET", LOOK, NOBODY)
        assert told(refused) == (429, "too_many")
        assert refused.headers["retry-after"] == "60"
        assert not facts_of(pit, Disclosed)
        assert ask("GET", LOOK, token(COACH)).status == 200


@pytest.mark.parametrize(("refused", "status"), [(2, 200), (3, 429)])
def test_what_is_refused_in_a_list_counts(pit: App, refused: int, status: int) -> None:
    """Each action, else a list would be a way to try many; what is recorded counts as one request."""
    fine = {"action": "add_statement", "trajectory": CHILD, "at": "2026-04-30T10:00:00+02:00", "text": "Het gaat goed."}
    unknown = fine | {"trajectory": "t-none"}
    said = [fine] * 5 + [unknown | {"action_id": str(number)} for number in range(refused)]
    with Asked(door(pit, Rates("4/minute"))) as ask:
        assert ask("POST", "/actions", token(COACH), said).status == 200
        assert ask("GET", LOOK, token(COACH)).status == status


def test_a_body_of_nobody_counts_as_an_attempt(pit: App) -> None:
    """Who sends is asked for before what is sent."""
    with Asked(door(pit, Rates(None, "2/minute"))) as ask:
        assert [ask("POST", "/actions", NOBODY, "a" * size).status for size in (1, 2_000_000)] == [401, 401]
        assert ask("POST", "/actions", NOBODY, []).status == 429


def test_who_signed_in_well_does_not_count_as_failed(pit: App) -> None:
    """Being refused is no failure to sign in."""
    with Asked(door(pit, Rates(None, "1/minute"))) as ask:
        assert [ask("GET", "/trajectories/nobody", token(COACH)).status for _ in range(3)] == [403] * 3


def test_health_has_no_limit(pit: App) -> None:
    """Those who run the service ask as often as they need."""
    with Asked(door(pit, Rates("1/minute", "1/minute"))) as ask:
        ask("GET", LOOK, NOBODY)
        assert {ask("GET", "/health/live", NOBODY).status for _ in range(5)} == {200}
