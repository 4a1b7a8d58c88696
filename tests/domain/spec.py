"""The tables of domain.md as data (tests/domain/tables), written from the page and not from the code."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_TABLES = Path(__file__).parent / "tables"


def table(name: str) -> dict[str, Any]:
    return tomllib.loads((_TABLES / f"{name}.toml").read_text("utf-8"))


@dataclass(frozen=True)
class Field:
    """One field as the table writes it."""

    name: str
    personal: bool
    optional: bool


def _field(written: str) -> Field:
    if written == "E":
        return Field("evidence", personal=True, optional=True)
    if written == "I":
        return Field("irregular", personal=True, optional=True)
    return Field(written.rstrip("?").rstrip("◆"), "◆" in written, written.endswith("?"))


ACTIONS: dict[str, tuple[Field, ...]] = {
    action: tuple(_field(each) for each in written.split()) for action, written in table("actions")["fields"].items()
}
COMMON: tuple[Field, ...] = tuple(_field(each) for each in table("actions")["common"].split())
PARTS: dict[str, tuple[Field, ...]] = {
    path: tuple(_field(each) for each in written.split()) for path, written in table("actions")["parts"].items()
}
VALUES: dict[str, list[str]] = table("actions")["values"]
EVIDENCED = frozenset(name for name, written in table("actions")["fields"].items() if "E" in written.split())
CARE = frozenset(name for name, written in table("actions")["fields"].items() if "I" in written.split())

WHO = table("who")
ROLES: frozenset[str] = frozenset(WHO["roles"])
PROFESSIONAL = ROLES - frozenset(WHO["not_professional"])
SCHOOL_ROLES: frozenset[str] = frozenset(WHO["school_roles"])
MAY: dict[str, list[str]] = WHO["may"]
REQUIRED: dict[str, str] = WHO["required"]

PROGRAMMES = table("programmes")
CODES = table("codes")
