"""What somebody is told who is refused: nothing that they would not be told of what is not there.

Who may know of a child hears the code that was recorded, but of what they may not see in its dossier no more than of
what is not in it. Everybody else hears what a child that does not exist answers: 401, 403 and 404 cannot be told apart
(interfaces.md, HTTP).
"""

from dataclasses import replace
from uuid import UUID

from api.answer import Answer, refused
from api.http.caller import Caller
from api.http.problems import Problem
from api.look import Question, Refused, leading, lens_of
from api.main import App
from api.may_know import MAY_NOT, heard, may_know
from api.trail import record_query
from consent_policy.decide import decide
from consent_policy.grounds import Actor, Decision, Grounds, Request
from consent_policy.vocabulary import PURPOSES
from domain.action import Action, Deed
from domain.actor import PROFESSIONAL
from domain.refusal import Code
from domain.trajectory.child import OpenTrajectory
from domain.trajectory.history import History


def status_of(code: str) -> int:
    if code == Code.ERASED:
        return 410
    return 403 if code in MAY_NOT or code == Code.UNKNOWN_REFERENCE else 409


def of_action(app: App, caller: Caller, action: Deed, answer: Answer) -> Answer:
    """The answer to a refused action, as far as this person may know of the child."""
    if answer.status != "refused" or answer.code == Code.IN_THE_FUTURE or not isinstance(action, Action):
        return answer
    if isinstance(action, OpenTrajectory):
        hidden = caller.actor.role not in PROFESSIONAL
        return refused(Code.ROLE_NOT_PERMITTED, caller.language) if hidden else answer
    history = app.history(app.stream_of(action.trajectory))
    actor = known_as(caller, history)
    if not may_know(app, actor, history, app.now()):
        return refused(Code.UNKNOWN_REFERENCE, caller.language)
    code = heard(app, actor, history, action, Code(answer.code or ""))
    return answer if code == answer.code else refused(code, caller.language, answer.trajectory)


def of_look(app: App, caller: Caller, question: Question, trajectory: str, outcome: Refused) -> Problem:
    """The refusal of a look at one child."""
    decision = outcome.decision
    if not knows(app, caller, app.stream_of(trajectory)):
        decision = of_nobody(app, question)
    status = 410 if decision.reasons[0] == "erased" else 403
    return Problem(status, decision.reasons[0], disclosure=str(outcome.disclosure), position=outcome.position)


def of_nobody(app: App, question: Question) -> Decision:
    """What would be decided about a child that is not there."""
    now = app.now()
    asked = replace(question, account=None)
    return leading(asked, lens_of(asked, Grounds(trajectory=""), now, app.policy(now)))


def known_as(caller: Caller, history: History) -> Actor:
    """As whom this person is known in the trajectory of this child."""
    return (caller.account and caller.account.actor_in(history)) or caller.actor


def of_nobody_trail(app: App, caller: Caller, purpose: str) -> Decision:
    """What would be decided about the trail of a child that is not there."""
    now = app.now()
    return decide(Grounds(trajectory=""), Request(caller.actor, purpose, "access_log"), now, app.policy(now))


def knows(app: App, caller: Caller, child: UUID) -> bool:
    """Whether who asks may know of this child."""
    history = app.history(child)
    return may_know(app, known_as(caller, history), history, app.now())


def of_query(app: App, caller: Caller, query: str, about: tuple[str, ...], reason: str) -> Problem:
    """The refusal of what is no look at one child, now that it is recorded."""
    record_query(app, query, about, caller.actor, caller.door, [], (reason,))
    return Problem(403, reason, position=app.store.last().position)


def refuse_other_purpose(app: App, caller: Caller, query: str, about: tuple[str, ...], purpose: str) -> None:
    """Where a rule has one purpose, who states another is refused (consent.md). Raises `Problem`."""
    stated = caller.purpose if caller.states_purpose else purpose
    if stated != purpose:
        raise of_query(app, caller, query, about, "no_rule" if stated in PURPOSES else "unknown_code")
