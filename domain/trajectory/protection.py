"""Child protection orders of a court: an institution may see what it needs while one runs."""

from typing import Annotated, ClassVar, Literal, assert_never

from consent_policy.grounds import Order
from consent_policy.policy import Policy
from consent_policy.vocabulary import Category
from domain.action import Evidenced, Who
from domain.fact import ChildFact
from domain.field import Evidence, Introduces, Organisation, Part, Ref, Refers
from domain.record import altered
from domain.refusal import Code, Refusals, Refused
from domain.trajectory.state import Child
from domain.trajectory.who import related_professional


class OrderBody(Part):
    order: Annotated[Ref, Introduces("order")]
    institution: Organisation
    evidence: Evidence | None = None


class ProtectionOrderStarted(ChildFact, OrderBody):
    """A child protection order began."""

    TOPIC: ClassVar[str] = "trajectory.protection-order-started.1"
    CATEGORY: ClassVar[Category] = "consent"


class StartProtectionOrder(Evidenced, OrderBody):
    """A court puts the child under the supervision of an institution (BW 1:255)."""

    FACT: ClassVar[type[ChildFact]] = ProtectionOrderStarted
    WHO: ClassVar[tuple[Who, ...]] = (related_professional,)

    action: Literal["start_protection_order"] = "start_protection_order"


class OrderEndBody(Part):
    order: Annotated[Ref, Refers("order")]
    institution: Organisation
    evidence: Evidence | None = None


class ProtectionOrderEnded(ChildFact, OrderEndBody):
    """A child protection order ended."""

    TOPIC: ClassVar[str] = "trajectory.protection-order-ended.1"
    CATEGORY: ClassVar[Category] = "consent"


class EndProtectionOrder(Evidenced, OrderEndBody):
    """A child protection order ends."""

    FACT: ClassVar[type[ChildFact]] = ProtectionOrderEnded
    WHO: ClassVar[tuple[Who, ...]] = (related_professional,)

    action: Literal["end_protection_order"] = "end_protection_order"


ACTIONS = (
    StartProtectionOrder,
    EndProtectionOrder,
)
FACTS = (
    ProtectionOrderStarted,
    ProtectionOrderEnded,
)


def rule(child: Child, action: StartProtectionOrder | EndProtectionOrder, policy: Policy) -> Refusals:
    """An order ends once, and ends where it began."""
    match action:
        case StartProtectionOrder():
            return ()
        case EndProtectionOrder():
            order = order_of(child, action.order)
            if order is None or order.institution != action.institution:
                return (Refused(Code.NOT_APPLICABLE),)
            return (Refused(Code.ALREADY_DONE) if order.until else None,)
        case _:
            assert_never(action)


def order_of(child: Child, reference: str) -> Order | None:
    """What is known of the order with this reference."""
    introduced = child.references.get(("order", reference))
    return next((each for each in child.grounds.orders if introduced and each.entry == introduced.entry), None)


def evolve(child: Child, entry: int, fact: ProtectionOrderStarted | ProtectionOrderEnded) -> Child:
    match fact:
        case ProtectionOrderStarted():
            order = Order(entry, fact.institution, fact.occurred_at, None)
            return child.with_grounds(orders=(*child.grounds.orders, order))
        case ProtectionOrderEnded():
            ended = order_of(child, fact.order)
            return child.with_grounds(
                orders=tuple(
                    altered(each, until=fact.occurred_at) if each is ended else each for each in child.grounds.orders
                )
            )
        case _:
            assert_never(fact)
