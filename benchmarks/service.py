"""The service as somebody starts it: `zorgspoor serve`, a process with workers of its own."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from time import monotonic, sleep
from typing import TypeVar

Found = TypeVar("Found")
PROGRAM = Path(sys.executable).with_name("zorgspoor")
READY_SECONDS = 60.0
LAST = 2_000
"""Characters of its log that are told where it does not become ready."""

LISTENS = re.compile(r"running on https?://127\.0\.0\.1:(\d+)")
STARTED = "Application startup complete"
WORKER = b"multiprocessing.spawn"
"""In the command line of a worker, and not of what else its supervisor starts."""


class NotReady(Exception):
    """The service did not become ready, and what it said."""


@dataclass(frozen=True)
class Service:
    """A running service. `log`: the file with what it says on standard error."""

    process: "subprocess.Popen[bytes]"
    log: Path

    @property
    def said(self) -> str:
        return self.log.read_text("utf-8")

    @property
    def port(self) -> int:
        """Where it listens, as it says itself."""
        return int(self._until(lambda: LISTENS.search(self.said))[1])

    def ready(self) -> bool:
        """Whether a worker says that it is."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/health/ready")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def workers(self) -> list[int]:
        """Their process ids; without workers beside it, none. Linux only."""
        own = self.process.pid
        children = Path(f"/proc/{own}/task/{own}/children").read_text("utf-8").split()
        return [int(each) for each in children if _is_worker(each)]

    def wait_until_ready(self, workers: int) -> None:
        """So many workers are there, and each of them answers."""
        self._until(lambda: (self.said.count(STARTED) >= workers and self.ready()) or None)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """As an operator stops it; its exit code."""
        self.process.send_signal(number)
        return self.process.wait(READY_SECONDS)

    def _until(self, found: Callable[[], Found | None]) -> Found:
        until = monotonic() + READY_SECONDS
        while not (result := found()):
            if self.process.poll() is not None or monotonic() > until:
                raise NotReady(self.said[-LAST:])
            sleep(0.02)
        return result


@contextmanager
def serving(url: str, folder: Path, *arguments: object, workers: int = 2) -> Iterator[Service]:
    """A service over this store that is ready, and is stopped in the end. `folder`: for its log and what it notes."""
    command = ["serve", "--store", url, "--port", 0, "--workers", workers, *arguments]
    with started(folder, *command) as service:
        service.wait_until_ready(workers)
        yield service


@contextmanager
def started(folder: Path, *arguments: object) -> Iterator[Service]:
    """`zorgspoor` with these arguments, which is ended in the end, however it went."""
    log = folder / "service.log"
    with log.open("wb") as said:
        process = subprocess.Popen(  # noqa: S603  # our own program
            [PROGRAM, *map(str, arguments)],
            cwd=folder,
            env={"PATH": os.defpath, "TMPDIR": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    try:
        yield Service(process, log)
    finally:
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(READY_SECONDS)
        finally:
            with suppress(ProcessLookupError):  # none is left, as it should be
                os.killpg(process.pid, signal.SIGKILL)


def _is_worker(process: str) -> bool:
    """One that has just ended is none."""
    try:
        return WORKER in Path(f"/proc/{process}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False
