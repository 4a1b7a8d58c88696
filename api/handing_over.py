"""What leaves with a share: the categories that it names, as far as its recipient may see them at this moment.

The share itself is an action (domain.md, share). Handing over is a look of the recipient's: recorded, with the entry
that it rests on, before anything goes.
"""

from datetime import datetime

from api.look import RETRIES, Busy, Question, Refused, Seen, not_before, part_of, recorded
from api.main import App
from consent_policy.grounds import Actor, Decision
from consent_policy.policy import Policy
from consent_policy.vocabulary import Role
from domain.disclosure import Door
from domain.trajectory.history import History
from domain.trajectory.sharing import Shared
from ledger.errors import KeyDestroyed, Moved
from projections.dossier import DOSSIER
from projections.lens import Item, Lens

OUTSIDE: Role = "specialist"
"""The role of a recipient of whom the share names none."""


class NotShared(LookupError):
    """This entry is no share of this person's that stands, or is one for another purpose than was stated."""


def hand_over(
    app: App, trajectory: str, entry: int, sender: Actor, door: Door, purpose: str | None = None
) -> Seen | Refused:
    """Raises `NotShared`, `Busy`, and as a look does. The share is looked at in the version that the look rests on.

    `purpose`: stated; None: whatever it was shared for.
    """
    child = app.stream_of(trajectory)
    for _ in range(RETRIES):
        history = app.history(child)
        instant = not_before(app.now(), history)
        policy = app.policy(instant)
        question = _question(history, entry, sender, door, purpose)
        part = part_of(question, history, instant, policy, policy)
        denied = _denied_to(sender, history, question, instant, policy) or (None if part.permitted else part.leading)
        try:
            seen = recorded(app, question, *(([], [part]) if denied else ([part], [])), instant)
        except (Moved, KeyDestroyed):
            continue
        return Refused(seen.disclosure, seen.position, denied) if denied else seen
    raise Busy


def _question(history: History, entry: int, sender: Actor, door: Door, purpose: str | None) -> Question:
    """As the recipient would ask it; who sends it is told as well."""
    shared = history.standing.get(entry)
    if not isinstance(shared, Shared) or shared.by != sender or purpose not in (None, shared.purpose):
        raise NotShared
    to = shared.to
    return Question(
        DOSSIER,
        Actor(to.person or to.organisation, to.role or OUTSIDE, to.organisation),
        shared.purpose,
        door,
        reason=f"handed over by {sender.id}, shared in entry {entry}",
        recipient=f"person:{to.person}" if to.person else f"org:{to.organisation}",
        categories=shared.categories,
        sender=sender,
    )


def _denied_to(sender: Actor, history: History, question: Question, at: datetime, policy: Policy) -> Decision | None:
    """Who left the team hands nothing over any more; who reports to Veilig Thuis does so while the override runs."""
    grounds = history.latest.grounds
    if any(each.invoker == sender and each.since <= at < each.until for each in grounds.overrides):
        return None
    own = Lens(grounds, sender, "care", at, policy)
    decisions = (own.decision(Item(category)) for category in question.categories)
    return next((each for each in decisions if not each.permitted), None)
