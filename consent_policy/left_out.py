"""What is left out of what families see of their own file (consent.md, rule `guardian`; Jeugdwet 7.3.10 and 7.3.11).

Entry by entry: a permit without `entry` says that entries of the category may be shown, each of them asked in its turn.
"""

from consent_policy.grounds import Override
from consent_policy.question import Question, runs
from consent_policy.vocabulary import VEILIG_THUIS, YOUTH

NOT_ONE_GUARDIAN = frozenset({YOUTH, "school", "guardians"})
"""With whom a talk was not with one guardian alone. Everybody else that a talk can be with is, or was, a guardian."""


FAMILY = frozenset({"guardian", "youth"})


def is_left_out(question: Question) -> bool:
    """Whether this guardian or youth must not see what is asked, although a rule lets them see the category."""
    if question.request.viewer.role not in FAMILY:
        return False
    return (
        _is_withheld(question)
        or _is_unreleased_safety(question)
        or _is_contact_of_another(question)
        or _was_talk_with_another_alone(question)
    )


def _is_withheld(question: Question) -> bool:
    grounds, request, instant, *_ = question
    if request.entry is None:
        return False
    return any(
        fact.of_entry == request.entry and fact.at <= instant and request.viewer.id in fact.guardians
        for fact in grounds.withheld
    )


def _is_unreleased_safety(question: Question) -> bool:
    """Safety that was not released, whatever rests on it: the override, its shares with Veilig Thuis, its looks.

    A look in the access_log is asked about with the override that allowed it as `entry`. Without `entry`, safety may be
    shown once any was released: the answer must not betray an override that is still secret.
    """
    grounds, request, *_ = question
    released = {fact.entry for fact in grounds.overrides if _is_released(fact, question)}
    if request.category == "safety":
        return not released if request.entry is None else request.entry not in released
    secret = [fact for fact in grounds.overrides if fact.entry not in released]
    shares = {
        share.entry
        for fact in secret
        for share in grounds.shares
        if share.by == fact.invoker and share.organisation == VEILIG_THUIS and runs(fact.since, None, share.at)
    }
    return request.entry in shares | {fact.entry for fact in secret}


def _is_released(fact: Override, question: Question) -> bool:
    return fact.released_at is not None and fact.released_at <= question.instant


def _is_contact_of_another(question: Question) -> bool:
    request = question.request
    return request.category == "contact_details" and request.about not in (None, request.viewer.id)


def _was_talk_with_another_alone(question: Question) -> bool:
    """A talk with one or more guardians and nobody else, of whom the viewer was none."""
    request = question.request
    others = set(request.talk_with)
    return bool(others) and request.viewer.id not in others and others.isdisjoint(NOT_ONE_GUARDIAN)
