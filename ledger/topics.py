"""Which class a topic in the log stands for now, and how old bodies become new ones."""

import json
from collections.abc import Callable, Mapping
from types import NoneType
from typing import Any, get_args

from pydantic import ValidationError

from domain.fact import Fact
from ledger.errors import NotEncodable, UnknownTopic

Upcast = Callable[[dict[str, Any]], dict[str, Any]]
Upcaster = tuple[str, Upcast]
"""The topic that a body becomes, and how."""


class NotThisFact(Exception):
    """A body that is not what its topic says; says what kind of mistake it is, never what stands in the body."""


class Topics:
    """The registered classes of facts, and upcasters from old topics: old topic -> (new topic, body -> body)."""

    def __init__(self, facts: Mapping[str, type[Fact]], upcasters: Mapping[str, Upcaster] = {}) -> None:
        for topic, fact in facts.items():
            _refuse_unsafe(topic, fact)
        self._facts, self._upcasters = facts, upcasters
        self._chains = {topic: _chain(topic, facts, upcasters) for topic in upcasters}

    def encode(self, fact: Fact) -> bytes:
        """JSON without what is None. Raises `NotEncodable` (without its values) for a fact that is not its type."""
        if self._facts.get(fact.TOPIC) is not type(fact):
            raise UnknownTopic(fact.TOPIC)
        try:
            return fact.__pydantic_serializer__.to_json(fact, by_alias=True, exclude_none=True, warnings="error")
        except Exception as error:  # noqa: BLE001  # whatever it says may hold content
            kind = type(error).__name__
        raise NotEncodable(f"A {fact.TOPIC} has values that are not of its type ({kind}).")

    def instead(self, facts: Mapping[str, type[Fact]]) -> "Topics":
        """The same, but for the classes of these topics."""
        return Topics({**self._facts, **facts}, self._upcasters)

    def current(self, topic: str) -> type[Fact]:
        """The class that the topic's bodies are read as. Raises `UnknownTopic`."""
        last = self._chains[topic][-1][0] if topic in self._chains else topic
        try:
            return self._facts[last]
        except KeyError:
            raise UnknownTopic(topic) from None

    def decode(self, topic: str, body: bytes) -> Fact:
        """Raises `NotThisFact` outside of any handler, so that no cause or context carries content."""
        validator = self.current(topic).__pydantic_validator__
        try:
            if topic in self._chains:
                body = self._upcast(topic, body)
            return validator.validate_json(body)  # type: ignore[no-any-return]  # the registered class's own
        except ValidationError as error:
            why = ", ".join(sorted({line["type"] for line in error.errors(include_input=False, include_context=False)}))
        except Exception as error:  # noqa: BLE001  # as above; an upcaster may raise anything
            why = type(error).__name__
        raise NotThisFact(why)

    def _upcast(self, topic: str, body: bytes) -> bytes:
        content = json.loads(body)
        for _, upcast in self._chains[topic]:
            content = upcast(content)
        return json.dumps(content).encode()


def _chain(topic: str, facts: Mapping[str, type[Fact]], upcasters: Mapping[str, Upcaster]) -> list[Upcaster]:
    chain = list[Upcaster]()
    while topic in upcasters and len(chain) <= len(upcasters):
        chain.append(upcasters[topic])
        topic = upcasters[topic][0]
    if topic not in facts:
        raise ValueError(f"the upcasters lead to {topic!r}, which is no registered fact")
    return chain


def _refuse_unsafe(topic: str, fact: type[Fact]) -> None:
    """None is left out of a body, so a field that may be None must not have another default: it would come back."""
    if topic != fact.TOPIC:
        raise ValueError(f"{fact.__name__} is registered under {topic!r} but is {fact.TOPIC!r}")
    for name, field in fact.model_fields.items():
        if NoneType in get_args(field.annotation) and field.get_default(call_default_factory=False) is not None:
            raise ValueError(f"{fact.__name__}.{name} may be None and must have None as its default")
