"""Every row of every read model is what the log folds to, whatever happens and whoever projects it how."""

from collections import Counter
from itertools import cycle, pairwise

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from api.main import App
from domain.contact import ContactHeld
from domain.disclosure import LOOKS
from domain.fact import ChildFact
from domain.facts import FACTS
from domain.trajectory.correction import EntryCorrected, EntryRetracted
from domain.trajectory.episode import EpisodeStarted
from projections.models import OF_CHILD
from projections.projector import Projector
from projections.readmodel import OfChild
from tests.projections.readmodels.conftest import Stores
from tests.projections.readmodels.fold import Fold, assert_fold
from tests.projections.readmodels.logs import filled
from tests.projections.readmodels.stories import Told, beginnings
from tests.projections.readmodels.worlds import WHAT, Plan, World, plans

few = settings(
    max_examples=4,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
many = settings(parent=few, max_examples=500, phases=tuple(Phase))


def lived(stores: Stores, plan: Plan, seen: Counter[str]) -> None:
    with stores() as app, pytest.MonkeyPatch.context() as patched:
        World(app, plan, patched, seen).lives()


@given(plan=plans())
@few
def test_after_any_interleaving(stores: Stores, plan: Plan) -> None:
    """Several children, projectors that take turns, lose their memory or build anew, pages of any size, erasure."""
    lived(stores, plan, Counter())


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_after_many_interleavings(stores: Stores) -> None:
    """As above; and among so many most of what there is did happen."""
    seen = Counter[str]()

    @given(plan=plans())
    @many
    def each(plan: Plan) -> None:
        lived(stores, plan, seen)

    each()
    kinds = {topic for topic, kind in FACTS.items() if issubclass(kind, ChildFact)}
    assert seen.keys() >= {*WHAT, *LOOKS, ContactHeld.TOPIC, "shown", "refused"}
    assert len(kinds & seen.keys()) >= len(kinds) * 0.85
    assert seen["projected before the key is destroyed"]
    assert seen["not purged at once"]
    assert seen["built anew meanwhile"]


def test_of_every_kind_of_fact(app_on_each_engine: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """One log with all that there is: page by page, by two who take turns, of whom one forgets; and all anew."""
    app = app_on_each_engine
    app.reads.projector.catch_up()
    filled(app, every=1)
    kinds = {topic for topic, kind in FACTS.items() if issubclass(kind, ChildFact)}
    assert {each.topic for each in app.store.log(limit=10_000)} >= {*kinds, *LOOKS, ContactHeld.TOPIC}
    fold = Fold(app)
    assert all(fold.tables().values()), "a read model has no rows"
    monkeypatch.setattr("projections.projector.PAGE", 11)
    forgetful = Projector(app.store, app.programmes, app.reads.given, app.reads.store, kept_facts=60)
    for each in cycle((app.reads.projector, forgetful)):
        if each.catch_up(min(app.reads.store.position() + 20, fold.last)) == fold.last:
            break
    assert_fold(app, fold=fold)
    monkeypatch.setattr("projections.rebuild.PAGE", 50)
    app.reads.projector.rebuild()
    assert_fold(app, fold=fold)


@pytest.mark.parametrize("model", OF_CHILD, ids=lambda model: model.name)
def test_no_row_of_a_child_takes_the_place_of_another(model: OfChild, app: App) -> None:
    """Two under one key would; wherever in any story."""
    given = app.reads.given
    for name, known in beginnings().items():
        for version in range(1, known.history.version + 1):
            rows = set(model.rows(known.history.upto(version), given))
            assert len({row.key for row in rows}) == len(rows), f"{name}, entry {version}"


def test_random_stories_are_about_something() -> None:
    """Backdated, corrected, restored, closed and entered again: else the tables would be held to very little."""
    seen = Counter[str]()

    @given(plan=plans())
    @settings(parent=few, max_examples=50, database=None, derandomize=True)
    def look(plan: Plan) -> None:
        seen.update(step.what for step in plan.steps)
        for story in plan.stories:
            seen.update(about(story))

    look()
    hard = ("backdated", "corrected", "retracted", "restored", "entered again")
    assert seen.keys() >= {*WHAT, *hard}
    assert len(seen.keys() & {kind.__name__ for kind in FACTS.values()}) >= 40


def about(story: Told) -> Counter[str]:
    """What a story has that makes it hard to fold, and its kinds of facts."""
    found = Counter(type(fact).__name__ for fact in story)
    found["backdated"] += any(one.occurred_at > other.occurred_at for one, other in pairwise(story))
    found["corrected"] += found[EntryCorrected.__name__]
    retracted = [fact.entry for fact in story if isinstance(fact, EntryRetracted)]
    found["retracted"] += len(retracted)
    found["restored"] += sum(isinstance(story[entry - 1], EntryRetracted) for entry in retracted)
    found["entered again"] += sum(isinstance(fact, EpisodeStarted) and bool(fact.reenters) for fact in story)
    return +found
