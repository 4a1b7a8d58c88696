"""Our statements for PostgreSQL, with the names of one store filled in."""

from functools import cache
from pathlib import Path
from typing import LiteralString

from psycopg.sql import SQL, Composable

SCHEMA = Path(__file__).parent / "schema"


def script(file: str, **names: Composable) -> bytes:
    """The statements of a file in ledger/schema, with its {names} as identifiers or literals."""
    return statement(_text(file), **names)


def statement(text: LiteralString, **names: Composable) -> bytes:
    """Ready to be sent: what is composed anew for each execution costs more than sending it."""
    return SQL(text).format(**names).as_bytes()


@cache
def _text(file: str) -> LiteralString:
    return (SCHEMA / file).read_text("utf-8")
