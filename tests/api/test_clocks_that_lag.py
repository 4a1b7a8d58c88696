"""A clock that lags behind another machine's: what happened there holds here at once, and looks say when that was."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from api.asks import Asked, Asker, explain
from api.handing_over import hand_over
from api.lists import caseload
from api.look import Refused, Seen
from api.main import App, Settings, build
from api.replay import replay_all
from api.trail import Filter, disclosures
from consent_policy.grounds import Actor, Decision
from tests.api.given import done, see
from tests.api.lists.given import DOOR, asked, children_of, decided_at, helped, looks_of, of
from tests.api.lists.test_trail import RELEASED, SAFE, told, trail
from tests.api.reveals import approved, revealed
from tests.api.reveals import asked as asked_to_reveal
from tests.api.reveals import refused as refused_to_reveal
from tests.conftest import Clock
from tests.examples import CONSENTED, EXAMPLES, JGT, MOTHER, NOW, RESTRICTED, by, says
from tests.ledger.place import Place

LATER = NOW + timedelta(minutes=5)
"""When it happens by the clock that is ahead: later than it is here."""

AT_LATER = {"at": LATER.isoformat()}
WITHDRAWN = says("revoke_consent", MOTHER, "02-02 10:00", person="g-m", all=True) | AT_LATER
FORBIDDEN = RESTRICTED | AT_LATER
SESSION = EXAMPLES["hold_session"].said
SHARE = EXAMPLES["share"]
CARE_CONSENTED = CONSENTED | {"consent": "c-2"}
"""Beside consent to the sharing: who shares may still see what goes."""


@pytest.fixture
def app(app_on_each_engine: App) -> App:
    return app_on_each_engine


@pytest.fixture
def ahead(app: App, place: Place) -> Iterator[App]:
    """Another machine over the same store, whose clock is ahead."""
    ahead = build(Settings(place.url), Clock(LATER + timedelta(minutes=5)))
    yield ahead
    ahead.store.close()


def assert_decided_at_last(app: App, *looks: Seen | Refused) -> None:
    """The last looks are these; each was decided when that happened which it rests on, and all replay."""
    last = looks_of(app)[-len(looks) :]
    assert [max(decided_at(each)) for each in last] == [LATER] * len(looks)
    assert {each.result for each in replay_all(app)} == {"same"}


@pytest.mark.parametrize(
    ("viewer", "happens", "reason"),
    [(JGT, WITHDRAWN, "consent_missing"), (MOTHER, FORBIDDEN, "restricted")],
    ids=["a withdrawal", "a restriction"],
)
def test_what_is_ended_by_a_clock_that_is_ahead_is_not_shown_any_more(
    app: App, ahead: App, viewer: Actor, happens: dict[str, object], reason: str
) -> None:
    """To who saw it before, by what this process knew of the child."""
    done(app, *helped("t-1", JGT, SESSION))
    assert isinstance(see(app, viewer, trajectory="t-1", categories=("session",)), Seen)
    done(ahead, happens)
    outcome = see(app, viewer, trajectory="t-1", categories=("session",))
    assert isinstance(outcome, Refused)
    assert reason in outcome.decision.reasons
    assert_decided_at_last(app, outcome)


def test_a_look_at_what_a_clock_that_is_ahead_says_shows_it(app: App, ahead: App) -> None:
    """A session that was held there is held; the look is not of an instant before it."""
    done(app, *helped("t-1"))
    done(ahead, SESSION | AT_LATER)
    outcome = see(app, JGT, trajectory="t-1", categories=("session",))
    assert isinstance(outcome, Seen)
    assert len(outcome.bodies[0]["entries"]) == 1
    assert_decided_at_last(app, outcome)


@pytest.mark.parametrize(
    ("viewer", "purpose", "happens", "reason"),
    [(JGT, "care", WITHDRAWN, "consent_missing"), (MOTHER, "subject_access", FORBIDDEN, "restricted")],
    ids=["a withdrawal", "a restriction"],
)
def test_why_it_is_not_shown_is_explained_at_once(
    app: App, ahead: App, viewer: Actor, purpose: str, happens: dict[str, object], reason: str
) -> None:
    """Without an instant; at one that is asked about, it is as it was then."""
    question = Asked(trajectory="t-1", viewer=Asker(**by(viewer)), purpose=purpose, category="session")
    done(app, *helped("t-1"))
    assert explain(app, question, app.now()).permitted
    done(ahead, happens)
    assert reason in explain(app, question, app.now()).reasons
    assert explain(app, question.model_copy(update={"at": NOW}), app.now()).permitted
    assert explain(app, question, ahead.now()) == explain(ahead, question, ahead.now())


def test_what_is_not_consented_to_any_more_is_not_handed_over(app: App, ahead: App) -> None:
    """It was, before the mother withdrew on the other machine."""
    done(app, *SHARE.after, CARE_CONSENTED)
    (answer,) = done(app, SHARE.said)
    assert isinstance(hand_over(app, "t-1", answer.entries[0], JGT, DOOR), Seen)
    done(ahead, WITHDRAWN)
    outcome = hand_over(app, "t-1", answer.entries[0], JGT, DOOR)
    assert isinstance(outcome, Refused)
    assert_decided_at_last(app, outcome)


def test_what_was_shared_by_a_clock_that_is_ahead_is_handed_over(app: App, ahead: App) -> None:
    """Not before it was shared."""
    done(app, *SHARE.after, CARE_CONSENTED)
    (answer,) = done(ahead, SHARE.said | AT_LATER)
    outcome = hand_over(app, "t-1", answer.entries[0], JGT, DOOR)
    assert isinstance(outcome, Seen)
    assert_decided_at_last(app, outcome)


def test_what_was_approved_by_a_clock_that_is_ahead_is_revealed(app: App, ahead: App) -> None:
    """Not before it was approved; what is withdrawn later moves nothing that was shown."""
    done(app, *helped("t-1", JGT, SESSION))
    seen = see(app, JGT, trajectory="t-1")
    assert isinstance(seen, Seen)
    done(app, asked_to_reveal(seen.disclosure, trajectory="t-1"))
    refused_to_reveal(app, seen.disclosure)
    done(ahead, approved(seen.disclosure, "t-1") | AT_LATER)
    found = revealed(app, seen.disclosure)
    assert found.seen.bodies == seen.bodies
    assert_decided_at_last(app, found.seen)


@pytest.mark.parametrize("there", [0, 1])
def test_a_reveal_of_several_children_is_not_before_what_happened_to_any(app: App, ahead: App, there: int) -> None:
    """One was approved of here, the other one there: the first or the last of the look."""
    done(app, *helped("t-1"), *helped("t-2"))
    listed = caseload(app, asked(JGT))
    seen = listed.seen
    for number, child in enumerate(children_of(listed)):
        done(app, asked_to_reveal(seen.disclosure, trajectory=child))
        machine, at = (ahead, AT_LATER) if number == there else (app, {})
        done(machine, approved(seen.disclosure, child) | at)
    found = revealed(app, seen.disclosure)
    assert (found.seen.bodies, found.withheld) == (seen.bodies, 0)
    assert_decided_at_last(app, found.seen)


def test_a_guardian_who_is_restricted_there_is_told_nothing_here(app: App, ahead: App) -> None:
    """Of who looked at their child, from then on."""
    done(app, *helped("t-1"))
    see(app, JGT, trajectory="t-1")
    assert told(trail(app, MOTHER)) == [("jgt-1", "timeline 1")]
    done(ahead, FORBIDDEN)
    found = disclosures(app, Filter(str(app.stream_of("t-1"))), MOTHER, DOOR)
    assert isinstance(found, Decision)
    assert found.reasons == ("restricted",)
    assert found == disclosures(ahead, Filter(str(app.stream_of("t-1"))), MOTHER, DOOR)


def test_a_guardian_is_told_of_an_override_that_was_released_there(app: App, ahead: App) -> None:
    """And of the looks that it allowed."""
    done(app, *helped("t-1", JGT, SAFE | {"at": (NOW - timedelta(minutes=1)).isoformat()}))
    assert isinstance(see(app, JGT, "safety", trajectory="t-1"), Seen)
    assert trail(app, MOTHER) == []
    done(ahead, RELEASED | AT_LATER)
    assert trail(app, MOTHER) == trail(ahead, MOTHER) != []


def test_what_happened_to_one_child_there_moves_no_look_at_another(app: App, ahead: App) -> None:
    """The look is of the instant of this machine, on what was known of its own child."""
    done(app, *helped("t-1"), *helped("t-2"))
    done(ahead, *of("t-1", WITHDRAWN))
    assert isinstance(see(app, JGT, trajectory="t-2"), Seen)
    assert looks_of(app)[-1].occurred_at == NOW
