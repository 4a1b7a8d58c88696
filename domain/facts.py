"""Every kind of fact there is, by its topic; and how a body that was written by older software becomes a newer one."""

from collections.abc import Callable, Mapping

from domain import attempt, contact, disclosure, opened
from domain.fact import Fact
from domain.trajectory import subjects

FACTS: Mapping[str, type[Fact]] = {
    **subjects.FACTS,
    **{each.TOPIC: each for each in (*opened.FACTS, *contact.FACTS, *attempt.FACTS, *disclosure.FACTS)},
}

UPCASTERS: Mapping[str, tuple[str, Callable[[dict[str, object]], dict[str, object]]]] = {}
"""Old topic -> the topic that follows it, and the function that changes the body. None yet: no topic has changed."""
