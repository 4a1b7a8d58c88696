"""Reveal: an auditor sees what one look showed, of the children for whom the dpo approved that (consent.md, `reveal`).

The content is built anew from what that disclosure names, as a replay does, and goes only where it is what was shown.
It is a look itself: recorded, with the children unmoved, before anything is shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from api.look import RETRIES, Busy, Part, Question, Refused, Seen, not_before, part_of, recorded
from api.main import App
from api.past_looks import NoSuchDisclosure, look_called, shown_in
from api.replay import Replayer
from consent_policy.grounds import Actor, Decision
from domain.disclosure import Door, Shown
from domain.envelope import Recorded
from ledger.errors import KeyDestroyed, Moved
from projections.reveal import NOTHING, reveal
from projections.view import Content


@dataclass(frozen=True, slots=True)
class Revealed:
    """What was shown, now that it is recorded that it is seen again; of so many children it is withheld, or erased."""

    look: Recorded
    seen: Seen
    withheld: int
    erased: int


@dataclass(frozen=True, slots=True)
class Different:
    """Nothing to see: what is built anew is not what the disclosure says was shown. That it was asked is recorded."""

    disclosure: UUID
    position: int
    why: tuple[str, ...]


def reveal_look(app: App, disclosure: UUID, viewer: Actor, door: Door) -> Revealed | Refused | Different:
    """What a look showed. Raises NoSuchDisclosure where no look of this id showed anything, and Busy."""
    look = look_called(app, disclosure)
    if not shown_in(look):
        raise NoSuchDisclosure
    for _ in range(RETRIES):
        try:
            return _Attempt(app, look, viewer, door, app.now()).answered()
        except (Moved, KeyDestroyed):
            continue
    raise Busy


@dataclass(frozen=True)
class _Attempt:
    app: App
    look: Recorded
    viewer: Actor
    door: Door
    instant: datetime
    why: list[str] = field(default_factory=list)
    """What differs; anything: nothing is shown of any child."""

    def answered(self) -> Revealed | Refused | Different:
        """What may be seen, after it is recorded that it is. Raises Moved, and KeyDestroyed of a child erased since."""
        parts = [self._part(each) for each in shown_in(self.look)]
        shown = [part for part in parts if part.content is not NOTHING and not self.why]
        withheld = [part for part in parts if part.content is NOTHING or self.why]
        seen = recorded(self.app, self._question(shown_in(self.look)[0]), shown, withheld, self.instant)
        if self.why:
            return Different(seen.disclosure, seen.position, tuple(dict.fromkeys(self.why)))
        if not shown:
            return Refused(seen.disclosure, seen.position, _refusal(withheld))
        erased = sum(part.history.erased for part in withheld)
        return Revealed(self.look, seen, len(withheld) - erased, erased)

    def _part(self, shown: Shown) -> Part:
        policy = self.app.policy(self.instant)
        history = self.app.history(UUID(shown.trajectory))
        return part_of(self._question(shown), history, not_before(self.instant, history), policy, policy)

    def _question(self, shown: Shown) -> Question:
        view = reveal(shown, lambda: self._content(shown))
        return Question(view, self.viewer, "audit", self.door, disclosure=self.look.stream)

    def _content(self, shown: Shown) -> Content:
        rebuilt = Replayer(self.app).rebuilt(self.look, shown)
        if rebuilt.erased:
            raise KeyDestroyed(UUID(shown.trajectory))
        self.why.extend(rebuilt.why)
        return NOTHING if rebuilt.part is None else rebuilt.part.content


def _refusal(withheld: Sequence[Part]) -> Decision:
    """What answers for the whole; `erased` where all of them are."""
    left = [part.leading for part in withheld if not part.history.erased]
    return left[0] if left else replace(withheld[0].leading, rule=None, reasons=("erased",))
