"""Children walk in: the first time in an episode of Preventie Plus asks no consent."""

from typing import Any

from domain.trajectory.support import SessionHeld
from tests.domain.given import given
from tests.examples import JGT, LEAD, MOTHER_KNOWN, OPENED, PLUS_LEAD, PLUS_STARTED, SOCIAL_WORKER, STARTED, says

PLUS = (OPENED, MOTHER_KNOWN, PLUS_STARTED, PLUS_LEAD)


def walk_in(day: int, **changes: Any) -> dict[str, Any]:
    return (
        says("hold_session", SOCIAL_WORKER, f"02-{day:02} 10:00", episode="e-1", form="walk_in", minutes=20) | changes
    )


def test_the_first_asks_no_consent() -> None:
    """Nobody has said anything yet."""
    given(*PLUS).when(walk_in(2)).records(SessionHeld)


def test_the_first_asks_no_consent_where_nobody_has_authority() -> None:
    """Nor anybody to say it."""
    given(OPENED, PLUS_STARTED, PLUS_LEAD).when(walk_in(2)).records(SessionHeld)


def test_the_second_asks_consent() -> None:
    """Once."""
    given(*PLUS, walk_in(2)).when(walk_in(3)).refuses("consent_missing", "g-m")


def test_one_before_the_first_asks_consent_too() -> None:
    """Only one is free, whichever was entered first."""
    given(*PLUS, walk_in(5)).when(walk_in(3)).refuses("consent_missing")


def test_another_form_asks_consent_also_when_it_is_the_first() -> None:
    """A talk is no walk-in."""
    given(*PLUS).when(walk_in(2, form="child_talk")).refuses("consent_missing")


def test_the_next_episode_has_a_first_of_its_own() -> None:
    """The episode's first walk-in."""
    closed = says("close_episode", SOCIAL_WORKER, "02-10 10:00", episode="e-1", outcome="sufficient")
    again = says("start_episode", SOCIAL_WORKER, "02-12 10:00", episode="e-2", programme="preventie_plus")
    lead = says(
        "assign", SOCIAL_WORKER, "02-12 10:05", episode="e-2", professional=PLUS_LEAD["professional"], team_role="lead"
    )
    given(*PLUS, walk_in(2), closed, again, lead).when(walk_in(13, episode="e-2")).records(SessionHeld)


def test_other_programmes_have_no_free_walk_in() -> None:
    """In jgt every care action asks consent."""
    said = says("hold_session", JGT, "02-02 10:00", episode="e-1", form="walk_in", minutes=20)
    given(OPENED, MOTHER_KNOWN, STARTED, LEAD).when(said).refuses("consent_missing")


def test_it_is_not_irregular() -> None:
    """Nothing would be refused."""
    irregular = walk_in(2, irregular="Kind stond overstuur voor de deur.")
    given(*PLUS).when(irregular).refuses("not_applicable")


def test_a_retracted_one_was_not_the_first() -> None:
    """What did not happen was not free either."""
    known = given(*PLUS, walk_in(2))
    retraction = says("retract_entry", SOCIAL_WORKER, "02-03 10:00", entry=known.entry, reason="Ander kind.")
    known.and_(retraction).when(walk_in(4)).records(SessionHeld)
