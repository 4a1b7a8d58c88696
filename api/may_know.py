"""Whether somebody may know that a child has a dossier. Who may not is answered as for a child that is not there.

Everybody with a relation to the child may, also where consent keeps everything else from them: its school, who opened
the dossier, who carries a programme of it, who is or was on a team, its family, whom a rule of the policy names because
of this child. So may those who oversee all dossiers.
"""

from datetime import datetime

from api.main import App
from consent_policy.decide import decide
from consent_policy.grounds import Actor, Request
from consent_policy.policy import Policy
from consent_policy.question import asked
from consent_policy.who import WHO
from domain.actor import FAMILY, OVERSEERS
from domain.trajectory.history import History
from domain.trajectory.who import of_the_family, related

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
