"""Stores of their own for every example of a test, on each engine."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path

import pytest

from api.main import App, Settings, create
from tests.conftest import Clock
from tests.ledger.place import Place, PostgresPlace, SQLitePlace

Stores = Callable[[], AbstractContextManager[App]]


@pytest.fixture
def stores(place: Place, clock: Clock, tmp_path: Path) -> Stores:
    """Makes an application over an empty store, as often as one likes."""
    numbers = count()

    @contextmanager
    def made() -> Iterator[App]:
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        another = PostgresPlace(place.cluster, folder) if isinstance(place, PostgresPlace) else SQLitePlace(folder)
        app = create(Settings(another.url), clock=clock)
        try:
            yield app
        finally:
            app.store.close()

    return made
