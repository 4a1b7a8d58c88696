"""A store of its own for every test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.store import Store
from tests.ledger.notes import create


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "zorgspoor.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with create(path) as store:
        yield store
