"""A child's story in a sentence: `given(OPENED, MOTHER_KNOWN).when(CONSENTED).records(ConsentGiven)`.

Nothing here needs a store: facts are recorded in memory, each as soon as it happened unless `recorded_at` says later.
`having` records what could also have been refused: for stories that are about something else.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Self
from uuid import UUID

from pydantic import ValidationError

from consent_policy.instant import AMSTERDAM
from consent_policy.policy import shipped
from domain.action import Action, Deed
from domain.envelope import Recorded
from domain.fact import ChildFact
from domain.field import Receipt
from domain.programme import Programmes, load
from domain.refusal import Code, Refused
from domain.trajectory import due, phase
from domain.trajectory.correction import CannotChange
from domain.trajectory.decider import decide
from domain.trajectory.history import History
from domain.trajectory.state import Child
from domain.trajectory.subjects import ACTIONS

POLICY = shipped()["2026-11"]
SHIPPED = load()
STREAM = UUID("00000000-0000-4000-8000-000000000001")

Said = Mapping[str, Any]


def instant(text: str | datetime) -> datetime:
    """An instant as people write it; Amsterdam time where no offset is given."""
    at = text if isinstance(text, datetime) else datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=AMSTERDAM)


def at(said: Said, when: str | datetime, **changes: Any) -> dict[str, Any]:
    """The same action at another instant, and changed as said; None leaves a field out."""
    changed = {**said, "at": instant(when).isoformat(), **changes}
    return {name: value for name, value in changed.items() if value is not None}


def parsed(said: Said) -> Action:
    """The action that an object says. ValidationError where it does not fit its model."""
    return ACTIONS[said["action"]].model_validate(dict(said))


def receipt_of(action: Deed) -> Receipt:
    """An id and a digest as the door makes them, without its secret."""
    canonical = json.dumps(action.model_dump(mode="json", by_alias=True, exclude={"action_id"}), sort_keys=True)
    content = hashlib.sha256(canonical.encode()).hexdigest()
    return Receipt(action.action_id or content, content)


@dataclass(frozen=True)
class Outcome:
    """What became of one action."""

    said: list[ChildFact] | Refused | str
    after: "Given"

    @property
    def code(self) -> Code | None:
        return self.said.code if isinstance(self.said, Refused) else None

    @property
    def recorded(self) -> bool:
        return isinstance(self.said, list)

    def records(self, kind: type[ChildFact] | None = None, **fields: Any) -> "Given":
        """It was recorded, as one fact of this kind with these values; what is known afterwards."""
        assert isinstance(self.said, list), self.said
        (fact,) = self.said
        assert kind is None or type(fact) is kind
        assert {name: getattr(fact, name) for name in fields} == fields
        return self.after

    def refuses(self, code: Code | str, *persons: str) -> "Given":
        """It was refused with this code, and for these persons if any are named; what is known afterwards: the same."""
        assert isinstance(self.said, Refused), self.said
        assert self.said.code == Code(code), self.said
        assert not persons or self.said.persons == persons, self.said
        return self.after

    def is_invalid(self, about: str = "") -> "Given":
        """It did not fit its model, and the sentence names the field."""
        assert isinstance(self.said, str), self.said
        assert about in self.said, self.said
        return self.after


@dataclass(frozen=True)
class Given:
    """What is known of one child."""

    history: History

    @property
    def last_recorded(self) -> datetime | None:
        return self.history.recorded[-1].recorded_at if self.history.recorded else None

    @property
    def child(self) -> Child:
        return self.history.latest

    def as_of(self, when: str | datetime) -> Child:
        return self.history.child(instant(when))

    def when(self, said: Said, now: str | datetime | None = None) -> Outcome:
        """What becomes of an action. `now`: when it is entered; by default as soon as it happened."""
        try:
            action = parsed(said)
        except ValidationError as error:
            return Outcome("; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()), self)
        entered = max(filter(None, [instant(now) if now else action.at, self.last_recorded]))
        receipt = receipt_of(action)
        try:
            outcome = decide(self.history, action, receipt, POLICY, entered)
        except CannotChange as error:
            return Outcome(str(error), self)
        return Outcome(outcome, self if isinstance(outcome, Refused) else self._with(outcome, entered))

    def and_(self, *said: Said) -> "Given":
        """Afterwards this happened too; all of it is recorded."""
        after = self
        for each in said:
            after = after.when(each).records()
        return after

    def having(self, *said: Said) -> "Given":
        """This was recorded, whether or not the rules would have let it: for a story that is about something else."""
        after = self
        for each in said:
            action = parsed(each)
            decided = {"programme_version": 1} if action.action in ("start_episode", "raise_signal") else {}
            entered = max(filter(None, [action.at, after.last_recorded]))
            after = after._with([action.fact(receipt_of(action), **decided)], entered)
        return after

    def _with(self, facts: Iterable[ChildFact], recorded_at: datetime) -> Self:
        version = self.history.version
        recorded = tuple(
            Recorded(STREAM, version + n, fact.TOPIC, version + n, recorded_at, fact) for n, fact in enumerate(facts, 1)
        )
        return replace(self, history=replace(self.history, recorded=(*self.history.recorded, *recorded)))

    def phase(self, when: str | datetime, episode: str = "e-1") -> str:
        child = self.as_of(when)
        return phase.phase(child, child.episodes[episode], instant(when), POLICY)

    def paused(self, when: str | datetime, episode: str = "e-1") -> bool:
        child = self.as_of(when)
        return phase.paused(child, child.episodes[episode], instant(when), POLICY)

    def due(self, when: str | datetime, episode: str = "e-1") -> list[tuple[str, str]]:
        """What is due in an episode as of an instant: rule and day."""
        child = self.as_of(when)
        here = child.episodes[episode]
        stands = phase.consent(child, here, instant(when), POLICY).complete
        return [(each.rule, each.due.isoformat()) for each in due.episode_due(child, here, instant(when), stands)]

    @cached_property
    def entry(self) -> int:
        """The number of the last entry."""
        return self.history.version


def given(*said: Said, programmes: Programmes = SHIPPED) -> Given:
    """A child of whom this was recorded, in this order."""
    return Given(History(STREAM, programmes, ())).and_(*said)


def days(number: float) -> timedelta:
    return timedelta(days=number)
