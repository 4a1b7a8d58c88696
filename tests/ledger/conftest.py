"""A store of its own for every test, on each engine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.store import Store
from tests.ledger.notes import create
from tests.ledger.place import Place, PostgresPlace, SQLitePlace
from tests.postgres import Cluster


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where the store of this test is, or will be."""
    if request.param == "sqlite":
        return SQLitePlace(tmp_path)
    return PostgresPlace(request.getfixturevalue("postgres"), tmp_path)


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    with create(place.url) as store:
        yield store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Of the log's file, for what is about SQLite's files as such."""
    return SQLitePlace(tmp_path).path


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    with create(SQLitePlace(tmp_path).url) as store:
        yield store


@pytest.fixture
def postgres_place(postgres: Cluster, tmp_path: Path) -> PostgresPlace:
    return PostgresPlace(postgres, tmp_path)


@pytest.fixture
def postgres_store(postgres_place: PostgresPlace) -> Iterator[Store]:
    with create(postgres_place.url) as store:
        yield store
