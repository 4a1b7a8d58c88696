"""A store key in a file that only its owner can read.

The first line is the store key. While the store gets a new one, and only then, there is a second line with the key
before it, which only unwraps. Which of them wraps is not for the file to say but for the store: its `check` is wrapped
by it.
"""

import os
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_IMODE

from ledger.errors import KeyFileExposed, KeyFileMissing, StoreUnavailable, WrongKey
from ledger.filelock import LockedFile
from ledger.seal import KEY_BYTES, DoesNotOpen, Key
from ledger.sqlitefile import private_file, sync_folder
from ledger.storekey import Bound

HEADER = b"zorgspoor-store-key-1:"
NAME_BYTES = 16

Secrets = tuple[bytes, ...]


class KeyFile:
    """What the file held when it was last read. Where that does not open something the file is read again, and kept in
    memory if it does: a wrong file that somebody puts there does no harm to a service that runs.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._keys = _keys(_read(path))

    @classmethod
    def create(cls, path: Path) -> "KeyFile":
        """Private from its first moment (O_EXCL, 0600) and on disk before any key depends on it."""
        with os.fdopen(private_file(path), "wb") as file:
            file.write(_content((os.urandom(KEY_BYTES),)))
            file.flush()
            os.fsync(file.fileno())
        sync_folder(path.parent)
        return cls(path)

    def wrap(self, keys: Sequence[Bound], like: Bound | None = None) -> list[bytes]:
        """Without `like`: by the first key."""
        key = self._opening(like)[0] if like else self._keys[0]
        return [key.seal(each, context) for each, context in keys]

    def unwrap(self, wrapped: Sequence[Bound]) -> list[bytes]:
        return [self._opening(each)[1] for each in wrapped]

    def refuse_if_gone(self) -> None:
        _read(self.path)

    def is_retired(self, names: bytes) -> bool:
        known = {names[at : at + NAME_BYTES] for at in range(0, len(names), NAME_BYTES)}
        return any(_name(key) in known for key in self._keys)

    @contextmanager
    def succeeded(self, check: Bound, wrapped: Iterable[bytes]) -> Iterator["FileSuccessor"]:
        """`wrapped` is not needed: the file itself says whether a rotation did not finish."""
        del wrapped
        with LockedFile(self.path) as file:
            before = _read(self.path)
            _opening(_keys(before), check, self.path)
            secrets = before if len(before) > 1 else (os.urandom(KEY_BYTES), *before)
            if secrets != before:
                file.replace(_content(secrets))
            yield FileSuccessor(self.path, file, secrets, resumed=secrets == before)

    def _opening(self, wrapped: Bound) -> tuple[Key, bytes]:
        try:
            return _opening(self._keys, wrapped, self.path)
        except WrongKey:
            again = _keys(_read(self.path))
        opened = _opening(again, wrapped, self.path)
        self._keys = again
        return opened


class FileSuccessor:
    """The first key of a file that holds two, and that nobody else can replace meanwhile."""

    def __init__(self, path: Path, file: LockedFile, secrets: Secrets, *, resumed: bool) -> None:
        self.resumed = resumed
        self._path = path
        self._file = file
        self._secrets = secrets
        self._keys = _keys(secrets)
        self.retires = b"".join(_name(key) for key in self._keys[1:])

    def has_wrapped(self, wrapped: Bound) -> bool:
        with suppress(DoesNotOpen):
            self._keys[0].open(*wrapped)
            return True
        return False

    def rewrap(self, wrapped: Sequence[Bound]) -> list[bytes]:
        opened = [(_opening(self._keys, each, self._path)[1], each[1]) for each in wrapped]
        return [self._keys[0].seal(key, context) for key, context in opened]

    def finish(self) -> None:
        self._file.replace(_content(self._secrets[:1]))


def _opening(keys: Sequence[Key], wrapped: Bound, path: Path) -> tuple[Key, bytes]:
    for key in keys:
        with suppress(DoesNotOpen):
            return key, key.open(*wrapped)
    raise WrongKey(f"{path} does not open the keys of this store.")


def _name(key: Key) -> bytes:
    """Tells keys apart and says nothing of them: an HMAC under a key that is derived from it."""
    return key.digest(b"the name of a store key")[:NAME_BYTES]


def _keys(secrets: Secrets) -> tuple[Key, ...]:
    return tuple(Key(secret) for secret in secrets)


def _content(secrets: Secrets) -> bytes:
    return b"".join(HEADER + b64encode(secret) + b"\n" for secret in secrets)


def _read(path: Path) -> Secrets:
    try:
        with path.open("rb") as file:
            if S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                raise KeyFileExposed(f"{path} can be read by others than its owner.")
            content = file.read(1024)
    except FileNotFoundError:
        raise KeyFileMissing(f"{path} is not there.") from None
    except OSError as error:
        raise StoreUnavailable(f"{path} cannot be read: {error.strerror}.") from error
    secrets = tuple(_secret(line) for line in content.strip().split(b"\n"))
    if b"" in secrets:
        raise WrongKey(f"{path} is not a key file of Zorgspoor.")
    return secrets


def _secret(line: bytes) -> bytes:
    """Nothing, if the line is none of ours."""
    try:
        secret = b64decode(line.removeprefix(HEADER).strip(), validate=True)
    except ValueError:
        return b""
    return secret if line.startswith(HEADER) and len(secret) == KEY_BYTES else b""
