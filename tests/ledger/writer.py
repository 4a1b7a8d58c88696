"""A program that writes until it is told or made to stop, for tests with several processes.

It prints the position of every append after it was acknowledged.
"""

import sys
from uuid import UUID, uuid4

from ledger.errors import LedgerError, Moved
from ledger.store import Store
from tests.ledger.notes import create, note, reopen


def own_streams(store: Store, times: int) -> None:
    """New children, two facts in one append and then one more."""
    for _ in range(times):
        child = uuid4()
        say(store.save([note(child, 1), note(child, 2)])[-1].position)
        say(store.save([note(child, 3)])[-1].position)


def one_stream(store: Store, times: int, child: UUID) -> None:
    """As many facts as others leave room for, each decided on the version that was read."""
    for _ in range(times):
        version = store.version(child)
        try:
            say(store.save([note(child, version + 1)], unmoved={child: version})[-1].position)
        except Moved:
            say(0)


def batches(store: Store, times: int) -> None:
    """Appends of one to forty facts each, to new children."""
    for number in range(times):
        child, length = uuid4(), number % 40 + 1
        say(store.save([note(child, version) for version in range(1, length + 1)])[-1].position)


def make(url: str) -> None:
    """Say what became of it."""
    try:
        create(url).close()
    except LedgerError as error:
        say(type(error).__name__)
    else:
        say("made")


def until_it_fails(store: Store, limit: int) -> None:
    """Until the disk is full for this program (RLIMIT_FSIZE); says the hint."""
    import resource  # noqa: PLC0415  # not on every system

    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        own_streams(store, 100_000)
    except LedgerError as error:
        say(f"{type(error).__name__}: {error.hint}")


def say(what: object) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2])
        sys.exit()
    with reopen(sys.argv[2]) as opened:
        match sys.argv[1]:
            case "own_streams":
                own_streams(opened, int(sys.argv[3]))
            case "batches":
                batches(opened, int(sys.argv[3]))
            case "one_stream":
                one_stream(opened, int(sys.argv[3]), UUID(sys.argv[4]))
            case "until_it_fails":
                until_it_fails(opened, int(sys.argv[3]))
