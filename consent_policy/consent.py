"""Whether consent is complete for what is asked: who is silent, who said no, what stands in for whom.

consent.md, "Which statement stands"; Jeugdwet 7.3.4 and 7.3.11.
"""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from consent_policy.grounds import Ask, Consent, Grounds, Scope, Statement
from consent_policy.policy import Law, Policy
from consent_policy.vocabulary import NEVER_IN_ALL, YOUTH
from consent_policy.whose_consent import has_standing as has_standing
from consent_policy.whose_consent import required as required

Said = Literal["permits", "refuses", "withdrew", "nothing"]


class Names(NamedTuple):
    """Under which names a recipient can be permitted, and under which refused.

    A viewer is their organisation and themself: permitting the school does not undo refusing one teacher of it.
    """

    permitted: frozenset[str]
    refused: frozenset[str]


def called(*names: str) -> Names:
    """A recipient that is permitted and refused under the same names."""
    return Names(frozenset(names), frozenset(names))


def includes(categories: Sequence[str], category: str) -> bool:
    """Whether a list of categories has this one; `all` never includes safety and access_log."""
    return category in categories or ("all" in categories and category not in NEVER_IN_ALL)


def _runs(scope: Scope, instant: datetime) -> bool:
    return (scope.since is None or scope.since <= instant) and (scope.until is None or instant < scope.until)


def _is_about(scope: Scope, ask: Ask, names: frozenset[str]) -> bool:
    return (
        ask.purpose in scope.purposes
        and includes(scope.categories, ask.category)
        and not names.isdisjoint(scope.recipients)
    )


def permits(scope: Scope, ask: Ask, names: frozenset[str]) -> bool:
    """Whether a permission of this scope, while it runs, covers what is asked.

    Without a programme it covers all; care only in programmes that ask no explanation first, for who did not hear the
    explanation cannot have agreed to it.
    """
    if scope.programme is None:
        in_programme = not (ask.explained_first and ask.purpose == "care")
    else:
        in_programme = scope.programme == ask.programme
    return in_programme and _is_about(scope, ask, names)


def refuses(scope: Scope, ask: Ask, names: frozenset[str]) -> bool:
    """Whether a refusal of this scope, while it runs, covers what is asked; refusing needs no explanation first."""
    return scope.programme in (None, ask.programme) and _is_about(scope, ask, names)


def assess(
    grounds: Grounds, ask: Ask, instant: datetime, policy: Policy, law: Law, names: Names | None = None
) -> Consent:
    """Whether everybody who must has permitted what is asked, and nobody who must has refused it.

    `names`: where the recipient goes by several names; without it, by `ask.recipient` alone.
    """
    names = names or called(ask.recipient)
    key = (bisect_right(grounds.moments, instant), ask, names, law, policy.sha256)
    known = grounds.assessed.get(key)
    if known is None:
        known = grounds.assessed[key] = _assess(grounds, ask, instant, policy, law, names)
    return known


def _assess(grounds: Grounds, ask: Ask, instant: datetime, policy: Policy, law: Law, names: Names) -> Consent:
    who = required(grounds, instant, law, policy)
    exception = _stand_in(grounds, None, ask, names, instant) if who.exception else None
    missing: list[str] = []
    refused: list[str] = []
    entries = [*who.entries]
    for person in who.persons:
        stand_in = None if person == YOUTH else exception or _stand_in(grounds, person, ask, names, instant)
        said, entry = ("permits", stand_in) if stand_in else what_is_said(grounds, person, ask, names, instant)
        if entry:
            entries.append(entry)
        if said == "refuses":
            refused.append(person)
        elif said != "permits":
            missing.append(person)
    if exception:
        entries.append(exception)
    reasons = _reasons(missing, refused, nobody=who.nobody and not exception)
    return Consent(not reasons, reasons, who.persons, tuple(missing), tuple(refused), tuple(sorted({*entries})))


def _reasons(missing: Sequence[str], refused: Sequence[str], *, nobody: bool) -> tuple[str, ...]:
    if not (missing or refused or nobody):
        return ()
    found = (("no_one_with_authority", nobody), ("consent_refused", refused), ("consent_missing", missing))
    return tuple(reason for reason, holds in found if holds)


def _stand_in(grounds: Grounds, guardian: str | None, ask: Ask, names: Names, instant: datetime) -> int | None:
    """The entry of a court's consent for this guardian, or (None) of an exception for all, that covers the ask."""
    for fact in grounds.stand_ins:
        holds = fact.guardian == guardian and fact.at <= instant and _runs(fact.scope, instant)
        if holds and permits(fact.scope, ask, names.permitted):
            return fact.entry
    return None


def what_is_said(grounds: Grounds, person: str, ask: Ask, names: Names, instant: datetime) -> tuple[Said, int | None]:
    """What one person's standing statements come to, and by which entry: any refusal beats every permission."""
    answer: Said = "nothing"
    by: int | None = None
    for reference in grounds.said_about.get((person, ask.purpose), ()):
        latest = _latest(reference, instant)
        if latest is None:
            continue
        if latest.scope is None or latest.says == "withdraw":
            if answer == "nothing" and _ended_permission(reference, latest, ask, names):
                answer, by = "withdrew", latest.entry
        elif not _runs(latest.scope, instant):
            continue
        elif latest.says == "refuse" and refuses(latest.scope, ask, names.refused):
            return "refuses", latest.entry
        elif latest.says == "permit" and permits(latest.scope, ask, names.permitted):
            answer, by = "permits", latest.entry
    return answer, by


def _latest(reference: tuple[Statement, ...], instant: datetime) -> Statement | None:
    for statement in reference:
        if statement.at <= instant:
            return statement
    return None


def _ended_permission(reference: tuple[Statement, ...], withdrawal: Statement, ask: Ask, names: Names) -> bool:
    """Whether what this withdrawal ended was a permission of what is asked now."""
    for earlier in reference[reference.index(withdrawal) + 1 :]:
        if earlier.scope is not None:
            return earlier.says == "permit" and permits(earlier.scope, ask, names.permitted)
    return False


def is_named(grounds: Grounds, ask: Ask, names: Names, instant: datetime, policy: Policy, law: Law) -> bool:
    """Whether anybody who must consent, or what stands in for them, permits this recipient; others may be silent."""
    permitted = Names(names.permitted, frozenset())
    persons = required(grounds, instant, law, policy).persons
    return any(_stand_in(grounds, guardian, ask, names, instant) for guardian in (None, *persons)) or any(
        what_is_said(grounds, person, ask, permitted, instant)[0] == "permits" for person in persons
    )
