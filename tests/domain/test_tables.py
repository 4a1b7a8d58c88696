"""What the tables of domain.md say of actions, roles, programmes and codes is what the code says."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from consent_policy.vocabulary import ROLES
from domain import actor
from domain.action import CareAction, Deed, Evidenced
from domain.contact import HoldContact
from domain.field import is_personal
from domain.programme import CARRIED_TEAM_ROLES, Programme
from domain.refusal import IRREGULAR, NOT_KEPT, SENTENCES, Code, sentence
from domain.trajectory.oversight import CONFIRMED_BY_ANOTHER
from domain.trajectory.subjects import ACTIONS
from tests.domain import spec
from tests.domain.given import SHIPPED
from tests.examples import EXAMPLES

KINDS: dict[str, type[Deed]] = {**ACTIONS, "hold_contact": HoldContact}

LENIENT = {("erase", "request")}
"""May be left out although the table has no question mark: at the end of the retention term nobody asked."""


def fits(said: dict[str, Any]) -> bool:
    try:
        TypeAdapter(KINDS[said["action"]]).validate_python(said)
    except ValidationError:
        return False
    return True


def changed(said: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The object with another value at a path such as `goals.0.owner`; ... leaves it out."""
    result = copy.deepcopy(said)
    *upto, last = path.split(".")
    here: Any = result
    for step in upto:
        here = here[int(step)] if step.isdecimal() else here[step]
    key = int(last) if last.isdecimal() else last
    if value is ...:
        del here[key]
    else:
        here[key] = value
    return result


def held(said: dict[str, Any], path: str) -> bool:
    try:
        changed(said, path, ...)
    except (KeyError, IndexError):
        return False
    return True


def _asked() -> Iterator[Any]:
    for name, fields in spec.ACTIONS.items():
        for field in fields:
            if (name, field.name) not in LENIENT and held(EXAMPLES[name].said, field.name):
                yield pytest.param(name, field, id=f"{name}-{field.name}")


def test_every_action_stands_in_both() -> None:
    """The table has every action, and no other."""
    assert set(spec.ACTIONS) == set(KINDS)
    assert set(spec.MAY) == set(KINDS)


@pytest.mark.parametrize("name", spec.ACTIONS)
def test_an_action_has_the_fields_of_the_table(name: str) -> None:
    """Neither more fields nor fewer, by the names that people send."""
    model = KINDS[name].model_fields
    told = {field.alias or key for key, field in model.items()}
    common = {each.name for each in spec.COMMON} - ({"trajectory"} if name == "hold_contact" else set())
    assert told == common | {each.name for each in spec.ACTIONS[name]}


@pytest.mark.parametrize("name", spec.ACTIONS)
def test_an_action_marks_the_personal_fields_of_the_table(name: str) -> None:
    """◆ in the table is ◆ in the code: what is marked never stands in clear."""
    model = {field.alias or key: field for key, field in KINDS[name].model_fields.items()}
    told = {key for key, field in model.items() if is_personal(field)}
    assert told - {"irregular", "evidence"} == {
        each.name for each in spec.ACTIONS[name] if each.personal and each.name not in ("irregular", "evidence")
    }


@pytest.mark.parametrize(("name", "field"), list(_asked()))
def test_an_action_asks_the_fields_of_the_table(name: str, field: spec.Field) -> None:
    """Without a field that is not optional the action does not fit its model; without another it does."""
    said = EXAMPLES[name].said
    family = said["by"]["role"] in ("guardian", "youth")
    if field.name == "evidence" and not family and name in spec.EVIDENCED:
        assert not fits(changed(said, field.name, ...))
    elif name != "revoke_consent":
        assert fits(changed(said, field.name, ...)) == field.optional


@pytest.mark.parametrize("name", spec.ACTIONS)
def test_an_action_asks_what_all_actions_ask(name: str) -> None:
    """Who, when, about whom; the id under which it is sent may be left out."""
    said = EXAMPLES[name].said | {"action_id": "sent-1"}
    assert fits(said)
    for each in spec.COMMON:
        if each.name not in ("action", *(["trajectory"] if name == "hold_contact" else [])):
            assert fits(changed(said, each.name, ...)) == each.optional


@pytest.mark.parametrize("name", spec.ACTIONS)
def test_an_action_takes_no_other_field(name: str) -> None:
    """What has no field has no place: no free text slips in."""
    assert not fits(EXAMPLES[name].said | {"remark": "Het gaat om Noor"})


@pytest.mark.parametrize("path", spec.PARTS)
def test_a_part_has_the_fields_of_the_table(path: str) -> None:
    """What stands between braces in the table, and nothing else."""
    name, _, where = path.partition(".")
    said = EXAMPLES[name].said
    assert not fits(changed(said, f"{where}.remark", "Noor"))
    for field in spec.PARTS[path]:
        inside = f"{where}.{field.name}"
        if held(said, inside):
            assert fits(changed(said, inside, ...)) == field.optional, inside


@pytest.mark.parametrize("path", spec.VALUES)
def test_a_closed_list_is_that_of_the_table(path: str) -> None:
    """Every word of the list fits, and no other."""
    name, _, where = path.partition(".")
    for word in spec.VALUES[path]:
        assert fits(changed(EXAMPLES[name].said, where, word)), word
    assert not fits(changed(EXAMPLES[name].said, where, "something_else"))
    assert not fits(changed(EXAMPLES[name].said, where, ""))


def test_evidence_is_asked_where_the_table_says_so() -> None:
    """E in the table: required unless a guardian or youth says it themselves."""
    assert {name for name, kind in KINDS.items() if issubclass(kind, Evidenced)} == spec.EVIDENCED


def test_care_actions_are_those_of_the_table() -> None:
    """Only care can be irregular."""
    assert {name for name, kind in KINDS.items() if issubclass(kind, CareAction)} == spec.CARE
    assert set(spec.CODES["care_actions"]) == spec.CARE


def test_roles_are_those_of_the_table() -> None:
    """Twenty roles, and the groups that rules speak of."""
    assert len(ROLES) == 20
    assert spec.ROLES == ROLES
    assert spec.PROFESSIONAL == actor.PROFESSIONAL
    assert frozenset(spec.WHO["raise"]) == actor.MAY_RAISE
    assert spec.PROFESSIONAL - frozenset(spec.WHO["no_member"]) == actor.MAY_BE_MEMBER
    assert frozenset(spec.WHO["team_roles"]["carried"]) == CARRIED_TEAM_ROLES


def test_codes_are_those_of_the_table() -> None:
    """Every code that the page names, no other, each with a sentence in two languages."""
    assert set(spec.CODES["refusals"]) == {each.value for each in Code}
    assert {each.value for each in NOT_KEPT} == set(spec.CODES["not_kept"])
    assert {each.value for each in IRREGULAR} == set(spec.CODES["irregular"])
    assert set(SENTENCES) == set(Code)
    for code in Code:
        assert sentence(code, "nl") != sentence(code, "en")


def test_entries_that_another_person_looks_at_are_those_of_the_table() -> None:
    """Changes of authority, court consents, exceptions, orders and restrictions; and accounts."""
    assert {ACTIONS[name].FACT.TOPIC for name in spec.CODES["looked_at"]} == CONFIRMED_BY_ANOTHER


def test_there_are_five_programmes() -> None:
    """The five of the source texts are shipped, and only those."""
    assert {each.id for each in SHIPPED} == set(spec.PROGRAMMES)


@pytest.mark.parametrize("name", spec.PROGRAMMES)
def test_a_programme_is_its_column_of_the_table(name: str) -> None:
    """Every row of the table; where the column has a dash, nothing is asked and nothing is due."""
    column = dict(spec.PROGRAMMES[name])
    screening, parties = column.pop("screening", None), column.pop("parties", [])
    wanted: dict[str, Any] = {
        "consent_before_start": False,
        "first_walk_in_free": False,
        "explained_first": False,
        "pick_up_days": None,
        "second_coach_days": None,
        "guardians_at_meetings": False,
        "school_contact_days": None,
        "review_days": None,
        "contacts": [],
        "organisations": [],
        "follow_up_ends_after_days": 30,
        "follow_up_covers_days": 14,
        "version": 1,
        "id": name,
    } | column
    programme = SHIPPED.current[name]
    told = programme.model_dump(mode="json")
    plan: dict[str, Any] = {
        "after_advice": False,
        "agreed_with_guardian": False,
        "agreed_with_school": False,
        "parts": [],
        "drawn_up_by_family": False,
        "needs": [],
        "return_part_while_absent": False,
    }
    assert told.pop("plan") == plan | wanted.pop("plan", {})
    assert told.pop("sessions") == dict[str, Any](budget=None, steps=[], longer_than_short=None) | wanted.pop(
        "sessions", {}
    )
    assert told.pop("screening") == ({"interviews": screening} if screening else None)
    assert told.pop("lead") == {"parties": parties}
    assert {key: sorted(value) if key == "carried_by" else value for key, value in told.items()} == {
        key: sorted(value) if key == "carried_by" else value for key, value in wanted.items()
    }
    assert set(Programme.model_fields) == {*told, "plan", "sessions", "screening", "lead"}
