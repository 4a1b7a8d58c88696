"""How everything is measured: contenders side by side in one run, interleaved, five rounds or more, medians quoted."""

import os
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Rate:
    """Operations per second over the rounds."""

    median: float
    least: float
    most: float

    def __str__(self) -> str:
        return f"{self.median:,.0f} ({self.least:,.0f}-{self.most:,.0f})"


def rates(contenders: Mapping[str, Callable[[], int]], rounds: int = ROUNDS) -> dict[str, Rate]:
    """Run every contender once in each round, in turn. Each does its work and says how many operations it was."""
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for name, run in contenders.items():
        run()
        found[name].clear()
    for _ in range(rounds):
        for name, run in contenders.items():
            began = time.perf_counter()
            operations = run()
            found[name].append(operations / (time.perf_counter() - began))
    return {name: Rate(median(each), min(each), max(each)) for name, each in found.items()}


def fdatasyncs(seconds: float = 1.0) -> float:
    """Durable writes of 4 KiB per second on this disk: disks are shared and drift, so every table says this too."""
    with tempfile.TemporaryFile() as file:
        count, until = 0, time.perf_counter() + seconds
        while time.perf_counter() < until:
            os.pwrite(file.fileno(), b"x" * 4096, 0)
            os.fdatasync(file.fileno())
            count += 1
    return count / seconds
