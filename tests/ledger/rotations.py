"""What tests of a new store key look at: which key of which file opens what; and a program that rotates until it dies.

The program kills itself (SIGKILL) at a line of the ledger's code, counted from the start of the rotation; it prints how
many lines there were if it came to the end.
"""

import os
import signal
import sys
from base64 import b64decode
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

from ledger import rotation
from ledger.keyfile import HEADER
from ledger.rotation import STORE, Rotated, bound_store_key, bound_stream_key
from ledger.seal import DoesNotOpen, Key
from ledger.store import Store
from tests.ledger.notes import reopen
from tests.ledger.place import Place

LEDGER = str(Path(rotation.__file__).parent)


def secrets_in(file: Path) -> list[bytes]:
    """The keys of a key file, the first one first."""
    return [b64decode(line.removeprefix(HEADER)) for line in file.read_bytes().split()]


def rotate(store: Store) -> Rotated:
    return store.keys.rotate(lambda rotated: None)


def opened_by(secrets: Iterable[bytes], store: Store, place: Place) -> int:
    """How many wrapped keys one of these opens: of the store, and of its streams."""
    named = store.keys._table.named()
    bound = [bound_store_key(name, named[name]) for name in STORE]
    bound += [bound_stream_key(*each) for each in place.wrapped_keys().items()]
    return sum(_opens(Key(secret), *each) for secret in secrets for each in bound)


def _opens(key: Key, wrapped: bytes, context: bytes) -> bool:
    with suppress(DoesNotOpen):
        return bool(key.open(wrapped, context))
    return False


def dying(line: int) -> Any:
    """A trace function that kills this process at so many lines of the ledger; `lines` says how many there were."""
    lines = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal lines
        if not frame.f_code.co_filename.startswith(LEDGER):
            return None
        if event == "line":
            lines += 1
            if lines == line:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    return trace, lambda: lines


def main(url: str, line: int) -> None:
    rotation.BATCH = 50
    with reopen(url) as store:
        trace, lines = dying(line)
        sys.stdout.write("begins\n")
        sys.stdout.flush()
        if line:
            sys.settrace(trace)
        rotate(store)
        sys.settrace(None)
    sys.stdout.write(f"{lines()}\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
