"""Something happens at just the wrong moment: once, before or after a function of ours is called."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest


@contextmanager
def just_before(where: Any, name: str, do: Callable[[], object]) -> Iterator[None]:
    """The first time that it is called."""
    way, times = getattr(where, name), count()

    def late(*given: Any, **named: Any) -> Any:
        if next(times) == 0:
            do()
        return way(*given, **named)

    yield from _patched(where, name, late, times)


@contextmanager
def just_after(
    where: Any, name: str, do: Callable[[], object], when: Callable[[Any], object] = lambda _: True
) -> Iterator[None]:
    """The first time that it is called; `when`: with a first argument of which this holds."""
    way, times = getattr(where, name), count()

    def late(*given: Any, **named: Any) -> Any:
        found = way(*given, **named)
        if when(given[0]) and next(times) == 0:
            do()
        return found

    yield from _patched(where, name, late, times)


def _patched(where: Any, name: str, late: Any, times: "count[int]") -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(where, name, late)
        yield
    assert next(times), f"{name} was not called"
