"""Facts about a store itself: the first one, which describes it, each new key over its keys, and whom it trusts."""

from typing import ClassVar

from domain.fact import Fact, SealedUnder


class StoreOpened(Fact):
    """A store was made. `simulated`: its clock is that of its imports, and it stays marked so for good."""

    TOPIC: ClassVar[str] = "store.opened.1"
    SEALED_UNDER: ClassVar[SealedUnder] = "store"

    store: str
    simulated: bool
    software: str


class StoreKeyRotated(Fact):
    """A store got a new key over all its keys. `keys`: of children; `resumed`: it had begun before and was finished."""

    TOPIC: ClassVar[str] = "store.key-rotated.1"
    SEALED_UNDER: ClassVar[SealedUnder] = "store"

    store: str
    keys: int
    resumed: bool
    software: str


class IssuerTrusted(Fact):
    """From now on this issuer says who somebody is that signs in. A store without one serves made-up persons only."""

    TOPIC: ClassVar[str] = "store.issuer-trusted.1"
    SEALED_UNDER: ClassVar[SealedUnder] = "store"

    issuer: str
    software: str


FACTS = (StoreOpened, StoreKeyRotated, IssuerTrusted)
"""Kinds of facts about the store itself."""
