"""Random stories of one child: the examples' actions, valid and not, at random instants, entered in any order."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from domain.fact import ChildFact
from tests.domain.given import Given, given, instant
from tests.examples import (
    CARE,
    COACH,
    CONSENTED,
    CONSENTED_TO_PIT,
    COORDINATOR,
    COUNSELLOR,
    EXAMPLES,
    EXPLAINED,
    FATHER_KNOWN,
    JGT,
    LEAD,
    MOTHER_KNOWN,
    OPENED,
    PERSONS,
    SIGNALLED,
    SOCIAL_WORKER,
    STARTED,
    by,
)

FIRST, LAST = instant("2026-01-06T00:00"), instant("2027-03-01T00:00")
ENTERED = instant("2027-03-02T00:00")
"""Everything is entered afterwards, a minute apart, whenever it happened."""

PROGRAMMES = ("pit", "preventie_plus", "jgt", "ot", "jos")
CARRIER = {
    "pit": COACH,
    "preventie_plus": SOCIAL_WORKER,
    "jgt": JGT,
    "ot": COUNSELLOR,
    "jos": replace(COACH, id="ab-1", role="ambulatory_supervisor", organisation="cello"),
}
BEGINNING: tuple[dict[str, Any], ...] = (
    OPENED,
    MOTHER_KNOWN,
    FATHER_KNOWN,
    EXPLAINED | {"to": ["g-m", "g-f"]},
    CONSENTED,
    CONSENTED | {"consent": "c-f", "person": "g-f"},
    CONSENTED_TO_PIT | {"consent": "c-m-pit"},
    CONSENTED_TO_PIT | {"consent": "c-f-pit", "person": "g-f"},
)
"""Two guardians who consented to everything: without them little of a random story would be recorded."""

CHOICES: dict[str, tuple[Any, ...]] = {
    "episode": ("e-1", "e-2", "e-3"),
    "reenters": ("e-1", "e-2", None),
    "signal": ("s-1", "s-2", None),
    "referral": ("r-1", "r-2"),
    "screening": ("sc-1", "sc-2"),
    "absence": ("a-1", "a-2"),
    "consent": ("c-m", "c-f", "c-m-pit", "c-new"),
    "guardian": ("g-m", "g-f", "g-new"),
    "person": ("g-m", "g-f", "youth"),
    "safety": ("v-1", "v-2"),
    "programme": PROGRAMMES,
    "entry": tuple(range(1, 25)),
    "form": ("child_talk", "walk_in", "bridging"),
    "irregular": (None, None, "Kind stond overstuur voor de deur."),
}
CHANGES: tuple[dict[str, Any], ...] = (
    {"at": "2026-06-01T10:00:00+02:00"},
    {"minutes": 30},
    {"outcome": "moved"},
    {"scope": CARE},
    {"has_authority": False},
    {"description": "Anders."},
)
INSTANTS = st.integers(0, int((LAST - FIRST) / timedelta(hours=12))).map(lambda n: FIRST + n * timedelta(hours=12))
EARLY = st.integers(0, 60).map(lambda n: FIRST + n * timedelta(hours=12))
"""In the first month: so that much of what follows falls after it."""

EVENLY = st.integers(0, 2**32)
"""To choose by: hypothesis would rather choose what comes first."""

KEPT = frozenset(EXAMPLES) - {"hold_contact", "open_trajectory", "erase"}


@st.composite
def actions(draw: st.DrawFn, names: frozenset[str] = KEPT) -> dict[str, Any]:
    """One action: an example with other references, at some instant, by somebody who might."""
    chosen = sorted(names)[draw(EVENLY) % len(names)]
    said = dict(EXAMPLES[chosen].said)
    for field, choices in CHOICES.items():
        if choices and (field in said or field in ("reenters", "irregular")) and draw(st.integers(0, 3)) == 0:
            value = draw(st.sampled_from(choices))
            said = {name: each for name, each in said.items() if name != field} | (
                {} if value is None else {field: value}
            )
    if said["action"] != "start_episode":
        said.pop("reenters", None)
    if "episode" not in said or said["action"] not in ("hold_session", "hold_interview", "give_advice", "agree_plan"):
        said.pop("irregular", None)
    if said["action"] == "correct_entry":
        said["changes"] = draw(st.sampled_from(CHANGES))
    if said["action"] == "start_episode":
        said["by"] = by(CARRIER[said["programme"]])
    elif draw(st.integers(0, 4)) == 0:
        said["by"] = by(draw(st.sampled_from(PERSONS)))
    return said | {"at": draw(INSTANTS).isoformat()}


@st.composite
def teams(draw: st.DrawFn) -> tuple[dict[str, Any], ...]:
    """An episode with its lead, so that there is a team to act."""
    programme = draw(st.sampled_from(PROGRAMMES))
    carrier = by(CARRIER[programme])
    when = draw(EARLY).isoformat()
    role = "case_manager" if programme == "ot" else "lead"
    episode = draw(st.sampled_from(("e-1", "e-2")))
    return (
        STARTED | {"programme": programme, "by": carrier, "at": when, "episode": episode},
        LEAD | {"by": by(COORDINATOR), "professional": carrier, "team_role": role, "at": when, "episode": episode},
        LEAD | {"by": by(COORDINATOR), "professional": by(JGT), "team_role": "member", "at": when, "episode": episode},
    )


@st.composite
def stories(draw: st.DrawFn, names: frozenset[str] = KEPT, longest: int = 25) -> list[dict[str, Any]]:
    """What is entered after the beginning, in the order of entering."""
    signals = [SIGNALLED | {"programme": draw(st.sampled_from(PROGRAMMES))}] if draw(st.booleans()) else []
    team = [*draw(teams()), *(draw(teams()) if draw(st.booleans()) else ())]
    more = draw(st.integers(3, longest))
    return [*signals, *team, *draw(st.lists(actions(names), min_size=more, max_size=more))]


BEGUN = given(*BEGINNING)


def told(story: list[dict[str, Any]], known: Given = BEGUN) -> Given:
    """What is known after everything that may be recorded of a story is."""
    for number, said in enumerate(story):
        known = known.when(said, now=entered(number)).after
    return known


def entered(number: int) -> datetime:
    return ENTERED + number * timedelta(minutes=1)


def facts_of(known: Given) -> list[ChildFact]:
    return list(known.history.facts.values())
