"""A look at a child that is not there, or no longer: recorded as every other."""

from collections import Counter

import pytest

from api.look import Refused, Seen
from api.main import App
from api.replay import replay_all
from consent_policy.grounds import Actor
from domain.disclosure import DisclosureRefused, Look
from projections.views import VIEWS
from tests.api.given import facts_of, see
from tests.examples import AUDITOR, CHILD, COACH, DPO, MOTHER, RECORDS_OFFICER


@pytest.mark.parametrize("viewer", [AUDITOR, DPO, RECORDS_OFFICER])
@pytest.mark.parametrize("view", ["timeline", "trajectory"])
def test_a_look_at_a_child_that_is_not_known_here_is_recorded(app: App, viewer: Actor, view: str) -> None:
    """That somebody looked is a fact as well (ledger.md: one fact per request)."""
    outcome = see(app, viewer, view=VIEWS[view, 1], trajectory="nobody")
    assert isinstance(outcome, Seen | Refused)
    assert len(facts_of(app, Look)) == 1


@pytest.mark.parametrize("view", ["timeline", "trajectory"])
def test_an_auditor_may_still_ask_about_an_erased_child(pit: App, view: str) -> None:
    """An erased trajectory answers `erased` to every purpose but audit (consent.md); the look is recorded."""
    pit.store.keys.destroy(pit.stream_of(CHILD))
    outcome = see(pit, AUDITOR, view=VIEWS[view, 1])
    assert isinstance(outcome, Seen | Refused)
    assert len(facts_of(pit, Look)) == 1


@pytest.mark.parametrize("viewer", [COACH, MOTHER, RECORDS_OFFICER])
def test_to_everybody_else_an_erased_child_is_erased(pit: App, viewer: Actor) -> None:
    """The same answer for those who saw it before, and a fact each."""
    pit.store.keys.destroy(pit.stream_of(CHILD))
    outcome = see(pit, viewer)
    assert isinstance(outcome, Refused)
    assert outcome.decision.reasons == ("erased",)
    assert [type(each.fact) for each in facts_of(pit, Look)] == [DisclosureRefused]
    assert Counter(each.result for each in replay_all(pit)) == Counter(erased=1)
