"""Every role tries every action, in every relation to the child: who may is the table "who may", and nobody else."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from domain.contact import HoldContact
from domain.contact import decide as decide_contact
from domain.refusal import Refused
from tests.domain import spec
from tests.domain.given import SHIPPED, Given, at, given, parsed, receipt_of
from tests.examples import EXAMPLES, NOW, SPECIALIST, STARTED, says

WHO_CODES = {"role_not_permitted", "not_related", "not_in_team"}
RELATIONS = (
    "stranger",
    "at the school",
    "receives",
    "was on the team",
    "on the team",
    "in the team role",
    "family",
    "author",
)
ON_TEAM = ("on the team", "in the team role")
OWN_ENTRY = ("withhold_entry", "correct_entry", "retract_entry")
WHEN = "2026-02-03T10:00:00+01:00"


def somebody(role: str, relation: str) -> dict[str, str]:
    organisation = "GM0546" if role == "coordinator" and relation != "stranger" else "elsewhere"
    organisation = {
        "at the school": "school-12AB",
        "receives": SPECIALIST.organisation,
        "family": "family",
    }.get(relation, organisation)
    name = ("youth" if role == "youth" else "g-m") if relation == "family" else f"z-{role}"
    return {"id": name, "role": role, "organisation": organisation}


@cache
def before(name: str, steps: int) -> Given:
    """What the first steps of the example's history leave known."""
    return given(*EXAMPLES[name].after[:steps])


def story(name: str, who: dict[str, str], relation: str) -> Given:
    """The example's history, in which this actor stands in this relation to the child."""
    example = EXAMPLES[name]
    if relation == "author":
        return before(name, len(example.after) - 1).having(example.after[-1] | {"by": who})
    known = before(name, len(example.after))
    if relation not in ("was on the team", *ON_TEAM) or name == "open_trajectory":
        return known
    episode = "e-1" if "e-1" in known.child.episodes else "e-0"
    if episode == "e-0":
        known = known.having(STARTED | {"episode": episode})
    team_role = spec.REQUIRED.get(name, "member") if relation == "in the team role" else "member"
    place: dict[str, Any] = {"episode": episode, "professional": who, "team_role": team_role}
    known = known.having(says("assign", SPECIALIST, "01-12 12:00", **place))
    return known.having(says("release", SPECIALIST, "01-12 13:00", **place)) if relation == "was on the team" else known


def attempt(name: str, who: dict[str, str], relation: str) -> dict[str, Any]:
    said = EXAMPLES[name].said | {"by": who}
    if name in ("link_account", "unlink_account"):
        said |= {"person": "youth" if who["role"] == "youth" else "g-m"}
    if name in spec.EVIDENCED:
        said |= {"evidence": {"kind": "form"}}
    return at(said, WHEN) if said["at"] < WHEN else said


class Table:
    """The table "who may", asked for one attempt; what it asks is known from how the attempt was made."""

    def __init__(self, name: str, known: Given, role: str, relation: str) -> None:
        self.name, self.role, self.relation = name, role, relation
        self.school = relation == "at the school"
        child = known.child
        self.programmes = {each.programme for each in child.signals.values()} | {
            each.programme.id for each in child.episodes.values()
        }

    def carried(self, programme: str) -> frozenset[str]:
        return frozenset(spec.PROGRAMMES[programme]["carried_by"])

    def carries(self, programme: str) -> bool:
        return self.role in self.carried(programme) and (self.role not in spec.SCHOOL_ROLES or self.school)

    @property
    def addressed(self) -> str:
        return str(EXAMPLES[self.name].said.get("programme", "pit"))

    def roles_of(self, row: str) -> frozenset[str]:
        """Whom a row can be true of at all."""
        return {
            "person": frozenset({"guardian", "youth"}),
            "may raise": frozenset(spec.WHO["raise"]),
            "carries": self.carried(self.addressed) if row == "carries" else frozenset(),
            "coordinator": frozenset({"coordinator"}),
            "team": spec.PROFESSIONAL - frozenset(spec.WHO["only_screens"]),
            "screener": frozenset({"researcher"}),
            "invoker": spec.PROFESSIONAL - spec.SCHOOL_ROLES - {"researcher"},
            "outside the school": spec.PROFESSIONAL - spec.SCHOOL_ROLES - {"researcher"},
            "author": spec.ROLES,
            "registry": frozenset({"registry"}),
            "dpo": frozenset({"dpo"}),
            "auditor": frozenset({"auditor"}),
            "records_officer": frozenset({"records_officer"}),
        }.get(row, spec.PROFESSIONAL)

    def holds(self, row: str) -> bool:
        if self.role not in self.roles_of(row):
            return False
        match row:
            case "related":
                known = self.relation in ("at the school", "was on the team", *ON_TEAM)
                return known or any(self.carries(each) for each in self.programmes)
            case "person":
                return self.relation == "family"
            case "carries":
                return self.carries(self.addressed)
            case "team":
                return self.relation in ON_TEAM
            case "screener" | "directs" | "case_manager" | "reviews":
                return self.relation == "in the team role"
            case "invoker":
                return False
            case "receives":
                return self.relation == "receives"
            case "staff of the school":
                return self.school
            case "author":
                return self.relation == "author"
        return True

    def answers(self) -> set[str | None]:
        """The codes that the table allows for this attempt; None: they may."""
        strange = {"organisation": somebody(self.role, self.relation)["organisation"]}
        if self.role == "coordinator" and strange["organisation"] != "GM0546":
            return {"not_related"}
        rows = spec.MAY[self.name]
        if any(self.holds(row) for row in rows):
            return {None}
        fitting = [row for row in rows if self.role in self.roles_of(row)]
        if fitting == ["author"]:
            return {"not_in_team", "role_not_permitted"}
        if not fitting:
            return {"role_not_permitted"}
        if fitting[0] in ("team", "screener", "directs", "case_manager", "reviews", "receives", "invoker"):
            return {"role_not_permitted" if self.relation in ON_TEAM else "not_in_team"}
        return {"not_related"}


def cells(name: str) -> Iterator[tuple[str, str]]:
    for role in sorted(spec.ROLES):
        for relation in RELATIONS:
            if relation == "in the team role" and name not in spec.REQUIRED:
                continue
            if relation == "author" and name not in OWN_ENTRY:
                continue
            yield role, relation


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name != "hold_contact"])
def test_who_may_is_the_table(name: str) -> None:
    """Twenty roles, unrelated, at the school, of the receiving organisation, on the team and off it, and family."""
    wrong = []
    for role, relation in cells(name):
        who = somebody(role, relation)
        known = story(name, who, relation)
        outcome = known.when(attempt(name, who, relation))
        assert not isinstance(outcome.said, str), outcome.said
        code = outcome.code.value if outcome.code and outcome.code.value in WHO_CODES else None
        wanted = Table(name, known, role, relation).answers()
        if code not in wanted:
            wrong.append((role, relation, wanted, outcome.code))
    assert wrong == []


@pytest.mark.parametrize("role", sorted(spec.ROLES))
def test_who_may_hold_a_contact_is_the_table(role: str) -> None:
    """A role that carries the programme; a coordinator in the own municipality."""
    for organisation in ("elsewhere", "GM0546", "GM9999"):
        said = EXAMPLES["hold_contact"].said | {"by": {"id": "z", "role": role, "organisation": organisation}}
        action = HoldContact.model_validate(said)
        outcome = decide_contact(action, SHIPPED, receipt_of(action), NOW)
        code = outcome.code.value if isinstance(outcome, Refused) else None
        if role == "coordinator":
            assert code == (None if organisation == "GM0546" else "not_related")
        else:
            assert code == (None if role == "jgt_consultant" else "role_not_permitted")


def test_a_school_holds_contacts_only_about_its_own_school() -> None:
    """School roles carry a programme only at the child's own school."""
    for organisation, code in (("school-12AB", None), ("school-07CD", "not_related")):
        who = {"id": "z", "role": "teacher", "organisation": organisation}
        action = HoldContact.model_validate(EXAMPLES["hold_contact"].said | {"by": who, "programme": "ot"})
        outcome = decide_contact(action, SHIPPED, receipt_of(action), NOW)
        assert (outcome.code.value if isinstance(outcome, Refused) else None) == code


def test_an_attempt_of_the_matrix_is_what_it_says() -> None:
    """The matrix tries the example itself, by somebody else."""
    who = somebody("pit_coach", "on the team")
    assert parsed(attempt("hold_session", who, "on the team")).by.id == "z-pit_coach"
    assert story("hold_session", who, "on the team").child.holds(parsed({**STARTED, "by": who}).by, "e-1", NOW)
