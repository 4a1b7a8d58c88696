"""Every kind of fact there is, by its topic; and how a body that was written by older software becomes a newer one."""

from collections.abc import Callable, Mapping

from domain import attempt, contact, disclosure, opened
from domain.fact import Fact
from domain.trajectory import subjects

FACTS: Mapping[str, type[Fact]] = {
    **subjects.FACTS,
    **{each.TOPIC: each for each in (*opened.FACTS, *contact.FACTS, *attempt.FACTS, *disclosure.FACTS)},
}


def _first_version(body: dict[str, object]) -> dict[str, object]:
    """Signals did not name a version of their programme while each programme had only one."""
    return body | {"programme_version": 1}


UPCASTERS: Mapping[str, tuple[str, Callable[[dict[str, object]], dict[str, object]]]] = {
    "trajectory.signal-raised.1": ("trajectory.signal-raised.2", _first_version),
}
"""Old topic -> the topic that follows it, and the function that changes the body."""
