"""A program with many readers of one child at once, who look until its input ends; it says what they saw.

Each reader is a professional of the team who asks for the sessions, which consent must allow.
"""

import json
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from api.look import Busy, Seen
from api.main import App, Settings, build
from ledger.errors import StoreUnavailable
from tests.api.given import see
from tests.conftest import Clock
from tests.examples import COACH


def read(app: App, until: Event) -> Counter[str]:
    """Look again and again; what became of it."""
    outcomes = Counter[str]()
    while not until.is_set():
        try:
            outcome = see(app, COACH, categories=("session",))
        except (Busy, StoreUnavailable):
            outcomes["busy"] += 1
        else:
            outcomes["seen" if isinstance(outcome, Seen) else "refused"] += 1
    return outcomes


def main(store: str, readers: int) -> None:
    app, until = build(Settings(store), Clock()), Event()
    with ThreadPoolExecutor(readers) as threads:
        reading = [threads.submit(read, app, until) for _ in range(readers)]
        sys.stdin.read()
        until.set()
        outcomes = sum((each.result() for each in reading), Counter[str]())
    app.store.close()
    sys.stdout.write(json.dumps(outcomes))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
