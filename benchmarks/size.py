"""How much is measured: in full, quickly to see where one stands, or tiny to see that it runs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """`rounds` are what medians are taken of; in each, contenders take `turns`, of so many operations."""

    name: str
    rounds: int
    turns: int
    appends: int
    batches: int
    events: int
    """That four writers append together while somebody reads along."""
    few: int
    many: int
    """Children in the small and in the large log."""
    actions: int
    decisions: int
    pages_of: int
    """Children in the smallest of three municipalities; each is ten times the one before."""
    pages: int
    facts: int
    """That read models are built from."""
    waits: int
    """How often in a round somebody waits to read what they wrote."""
    served: int
    """Children of the municipality that the service is asked about."""
    clients: int
    seconds: float
    """That so many clients ask it, over all rounds together."""

    @property
    def runs(self) -> int:
        """How often each contender has its turn: at warming up, and then."""
        return 1 + self.rounds * self.turns


FULL = Size("full", 7, 15, 20, 2, 40_000, 1_000, 1_000_000, 4, 20_000, 5_000, 40, 1_000_000, 20, 5_000, 50, 60.0)
QUICK = Size("quick", 5, 4, 10, 1, 4_000, 200, 2_000, 3, 2_000, 100, 10, 30_000, 5, 1_000, 50, 5.0)
TINY = Size("tiny", 1, 1, 2, 1, 40, 12, 24, 1, 40, 12, 2, 240, 2, 40, 4, 1.0)
SIZES = {each.name: each for each in (FULL, QUICK, TINY)}
