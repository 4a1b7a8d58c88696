"""The first fact of a store, which describes it."""

from typing import ClassVar

from domain.fact import Fact, SealedUnder


class StoreOpened(Fact):
    """A store was made. `simulated`: its clock is that of its imports, and it stays marked so for good."""

    TOPIC: ClassVar[str] = "store.opened.1"
    SEALED_UNDER: ClassVar[SealedUnder] = "store"

    store: str
    simulated: bool
    software: str


FACTS = (StoreOpened,)
"""Kinds of facts about the store itself."""
