"""What a family is told of the looks at their child: who, when and why, and at which entries that they may see too.

Not through which machine, nor at whom else; and nothing of a look that betrays an override which is not released
(consent.md, rule guardian; Wabvpz 15e).
"""

from collections.abc import Collection
from datetime import datetime
from functools import cached_property
from typing import Any

from consent_policy.grounds import Actor, Decision
from consent_policy.policy import Policy
from consent_policy.vocabulary import VEILIG_THUIS
from domain.disclosure import Look, Shown, Withheld
from domain.envelope import Recorded
from domain.trajectory.history import History
from domain.trajectory.state import Referral
from projections import timeline
from projections.access_trail import children_of, told
from projections.lens import Item, Lens
from projections.timeline import override_of
from projections.view import Frame

REVEAL = "reveal"
OVERRIDE = "safety"
"""The purpose of a look under an override."""


class Own:
    """One guardian or youth, and what they may know of the looks at the child now."""

    def __init__(self, history: History, by: Actor, at: datetime, policy: Policy) -> None:
        self.history = history
        self.child = str(history.stream)
        self._at = at
        self._lens = Lens(history.latest.grounds, by, "subject_access", at, policy)
        self.allowed: Decision = self._lens.decision(Item("access_log"))

    def may_know(self, recorded: Recorded) -> bool:
        """Not of a look that tells of an override, while it is secret.

        It rests on one, or on what was told or asked under it; it was made for safety by who invoked one; it was tried
        by an organisation that was told; it showed nothing else of this child; or an auditor was shown again what may
        be a look under it.
        """
        look = recorded.fact
        assert isinstance(look, Look)
        parts = self._parts(look)
        rests_on = {entry for part in parts for ground in part.grounds for entry in ground.entries}
        shown = {entry for part in parts if isinstance(part, Shown) for entry in part.fields}
        tried = not rests_on and look.by.organisation in self._told
        viewers = {each.id for each in (look.by, look.handed_over_by) if each}
        invoked = look.purpose == OVERRIDE and not viewers.isdisjoint(self._invokers)
        revealed = bool(self._secret) and look.view == REVEAL
        return not (self._secret & rests_on or tried or invoked or revealed or (shown and shown <= self._secret))

    def row(self, recorded: Recorded) -> dict[str, Any]:
        look = recorded.fact
        assert isinstance(look, Look)
        parts = self._parts(look)
        shown = {entry: names for part in parts if isinstance(part, Shown) for entry, names in part.fields.items()}
        return told(recorded, look) | {
            "shown": any(isinstance(part, Shown) for part in parts),
            "entries": {str(entry): list(names) for entry, names in shown.items() if entry in self._seen},
        }

    def _parts(self, look: Look) -> list[Shown | Withheld]:
        """What the look says of this child; entries of others have the same numbers."""
        return [part for part in children_of(look) if part.trajectory == self.child]

    @cached_property
    def _secret(self) -> frozenset[int]:
        """Entries of overrides, and of what was shared or referred under them, that the family may not know of."""
        grounds = self.history.latest.grounds
        shares = [each.entry for each in grounds.shares if each.organisation == VEILIG_THUIS]
        entries = [*(each.entry for each in grounds.overrides), *shares]
        hidden = frozenset(entry for entry in entries if not self._lens.sees(Item("access_log", entry=entry)))
        return hidden | {each.entry for each in self._referrals if override_of(self.history.latest, each) in hidden}

    @property
    def _referrals(self) -> Collection[Referral]:
        return self.history.latest.referrals.values()

    @cached_property
    def _invokers(self) -> frozenset[str]:
        grounds = self.history.latest.grounds
        return frozenset(each.invoker.id for each in grounds.overrides if each.entry in self._secret)

    @cached_property
    def _told(self) -> frozenset[str]:
        """Organisations that were told under an override that is secret."""
        overrides = self.history.latest.grounds.overrides
        reported = any(each.basis == "veilig_thuis" and each.entry in self._secret for each in overrides)
        referred = {each.organisation for each in self._referrals if each.entry in self._secret}
        return frozenset(referred | {VEILIG_THUIS} if reported else referred)

    @cached_property
    def _seen(self) -> frozenset[int]:
        """Entries that the family may see themselves."""
        lens = Lens(self._lens.grounds, self._lens.viewer, self._lens.purpose, self._at, self._lens.policy)
        frame = Frame(self.child, self.history, self.history, self._at, lens, self._lens.policy)
        return frozenset(timeline.build(frame).fields)
