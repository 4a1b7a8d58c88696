"""Decisions of the consent policy per second, at 30 and at 300 facts; beside them, building the question alone.

Goals: 100 000 a second at 30 facts, 20 000 at 300. The grounds of a child stay with its cached state, so their indexes
are built once and many questions are asked of them; `first` builds new grounds for every decision.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from benchmarks.measure import Contender, Measured, interleaved, measured, times
from benchmarks.size import Size
from consent_policy.decide import decide
from consent_policy.grounds import (
    Actor,
    Authority,
    Episode,
    Grounds,
    Informed,
    Membership,
    Request,
    SchoolYear,
    Scope,
    Signal,
    Statement,
)
from consent_policy.policy import shipped

POLICY = shipped()["2026-11"]
BEGAN = datetime(2025, 1, 6, 9, tzinfo=UTC)
NOW = BEGAN + timedelta(days=300)
COACH = Actor("s-1", "school_social_worker", "org-a")
STRANGER = Actor("s-9", "school_social_worker", "org-b")
MOTHER = Actor("g-m", "guardian", "family")
TEACHER = Actor("te-1", "teacher", "school-12AB")
COORDINATOR = Actor("co-1", "coordinator", "GM1916")


FIRST = 20
"""So much longer does a decision take on grounds that nobody asked before; so many fewer are measured."""

NOTE = "Goals: 100 000 a second at 30 facts, 20 000 at 300. `first` indexes the grounds anew for each decision."


def grounds(facts: int) -> Grounds:
    """A child of 8 with two guardians who consent, one open episode, and as many further statements as make `facts`."""
    care = Scope(("care",), ("all",), ("care_team", "org:school-12AB"))
    other = Scope(("referral",), ("signal",), ("org:jeugd-ggz",))
    said = [Statement(5 + n, BEGAN, person, f"c-{person}", "permit", care) for n, person in enumerate(("g-m", "g-f"))]
    for n in range(facts - 9):
        says: Literal["permit", "refuse"] = "permit" if n % 3 else "refuse"
        said.append(Statement(10 + n, BEGAN + timedelta(hours=n), ("g-m", "g-f")[n % 2], f"r-{n}", says, other))
    return Grounds(
        "t-1",
        date(2017, 5, 10),
        "jeugdwet",
        "GM1916",
        schools=(SchoolYear(1, BEGAN, "school-12AB"),),
        authorities=(Authority(2, BEGAN, "g-m", True), Authority(3, BEGAN, "g-f", True)),
        statements=tuple(said),
        informed=(Informed(4, BEGAN, "g-m"), Informed(4, BEGAN, "g-f")),
        signals=(Signal(4, "s-1", TEACHER, BEGAN, COACH, BEGAN, BEGAN + timedelta(days=1), "preventie_plus", False),),
        episodes=(Episode(7, "e-1", "preventie_plus", False, BEGAN + timedelta(days=1), None, None),),
        team=(Membership(8, "e-1", COACH, "lead", BEGAN + timedelta(days=1), None),),
    )


QUESTIONS = {
    "team, session": Request(COACH, "care", "session", episode="e-1"),
    "team, identity": Request(COACH, "care", "identity"),
    "stranger, session": Request(STRANGER, "care", "session"),
    "guardian, plan": Request(MOTHER, "subject_access", "plan"),
    "school, plan": Request(TEACHER, "care", "plan"),
    "coordinator, episode": Request(COORDINATOR, "coordination", "episode"),
}


def _asked(known: Grounds, request: Request) -> Contender:
    def run(decisions: int) -> None:
        for _ in range(decisions):
            decide(known, request, NOW, POLICY)

    return run


def _built(request: Request) -> Contender:
    def run(decisions: int) -> None:
        for _ in range(decisions):
            Request(request.viewer, request.purpose, request.category, episode=request.episode)

    return run


def _first(known: Grounds, request: Request) -> Contender:
    def run(decisions: int) -> None:
        for _ in range(decisions // FIRST):
            decide(replace(known), request, NOW, POLICY)

    return run


def measure(size: Size) -> list[Measured]:
    contenders = {"the question alone": _built(QUESTIONS["team, session"])}
    for facts in (30, 300):
        known = grounds(facts)
        contenders |= {f"{name}, {facts} facts": _asked(known, each) for name, each in QUESTIONS.items()}
        contenders[f"first, {facts} facts"] = _first(known, QUESTIONS["team, session"])
    rounds = interleaved(contenders, replace(size, turns=1), size.decisions)
    told = times(rounds, 1 / FIRST, [name for name in rounds if name.startswith("first")])
    return [measured("Decisions of the consent policy", "decisions/s", told, notes=[NOTE])]
