"""A file that one program at a time replaces. The kernel lets go of its lock when the program ends, however it ends."""

import fcntl
import os
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from ledger.errors import RotationRuns, StoreUnavailable
from ledger.sqlitefile import private_file, sync_folder

UNFINISHED = ".next"
"""What is added to the name of a file while it is written; what a killed program left there is removed."""


class LockedFile:
    """Whatever file has this name is locked, also each that follows: a lock (flock) belongs to a file, not a name."""

    def __init__(self, path: Path) -> None:
        self._path = path.resolve()
        self._locked = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            undo.callback(self._locked.close)
            try:
                while not self._lock():
                    pass  # it was replaced between opening and locking
            except OSError as error:
                raise StoreUnavailable(f"{self._path} cannot be locked: {error.strerror}.") from error
            undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._locked.close()

    def replace(self, content: bytes) -> None:
        """Whole or not at all, on disk when it returns, with the rights and the owner of the file before it."""
        following = self._path.with_name(self._path.name + UNFINISHED)
        try:
            following.unlink(missing_ok=True)
            self._write(following, content)
            following.replace(self._path)
            sync_folder(self._path.parent)
        except OSError as error:
            raise StoreUnavailable(f"{self._path} cannot be replaced: {error.strerror}.") from error

    def _lock(self) -> bool:
        descriptor = os.open(self._path, os.O_RDONLY)
        self._locked.callback(os.close, descriptor)
        take(descriptor, f"{self._path} is about to be replaced by another program.")
        return os.path.samestat(os.fstat(descriptor), self._path.stat())

    def _write(self, following: Path, content: bytes) -> None:
        before = self._path.stat()
        descriptor = private_file(following)
        self._locked.callback(os.close, descriptor)
        take(descriptor, f"{following} is written by another program.")
        made = os.fstat(descriptor)
        if (before.st_uid, before.st_gid) != (made.st_uid, made.st_gid):
            os.fchown(descriptor, before.st_uid, before.st_gid)
        os.write(descriptor, content)
        os.fsync(descriptor)


def take(descriptor: int, otherwise: str) -> None:
    """Raises `RotationRuns`, without waiting, if somebody has the lock."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise RotationRuns(otherwise) from None
