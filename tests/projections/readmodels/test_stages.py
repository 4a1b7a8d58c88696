"""Rows are made of less than all that is known of a child, in stages: that less is enough, wherever in a story."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from api.main import App
from consent_policy.policy import shipped
from domain.disclosure import LOOKS
from domain.trajectory.gate import care_ask
from domain.trajectory.history import History
from projections import access_trail, caseload, consent_state
from projections.caseload import LATER, parts_of
from projections.identity import identity_of
from projections.models import IN_SHORT
from projections.readmodel import Given, instant
from projections.trajectory import standing
from tests.projections.readmodels.logs import filled
from tests.projections.readmodels.stories import beginnings


@pytest.fixture
def given() -> Given:
    return Given(lambda *words: repr(words).encode(), shipped())


def known() -> Iterator[History]:
    """After each entry of every story."""
    for told in beginnings().values():
        for version in range(1, told.history.version + 1):
            yield told.history.upto(version)


def test_a_caseload_needs_no_more_of_a_child(given: Given) -> None:
    """Its rows hold what a view builds of the whole child."""
    for history in known():
        stands = caseload.stands(caseload.basis(history, given), given)
        assert stands.parts == tuple(parts_of(history.latest))
        assert stands.identity == (identity_of(history) if stands.parts else None)


def test_an_episode_stands_as_it_stood_when_last_heard_of(given: Given) -> None:
    """However much later it is asked about."""
    for history in known():
        child = history.latest
        for episode in child.episodes.values():
            assert child.last_at
            assert standing(child, episode, LATER) == standing(child, episode, child.last_at)


def test_consent_stays_as_it_was_when_it_last_changed(given: Given) -> None:
    """When it lapses is the same, asked from then or from the last entry; and all other grounds add nothing to it."""
    for history in known():
        found = [row.values for row in consent_state.MODEL.rows(history, given)]
        assert found == [(history.latest.grounds.municipality, instant(_lapses(history, given)))]


def _lapses(history: History, given: Given) -> datetime | None:
    child = history.latest
    if child.last_at is None:
        return None
    since = max(child.last_at, min(each.in_force_from for each in given.policies.values()))
    asks = [
        care_ask("session", each.programme.id, each.programme.explained_first)
        for each in child.episodes.values()
        if each.closed is None
    ]
    found = (consent_state.lapses_at(child.grounds, ask, since, given.policies) for ask in asks)
    return min((each for each in found if each), default=None)


def test_a_look_read_in_short_has_the_same_rows(app: App, given: Given) -> None:
    """Shown, withheld and refused."""
    filled(app)
    whole, short = (each.log(limit=10_000, topics=LOOKS) for each in (app.store, app.store.reading_as(IN_SHORT)))
    assert len({each.topic for each in whole}) == len(LOOKS)
    assert [type(each.fact) for each in short] == [IN_SHORT[each.topic] for each in whole]
    for look, in_short in zip(whole, short, strict=True):
        assert list(access_trail.rows(look, given)) == list(access_trail.rows(in_short, given))
