"""What lets the family in, and their own words in the file."""

from typing import ClassVar, Literal, assert_never

from consent_policy.policy import Policy
from consent_policy.vocabulary import Category
from domain.action import Action, Who
from domain.actor import FAMILY
from domain.fact import ChildFact
from domain.field import Part, PersonRef, Text
from domain.record import altered
from domain.refusal import Code, Refusals, Refused
from domain.trajectory.state import Child, Link
from domain.trajectory.who import family, related_professional


class AccountBody(Part):
    person: PersonRef
    subject: Text


class AccountLinked(ChildFact, AccountBody):
    """It was said that a sign-in belongs to a guardian or the youth."""

    TOPIC: ClassVar[str] = "trajectory.account-linked.1"
    CATEGORY: ClassVar[Category] = "contact_details"


class LinkAccount(Action, AccountBody):
    """Says that a sign-in belongs to a guardian or the youth; stands once somebody else has confirmed it."""

    FACT: ClassVar[type[ChildFact]] = AccountLinked
    WHO: ClassVar[tuple[Who, ...]] = (related_professional, family)

    action: Literal["link_account"] = "link_account"


class AccountUnlinked(ChildFact, AccountBody):
    """A sign-in belongs to this person no longer."""

    TOPIC: ClassVar[str] = "trajectory.account-unlinked.1"
    CATEGORY: ClassVar[Category] = "contact_details"


class UnlinkAccount(Action, AccountBody):
    """Says that a sign-in belongs to this person no longer."""

    FACT: ClassVar[type[ChildFact]] = AccountUnlinked
    WHO: ClassVar[tuple[Who, ...]] = (related_professional, family)

    action: Literal["unlink_account"] = "unlink_account"


class WordsBody(Part):
    text: Text


class StatementAdded(ChildFact, WordsBody):
    """The family's own words were put in the file."""

    TOPIC: ClassVar[str] = "trajectory.statement-added.1"
    CATEGORY: ClassVar[Category] = "consent"


class AddStatement(Action, WordsBody):
    """The family's own words in the file (Jeugdwet 7.3.8)."""

    FACT: ClassVar[type[ChildFact]] = StatementAdded
    WHO: ClassVar[tuple[Who, ...]] = (related_professional, family)

    action: Literal["add_statement"] = "add_statement"


ACTIONS = (
    LinkAccount,
    UnlinkAccount,
    AddStatement,
)
FACTS = (
    AccountLinked,
    AccountUnlinked,
    StatementAdded,
)

FamilyAction = LinkAccount | UnlinkAccount | AddStatement
FamilyFact = AccountLinked | AccountUnlinked | StatementAdded


def rule(child: Child, action: FamilyAction, policy: Policy) -> Refusals:
    """The family links and unlinks only for themselves; what is unlinked was linked."""
    match action:
        case LinkAccount() | UnlinkAccount():
            others = action.by.role in FAMILY and action.by.id != action.person
            linked = isinstance(action, LinkAccount) or any(_is_of(action, link) for link in child.accounts)
            return (
                Refused(Code.ROLE_NOT_PERMITTED) if others else None,
                None if linked else Refused(Code.NOT_APPLICABLE),
            )
        case AddStatement():
            return ()
        case _:
            assert_never(action)


def evolve(child: Child, entry: int, fact: FamilyFact) -> Child:
    """What unlinks an account that is none (once that was taken) ends all of the person: too many rather than none."""
    match fact:
        case AccountLinked():
            return altered(child, accounts=(*child.accounts, Link(entry, fact.person, fact.subject)))
        case AccountUnlinked():
            named = [link for link in child.accounts if _is_of(fact, link)]
            ended = named or [link for link in child.accounts if link.person == fact.person]
            return altered(child, accounts=tuple(link for link in child.accounts if link not in ended))
        case StatementAdded():
            return child
        case _:
            assert_never(fact)


def _is_of(said: AccountBody, link: Link) -> bool:
    return (said.person, said.subject) == (link.person, link.subject)
