"""What an action is about: a child, or a contact without a name. Both answer the same questions to `act`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from api.main import App
from domain import contact
from domain.action import Action, Deed
from domain.contact import ContactHeld, HoldContact
from domain.envelope import Recorded
from domain.fact import Fact
from domain.field import Receipt
from domain.refusal import Refused
from domain.trajectory.child import OpenTrajectory
from domain.trajectory.decider import decide
from domain.trajectory.history import OPENING, History

Given = tuple[int, str]
"""The entry that answered, and the digest of the content that it answered."""


class Case(Protocol):
    """One stream, as far as it is known: `version` to append after, `subject` whose key seals its attempts."""

    @property
    def stream(self) -> UUID: ...

    @property
    def version(self) -> int: ...

    @property
    def subject(self) -> UUID | None: ...

    def given(self, action: Deed, receipt: Receipt) -> Given | None:
        """What answered this id of this actor, or gave the same thing the same name before."""

    def decide(self, app: App, action: Deed, receipt: Receipt, now: datetime) -> list[Fact] | Refused: ...


@dataclass(frozen=True)
class ChildCase:
    """An action about a child."""

    history: History

    @property
    def stream(self) -> UUID:
        return self.history.stream

    @property
    def version(self) -> int:
        return self.history.version

    @property
    def subject(self) -> UUID | None:
        return self.stream if self.version and not self.history.erased else None

    def given(self, action: Deed, receipt: Receipt) -> Given | None:
        if not isinstance(action, Action):
            raise TypeError(type(action))
        answer = self.history.answers.get((action.by.id, receipt.action_id))
        if answer:
            return answer[0], answer[1].content
        named = OPENING if isinstance(action, OpenTrajectory) else action.introduces()
        introduced = self.history.named.get(named) if named else None
        same = introduced is not None and introduced.content == receipt.content
        return (introduced.entry, introduced.content) if introduced and same else None

    def decide(self, app: App, action: Deed, receipt: Receipt, now: datetime) -> list[Fact] | Refused:
        if not isinstance(action, Action):
            raise TypeError(type(action))
        outcome = decide(self.history, action, receipt, app.policy(now), now)
        return outcome if isinstance(outcome, Refused) else list(outcome)


@dataclass(frozen=True)
class ContactCase:
    """A contact: one fact at the most."""

    stream: UUID
    held: Mapping[int, ContactHeld]
    subject: UUID | None = None

    @property
    def version(self) -> int:
        return len(self.held)

    def given(self, action: Deed, receipt: Receipt) -> Given | None:
        for entry, fact in self.held.items():
            answered = (fact.by.id, fact.receipt.action_id) == (action.by.id, receipt.action_id)
            if answered or fact.receipt.content == receipt.content:
                return entry, fact.receipt.content
        return None

    def decide(self, app: App, action: Deed, receipt: Receipt, now: datetime) -> list[Fact] | Refused:
        if not isinstance(action, HoldContact):
            raise TypeError(type(action))
        outcome = contact.decide(action, app.programmes, receipt, now, in_use=bool(self.held))
        return outcome if isinstance(outcome, Refused) else [outcome]


def stream_of(app: App, action: Deed) -> UUID:
    """The opaque id of the child or the contact that an action is about."""
    if isinstance(action, HoldContact):
        return app.store.keys.opaque_id("contact", action.contact)
    if isinstance(action, Action):
        return app.stream_of(action.trajectory)
    raise TypeError(type(action))


def case_of(app: App, action: Deed, stream: UUID, *, known: bool = False) -> Case:
    """What the action is about: as it stands in the log now, or `known`: as this process last saw it."""
    if isinstance(action, HoldContact):
        return ContactCase(stream, _held(app.facts.stream(stream)))
    return ChildCase(app.children.known(stream) if known else app.children.latest(stream))


def _held(recorded: list[Recorded]) -> dict[int, ContactHeld]:
    return {each.entry: each.fact for each in recorded if isinstance(each.fact, ContactHeld)}
