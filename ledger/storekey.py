"""The key over all keys, behind a small port: a file beside the store here, a key management service in production."""

import os
from base64 import b64decode, b64encode
from pathlib import Path
from stat import S_IMODE
from typing import Protocol

from ledger.errors import KeyFileExposed, KeyFileMissing, StoreUnavailable, WrongKey
from ledger.seal import KEY_BYTES, DoesNotOpen, Key
from ledger.sqlitefile import private_file, sync_folder

HEADER = b"zorgspoor-store-key-1:"


class StoreKey(Protocol):
    """Wraps keys, so that they can be kept. `context` says which key it is; another one does not unwrap it."""

    def wrap(self, key: bytes, context: bytes) -> bytes: ...

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Raises `WrongKey` for bytes that were wrapped by another key or for another context."""
        ...


class KeyFile:
    """A store key in a file that only its owner can read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._key = Key(_secret(_read(path), path))

    @classmethod
    def create(cls, path: Path) -> "KeyFile":
        """Private from its first moment (O_EXCL, 0600) and on disk before any key depends on it."""
        with os.fdopen(private_file(path), "wb") as file:
            file.write(HEADER + b64encode(os.urandom(KEY_BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        sync_folder(path.parent)
        return cls(path)

    def wrap(self, key: bytes, context: bytes) -> bytes:
        return self._key.seal(key, context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        try:
            return self._key.open(wrapped, context)
        except DoesNotOpen:
            raise WrongKey(f"{self.path} does not open the keys of this store.") from None


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            if S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                raise KeyFileExposed(f"{path} can be read by others than its owner.")
            return file.read(1024)
    except FileNotFoundError:
        raise KeyFileMissing(f"{path} is not there.") from None
    except OSError as error:
        raise StoreUnavailable(f"{path} cannot be read: {error.strerror}.") from error


def _secret(content: bytes, path: Path) -> bytes:
    try:
        secret = b64decode(content.removeprefix(HEADER).strip(), validate=True)
    except ValueError:
        secret = b""
    if not content.startswith(HEADER) or len(secret) != KEY_BYTES:
        raise WrongKey(f"{path} is not a key file of Zorgspoor.")
    return secret
