"""The service as a process of its own, and what befalls it while many people ask."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from uuid import uuid4

from api.main import App, Settings, build, create
from benchmarks.acknowledged import Outcome, held_to_the_log
from benchmarks.clients import Answer, Clients, Load
from benchmarks.helped import fill_helped
from benchmarks.mix import Whom
from benchmarks.place import PostgresPlace, SQLitePlace
from benchmarks.service import Service, serving

LOCKS = Path("/proc/locks")
SECONDS = 30.0
"""That something may take to become so on a busy machine."""


def until(so: Callable[[], object], seconds: float = SECONDS) -> None:
    """Wait until it is so."""
    end = monotonic() + seconds
    while not so():
        assert monotonic() < end, "it is not so in time"
        sleep(0.02)


def projecting(service: Service) -> int | None:
    """The worker that projects: who holds the lock, as the kernel tells; None: nobody, or somebody who just ended."""
    for file in service.log.parent.glob("zorgspoor-*/projects.lock"):
        inode = file.stat().st_ino
        for line in LOCKS.read_text("utf-8").splitlines():
            if f":{inode} " in line:
                holder = int(line.split()[4])
                return holder if holder in service.workers() else None
    return None


def lives(process: int) -> bool:
    """Whether there is such a process that is no zombie."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text("utf-8")
    except FileNotFoundError:
        return False


@dataclass(frozen=True)
class Town:
    """A service over a store with children whom the made-up persons help."""

    service: Service
    app: App
    whom: Whom

    def asked(self, clients: int, seconds: float, befalls: Callable[[Service], None]) -> tuple[list[Answer], Outcome]:
        """What so many people were told in so many seconds, while that befell the service; held to the log."""
        after = self.app.store.last().position
        with Clients(Load(self.service.port, clients, seconds, 1, self.whom)) as asking:
            befalls(self.service)
            answers = asking.answers()
        return answers, held_to_the_log(self.app, after, answers)


@contextmanager
def town(at: SQLitePlace | PostgresPlace, folder: Path, children: int) -> Iterator[Town]:
    """`folder`: for the log of the service."""
    name = f"t{uuid4().hex[:16]}"
    app = create(Settings(at.url(name)))
    with closing(app.store):
        filled = fill_helped(at, app, name, children)
    with serving(at.url(name), folder, "--rate", "none") as service:
        until(lambda: projecting(service))
        app = build(Settings(at.url(name)))
        with closing(app.store):
            yield Town(service, app, Whom(filled.helped, filled.others))
