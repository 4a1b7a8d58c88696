"""Whether somebody may know that a child has a dossier, and what is in it. Who may not is answered as if it were not.

Everybody with a relation to the child may, also where consent keeps everything else from them: its school, who opened
the dossier, who carries a programme of it, who is or was on a team, its family, whom a rule of the policy names because
of this child. So may those who oversee all dossiers.
"""

from collections.abc import Iterator
from datetime import datetime

from api.look import Question, not_before, part_of
from api.main import App
from consent_policy.decide import decide
from consent_policy.grounds import Actor, Request
from consent_policy.policy import Policy
from consent_policy.question import asked
from consent_policy.who import WHO
from domain.action import Action
from domain.actor import FAMILY, OVERSEERS
from domain.disclosure import Door
from domain.field import value_of
from domain.refusal import Code
from domain.trajectory import who
from domain.trajectory.history import History
from domain.trajectory.oversight import ConfirmEntry
from domain.trajectory.who import of_the_family, related
from projections.timeline import TIMELINE

OF_ALL_DOSSIERS = OVERSEERS | {"registry"}
"""Roles with a task in every dossier of the store."""

OF_ANY_CHILD = frozenset({"anybody", "anybody_in_an_episode"})
"""Conditions of the policy that hold of every child alike: they name nobody because of this one."""


def may_know(app: App, actor: Actor, history: History, now: datetime) -> bool:
    """Whether this person may know of this child, on all that is known of it."""
    child = history.latest
    if history.erased or not history.version:
        return history.erased
    if actor.role in FAMILY:
        return of_the_family(child, actor)
    if actor.role == "coordinator" and child.grounds.municipality == actor.organisation:
        return True
    return (
        actor.role in OF_ALL_DOSSIERS or related(child, actor, now) or _is_named(history, actor, now, app.policy(now))
    )


def _is_named(history: History, actor: Actor, now: datetime, policy: Policy) -> bool:
    """By a rule of the policy, for any purpose and category; or permitted by one that is about every child."""
    grounds = history.latest.grounds
    for (purpose, category, role), rules in policy.fitting.items():
        if role != actor.role:
            continue
        request = Request(actor, purpose, category)
        question = asked(grounds, request, now, policy)
        named = {name for rule in rules for name in rule.who} - OF_ANY_CHILD
        if any(WHO[name](question) for name in named) or decide(grounds, request, now, policy).permitted:
            return True
    return False


MAY_NOT = frozenset({Code.ROLE_NOT_PERMITTED, Code.NOT_RELATED, Code.NO_STANDING, Code.NOT_IN_TEAM})
"""Refusals of who asks; all others are of what is asked, as things stand."""

ASKED_BEFORE = frozenset({Code.BEFORE_BIRTH, Code.REFERENCE_IN_USE})
"""What is asked of a dossier before it is asked who acts (domain.md, Order of answers)."""


def heard(app: App, actor: Actor, history: History, action: Action, code: Code) -> Code:
    """What who may know of the child hears when an action is refused for this reason.

    Who may not do it learns neither what there is in the dossier that they do not see, nor when the child was born. To
    confirm an entry is for every related professional, whether they see it or not.
    """
    if history.erased or (code not in MAY_NOT | ASKED_BEFORE and not isinstance(action, ConfirmEntry)):
        return code
    named = set(_named(history, action))
    if not named <= _seen(app, actor, history):
        return Code.UNKNOWN_REFERENCE
    if code not in ASKED_BEFORE:
        return code
    now = not_before(app.now(), history)
    refusal = who.refusal(history.latest, action.model_copy(update={"at": now}))
    return refusal.code if refusal else code


def _named(history: History, action: Action) -> Iterator[int]:
    """The entries that what the action points at comes from; 0: from none."""
    if entry := value_of(action, "entry"):
        yield entry
    for kind, reference in action.refers_to():
        if reference not in NO_SECRET:
            yield _introduced(history, GUARDIAN if kind.startswith("person") else kind, reference)


NO_SECRET = frozenset({"youth", "school"})
"""Persons that every dossier has."""

GUARDIAN = "guardian"


def _introduced(history: History, kind: str, reference: str) -> int:
    known = history.named.get((kind, reference))
    if known:
        return known.entry
    return next((entry for entry, fact in history.facts.items() if value_of(fact, kind) == reference), 0)


def _seen(app: App, actor: Actor, history: History) -> set[int]:
    """The entries that somebody may see, for whatever purpose."""
    now, door = not_before(app.now(), history), Door(door="http", authentication="", request="")
    policy = app.policy(now)
    purposes = {purpose for purpose, _, role in policy.fitting if role == actor.role}
    questions = (Question(TIMELINE, actor, purpose, door, reason=WHY) for purpose in purposes)
    return {entry for each in questions for entry in part_of(each, history, now, policy, policy).content.fields}


WHY = "-"
"""Some rules ask for a reason; nothing is shown here."""
