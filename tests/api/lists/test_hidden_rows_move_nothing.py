"""What may not be seen of a child changes neither where the child stands nor whether it stands there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.listing import EVERYTHING
from api.lists import caseload, consent_lapsing, reviews_due
from api.main import App
from api.replay import replay_all
from consent_policy.grounds import Actor
from projections.oversight import REVIEWS_DUE
from tests.api.given import done
from tests.api.lists.given import asked, bytes_of, children_of, consented, helped, irregular, of, paged
from tests.api.test_worked_cases import copied
from tests.examples import (
    CARE,
    COORDINATOR,
    COUNSELLOR,
    INVOKED,
    JGT,
    OPENED,
    RECORDS_OFFICER,
    SIGNALLED,
    SOCIAL_WORKER,
    TEACHER,
    by,
    says,
)

CHILDREN = tuple(f"t-{number}" for number in range(6))
HIDDEN_EPISODE = says("start_episode", COUNSELLOR, "01-13 10:00", episode="e-2", programme="ot")
"""In which a review is due 90 days later; the consultant of e-1 is not on its team."""

REVOKED = says("revoke_consent", COUNSELLOR, "01-19 10:00", person="g-m", all=True, evidence={"kind": "form"})
PLUS = says("start_episode", SOCIAL_WORKER, "01-13 11:00", episode="e-3", programme="preventie_plus")


@pytest.fixture
def without(app: App, folder: Path, tmp_path: Path) -> Iterator[App]:
    """A copy of six children whom the consultant helps: two with a signal open, and two closed and followed up."""
    closed = says("close_episode", JGT, "02-02 10:00", episode="e-1", outcome="sufficient")
    for number, child in enumerate(CHILDREN):
        done(app, *helped(child))
        if number < 2:
            done(app, *of(child, closed | {"at": f"2026-02-0{number + 1}T10:00:00+01:00"}))
        if number > 3:
            done(app, *of(child, SIGNALLED | {"by": by(JGT), "programme": "jos", "informed": []}))
    without = copied(folder, tmp_path / "without", app)
    yield without
    without.store.close()


@pytest.mark.parametrize("viewer", [JGT, COORDINATOR])
def test_an_episode_that_is_hidden_moves_no_child_on_a_caseload(app: App, without: App, viewer: Actor) -> None:
    """For who sees only the other one; who sees both finds what is due soonest at the top."""
    before = children_of(caseload(without, asked(viewer)))
    moved = next(child for child in reversed(CHILDREN) if str(app.stream_of(child)) in before[-3:])
    done(app, *of(moved, HIDDEN_EPISODE))
    after = children_of(caseload(app, asked(viewer)))
    assert after == paged(app, caseload, asked(viewer), 2)
    if viewer == JGT:
        assert bytes_of(caseload(app, asked(viewer))) == bytes_of(caseload(without, asked(viewer)))
    else:
        assert after.index(str(app.stream_of(moved))) < before.index(str(app.stream_of(moved)))
    assert {each.result for each in replay_all(app)} == {"same"}


def test_an_open_episode_that_is_hidden_leaves_a_child_in_follow_up_where_it_is(app: App, without: App) -> None:
    """Among those in follow-up, which come last."""
    done(app, *of(CHILDREN[0], HIDDEN_EPISODE))
    question = asked(JGT)
    assert bytes_of(caseload(app, question)) == bytes_of(caseload(without, question))
    last = children_of(caseload(app, question))[-2:]
    assert set(last) == {str(app.stream_of(child)) for child in CHILDREN[:2]}


def test_as_corrected_it_moves_nothing_either(app: App, without: App) -> None:
    """Of an earlier instant, too, the list has the order of what is shown."""
    done(app, *of(CHILDREN[3], HIDDEN_EPISODE))
    question = asked(JGT, as_of=app.now().replace(month=3))
    assert bytes_of(caseload(app, question)) == bytes_of(caseload(without, question))


def test_an_override_that_is_hidden_moves_no_child_among_the_reviews(app: App, folder: Path, tmp_path: Path) -> None:
    """Its review is due within days; a coordinator who looks for coordination is not told of it."""
    for child in CHILDREN:
        done(app, *irregular(child))
    without = copied(folder, tmp_path / "without", app)
    question = asked(COORDINATOR, REVIEWS_DUE)
    last = children_of(reviews_due(app, question))[-1]
    (moved,) = [child for child in CHILDREN if str(app.stream_of(child)) == last]
    done(app, *of(moved, INVOKED))
    assert bytes_of(reviews_due(app, question)) == bytes_of(reviews_due(without, question))
    assert paged(app, reviews_due, question, 1) == children_of(reviews_due(app, question))
    without.store.close()
    officer = asked(RECORDS_OFFICER, REVIEWS_DUE)
    assert children_of(reviews_due(app, officer))[0] == last
    assert paged(app, reviews_due, officer, 1) == children_of(reviews_due(app, officer))


def test_a_child_with_nothing_but_a_hidden_override_is_not_on_the_reviews(app: App) -> None:
    """Not even as an empty row."""
    done(app, OPENED, INVOKED)
    assert reviews_due(app, asked(COORDINATOR, REVIEWS_DUE)).seen.bodies == ()


def test_consent_that_lapses_in_a_hidden_episode_puts_no_child_on_the_list(app: App) -> None:
    """The consultant's own goes on; that of the other programme, which they may not see, ends next week."""
    soon = "2026-05-08T00:00:00+02:00"
    jgt = consented(programme="jgt")
    plus = {**consented(programme="preventie_plus", until=soon), "consent": "c-plus"}
    done(app, *helped("t-1", JGT, {**jgt, "consent": "c-m"}, plus, PLUS, SIGNALLED | {"signal": "s-9"}))
    done(app, *of("t-1", REVOKED, {**jgt, "at": "2026-01-20T12:00:00+01:00", "consent": "c-again"}))
    done(app, *of("t-1", {**plus, "at": "2026-01-20T12:00:00+01:00", "consent": "c-plus-again"}))
    assert children_of(consent_lapsing(app, asked(COORDINATOR))) == [str(app.stream_of("t-1"))]
    assert children_of(caseload(app, asked(JGT))) == [str(app.stream_of("t-1"))]
    assert children_of(consent_lapsing(app, asked(JGT))) == []


def test_who_may_not_see_consent_is_not_told_that_it_lapses(app: App) -> None:
    """A teacher sees the episode, not whose consent it rests on; nobody of the school is on the list."""
    scope = CARE | {"recipients": ["care_team", "org:school-12AB"], "until": "2026-06-01T00:00:00+02:00"}
    done(app, *helped("t-1", JGT, {**consented(), "scope": scope}))
    assert len(caseload(app, asked(TEACHER)).seen.bodies) == 1
    assert consent_lapsing(app, asked(TEACHER)).seen.bodies == ()
    done(app, *of("t-1", REVOKED))
    done(app, *of("t-1", {**consented(), "scope": scope, "at": "2026-01-20T10:00:00+01:00", "consent": "c-2"}))
    assert len(caseload(app, asked(TEACHER)).seen.bodies) == 1
    assert consent_lapsing(app, asked(TEACHER)).seen.bodies == ()
    assert len(consent_lapsing(app, asked(JGT), EVERYTHING).seen.bodies) == 1
