"""Random stories of several children in one log, and everything that may befall who projects them meanwhile.

What is recorded is drawn beforehand (stories.py). How it comes into the log, and what projectors do in between, are
steps.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from uuid import UUID, uuid4

import pytest
from hypothesis import strategies as st

from api.lists import caseload
from api.look import Question, Seen
from api.main import App
from domain.disclosure import Door
from domain.envelope import Unrecorded
from projections import projector as projecting
from projections import rebuild as rebuilding
from projections import writing
from projections.caseload import CASELOAD
from projections.folding import KEPT_FACTS
from projections.projector import Projector
from projections.readstore import Behind, ReadStore
from tests.api.given import see
from tests.domain.stories import EVENLY
from tests.examples import AUDITOR, COORDINATOR, COUNSELLOR, DPO, JGT, MOTHER
from tests.projections.readmodels.fold import assert_fold
from tests.projections.readmodels.logs import alternating, contact, erased
from tests.projections.readmodels.stories import STRANGER, Told, children

VIEWERS = (COUNSELLOR, JGT, MOTHER, COORDINATOR, AUDITOR, DPO, STRANGER)
PROJECTORS = 2
FEW_FACTS = 25
"""So few facts of children one of the projectors keeps in memory, that most children fall out of it."""


@dataclass(frozen=True)
class Step:
    """What happens, to or by which child or projector (`which`), and how many or how large (`size`)."""

    what: str
    which: int
    size: int


RECORDING = ("append", "append", "look", "contact", "erase", "list")
PROJECTING = ("project", "project", "catch_up", "apply", "fresh", "rebuild", "check")
WHAT = (*RECORDING, *PROJECTING)


@st.composite
def steps(draw: st.DrawFn) -> Step:
    return Step(WHAT[draw(EVENLY) % len(WHAT)], draw(st.integers(0, 5)), draw(st.integers(1, 30)))


@dataclass(frozen=True)
class Plan:
    """The children, by what chance their facts alternate in the log, and what happens."""

    stories: Sequence[Told]
    chance: int
    steps: Sequence[Step]


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    told = draw(st.lists(children(), min_size=2, max_size=4))
    return Plan(told, draw(EVENLY), [Step("append", 0, 8), *draw(st.lists(steps(), min_size=12, max_size=30))])


@dataclass
class World:
    """A store with projectors that know nothing of each other, and what of the stories is not recorded yet."""

    app: App
    plan: Plan
    patched: pytest.MonkeyPatch
    seen: Counter[str] = field(default_factory=Counter)
    streams: list[UUID] = field(init=False)
    _versions: Counter[UUID] = field(default_factory=Counter, init=False)
    _gone: set[UUID] = field(default_factory=set, init=False)
    _projectors: list[Projector] = field(init=False)
    _coming: Iterator[Unrecorded] = field(init=False)

    def __post_init__(self) -> None:
        self.streams = [uuid4() for _ in self.plan.stories]
        self._projectors = [self._projector(number) for number in range(PROJECTORS)]
        stories = dict(zip(self.streams, self.plan.stories, strict=True))
        coming = alternating(stories, random.Random(self.plan.chance))  # noqa: S311  # no secret
        self._coming = (each for each in coming if each.originator_id not in self._gone)

    def lives(self) -> None:
        """What is planned; then all that is left is recorded and projected, and every row is what it should be."""
        for step in (*self.plan.steps, Step("append", 0, 10_000), Step("catch_up", self.plan.chance, 30)):
            self._does(step)
        assert_fold(self.app)
        self.seen.update(each.topic for each in self.app.store.log(limit=100_000))

    def _does(self, step: Step) -> None:
        if getattr(self, f"_{step.what}")(step) is not False:
            self.seen[step.what] += 1

    def _append(self, step: Step) -> bool:
        facts = list(islice(self._coming, step.size))
        self._versions.update(each.originator_id for each in facts)
        self.app.store.save(facts)
        return bool(facts)

    def _look(self, step: Step) -> None:
        viewer = VIEWERS[step.size % len(VIEWERS)]
        outcome = see(self.app, viewer, trajectory=str(self.streams[step.which % len(self.streams)]))
        self.seen["shown" if isinstance(outcome, Seen) else "refused"] += 1

    def _list(self, step: Step) -> None:
        """Which projects as well, by a projector of its own."""
        door = Door(door="command line", authentication="test", request=str(step.size))
        caseload(self.app, Question(CASELOAD, COORDINATOR, "coordination", door))

    def _contact(self, _: Step) -> None:
        contact(self.app)

    def _erase(self, step: Step) -> bool:
        """Sometimes a projector comes between the fact and the end of the key."""
        child = self.streams[step.which % len(self.streams)]
        if child in self._gone or not self._versions[child]:
            return False
        self._gone.add(child)
        self.app.store.save([Unrecorded(child, self._versions[child] + 1, erased())])
        if step.size % 3 == 0:
            self._catch_up(step)
            self.seen["projected before the key is destroyed"] += 1
        if step.size % 2:
            self.app.erase(child)
            return True
        self.app.store.erase(child)
        self.seen["not purged at once"] += 1
        return True

    def _project(self, step: Step) -> None:
        """So many more facts, in pages of some size."""
        self._pages_of(1 + step.size * step.which % 7)
        upto = min(self._reads.position() + step.size, self.app.store.last().position)
        self._projectors[step.which % PROJECTORS].catch_up(upto)

    def _catch_up(self, step: Step) -> None:
        self._pages_of(step.size)
        assert self._projectors[step.which % PROJECTORS].catch_up() == self.app.store.last().position

    def _apply(self, step: Step) -> bool:
        """A page as one gets it who follows the log: others may have projected some of it, or built anew meanwhile."""
        position = self._reads.position()
        page = self.app.store.log(max(0, position - step.which), step.size)
        if not position or not page:
            return False
        projector = self._projectors[step.which % PROJECTORS]
        try:
            projector.apply(page)
        except Behind:
            projector.catch_up()
            self.seen["built anew meanwhile"] += 1
        assert self._reads.position() >= page[-1].position
        return True

    def _fresh(self, step: Step) -> None:
        self._projectors[step.which % PROJECTORS] = self._projector(step.which)

    def _rebuild(self, step: Step) -> None:
        self._pages_of(step.size)
        self._projectors[step.which % PROJECTORS].rebuild()

    def _check(self, _: Step) -> bool:
        if not self._reads.position():
            return False
        assert_fold(self.app, whole=False)
        return True

    @property
    def _reads(self) -> ReadStore:
        return self.app.reads.store

    def _pages_of(self, facts: int) -> None:
        self.patched.setattr(projecting, "PAGE", facts)
        self.patched.setattr(rebuilding, "PAGE", 2 + facts)
        self.patched.setattr(writing, "COPIED", 1 + facts)

    def _projector(self, number: int) -> Projector:
        """The second one forgets most children soon."""
        app = self.app
        facts = FEW_FACTS if number % PROJECTORS else KEPT_FACTS
        return Projector(app.store, app.programmes, app.reads.given, app.reads.store, kept_facts=facts)
