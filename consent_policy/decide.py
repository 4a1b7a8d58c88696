"""May this viewer see this, and why (consent.md, "How rules combine").

Pure: the same grounds, request, instant and policy always give the same decision. Default is deny.
"""

import re
from collections.abc import Sequence
from datetime import datetime

from consent_policy.grounds import Consent, Decision, Grounds, Request
from consent_policy.needs import NEEDS, gate
from consent_policy.policy import Policy, Rule
from consent_policy.question import Basis, Finding, Question, asked, is_for_somebody_else, runs
from consent_policy.vocabulary import RECIPIENT_PATTERN
from consent_policy.who import WHO

_RECIPIENT = re.compile(RECIPIENT_PATTERN)


def decide(grounds: Grounds, request: Request, instant: datetime, policy: Policy) -> Decision:
    """The first permitting rule decides; none: the first that applies says why not; none applies: nobody's business."""
    rules = policy.fitting.get((request.purpose, request.category, request.viewer.role))
    if rules is None or (request.recipient is not None and not _RECIPIENT.fullmatch(request.recipient)):
        return _denied(policy, None, "unknown_code")
    if grounds.erased and request.purpose != "audit":
        return _denied(policy, None, "erased")
    restricted_by = _restriction(grounds, request, instant)
    if restricted_by:
        return _denied(policy, "restriction", "restricted", restricted_by)
    return _by_rules(asked(grounds, request, instant, policy), rules)


def _by_rules(question: Question, rules: tuple[Rule, ...]) -> Decision:
    for_somebody_else = question.request.recipient is not None and is_for_somebody_else(question)
    first_denial: Decision | None = None
    for rule in rules:
        if for_somebody_else and not rule.passes_on:
            continue
        for basis in _bases(question, rule):
            if rule.while_ is not None and gate(question, rule, basis).complete:
                continue
            finding = _needs(question, rule, basis)
            if not finding.reasons:
                return _answer(question, rule, basis, finding)
            first_denial = first_denial or _answer(question, rule, basis, finding)
    return first_denial or _denied(
        question.policy, None, "not_in_team" if question.request.purpose == "care" else "no_rule"
    )


def _bases(question: Question, rule: Rule) -> Sequence[Basis]:
    """The bases on which the rule could apply to this viewer; most rules name one condition."""
    if len(rule.who) == 1:
        return WHO[rule.who[0]](question)
    return [basis for name in rule.who for basis in WHO[name](question)]


def _needs(question: Question, rule: Rule, basis: Basis) -> Finding:
    """What stands in the way: the reasons of all needs, and the consent that they looked at."""
    reasons: tuple[str, ...] = ()
    consent: Consent | None = None
    for name in rule.needs:
        found = NEEDS[name](question, rule, basis)
        reasons += found.reasons
        consent = consent or found.consent
    return Finding(reasons, consent)


def _restriction(grounds: Grounds, request: Request, instant: datetime) -> int | None:
    """The entry of a restriction that keeps this from this guardian; `all` keeps everything."""
    if request.viewer.role != "guardian":
        return None
    for fact in grounds.restrictions:
        covers = "all" in fact.categories or request.category in fact.categories
        if covers and fact.guardian == request.viewer.id and runs(fact.since, fact.until, instant):
            return fact.entry
    return None


def _answer(question: Question, rule: Rule, basis: Basis, finding: Finding) -> Decision:
    reasons, consent = finding
    entries = basis.entries if consent is None else tuple(sorted({*basis.entries, *consent.entries}))
    return Decision(
        "deny" if reasons else "permit",
        rule.name,
        tuple(dict.fromkeys(reasons)) if reasons else (),
        consent.required if consent else (),
        consent.missing if consent else (),
        consent.refused_by if consent else (),
        entries,
        question.policy.id,
        question.policy.sha256,
    )


def _denied(policy: Policy, rule: str | None, reason: str, *entries: int) -> Decision:
    return Decision("deny", rule, (reason,), (), (), (), entries, policy.id, policy.sha256)
