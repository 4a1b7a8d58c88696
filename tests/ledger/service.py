"""A service that is told what to do line by line, and says what came of it: for what befalls one that runs.

save            record a fact of a new child
room BYTES|-    no file may grow beyond so much (RLIMIT_FSIZE), or any may again
"""

import resource
import sys
from uuid import uuid4

from ledger.errors import LedgerError
from ledger.store import Store
from tests.ledger.notes import note, reopen
from tests.ledger.writer import say


def save(store: Store) -> str:
    try:
        return str(store.save([note(uuid4(), 1)])[0].position)
    except LedgerError as error:
        return f"{type(error).__name__}: {error} {error.hint}"


def room(size: str) -> str:
    limit = resource.RLIM_INFINITY if size == "-" else int(size)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    return "done"


if __name__ == "__main__":
    with reopen(sys.argv[1]) as opened:
        say("ready")
        for line in sys.stdin:
            match line.split():
                case ["save"]:
                    say(save(opened))
                case ["room", size]:
                    say(room(size))
