"""What one viewer may see of one child: every question that a view asks goes to the consent policy, and is kept.

Permission is decided at the instant of the look, on all that is known then; `as_of` and `known_at` only choose which
content a view builds (consent.md).
"""

from collections.abc import Collection, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from consent_policy.decide import decide
from consent_policy.grounds import Actor, Decision, Grounds, Request
from consent_policy.needs import differs_by_entry
from consent_policy.policy import Policy
from domain.disclosure import Ground


@dataclass(frozen=True, slots=True)
class Item:
    """What is looked at: a category, and the episode, signal, entry or persons that a rule may ask about."""

    category: str
    episode: str | None = None
    signal: str | None = None
    entry: int | None = None
    talk_with: tuple[str, ...] = ()
    about: str | None = None


@dataclass
class Lens:
    """One viewer's look at one child. `categories`: what they narrowed it to; empty: everything.

    `disclosure`: the one whose content is asked for (consent.md, rule `reveal`).
    """

    grounds: Grounds
    viewer: Actor
    purpose: str
    instant: datetime
    policy: Policy
    recipient: str | None = None
    reason: str | None = None
    categories: Collection[str] = ()
    disclosure: str | None = None
    decided: dict[Item, Decision] = field(default_factory=dict)
    _alike: dict[tuple[str | None, ...], Decision] = field(default_factory=dict, init=False)

    def sees(self, item: Item) -> bool:
        """Whether this may be shown; what was not asked for is not shown either."""
        if self.categories and item.category not in self.categories:
            return False
        return self.decision(item).permitted

    def reads(self, item: Item) -> bool:
        """Whether ◆ text of this may be shown too."""
        return self.sees(item) and self.decision(item).rule not in self.policy.without_text

    def sees_all(self, items: Iterable[Item]) -> bool:
        """Whether all of these may be shown; none is asked about after the first that may not."""
        return all(map(self.sees, items))

    def reads_all(self, items: Iterable[Item]) -> bool:
        """Whether ◆ text of all of these may be shown, too, once it is known that they may be."""
        return self.policy.without_text.isdisjoint(self.decision(item).rule for item in items)

    def decision(self, item: Item) -> Decision:
        known = self.decided.get(item)
        if known is None:
            known = self.decided[item] = self._decided(item)
        return known

    def _decided(self, item: Item) -> Decision:
        """Entries of which the policy cannot tell one from another are asked about once."""
        if differs_by_entry(item.category, self.viewer.role):
            return decide(self.grounds, self._request(item), self.instant, self.policy)
        alike = (item.category, item.episode, item.signal)
        known = self._alike.get(alike)
        if known is None:
            known = self._alike[alike] = decide(self.grounds, self._request(item), self.instant, self.policy)
        return known

    def _request(self, item: Item) -> Request:
        return Request(
            self.viewer,
            self.purpose,
            item.category,
            self.recipient,
            item.episode,
            item.signal,
            item.entry,
            item.talk_with,
            item.about,
            self.disclosure,
            self.reason,
        )

    def grounds_told(self) -> Iterator[Ground]:
        """The decisions that the look rests on, each once, in the order asked."""
        told = {_said(item, decision): (item, decision) for item, decision in self.decided.items()}
        return (_ground(item, decision) for item, decision in told.values())


def _said(item: Item, decision: Decision) -> Hashable:
    """What a ground says: grounds that say the same are one."""
    about = (item.category, item.episode, item.signal)
    return about, decision.decision, decision.rule, decision.reasons, decision.entries


def _ground(item: Item, decision: Decision) -> Ground:
    return Ground(
        category=item.category,
        episode=item.episode,
        signal=item.signal,
        decision=decision.decision,
        rule=decision.rule,
        reasons=decision.reasons,
        entries=decision.entries,
    )
