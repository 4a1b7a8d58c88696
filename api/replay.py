"""Exact replay: build anew what somebody was shown, from what the disclosure names, and compare (ledger.md)."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from api.look import Part, Question, digest_of, part_of, policy_known
from api.main import App
from api.past_looks import (
    BrokenLook,
    FoundLook,
    NoSuchDisclosure,
    about_of,
    look_called,
    looks_after,
    question_of,
    shown_in,
)
from api.rereads import UNREADABLE, Rereads
from consent_policy.policy import Policy, get
from domain.disclosure import Ground, Look, Shown, Withheld
from domain.envelope import Recorded
from domain.programme import ProgrammeFileError
from domain.trajectory.history import History
from ledger.errors import KeyDestroyed, SealBroken
from projections import reveal
from projections.access_trail import children_of
from projections.view import Content
from projections.views import VIEWS

Result = Literal["same", "erased", "DIFFERENT"]

PAGE = 100
"""Looks that are read together, and then their children."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of one disclosure. DIFFERENT is a defect or tampering; `why` names what differs, never content.

    `disclosure` None: so little of it can be read that not even its id is known.
    """

    disclosure: UUID | None
    position: int
    result: Result
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What became of one child of a look, and what it is where it could be built anew."""

    erased: bool = False
    why: tuple[str, ...] = ()
    part: Part | None = None


class NotRebuilt(Exception):
    """It cannot be built anew; the arguments name why."""


def replay(app: App, disclosure: UUID) -> Replayed:
    """Replay one look. NoSuchDisclosure where the id is of none."""
    return Replayer(app).replayed(look_called(app, disclosure))


def replay_all(app: App) -> Iterator[Replayed]:
    """Replay every look in the log, in its order, in this process."""
    replayer, after = Replayer(app), 0
    while replayed := replayer.page(after):
        after = replayed[-1].position
        yield from replayed


class Replayer:
    """Replays looks at children that it reads from the log itself."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._children = Rereads(app)

    def page(self, after: int) -> list[Replayed]:
        """What becomes of the next looks in the log; empty: there are no more."""
        return self.all(looks_after(self._app, after, PAGE))

    def all(self, looks: Sequence[FoundLook]) -> list[Replayed]:
        """What becomes of each of these looks; their children are read together."""
        facts = [each.fact for each in looks if isinstance(each, Recorded) and isinstance(each.fact, Look)]
        self._children.fetch(UUID(part.trajectory) for fact in facts for part in children_of(fact))
        return [self.replayed(each) if isinstance(each, Recorded) else _broken(each) for each in looks]

    def replayed(self, look: Recorded) -> Replayed:
        """What becomes of one look."""
        results = [self.rebuilt(look, part) for part in children_of(_fact(look))]
        why = tuple(dict.fromkeys(each for result in results for each in result.why))
        erased = any(result.erased for result in results)
        return Replayed(look.stream, look.position, "DIFFERENT" if why else "erased" if erased else "same", why)

    def rebuilt(self, look: Recorded, told: Shown | Withheld) -> Rebuilt:
        """One child of a look, built anew and compared with what the look says of it."""
        try:
            then = self._children.upto(UUID(told.trajectory), told.version)
            if then is None:
                return Rebuilt(why=("stream",))
            built = self._built(look, told, then)
            return Rebuilt(why=tuple(_differences(self._app, told, built)), part=built)
        except UNREADABLE as error:
            return Rebuilt(why=(type(error).__name__,))
        except NotRebuilt as error:
            return Rebuilt(why=error.args)
        except ProgrammeFileError:
            return Rebuilt(why=("programme",))
        except KeyDestroyed:
            return Rebuilt(erased=True)

    def _built(self, look: Recorded, told: Shown | Withheld, then: History) -> Part:
        """Raises KeyDestroyed for a child that is erased."""
        fact = _fact(look)
        policy = self._policy(fact.policy, fact.policy_sha256)
        known = self._known(fact, policy)
        if then.erased:
            raise KeyDestroyed(then.stream)
        return part_of(self._question(look, fact, told), then, told.at or fact.occurred_at, policy, known)

    def _known(self, fact: Look, policy: Policy) -> Policy:
        """What the content was told by. Older looks do not name it: it was the one in force at `known_at`."""
        if fact.policy_known and fact.policy_known_sha256:
            return self._policy(fact.policy_known, fact.policy_known_sha256)
        return policy_known(self._app, fact.known_at, fact.occurred_at, policy)

    def _policy(self, named: str, sha256: str) -> Policy:
        policy = get(self._app.policies, named)
        if policy.sha256 != sha256:
            raise NotRebuilt("policy")
        return policy

    def _question(self, look: Recorded, fact: Look, told: Shown | Withheld) -> Question:
        if fact.view == reveal.NAME:
            earlier = self._revealed(look, fact)
            shown = next((each for each in shown_in(earlier) if each.trajectory == told.trajectory), None)
            if shown is None:
                raise NotRebuilt("disclosure")
            view = reveal.reveal(shown, lambda: self._content(earlier, shown, told))
            return question_of(fact, view, earlier.stream)
        if (fact.view, fact.view_version) not in VIEWS:
            raise NotRebuilt("view")
        return question_of(fact, VIEWS[fact.view, fact.view_version])

    def _revealed(self, look: Recorded, fact: Look) -> Recorded:
        """The earlier look that a reveal is about."""
        try:
            earlier = look_called(self._app, about_of(fact))
        except (NoSuchDisclosure, ValueError):
            raise NotRebuilt("disclosure") from None
        if earlier.position >= look.position:
            raise NotRebuilt("disclosure")
        return earlier

    def _content(self, earlier: Recorded, shown: Shown, told: Shown | Withheld) -> Content:
        """What the earlier look showed, if the reveal did."""
        if isinstance(told, Withheld):
            return reveal.NOTHING
        rebuilt = self.rebuilt(earlier, shown)
        if rebuilt.erased:
            raise KeyDestroyed(UUID(shown.trajectory))
        if rebuilt.part is None:
            raise NotRebuilt(*rebuilt.why)
        return rebuilt.part.content


def _fact(look: Recorded) -> Look:
    assert isinstance(look.fact, Look)
    return look.fact


def _broken(error: BrokenLook) -> Replayed:
    stream = error.args[1] if isinstance(error, SealBroken) else None
    return Replayed(stream, error.position, "DIFFERENT", (type(error).__name__,))


def _differences(app: App, told: Shown | Withheld, rebuilt: Part) -> Iterator[str]:
    if not _same(tuple(rebuilt.frame.lens.grounds_told()), told.grounds):
        yield "grounds"
    if isinstance(told, Shown):
        if dict(rebuilt.content.fields) != told.fields:
            yield "fields"
        if digest_of(app, rebuilt) != told.digest:
            yield "content"


def _same(rebuilt: tuple[Ground, ...], told: tuple[Ground, ...]) -> bool:
    """The same grounds, in any order."""
    return list(map(vars, rebuilt)) == list(map(vars, told)) or Counter(rebuilt) == Counter(told)
