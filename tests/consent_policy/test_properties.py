"""What must hold for every child, not only for the examples."""

from dataclasses import replace
from datetime import timedelta
from itertools import product
from random import Random

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from consent_policy.decide import decide
from consent_policy.grounds import Actor, Grounds, Request, Statement
from consent_policy.vocabulary import CATEGORIES, PURPOSES, ROLES
from tests.consent_policy.given import (
    AUDITOR,
    CHILD,
    COORDINATOR,
    COUNSELLOR,
    EVALUATOR,
    HELP,
    NOON,
    POLICY,
    RESEARCHER,
    SPECIALIST,
    STRANGER,
    TEACHER,
    YOUTH,
    F,
    M,
    S,
    at,
    at_school,
    competent,
    court,
    episode,
    exception,
    given,
    granted,
    guardian,
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
    screening,
    shared,
    signal,
    withdraws,
    withheld,
)

Child = tuple[list[object], dict[str, str]]
"""The facts about a child, and what else is known of it."""

VIEWERS = [
    S,
    STRANGER,
    TEACHER,
    COUNSELLOR,
    RESEARCHER,
    COORDINATOR,
    SPECIALIST,
    AUDITOR,
    EVALUATOR,
    YOUTH,
    guardian(M),
    guardian(F),
]
DAYS = ["2025-02-10", "2025-02-20", "2025-03-03T12:00", "2025-03-10"]
RECIPIENTS = ["care_team", "org:school-12AB", "org:ggz-rijnland", "person:g-m", "role:coordinator", "role:researcher"]

persons = st.sampled_from([M, F, CHILD])
days = st.sampled_from(DAYS)
scopes = st.fixed_dictionaries(
    {
        "purpose": st.sampled_from(["care", "referral", "research", "subject_access"]),
        "to": st.sampled_from(RECIPIENTS) | st.just(tuple(RECIPIENTS)),
    },
    optional={"programme": st.sampled_from(["pit", "preventie_plus"]), "until": days, "since": days},
)
categories = st.lists(
    st.sampled_from(["all", "session", "plan", "identity", "signal", "safety"]), max_size=2, unique=True
)
refs = st.sampled_from(["a", "b", "c"])


@st.composite
def statements(draw: st.DrawFn, said: tuple[str, ...] = ("permit", "refuse", "withdraw")) -> Statement:
    person, when, ref = draw(persons), draw(days), draw(refs)
    verb = draw(st.sampled_from(said))
    if verb == "withdraw":
        return withdraws(person, ref, when)
    return {"permit": permits, "refuse": refuses}[verb](person, *draw(categories), ref=ref, when=when, **draw(scopes))


OTHERS = [
    has_none(F, "2025-02-20"),
    competent(False, "2025-02-20"),
    court(F, "session"),
    exception(),
    restricted(F),
    granted(F, "episode"),
    informed(M),
    informed(F),
    informed(CHILD),
    signal(picked_up_by=S),
    episode("e-2", "pit", explained_first=True),
    member(of="e-2"),
    member(TEACHER, team_role="member"),
    member(RESEARCHER, team_role="screener"),
    screening(),
    referral("session", "signal"),
    override(),
    override("veilig_thuis"),
    shared("session"),
    order("ggz-rijnland"),
    at_school(),
    withheld(5, M),
]


@st.composite
def children(draw: st.DrawFn) -> Child:
    said = draw(st.lists(statements(), max_size=6))
    others = draw(st.lists(st.sampled_from(OTHERS), max_size=8, unique_by=id))
    born = draw(st.sampled_from(["2014-03-01", "2012-01-01", "2008-01-01", "2006-01-01"]))
    regime = draw(st.sampled_from(["jeugdwet", "wgbo", "education"]))
    return [*HELP, *others, *said], {"born": born, "regime": regime}


@st.composite
def requests(draw: st.DrawFn) -> Request:
    return look(
        draw(st.sampled_from(VIEWERS)),
        draw(st.sampled_from(sorted(PURPOSES))),
        draw(st.sampled_from(sorted(CATEGORIES))),
        recipient=draw(st.none() | st.sampled_from(RECIPIENTS)),
        episode=draw(st.sampled_from([None, "e-1", "e-2", "e-9"])),
        entry=draw(st.sampled_from([None, 5])),
        reason=draw(st.sampled_from([None, "OTS"])),
    )


def permitted(grounds: Grounds, request: Request, when: str) -> str | None:
    """The rule that permits, if any."""
    decision = decide(grounds, request, at(when), POLICY)
    return decision.rule if decision.permitted else None


@for_all(children(), requests(), days)
def test_a_decision_is_always_the_same(child: Child, request_: Request, when: str) -> None:
    """On the same grounds, and on grounds that were never asked anything else."""
    facts, known = child
    asked_before = given(*facts, **known)
    for day in DAYS:
        decide(asked_before, request_, at(day), POLICY)
    fresh = decide(given(*facts, **known), request_, at(when), POLICY)
    assert decide(asked_before, request_, at(when), POLICY) == fresh
    assert fresh.permitted is (not fresh.reasons)
    assert not set(fresh.missing) & set(fresh.refused_by)
    assert list(fresh.entries) == sorted(set(fresh.entries))


@settings(max_examples=300)
@for_all(children(), statements(("refuse",)), requests(), days)
def test_another_refusal_never_turns_deny_into_permit(
    child: Child, refusal: Statement, request_: Request, when: str
) -> None:
    """Save that the team may still see whose file it has to close."""
    facts, known = child
    before = permitted(given(*facts, **known), request_, when)
    after = permitted(given(*facts, replace(refusal, consent="new"), **known), request_, when)
    assert after is None or before is not None or after == "closing"


@settings(max_examples=300)
@for_all(children(), persons, refs, requests(), days)
def test_a_withdrawn_permission_never_adds_a_permit(
    child: Child, person: str, ref: str, request_: Request, when: str
) -> None:
    """Save that the team may still see whose file it has to close."""
    facts, known = child
    own = [fact for fact in facts if isinstance(fact, Statement) and (fact.person, fact.consent) == (person, ref)]
    if any(fact.says == "refuse" for fact in own):
        return
    last = max((fact.at for fact in own), default=at(DAYS[0]))
    before = permitted(given(*facts, **known), request_, when)
    withdrawal = replace(withdraws(person, ref), at=last + timedelta(hours=1))
    after = permitted(given(*facts, withdrawal, **known), request_, when)
    assert after is None or before is not None or after == "closing"


@for_all(children(), requests(), st.sampled_from([M, F]), days)
def test_a_guardian_who_is_restricted_to_all_is_never_permitted(
    child: Child, request_: Request, person: str, when: str
) -> None:
    """Whatever permits it."""
    facts, known = child
    request_ = replace(request_, viewer=guardian(person))
    assert permitted(given(*facts, restricted(person), **known), request_, when) is None


@for_all(children(), requests(), st.randoms(use_true_random=False), days)
def test_the_order_of_statements_at_one_instant_under_other_references_does_not_matter(
    child: Child, request_: Request, random: Random, when: str
) -> None:
    """Only under one reference does the later entry win."""
    facts, known = child
    said = [fact for fact in facts if isinstance(fact, Statement)]
    rest = [fact for fact in facts if not isinstance(fact, Statement)]
    said = [replace(fact, at=at(DAYS[0]), consent=f"c-{number}") for number, fact in enumerate(said)]
    mixed = random.sample(said, len(said))
    one = decide(given(*rest, *said, **known), request_, at(when), POLICY)
    other = decide(given(*rest, *mixed, **known), request_, at(when), POLICY)
    assert replace(one, entries=()) == replace(other, entries=())


@for_all(children(), requests(), days)
def test_evaluation_never_sees_a_child(child: Child, request_: Request, when: str) -> None:
    """Locked, suppressed figures only."""
    facts, known = child
    for viewer in (EVALUATOR, request_.viewer):
        assert permitted(given(*facts, **known), replace(request_, viewer=viewer, purpose="evaluation"), when) is None


CONSENT_STATES = {
    "nothing said": (),
    "both permit": (permits(M), permits(F)),
    "one refuses": (permits(M), refuses(F)),
    "withdrawn": (permits(M), permits(F), withdraws(M, when="2025-02-20")),
}


@pytest.mark.parametrize("state", CONSENT_STATES)
def test_every_role_purpose_and_category_is_decided_and_a_stranger_sees_nothing(state: str) -> None:
    """Default is deny: only those whose office it is see anything, and only for the purpose of that office."""
    grounds = given(*HELP, at_school(), *CONSENT_STATES[state])
    office = {("auditor", "audit"), ("dpo", "audit"), ("dpo", "legal"), ("records_officer", "legal")}
    for role, purpose, category in product(sorted(ROLES), sorted(PURPOSES), sorted(CATEGORIES)):
        decision = decide(grounds, look(Actor("nobody", role, "nowhere"), purpose, category), at(NOON), POLICY)
        assert (role, purpose) in office or not decision.permitted
        assert decision.permitted or decision.reasons
        assert "unknown_code" not in decision.reasons


@pytest.mark.parametrize("state", CONSENT_STATES)
def test_a_member_sees_for_care_only_what_consent_and_role_allow(state: str) -> None:
    """With complete consent all of the role's categories; without it what asking and closing need, and no more."""
    grounds = given(*HELP, informed(M), informed(F), *CONSENT_STATES[state])
    seen = {category for category in CATEGORIES if decide(grounds, look(category=category), at(NOON), POLICY).permitted}
    expected = {
        "nothing said": {"identity", "contact_details", "signal", "consent", "episode"},
        "both permit": set(CATEGORIES) - {"safety", "access_log"},
        "one refuses": {"identity", "episode"},
        "withdrawn": {"identity", "episode"},
    }
    assert seen == expected[state]
