"""Every rule decides, in both ways where it can, and every reason code is reached."""

from typing import get_args

import pytest

from consent_policy.grounds import Actor
from consent_policy.vocabulary import Reason
from tests.consent_policy.given import (
    AUDITOR,
    CHILD,
    COORDINATOR,
    COUNSELLOR,
    DPO,
    EVALUATOR,
    HELP,
    INSTITUTION,
    POLICY,
    RECORDS,
    RESEARCHER,
    SPECIALIST,
    STRANGER,
    TEACHER,
    VEILIG_THUIS,
    YOUTH,
    F,
    M,
    S,
    at_school,
    competent,
    decided,
    episode,
    given,
    granted,
    guardian,
    has_authority,
    has_none,
    informed,
    look,
    member,
    order,
    override,
    permits,
    referral,
    refuses,
    restricted,
    reveal,
    screening,
    shared,
    signal,
    withdraws,
    withheld,
)

AT_13, AT_17, AT_19 = "2012-01-01", "2008-01-01", "2006-01-01"
MOTHER, FATHER = guardian(M), guardian(F)
ONE = (has_authority(M), episode(), member())
ASKED = (*ONE, informed(M))
SCREENED = (*ONE, member(RESEARCHER, team_role="screener"), screening())
AT_SCHOOL = (has_authority(M), at_school())
NETWORK = Actor("p-7", "specialist", "buurtteam")
PICKED_UP = (has_authority(M), signal(picked_up_by=S), informed(M))

# name of the case: what is given, the question, and then decision, rule, reasons
EXAMPLES = {
    "own signal": (given(signal()), look(TEACHER, category="signal", signal="s-1"), "permit own-signal"),
    "own signal, none named": (given(signal()), look(TEACHER, category="signal"), "permit own-signal"),
    "another's signal": (
        given(signal(), signal("s-2", author=S)),
        look(TEACHER, category="signal", signal="s-2"),
        "deny - not_in_team",
    ),
    "asking by the team": (given(*ASKED), look(category="contact_details"), "permit asking"),
    "asking by who picked up": (given(*PICKED_UP), look(category="contact_details"), "permit asking"),
    "asking about that signal": (given(*PICKED_UP), look(category="signal", signal="s-1"), "permit asking"),
    "asking about another signal": (
        given(*PICKED_UP, signal("s-2")),
        look(category="signal", signal="s-2"),
        "deny - not_in_team",
    ),
    "asking, signal settled": (
        given(has_authority(M), informed(M), signal(picked_up_by=S, until="2025-02-05")),
        look(category="identity"),
        "deny - not_in_team",
    ),
    "asking for a programme that explains": (
        given(has_authority(M), informed(M), permits(M), signal(picked_up_by=S, programme="pit", explained_first=True)),
        look(category="identity"),
        "permit asking",
    ),
    "asking, consent complete": (given(*PICKED_UP, permits(M)), look(category="identity"), "deny - not_in_team"),
    "asking, nobody informed": (given(*ONE), look(category="contact_details"), "deny asking not_informed"),
    "asking after a refusal": (
        given(*ASKED, refuses(M)),
        look(category="contact_details"),
        "deny asking consent_refused",
    ),
    "asking after a withdrawal": (
        given(*ASKED, permits(M), withdraws(M, when="2025-02-10")),
        look(category="contact_details"),
        "deny asking consent_missing",
    ),
    "asking after a refusal was withdrawn": (
        given(*ASKED, refuses(M), withdraws(M, "n", when="2025-02-10")),
        look(category="contact_details"),
        "permit asking",
    ),
    "asking after consent to research was withdrawn": (
        given(*ASKED, permits(M, purpose="research"), withdraws(M, when="2025-02-10")),
        look(category="contact_details"),
        "permit asking",
    ),
    "asking where nobody is": (
        given(has_none(M), episode(), member(), informed(M)),
        look(category="contact_details"),
        "deny asking no_one_with_authority",
    ),
    "asking by a screener": (
        given(*SCREENED, informed(M)),
        look(RESEARCHER, category="contact_details"),
        "deny - not_in_team",
    ),
    "closing": (
        given(*ASKED, permits(M), withdraws(M, when="2025-02-10")),
        look(category="identity"),
        "permit closing",
    ),
    "closing by a screener": (
        given(*SCREENED),
        look(RESEARCHER, category="identity"),
        "deny screening consent_missing",
    ),
    "screening": (given(*SCREENED, permits(M)), look(RESEARCHER, category="screening"), "permit screening"),
    "screening without consent": (
        given(*SCREENED),
        look(RESEARCHER, category="screening"),
        "deny screening consent_missing",
    ),
    "screening that is complete": (
        given(*ONE, permits(M), member(RESEARCHER, team_role="screener"), screening(until="2025-02-20")),
        look(RESEARCHER, category="screening"),
        "deny - not_in_team",
    ),
    "screener released": (
        given(*ONE, permits(M), member(RESEARCHER, team_role="screener", until="2025-02-20"), screening()),
        look(RESEARCHER, category="screening"),
        "deny - not_in_team",
    ),
    "screener sees no more": (given(*SCREENED, permits(M)), look(RESEARCHER, category="session"), "deny - not_in_team"),
    "care team": (given(*ONE, permits(M)), look(), "permit care-team"),
    "care team in follow-up": (
        given(has_authority(M), episode(closed="2025-02-20", followed="2025-06-01"), member(), permits(M)),
        look(),
        "permit care-team",
    ),
    "care team after follow-up": (
        given(has_authority(M), episode(closed="2025-02-20", followed="2025-03-01"), member(), permits(M)),
        look(),
        "deny - not_in_team",
    ),
    "care team, no follow-up": (
        given(has_authority(M), episode(closed="2025-02-20"), member(), permits(M)),
        look(),
        "deny - not_in_team",
    ),
    "care team, released": (
        given(has_authority(M), episode(), member(until="2025-03-03T12:00"), permits(M)),
        look(),
        "deny - not_in_team",
    ),
    "care team without consent": (given(*ONE), look(), "deny care-team consent_missing"),
    "care team, refused and silent": (
        given(*HELP, refuses(F)),
        look(),
        "deny care-team consent_refused consent_missing",
    ),
    "care team, safety": (given(*ONE, permits(M, "safety")), look(category="safety"), "deny - not_in_team"),
    "any open episode counts": (
        given(*ONE, episode("e-2", "pit", explained_first=True), member(of="e-2"), permits(M, programme="pit")),
        look(),
        "permit care-team",
    ),
    "teacher on the team": (
        given(has_authority(M), episode(), member(TEACHER, team_role="member"), permits(M)),
        look(TEACHER, category="plan"),
        "permit care-team",
    ),
    "teacher on the team, session": (
        given(has_authority(M), episode(), member(TEACHER, team_role="member"), permits(M)),
        look(TEACHER),
        "deny - not_in_team",
    ),
    "counsellor on the team, interview with the school": (
        given(has_authority(M), episode(), member(COUNSELLOR, team_role="member"), permits(M)),
        look(COUNSELLOR, category="interview", entry=9, talk_with=("school",)),
        "permit care-team",
    ),
    "counsellor on the team, interview with the guardians": (
        given(has_authority(M), episode(), member(COUNSELLOR, team_role="member"), permits(M)),
        look(COUNSELLOR, category="interview", entry=9, talk_with=("guardians",)),
        "deny care-team withheld",
    ),
    "school": (given(*AT_SCHOOL, permits(M, to="org:school-12AB")), look(TEACHER, category="advice"), "permit school"),
    "school not named": (
        given(*AT_SCHOOL, permits(M)),
        look(TEACHER, category="advice"),
        "deny school consent_missing",
    ),
    "school named, its teacher refused": (
        given(*AT_SCHOOL, permits(M, to="org:school-12AB"), refuses(M, to="person:t-1")),
        look(TEACHER, category="advice"),
        "deny school consent_refused",
    ),
    "former school": (
        given(*AT_SCHOOL, at_school("school-99ZZ", "2025-03-01"), permits(M, to="org:school-12AB")),
        look(TEACHER, category="advice"),
        "deny - not_in_team",
    ),
    "named": (given(has_authority(M), permits(M, to="org:buurtteam")), look(NETWORK), "permit named"),
    "named by person": (
        given(has_authority(M), permits(M, "plan", to="person:p-7")),
        look(NETWORK, category="plan"),
        "permit named",
    ),
    "named by one of two": (
        given(has_authority(M), has_authority(F), permits(M, to="org:buurtteam")),
        look(NETWORK),
        "deny named consent_missing",
    ),
    "named and refused": (
        given(has_authority(M), permits(M, to="org:buurtteam"), refuses(M, to="person:p-7")),
        look(NETWORK),
        "deny named consent_refused",
    ),
    "named for something else": (
        given(has_authority(M), permits(M, "plan", to="org:buurtteam")),
        look(NETWORK),
        "deny - not_in_team",
    ),
    "named once": (
        given(has_authority(M), permits(M, to="org:buurtteam"), withdraws(M, when="2025-02-10")),
        look(NETWORK),
        "deny - not_in_team",
    ),
    "school staff are not named": (
        given(has_authority(M), permits(M, to="org:school-12AB")),
        look(TEACHER, category="plan"),
        "deny - not_in_team",
    ),
    "coordination": (given(), look(COORDINATOR, "coordination", "episode"), "permit coordination"),
    "coordinator of elsewhere": (
        given(municipality="GM0001"),
        look(COORDINATOR, "coordination", "episode"),
        "deny - no_rule",
    ),
    "coordinator sees who it is": (
        given(has_authority(M), permits(M, "identity", to="role:coordinator")),
        look(COORDINATOR, "coordination", "identity"),
        "permit coordination-identity",
    ),
    "coordinator does not see who it is": (
        given(has_authority(M), permits(M)),
        look(COORDINATOR, "coordination", "identity"),
        "deny coordination-identity consent_missing",
    ),
    "referral by consent": (
        given(*ONE, referral("signal"), permits(M, "signal", purpose="referral", to="org:ggz-rijnland")),
        look(SPECIALIST, "referral", "signal"),
        "permit referral",
    ),
    "referral on a legal basis": (
        given(*ONE, referral("signal", legal=True)),
        look(SPECIALIST, "referral", "signal"),
        "permit referral",
    ),
    "referral, consent to care only": (
        given(*ONE, referral("signal"), permits(M, to="org:ggz-rijnland")),
        look(SPECIALIST, "referral", "signal"),
        "deny referral consent_missing",
    ),
    "referral, not listed": (
        given(*ONE, referral("signal", legal=True)),
        look(SPECIALIST, "referral", "session"),
        "deny - no_rule",
    ),
    "referral declined": (
        given(*ONE, referral("signal", legal=True, over="2025-02-20")),
        look(SPECIALIST, "referral", "signal"),
        "deny - no_rule",
    ),
    "research": (
        given(has_authority(M), permits(M, purpose="research", to="role:researcher")),
        look(RESEARCHER, "research", "screening"),
        "permit research",
    ),
    "research without consent": (
        given(has_authority(M)),
        look(RESEARCHER, "research", "outcome"),
        "deny research consent_missing",
    ),
    "youth": (given(born=AT_13), look(YOUTH, "subject_access"), "permit youth"),
    "youth in education": (given(born=AT_13, regime="education"), look(YOUTH, "subject_access"), "deny - no_rule"),
    "youth, talk with a guardian alone": (
        given(has_authority(M), born=AT_13),
        look(YOUTH, "subject_access", entry=9, talk_with=(M,)),
        "deny youth withheld",
    ),
    "guardian": (given(has_authority(M)), look(MOTHER, "subject_access"), "permit guardian"),
    "guardian of 17": (
        given(has_authority(M), permits(CHILD, purpose="subject_access", to="person:g-m"), born=AT_17),
        look(MOTHER, "subject_access"),
        "permit guardian",
    ),
    "guardian of 17 without the youth's consent": (
        given(has_authority(M), permits(CHILD, purpose="subject_access", to="person:g-f"), born=AT_17),
        look(MOTHER, "subject_access"),
        "deny guardian consent_missing",
    ),
    "guardian of 17, not competent": (
        given(has_authority(M), competent(False), born=AT_17),
        look(MOTHER, "subject_access"),
        "permit guardian",
    ),
    "guardian of 19": (given(has_authority(M), born=AT_19), look(MOTHER, "subject_access"), "deny - no_rule"),
    "mentor of 19": (
        given(has_authority(M), competent(False), born=AT_19),
        look(MOTHER, "subject_access"),
        "permit guardian",
    ),
    "guardian, entry withheld": (
        given(has_authority(M), withheld(9, M)),
        look(MOTHER, "subject_access", entry=9),
        "deny guardian withheld",
    ),
    "general information": (
        given(has_none(F), granted(F, "episode", "outcome")),
        look(FATHER, "subject_access", "outcome"),
        "permit general-information",
    ),
    "general information not granted": (
        given(has_none(F), granted(F, "episode")),
        look(FATHER, "subject_access", "outcome"),
        "deny general-information no_rule",
    ),
    "general information of 17": (
        given(has_none(F), granted(F, "episode"), born=AT_17),
        look(FATHER, "subject_access", "episode"),
        "deny general-information consent_missing",
    ),
    "general information of 19": (
        given(has_none(F), granted(F, "episode"), born=AT_19),
        look(FATHER, "subject_access", "episode"),
        "deny - no_rule",
    ),
    "guardian without authority": (given(has_none(F)), look(FATHER, "subject_access"), "deny - no_rule"),
    "protection order": (given(order()), look(INSTITUTION, category="plan", reason="OTS"), "permit protection-order"),
    "protection order, no reason": (
        given(order()),
        look(INSTITUTION, category="plan", reason="  "),
        "deny protection-order reason_required",
    ),
    "protection order ended": (
        given(order(until="2025-03-01")),
        look(INSTITUTION, category="plan", reason="OTS"),
        "deny - not_in_team",
    ),
    "break glass": (given(override()), look(S, "safety", "contact_details"), "permit break-glass"),
    "break glass, over": (
        given(override(until="2025-03-03T12:00")),
        look(S, "safety", "identity"),
        "deny break-glass override_over",
    ),
    "break glass again": (
        given(override(until="2025-03-03T12:00"), override(since="2025-03-03T11:40")),
        look(S, "safety", "identity"),
        "permit break-glass",
    ),
    "break glass by another": (given(override()), look(STRANGER, "safety", "identity"), "deny - no_rule"),
    "veilig thuis": (
        given(override("veilig_thuis"), shared("plan")),
        look(VEILIG_THUIS, "safety", "plan", reason="melding"),
        "permit veilig-thuis",
    ),
    "veilig thuis, no reason": (
        given(override("veilig_thuis"), shared("plan")),
        look(VEILIG_THUIS, "safety", "plan"),
        "deny veilig-thuis reason_required",
    ),
    "veilig thuis, category not shared": (
        given(override("veilig_thuis"), shared("plan")),
        look(VEILIG_THUIS, "safety", "session", reason="melding"),
        "deny - no_rule",
    ),
    "veilig thuis, shared by another": (
        given(override("veilig_thuis"), shared("plan", by=STRANGER)),
        look(VEILIG_THUIS, "safety", "plan", reason="melding"),
        "deny - no_rule",
    ),
    "audit": (given(), look(AUDITOR, "audit", "access_log"), "permit audit"),
    "audit after erasure": (given(erased=True), look(DPO, "audit", "access_log"), "permit audit"),
    "auditor sees no text": (given(), look(AUDITOR, "audit", "session"), "deny - no_rule"),
    "reveal": (given(reveal()), look(AUDITOR, "audit", "session", disclosure="d-1"), "permit reveal"),
    "reveal of another disclosure": (given(reveal()), look(AUDITOR, "audit", disclosure="d-2"), "deny - no_rule"),
    "reveal not approved yet": (
        given(reveal(approved="2025-04-01")),
        look(AUDITOR, "audit", disclosure="d-1"),
        "deny reveal no_rule",
    ),
    "legal": (given(), look(RECORDS, "legal", "safety"), "permit legal"),
    "legal is no care": (given(), look(RECORDS, "legal", "session"), "deny - no_rule"),
    "evaluation": (given(*ONE, permits(M)), look(EVALUATOR, "evaluation", "outcome"), "deny evaluation no_rule"),
    "restriction": (
        given(has_authority(F), restricted(F, "plan")),
        look(FATHER, "subject_access", "plan"),
        "deny restriction restricted",
    ),
    "restriction lifted": (
        given(has_authority(F), restricted(F, until="2025-03-01")),
        look(FATHER, "subject_access", "plan"),
        "permit guardian",
    ),
    "erased": (given(erased=True), look(), "deny - erased"),
    "unknown purpose": (given(*ONE), look(purpose="curiosity"), "deny - unknown_code"),
    "unknown category": (given(erased=True), look(category="secrets"), "deny - unknown_code"),
    "unknown role": (given(), look(Actor("p", "neighbour", "o")), "deny - unknown_code"),  # type: ignore[arg-type]
    "unknown recipient": (given(*ONE, permits(M)), look(recipient="everybody"), "deny - unknown_code"),
    "restricted guardian asks with an unknown word": (
        given(restricted(F)),
        look(FATHER, "subject_access", "all"),
        "deny - unknown_code",
    ),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_example_is_decided_by_its_rule(name: str) -> None:
    """Decision, rule and reasons as the example says."""
    grounds, request, expected = EXAMPLES[name]
    decision = decided(grounds, request)
    assert " ".join([decision.decision, decision.rule or "-", *decision.reasons]) == expected


def said(verdict: str) -> set[str]:
    return {expected.split()[1] for _, _, expected in EXAMPLES.values() if expected.startswith(verdict)}


def test_no_rule_is_forgotten() -> None:
    """Every rule permits in some example, save evaluation, which never does about a child."""
    rules = POLICY.rules
    assert {rule.name for rule in rules} - said("permit") == {"evaluation"}
    assert {rule.name for rule in rules if rule.needs} <= said("deny")
    assert "restriction" in said("deny")


def test_every_reason_code_is_reached() -> None:
    """A code that no example gives would be a dead letter."""
    reached = {reason for _, _, expected in EXAMPLES.values() for reason in expected.split()[2:]}
    assert reached == set(get_args(Reason))
