"""The page of actions and facts: fields, who may, what each leaves, and under whose key it is sealed."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from types import ModuleType, NoneType
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from consent_policy.vocabulary import ROLES, Category, Purpose, Role
from docs.table import MADE, NOTHING, first_paragraph, listed, table
from domain import attempt, contact, disclosure, opened
from domain.action import CareAction, Deed, Evidenced
from domain.actor import FAMILY, PROFESSIONAL
from domain.contact import ContactHeld, HoldContact
from domain.fact import Fact
from domain.field import PERSONAL, Introduces, Refers, is_personal, marks
from domain.trajectory import subjects, who

ACTIONS: Mapping[str, type[Deed]] = {**subjects.ACTIONS, "hold_contact": HoldContact}
SUBJECTS: tuple[ModuleType, ...] = (*subjects.SUBJECTS, contact, disclosure, attempt, opened)
ROWS = {name: row for name, row in vars(who).items() if isinstance(row, who.Row)}
GROUPS = (("any role", ROLES), ("any professional", PROFESSIONAL), ("guardian or youth", FAMILY))
SEALED = {"stream": "the child", "subject": "the child, then the store", "store": "the store"}
COMMON = frozenset({"action", "at", "by", "trajectory", "action_id", "occurred_at", "receipt"})
TYPES: tuple[tuple[Any, str], ...] = (
    *((Category, "category"), (Role, "role"), (Purpose, "purpose"), (str, "string")),
    *((bool, "yes or no"), (int, "number"), (datetime, "instant"), (date, "day"), (Any, "any JSON")),
)
HOLDS = {
    "any_professional": "always",
    "related_professional": "a related professional: `related` in `domain/trajectory/who.py`",
    "family": "a guardian of this child, or the child",
    "coordinator": "a child or contact of their own municipality",
    "screener": "the assigned screener",
    "case_manager": "the case manager of the episode",
    "raises": "always",
    "carrier": "a role that carries the programme, in one of its organisations",
    "receiving_organisation": "the organisation that the referral goes to",
    "outside_school": "always",
    "staff_of_school": "staff of the child's school",
    "author": "who made the entry",
    "invoker": "who invoked the override that runs",
    **dict.fromkeys(("registry", "dpo", "auditor", "records_officer"), "always"),
}
"""What the rows mean whose question has no docstring of its own."""

INTRO = """# Actions and facts

Every action says `action`, `at`, `by` and, contacts apart, `trajectory`; it may have an `action_id`. Every fact says
`occurred_at` and `by`. ◆ is personal text. `names` gives something its reference; `to` points at something known.
"""


def actions_and_facts() -> str:
    inside = {each.__name__: each for kind in ACTIONS.values() for each in _parts(kind)}
    return "\n".join(
        (
            MADE + INTRO,
            "## Who may\n\nOne row that holds is enough. `else`: what a role hears that could have met the row.\n",
            table(("row", "roles", "holds for", "else"), (_row(name, row) for name, row in ROWS.items())),
            *(part for subject in SUBJECTS for part in _subject(subject)),
            "## Parts\n\nWhat fields are made of.\n",
            *(f"### {name}\n\n{first_paragraph(part)}\n\n{_table(part)}" for name, part in sorted(inside.items())),
        )
    )


def _row(name: str, row: who.Row) -> tuple[str, ...]:
    roles = next((group for group, known in GROUPS if row.roles == known), listed(sorted(row.roles)))
    return f"`{name}`", roles, first_paragraph(row.question) or HOLDS.get(name, NOTHING), f"`{row.otherwise}`"


def _subject(subject: ModuleType) -> Iterator[str]:
    yield f"## {subject.__name__.rpartition('.')[2].capitalize()}\n\n{first_paragraph(subject)}\n"
    yield from (_action(name, kind) for name, kind in ACTIONS.items() if kind.__module__ == subject.__name__)
    yield table(
        ("fact", "meaning", "topic", "category", "sealed under", "fields"), (_fact(fact) for fact in subject.FACTS)
    )


def _action(name: str, kind: type[Deed]) -> str:
    rows = [called for called, row in ROWS.items() if row in getattr(kind, "WHO", ())] or ["carrier", "coordinator"]
    fact: type[Fact] = getattr(kind, "FACT", ContactHeld)
    gate = f"\n- gate: consent to care, category `{kind.GATE}`" if issubclass(kind, CareAction) else ""
    closed = "\n- also after closing" if getattr(kind, "AFTER_CLOSING", False) else ""
    told = f"- who may: {listed(rows)}{gate}{closed}\n- leaves: `{fact.__name__}`"
    return f"### {name}\n\n{first_paragraph(kind)}\n\n{told}\n\n{_table(kind)}"


def _fact(fact: type[Fact]) -> tuple[str, ...]:
    named = (f"{name} ◆" if is_personal(field) else name for name, field in fields(fact).items())
    category = getattr(fact, "CATEGORY", NOTHING)
    told = f"`{fact.__name__}`", first_paragraph(fact), f"`{fact.TOPIC}`", category, SEALED[fact.SEALED_UNDER]
    return *told, ", ".join(named) or NOTHING


def fields(kind: type[Any]) -> dict[str, FieldInfo]:
    """The fields of an action, a fact or a part, by the names that people write."""
    if issubclass(kind, BaseModel):
        common = COMMON if issubclass(kind, Deed | Fact) else frozenset[str]()
        return {field.alias or name: field for name, field in kind.model_fields.items() if name not in common}
    hints = get_type_hints(kind, include_extras=True)
    known = ((each, FieldInfo.from_annotation(hints[each.name])) for each in dataclasses.fields(kind))
    return {field.alias or each.name: _with_default(field, each) for each, field in known}


def _with_default(field: FieldInfo, told: "dataclasses.Field[Any]") -> FieldInfo:
    if told.default is not dataclasses.MISSING:
        field.default = told.default
    return field


def _table(kind: type[Any]) -> str:
    known = fields(kind)
    rows = (
        (
            f"`{name}` ◆" if is_personal(field) else f"`{name}`",
            type_of(field),
            _required(kind, name, field),
            _reference(field),
        )
        for name, field in known.items()
    )
    return table(("field", "type", "required", "reference"), rows) if known else "No fields of its own.\n"


def _required(kind: type[Any], name: str, field: FieldInfo) -> str:
    if name == "evidence" and issubclass(kind, Evidenced):
        return "unless the family says it"
    if name in getattr(kind, "REQUIRED_TEXT", ()):
        return "unless irregular"
    return "yes" if field.is_required() else "no"


def _reference(field: FieldInfo) -> str:
    told = (
        f"{'names' if isinstance(each, Introduces) else 'to'} {each.kind.replace('_', ' ')}"
        for each in marks(field)
        if isinstance(each, Introduces | Refers)
    )
    return ", ".join(dict.fromkeys(told))


def type_of(field: FieldInfo) -> str:
    if field.annotation is str and PERSONAL in field.metadata:
        return "text"
    return _said(field.annotation)


def _said(annotation: Any) -> str:
    """A type, as somebody needs it who fills it in."""
    inside, origin = get_args(annotation), get_origin(annotation)
    known = next((name for each, name in TYPES if annotation == each), None)
    if known:
        return known
    if origin is Annotated:
        return "text" if PERSONAL in inside and inside[0] is str else _said(inside[0])
    if origin is Literal:
        return " or ".join(f"`{str(each).lower()}`" if each is True else f"`{each}`" for each in inside)
    if origin in (tuple, dict):
        return f"list of {_said(inside[0])}" if origin is tuple else "object"
    if inside:
        return " or ".join(_said(each) for each in inside if each is not NoneType)
    return str(getattr(annotation, "__name__", annotation))


def _parts(kind: type[Any]) -> Iterator[type[Any]]:
    """The parts that its fields are made of, and theirs."""
    waiting: list[Any] = [field.annotation for field in fields(kind).values()]
    if issubclass(kind, Deed):
        waiting.append(kind.model_fields["by"].annotation)
    while waiting:
        annotation = waiting.pop()
        waiting += get_args(annotation)
        if _is_part(annotation):
            yield annotation
            waiting += [field.annotation for field in fields(annotation).values()]


def _is_part(annotation: Any) -> bool:
    return isinstance(annotation, type) and (issubclass(annotation, BaseModel) or dataclasses.is_dataclass(annotation))


def facts() -> Iterable[type[Fact]]:
    """Every kind of fact, in the order of the page."""
    return (fact for subject in SUBJECTS for fact in subject.FACTS)
