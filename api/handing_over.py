"""What leaves with a share: the categories that it names, as far as its recipient may see them at this moment.

The share itself is an action (domain.md, share). Handing over is a look of the recipient's: recorded, with the entry
that it rests on, before anything goes.
"""

from uuid import UUID

from api.look import Question, Refused, Seen, look
from api.main import App
from consent_policy.grounds import Actor
from consent_policy.vocabulary import Role
from domain.disclosure import Door
from domain.trajectory.sharing import Shared
from projections.dossier import DOSSIER

OUTSIDE: Role = "specialist"
"""The role of a recipient of whom the share names none."""


class NotShared(LookupError):
    """This entry is no share of this person's that stands."""


def hand_over(app: App, trajectory: str, entry: int, sender: Actor, door: Door) -> Seen | Refused:
    """Raises `NotShared`, and as a look does."""
    shared = _shared(app, app.stream_of(trajectory), entry, sender)
    recipient = Actor(shared.to.person or shared.to.organisation, shared.to.role or OUTSIDE, shared.to.organisation)
    question = Question(
        DOSSIER,
        recipient,
        shared.purpose,
        door,
        reason=f"shared in entry {entry}",
        recipient=f"person:{shared.to.person}" if shared.to.person else f"org:{shared.to.organisation}",
        categories=shared.categories,
    )
    return look(app, question, trajectory)


def _shared(app: App, child: UUID, entry: int, sender: Actor) -> Shared:
    fact = app.history(child).standing.get(entry)
    if not isinstance(fact, Shared) or fact.by != sender:
        raise NotShared
    return fact
