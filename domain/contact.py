"""Contacts: a consultation or walk-in without a name. No child is named, and no text about one fits in it."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator

from domain.action import Deed
from domain.actor import PROFESSIONAL, school_of
from domain.concern import Concern
from domain.fact import Fact, SealedUnder
from domain.field import Brin, Municipality, Part, Receipt, Ref
from domain.programme import ContactKind, Programmes
from domain.refusal import Code, Refused


def _each_once(topics: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(topics))


class ContactBody(Part):
    programme: Ref
    municipality: Municipality
    kind: ContactKind
    school: Brin
    topics: Annotated[tuple[Concern, ...], AfterValidator(_each_once)]
    outcome: Literal["resolved", "signal_expected", "ongoing"]


class ContactHeld(Fact, ContactBody):
    """There was a contact about no child in particular. What the caller called it is not kept: it might name one."""

    TOPIC: ClassVar[str] = "contact.held.1"
    SEALED_UNDER: ClassVar[SealedUnder] = "store"

    receipt: Receipt


class HoldContact(Deed, ContactBody):
    """Consults, or lets children walk in, without a name; kinds that the programme has."""

    action: Literal["hold_contact"] = "hold_contact"
    contact: Ref

    def fact(self, receipt: Receipt) -> ContactHeld:
        body: dict[str, Any] = {name: getattr(self, name) for name in ContactBody.model_fields}
        return ContactHeld.model_construct(**body, occurred_at=self.at, by=self.by, receipt=receipt)


FACTS = (ContactHeld,)


def decide(
    action: HoldContact, programmes: Programmes, receipt: Receipt, now: datetime, *, in_use: bool = False
) -> ContactHeld | Refused:
    """The fact that a contact leaves, or why it is refused (domain.md, Actions, hold_contact)."""
    if action.at > now:
        return Refused(Code.IN_THE_FUTURE)
    if in_use:
        return Refused(Code.REFERENCE_IN_USE)
    return _may_not(action, programmes) or _not_a_kind(action, programmes) or action.fact(receipt)


def _may_not(action: HoldContact, programmes: Programmes) -> Refused | None:
    """A role that carries the programme, in one of its organisations; or a coordinator, in their own municipality."""
    by, programme = action.by, programmes.current[action.programme]
    if by.role == "coordinator":
        return None if by.organisation == action.municipality else Refused(Code.NOT_RELATED)
    if by.role not in PROFESSIONAL or by.role not in programme.carried_by:
        return Refused(Code.ROLE_NOT_PERMITTED)
    return None if programme.carries(by, school_of(action.school)) else Refused(Code.NOT_RELATED)


def _not_a_kind(action: HoldContact, programmes: Programmes) -> Refused | None:
    kinds = programmes.current[action.programme].contacts
    return None if action.kind in kinds else Refused(Code.NOT_APPLICABLE)
