"""The pages that say what stands in the code and in its data, made from both: `python -m docs.generate`."""

import dataclasses
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from importlib.resources import files
from pathlib import Path
from types import ModuleType, NoneType
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from consent_policy.needs import NEEDS
from consent_policy.policy import Policy, Rule, shipped
from consent_policy.vocabulary import ROLES, Category, Purpose, Role
from consent_policy.who import WHO
from domain import attempt, contact, disclosure, opened
from domain.action import CareAction, Deed, Evidenced
from domain.actor import FAMILY, PROFESSIONAL
from domain.contact import ContactHeld, HoldContact
from domain.fact import Fact
from domain.field import PERSONAL, Introduces, Refers, is_personal, marks
from domain.trajectory import subjects, who

DOCS = Path(__file__).parent
GLOSSARY = tomllib.loads((files("domain") / "glossary.toml").read_text(encoding="utf-8"))
MADE = "<!-- Made by `python -m docs.generate` from the code and its data: change those, then run `make docs`. -->\n"

ACTIONS: Mapping[str, type[Deed]] = {**subjects.ACTIONS, "hold_contact": HoldContact}
SUBJECTS: tuple[ModuleType, ...] = (*subjects.SUBJECTS, contact, disclosure, attempt, opened)
GROUPS = (
    ("any role", ROLES),
    ("any professional", PROFESSIONAL),
    ("guardian, youth", FAMILY),
)
ENVELOPE = frozenset({"action", "at", "by", "trajectory", "action_id", "occurred_at", "receipt"})
NAMED: tuple[tuple[Any, str], ...] = (
    (Category, "category"),
    (Role, "role"),
    (Purpose, "purpose"),
    (str, "string"),
    (bool, "yes or no"),
    (int, "number"),
    (datetime, "instant"),
    (date, "day"),
)


def pages() -> dict[str, str]:
    """Every generated page by its path in docs/."""
    made = {"glossary.md": glossary(), "reference/actions-and-facts.md": actions_and_facts()}
    made["reference/programmes.md"] = programmes()
    made |= {f"reference/policy-{each.id}.md": policy(each) for each in shipped().values()}
    return {name: f"{text.strip()}\n" for name, text in made.items()}


def table(names: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = tuple(names)
    lines = [names, tuple("---" for _ in names), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '\\|') for cell in row)} |" for row in lines) + "\n"


def listed(names: Iterable[object]) -> str:
    return ", ".join(f"`{each}`" for each in names) or "–"


def first_line(thing: object) -> str:
    return (thing.__doc__ or "").strip().partition("\n")[0]


def glossary() -> str:
    """Every word with its Dutch word and its meaning in both languages."""
    parts = [MADE + "# Glossary\n\nThe words of code and API, their Dutch words, and what they mean.\n"]
    for section, words in GLOSSARY.items():
        rows = ((f"`{name}`", word["dutch"], word["en"], word["nl"]) for name, word in words.items())
        parts += [
            f"## {section.replace('_', ' ').capitalize()}\n",
            table(("word", "Dutch", "meaning", "betekenis"), rows),
        ]
    return "\n".join(parts)


def actions_and_facts() -> str:
    """Every action with its fields, who may and what it leaves; every fact; every part they are made of."""
    parts = [MADE + "# Actions and facts\n\nEvery action says `action`, `at`, `by` and (but for contacts) `trajectory`, and may have "
             "an `action_id`.\nEvery fact says `occurred_at` and `by`, and keeps a receipt of its action. ◆ is personal text.\n"]  # fmt: skip
    parts += [
        "## Who may\n\nOne row that holds is enough. `else`: the code for a role that could have met the row.\n",
        _rows_of_who(),
    ]
    for subject in SUBJECTS:
        parts += [f"## {subject.__name__.rpartition('.')[2].capitalize()}\n\n{first_line(subject)}\n"]
        parts += [_action(name, kind) for name, kind in ACTIONS.items() if kind.__module__ == subject.__name__]
        parts += [_facts(subject.FACTS)]
    inside = {part.__name__: part for kind in (*ACTIONS.values(), *_all_facts()) for part in _parts(_fields(kind))}
    parts += ["## Parts\n\nWhat fields are made of.\n"]
    parts += [f"### {name}\n\n{first_line(part)}\n\n{_table_of(part)}" for name, part in sorted(inside.items())]
    return "\n".join(parts)


def _rows_of_who() -> str:
    rows = ((name, row) for name, row in vars(who).items() if isinstance(row, who.Row))
    return table(("row", "roles", "holds", "else"), (
        (f"`{name}`", _roles(row.roles), first_line(row.question) if "lambda" not in row.question.__name__ else "", f"`{row.otherwise}`")
        for name, row in rows
    ))  # fmt: skip


def _roles(roles: frozenset[str]) -> str:
    return next((name for name, group in GROUPS if roles == group), listed(sorted(roles)))


def _action(name: str, kind: type[Deed]) -> str:
    rows = {id(row): called for called, row in vars(who).items() if isinstance(row, who.Row)}
    may = [rows[id(row)] for row in getattr(kind, "WHO", ())] or ["carrier", "coordinator"]
    told = [f"Who may: {listed(may)}.", f"Fact: `{getattr(kind, 'FACT', ContactHeld).__name__}`."]
    if issubclass(kind, CareAction):
        told.insert(1, f"Gate: consent to care, category `{kind.GATE}`.")
    if getattr(kind, "AFTER_CLOSING", False):
        told.append("Also after closing.")
    dutch = GLOSSARY["actions"].get(name, {}).get("dutch", "?")
    return f"### {name}\n\n{first_line(kind)} ({dutch}) {' '.join(told)}\n\n{_table_of(kind)}"


def _all_facts() -> list[type[Fact]]:
    return [fact for subject in SUBJECTS for fact in subject.FACTS]


def _facts(facts: Iterable[type[Fact]]) -> str:
    return table(("fact", "meaning", "topic", "category", "sealed under", "fields"), (
        (
            f"`{fact.__name__}`", first_line(fact), f"`{fact.TOPIC}`", getattr(fact, "CATEGORY", "–"),
            {"stream": "the child", "subject": "the child, then the store", "store": "the store"}[fact.SEALED_UNDER],
            ", ".join(f"{name}{' ◆' if is_personal(field) else ''}" for name, field in _fields(fact).items()) or "–",
        )
        for fact in facts
    ))  # fmt: skip


def _fields(kind: type[Any]) -> dict[str, FieldInfo]:
    """The fields of an action, a fact or a part, by the name that a person writes."""
    if issubclass(kind, BaseModel):
        known = {
            name: field for name, field in kind.model_fields.items() if name not in ENVELOPE or kind in subjects.FACTS
        }
    else:
        hints = get_type_hints(kind, include_extras=True)
        known = {each.name: _field_of(hints[each.name], each) for each in dataclasses.fields(kind)}
    return {field.alias or name: field for name, field in known.items()}


def _field_of(hint: Any, field: "dataclasses.Field[Any]") -> FieldInfo:
    known = FieldInfo.from_annotation(hint)
    known.default = known.default if field.default is dataclasses.MISSING else field.default
    return known


def _table_of(kind: type[Any]) -> str:
    rows = (
        (
            f"`{name}`{' ◆' if is_personal(field) else ''}",
            said(field.annotation),
            _required(kind, name, field),
            _points(field),
        )
        for name, field in _fields(kind).items()
    )
    return table(("field", "type", "required", "reference"), rows) if _fields(kind) else "No fields of its own.\n"


def _required(kind: type[Any], name: str, field: FieldInfo) -> str:
    if name == "evidence" and issubclass(kind, Evidenced):
        return "unless the family says it"
    if name in getattr(kind, "REQUIRED_TEXT", ()):
        return "unless irregular"
    return "yes" if field.is_required() else "no"


def _points(field: FieldInfo) -> str:
    told = [
        f"{'names' if isinstance(each, Introduces) else 'to'} {each.kind}"
        for each in marks(field)
        if isinstance(each, Refers | Introduces)
    ]
    return ", ".join(dict.fromkeys(told)).replace("_", " ")


def said(annotation: Any) -> str:
    """A type as somebody who fills it in needs it."""
    inside, origin = get_args(annotation), get_origin(annotation)
    for known, name in NAMED:
        if annotation == known:
            return name
    if origin is Annotated:
        return "text" if PERSONAL in inside and inside[0] is str else said(inside[0])
    if origin is Literal:
        return " or ".join(f"`{str(each).lower() if each is True else each}`" for each in inside)
    if origin is tuple:
        return f"list of {said(inside[0])}"
    if origin is dict:
        return f"{said(inside[0])} → {said(inside[1])}"
    if inside:
        return " or ".join(said(each) for each in inside if each is not NoneType)
    return getattr(annotation, "__name__", str(annotation))


def _parts(fields: Mapping[str, FieldInfo]) -> Iterator[type[Any]]:
    """The parts that fields are made of, and theirs."""
    waiting = [field.annotation for field in fields.values()]
    while waiting:
        annotation = waiting.pop()
        waiting += get_args(annotation)
        if isinstance(annotation, type) and (issubclass(annotation, BaseModel) or dataclasses.is_dataclass(annotation)):
            yield annotation
            waiting += [field.annotation for field in _fields(annotation).values()]


def programmes() -> str:
    """What each programme's file says, beside each other, with its notes; `assumed` is ours, not the source's."""
    known = {
        file.name: _told(file.read_text("utf-8"))
        for file in sorted((files("domain") / "programmes").iterdir(), key=str)
    }
    keys = dict.fromkeys(key for told in known.values() for key in told)
    rows = ((f"`{key}`", *(told.get(key, "–") for told in known.values())) for key in keys)
    intro = "# Programmes\n\nThe files in `domain/programmes/`. Numbers marked *assumed* are ours, not the source's.\n"
    return "\n".join([MADE + intro, table(("key", *(name.removesuffix(".toml") for name in known)), rows)])


def _told(toml: str) -> dict[str, str]:
    """Key (with its section) -> value, and the comment on its line in brackets."""
    told, section, values = {}, "", tomllib.loads(toml)
    for line in toml.splitlines():
        section = f"{line.strip('[]')}." if line.startswith("[") else section
        found = re.match(r"(\w+) = [^#]*(?:# *(.*))?$", line)
        if found:
            value = values[section[:-1]][found[1]] if section else values[found[1]]
            shown = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            told[section + found[1]] = shown.replace("True", "yes") + (f" ({found[2]})" if found[2] else "")
    return told


def policy(known: Policy) -> str:
    """A policy's tables and rules in their order, and what each condition means."""
    intro = f"# Consent policy {known.id}\n\nIn force from {known.in_force_from.date()}. SHA-256 of its file: `{known.sha256}`."
    parts = [MADE + intro + f"\nParameter `disclosure_12_15`: `{known.parameters.disclosure_12_15}`.\n"]
    parts += ["## Whose consent is required\n", table(("regime", "age", "competent", "care", "disclosure", "guardians' own access", "source"), (
        (", ".join(row.regimes), ", ".join(row.ages), row.competent, ", ".join(row.care),
         row.disclosure if isinstance(row.disclosure, str) else ", ".join(row.disclosure), row.guardians_own_access, row.source)
        for row in known.whose_consent
    ))]  # fmt: skip
    parts += ["## What a member of the team sees\n", table(("roles", "categories"), (
        (each.roles if isinstance(each.roles, str) else listed(each.roles), listed(each.categories)) for each in known.team_categories
    ))]  # fmt: skip
    parts += ["## The rules, in order\n\nThe first that permits decides. Outside both laws: column disclosure.\n"]
    parts += [_rule(number, rule) for number, rule in enumerate(known.rules, 1)]
    for title, conditions in (("Who", WHO), ("Needs", NEEDS)):
        rows = ((f"`{name}`", " ".join((each.__doc__ or "").split())) for name, each in conditions.items())
        parts += [f"## {title}\n", table(("condition", "meaning"), rows)]
    return "\n".join(parts)


def _rule(number: int, rule: Rule) -> str:
    roles = "any" if rule.roles is None else listed(rule.roles)
    told = {
        "purpose": f"`{rule.purpose}`",
        "law": rule.law or "–",
        "roles": roles + (f" but {listed(rule.roles_except)}" if rule.roles_except else ""),
        "who": " or ".join(f"`{each}`" for each in rule.who),
        "while": (rule.while_ or "").replace("_", " "),
        "needs": listed(rule.needs),
        "categories": rule.categories.replace("_", " ")
        if isinstance(rule.categories, str)
        else listed(rule.categories),
        "passes on": "also for another recipient" if rule.passes_on else "",
        "note": rule.note,
        "source": rule.source,
    }
    return f"### {number}. {rule.name}\n\n" + "".join(f"- {name}: {value}\n" for name, value in told.items() if value)


def main() -> None:
    for name, text in pages().items():
        (DOCS / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
