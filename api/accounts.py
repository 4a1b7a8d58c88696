"""Accounts of guardians and youths: who somebody that signed in is in each trajectory (domain.md, link_account).

A link stands once another related professional has confirmed it. Who it is, is found in the very version of the child's
stream that the action or look rests on: a link that was ended holds no moment longer.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from consent_policy.grounds import Actor
from consent_policy.vocabulary import YOUTH, Role
from domain.trajectory.history import History
from projections import accounts

if TYPE_CHECKING:
    from api.main import App

FAMILY_ORGANISATION = "family"
"""In which organisation guardians and youths act: none but their own."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody of a family who signed in. `subject`: as the issuer of their sign-in calls them."""

    subject: str
    role: Role

    def stranger(self, app: "App") -> Actor:
        """As who this account acts where it is linked to nobody: an opaque name, which no dossier knows."""
        opaque = app.store.keys.blind("account", self.subject).hex()[:32]
        return Actor(f"account-{opaque}", self.role, FAMILY_ORGANISATION)

    def actor_in(self, history: History) -> Actor | None:
        """As who this account acts in this trajectory; None: it is linked to nobody of this role there."""
        for link in accounts.standing(history):
            if link.subject == self.subject and (link.person == YOUTH) == (self.role == YOUTH):
                return Actor(link.person, self.role, FAMILY_ORGANISATION)
        return None


def children_of(app: "App", account: Account) -> list[UUID]:
    """The children to whose trajectories this account is linked."""
    blind = app.reads.given.blind("account", account.subject)
    with app.reads.upto(app.store.last().position) as reading:
        table = reading.table(accounts.MODEL)
        rows = reading.rows(select(table.c.stream).where(table.c.subject == blind).distinct().order_by(table.c.stream))
        return [UUID(bytes=stream) for (stream,) in rows]
