"""The tables of what a user would build instead: one per thing, an audit filled by triggers, an access table."""

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from benchmarks.child import HELD

METADATA = MetaData()
NUMBER = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only where the type is INTEGER."""

INSTANT = DateTime(timezone=True)
BEGAN = datetime(2026, 1, 12, 9, tzinfo=UTC)
OTHERS = 10
"""Rows of other kinds in the dossier of a child: advice and meetings."""


def _table(name: str, *columns: Column[Any] | Index | UniqueConstraint) -> Table:
    return Table(name, METADATA, Column("id", NUMBER, primary_key=True), *columns)


def _of(table: str) -> Column[Any]:
    return Column(f"{table}_id", NUMBER, ForeignKey(f"{table}.id"), nullable=False, index=True)


def _required(name: str, kind: Any) -> Column[Any]:
    return Column(name, kind, nullable=False)


CHILD = _table("child", _required("reference", String(200)), _required("name", Text), UniqueConstraint("reference"))
GUARDIAN = _table("guardian", _of("child"), _required("name", Text), _required("has_authority", Boolean))
CONSENT = _table(
    "consent",
    _of("guardian"),
    Column("programme", String(50)),
    _required("given_at", INSTANT),
    Column("revoked_at", INSTANT),
)
EPISODE = _table(
    "episode",
    _of("child"),
    _required("reference", String(200)),
    _required("programme", String(50)),
    Column("budget", Integer),
    _required("started_at", INSTANT),
    Column("closed_at", INSTANT),
    UniqueConstraint("child_id", "reference"),
)
TEAM = _table(
    "team",
    _of("episode"),
    _required("professional", String(200)),
    _required("since", INSTANT),
    Column("until", INSTANT),
)
SESSION = _table(
    "session",
    _of("episode"),
    _required("action_id", String(200)),
    _required("at", INSTANT),
    _required("by_professional", String(200)),
    _required("form", String(50)),
    _required("minutes", Integer),
    Column("summary", Text),
    _required("recorded_at", INSTANT),
    UniqueConstraint("by_professional", "action_id"),
)
ENTRY = _table("entry", _of("child"), _required("kind", String(50)), _required("at", INSTANT), Column("said", Text))
ACCESS = _table(
    "access",
    _of("child"),
    _required("viewer", String(200)),
    _required("purpose", String(50)),
    _required("what", String(50)),
    _required("at", INSTANT),
)
AUDIT = _table(
    "audit",
    _required("of_table", String(50)),
    _required("row_id", NUMBER),
    _required("operation", String(10)),
    _required("at", INSTANT),
    _required("by_user", String(200)),
    Column("old_row", JSON),
    Column("new_row", JSON),
    Index("audit_of_row", "of_table", "row_id"),
)
AUDITED = (CHILD, GUARDIAN, CONSENT, EPISODE, TEAM, SESSION, ENTRY)


def make(connection: Connection) -> None:
    METADATA.create_all(connection)
    for statement in _triggers(connection.dialect.name):
        connection.exec_driver_sql(statement)


def _triggers(dialect: str) -> Iterator[str]:
    if dialect == "postgresql":
        yield (files("benchmarks") / "schema" / "instead_postgres.sql").read_text("utf-8")
    for table in AUDITED:
        for operation in ("INSERT", "UPDATE", "DELETE"):
            when = f"AFTER {operation} ON {table.name} FOR EACH ROW"
            does = _body(table, operation) if dialect == "sqlite" else "EXECUTE FUNCTION audited()"
            yield f"CREATE TRIGGER audit_{table.name}_{operation.lower()} {when} {does}"


def _body(table: Table, operation: str) -> str:
    """SQLite has no way to say the whole row, so the columns are named."""
    old = "NULL" if operation == "INSERT" else _row(table, "OLD")
    new = "NULL" if operation == "DELETE" else _row(table, "NEW")
    row_id = "OLD.id" if operation == "DELETE" else "NEW.id"
    return (
        "BEGIN INSERT INTO audit (of_table, row_id, operation, at, by_user, old_row, new_row) "  # noqa: S608  # our own
        f"VALUES ('{table.name}', {row_id}, '{operation}', datetime('now'), 'application', {old}, {new}); END"
    )


def _row(table: Table, row: str) -> str:
    return f"json_object({', '.join(f'{each.name!r}, {row}.{each.name}' for each in table.columns)})"


def rows(children: int) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
    """The same child as in `benchmarks.child`, so many times."""
    some = range(1, children + 1)
    yield CHILD, [{"id": child, "reference": f"t-{child - 1}", "name": "Noor Voorbeeld"} for child in some]
    both = [(child, 2 * child - which) for child in some for which in (0, 1)]
    yield GUARDIAN, [{"id": each, "child_id": child, "name": "Ouder", "has_authority": True} for child, each in both]
    yield CONSENT, [{"guardian_id": each, "programme": None, "given_at": BEGAN} for _, each in both]
    episode = {"reference": "e-1", "programme": "preventie_plus", "budget": 15, "started_at": BEGAN}
    yield EPISODE, [{"id": child, "child_id": child} | episode for child in some]
    yield TEAM, [{"episode_id": child, "professional": "smw-1", "since": BEGAN} for child in some]
    held = {"at": BEGAN, "by_professional": "smw-1", "form": "child_talk", "minutes": 45, "recorded_at": BEGAN}
    keys = [(child, number) for child in some for number in range(HELD)]
    yield SESSION, [{"episode_id": child, "action_id": f"{child}-{number}"} | held for child, number in keys]
    entry = {"kind": "advice", "at": BEGAN, "said": "Vaste tijden, en elke week een gesprek."}
    yield ENTRY, [{"child_id": child} | entry for child in some for _ in range(OTHERS)]
