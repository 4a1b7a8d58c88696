"""What a rule may need before it permits, by the names that a policy uses. Each says what stands in the way."""

from collections.abc import Callable

from consent_policy.consent import assess, called, what_is_said
from consent_policy.grounds import Ask, Consent
from consent_policy.left_out import FAMILY, is_left_out
from consent_policy.policy import NeedName, Rule
from consent_policy.question import MET, Basis, Finding, Question, an_ask, ask_for, runs, viewer_as
from consent_policy.vocabulary import CARE_TEAM
from consent_policy.whose_consent import place

CARE = called(CARE_TEAM)
INTERVIEW = "interview"

Need = Callable[[Question, Rule, Basis], Finding]


def _gate_ask(basis: Basis) -> Ask:
    return an_ask("care", "session", CARE_TEAM, basis.programme, basis.explained_first)


def gate(question: Question, rule: Rule, basis: Basis) -> Consent:
    """Consent to care as such (session, care_team): while it is incomplete, one may ask for it and close."""
    return assess(question.grounds, _gate_ask(basis), question.instant, question.policy, rule.column, CARE)


def all_informed(question: Question, rule: Rule, basis: Basis) -> Finding:
    """Everybody who must still be asked knows of the signal or the way of working (Jeugdwet 7.3.2)."""
    consent = gate(question, rule, basis)
    known = question.grounds.informed_at
    if "no_one_with_authority" in consent.reasons:
        return Finding(("no_one_with_authority",), consent)
    informed = all(person in known and known[person] <= question.instant for person in consent.missing)
    return Finding(() if informed else ("not_informed",), consent)


def none_refused_or_withdrew(question: Question, rule: Rule, basis: Basis) -> Finding:
    """Nobody who must consent to care has said no to it, or took a yes back: they are not asked again."""
    consent = gate(question, rule, basis)
    ask = _gate_ask(basis)
    withdrew = any(
        what_is_said(question.grounds, person, ask, CARE, question.instant)[0] == "withdrew"
        for person in consent.missing
    )
    found = (("consent_refused", consent.refused_by), ("consent_missing", withdrew))
    return Finding(tuple(reason for reason, holds in found if holds), consent)


def consent(question: Question, rule: Rule, basis: Basis) -> Finding:
    """Consent to care by the care team; where it is to be passed on, consent that covers that recipient as well."""
    grounds, request, instant, policy, _ = question
    found = assess(grounds, ask_for(question, basis, "care", CARE_TEAM), instant, policy, rule.column, CARE)
    if found.complete and request.recipient not in {None, CARE_TEAM}:
        onward = ask_for(question, basis, "care", str(request.recipient))
        found = assess(grounds, onward, instant, policy, "disclosure", called(onward.recipient))
    return Finding(found.reasons, found)


def _consent_naming(question: Question, rule: Rule, basis: Basis, purpose: str, *names: str) -> Finding:
    grounds, _, instant, policy, _ = question
    ask = ask_for(question, basis, purpose, names[0])
    found = assess(grounds, ask, instant, policy, rule.column, viewer_as(question, *names))
    return Finding(found.reasons, found)


def consent_naming_school(question: Question, rule: Rule, basis: Basis) -> Finding:
    """Consent to care that names the viewer's school."""
    return _consent_naming(question, rule, basis, "care", f"org:{question.request.viewer.organisation}")


def consent_naming_viewer(question: Question, rule: Rule, basis: Basis) -> Finding:
    """Consent to care that names the viewer, by organisation or by person."""
    viewer = question.request.viewer
    return _consent_naming(question, rule, basis, "care", f"org:{viewer.organisation}", f"person:{viewer.id}")


def consent_naming_coordinator(question: Question, rule: Rule, basis: Basis) -> Finding:
    """Consent to care that names the coordinator of the child's municipality."""
    return _consent_naming(question, rule, basis, "care", "role:coordinator")


def consent_to_referral_or_legal_basis(question: Question, rule: Rule, basis: Basis) -> Finding:
    """Consent to the referral that names the organisation; or the referral has a legal basis of its own."""
    if basis.legal_basis:
        return MET
    return _consent_naming(question, rule, basis, "referral", f"org:{question.request.viewer.organisation}")


def consent_to_research(question: Question, rule: Rule, basis: Basis) -> Finding:
    """Consent to research, by researchers, by this organisation or by this person."""
    viewer = question.request.viewer
    names = ("role:researcher", f"org:{viewer.organisation}", f"person:{viewer.id}")
    return _consent_naming(question, rule, basis, "research", *names)


def youth_agrees(question: Question, rule: Rule, basis: Basis) -> Finding:
    """At 16 and 17, competent: the youth's consent to subject access by this guardian; else nothing is needed."""
    grounds, request, instant, policy, _ = question
    if place(grounds, instant, policy).guardians_own_access != "with_youth_consent":
        return MET
    return _consent_naming(question, rule, basis, "subject_access", f"person:{request.viewer.id}")


def differs_by_entry(category: str, role: str) -> bool:
    """Whether single entries of a category may get another answer than the category: interviews, and families' files.

    Where not, no decision looks at the entry of a request, whom its talk was with, or whom it is about.
    """
    return category == INTERVIEW or role in FAMILY


def interview_open_to_role(question: Question, rule: Rule, basis: Basis) -> Finding:
    """Some roles see of the interviews only those with the school; the category as such, entry by entry."""
    request = question.request
    seen = question.policy.on_team[request.viewer.role].interviews_with
    if request.category != INTERVIEW or not seen or (request.entry is None and not request.talk_with):
        return MET
    return MET if set(seen) & set(request.talk_with) else Finding(("withheld",))


def nothing_left_out(question: Question, rule: Rule, basis: Basis) -> Finding:
    """It is not among what is left out of what families see (left_out.py)."""
    return Finding(("withheld",)) if is_left_out(question) else MET


def granted(question: Question, rule: Rule, basis: Basis) -> Finding:
    """The category was granted as general information (BW 1:377c)."""
    return MET if basis.entries else Finding(("no_rule",))


def reason_given(question: Question, rule: Rule, basis: Basis) -> Finding:
    """The viewer says why."""
    return MET if (question.request.reason or "").strip() else Finding(("reason_required",))


def override_running(question: Question, rule: Rule, basis: Basis) -> Finding:
    """The override on which this rests has not ended."""
    running = any(
        override.entry in basis.entries and runs(override.since, override.until, question.instant)
        for override in question.grounds.overrides
    )
    return MET if running else Finding(("override_over",))


def approval(question: Question, rule: Rule, basis: Basis) -> Finding:
    """The dpo has approved the reveal."""
    approved = any(
        reveal.entry in basis.entries and reveal.approved_at <= question.instant for reveal in question.grounds.reveals
    )
    return MET if approved else Finding(("no_rule",))


def not_about_a_child(question: Question, rule: Rule, basis: Basis) -> Finding:
    """Never met: every question to this policy is about a child."""
    return Finding(("no_rule",))


NEEDS: dict[NeedName, Need] = {
    "all_informed": all_informed,
    "none_refused_or_withdrew": none_refused_or_withdrew,
    "consent": consent,
    "consent_naming_school": consent_naming_school,
    "consent_naming_viewer": consent_naming_viewer,
    "consent_naming_coordinator": consent_naming_coordinator,
    "consent_to_referral_or_legal_basis": consent_to_referral_or_legal_basis,
    "consent_to_research": consent_to_research,
    "youth_agrees": youth_agrees,
    "interview_open_to_role": interview_open_to_role,
    "nothing_left_out": nothing_left_out,
    "granted": granted,
    "reason_given": reason_given,
    "override_running": override_running,
    "approval": approval,
    "not_about_a_child": not_about_a_child,
}
