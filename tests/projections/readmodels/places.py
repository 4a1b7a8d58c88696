"""What somebody with the files or the database can do to read models, on each engine."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.ledger.place import Place, PostgresPlace, SQLitePlace

TABLE = re.compile(r"_(\d+)$")


def files_of(place: SQLitePlace) -> list[Path]:
    """The file of the read models, and what SQLite puts beside it."""
    return sorted(place.path.parent.glob(f"{place.path.stem}.read.db*"))


def forget(place: Place) -> None:
    """Nothing was ever projected; nobody may have it open."""
    if isinstance(place, SQLitePlace):
        for file in files_of(place):
            file.unlink()
    elif isinstance(place, PostgresPlace):
        place.cluster.execute(f"DROP SCHEMA IF EXISTS {place.schema}_read CASCADE")


def generations(place: Place) -> list[int]:
    """Of which there are tables."""
    if isinstance(place, SQLitePlace):
        with closing(sqlite3.connect(files_of(place)[0])) as connection:
            tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    else:
        assert isinstance(place, PostgresPlace)
        schema = f"{place.schema}_read"
        tables = place.cluster.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", schema)
    numbers = (TABLE.search(name) for (name,) in tables)
    return sorted({int(number[1]) for number in numbers if number})
