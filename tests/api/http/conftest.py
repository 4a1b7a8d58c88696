"""The door over the pit case."""

from collections.abc import Iterator

import pytest

from api.main import App
from tests.api.http.given import Service, door, served


@pytest.fixture
def service(pit: App) -> Iterator[Service]:
    """A door on loopback over a store with the whole pit case in it."""
    with served(door(pit)) as running:
        yield running
