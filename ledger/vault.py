"""A store key that never leaves HashiCorp Vault (or OpenBao): its transit engine wraps and unwraps.

The transit key must be *derived*: each context (which key of which stream it is) gets an encryption key of its own, so
that a wrapped key opens for no other stream. Vault can instead bind associated data, but its rewrap endpoint, which
gives back no key in the clear, knows of contexts only in the client that we use (hvac 2.4: `rewrap_data`). Without
`derived` Vault ignores a context, so such a key is refused; that can never change later ("The values set here cannot be
changed after key creation", API documentation of transit, Create key).

Vault prefixes what it wraps with the version of its key, `vault:v3:`. Here it is filled up with zeros to one length for
all versions, so that one wrapping replaces another in place, and a tombstone hides either.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from re import fullmatch
from typing import Any, Self, cast

from hvac.adapters import JSONAdapter
from hvac.api.secrets_engines import Transit
from hvac.exceptions import Forbidden, InvalidPath, VaultError
from requests import Session
from requests.exceptions import ConnectionError as NotConnected
from requests.exceptions import RequestException, SSLError, Timeout

from ledger.errors import LedgerError, StoreUnavailable, WrongKey
from ledger.keyplace import VaultAccess, VaultKey
from ledger.storekey import Bound
from ledger.vaulterrors import refusal, unreachable

BATCH = 500
"""Keys in one request."""

LENGTH = 96
"""Of a wrapped key: `vault:v1:` with 60 bytes in base64 is 89, and there is room for versions of eight digits."""

WRAPPED = rb"vault:v([1-9][0-9]*):[A-Za-z0-9+/]+={0,2}\0*"


class VaultTransit:
    """One round trip for up to 500 keys."""

    def __init__(self, key: VaultKey, access: VaultAccess) -> None:
        self._key = key
        self._access = access
        session = Session()
        session.trust_env = False  # no proxy, no .netrc, no other authorities than those we were told
        session.verify = str(access.authorities) if access.authorities else True
        self._adapter = JSONAdapter(
            key.url, access.token(), session=session, timeout=access.seconds, allow_redirects=False
        )
        self._transit = Transit(self._adapter)

    @classmethod
    def create(cls, key: VaultKey, access: VaultAccess) -> Self:
        """For a new store. Raises `WrongKey` if the key is not there or not derived."""
        made = cls(key, access)
        said = made._ask("read_key")
        if said.get("derived") is not True or said.get("supports_encryption") is False:
            raise WrongKey(f"The {key} does not keep apart what it wraps.", _how_to_make(key))
        return made

    def wrap(self, keys: Sequence[Bound], like: Bound | None = None) -> list[bytes]:
        """By the latest version, which is the one that wrapped `like` or a later one."""
        items = [{"plaintext": _text(each), "context": _text(context)} for each, context in keys]
        return self._wrapped("encrypt_data", items, version(like[0]) if like else 1)

    def unwrap(self, wrapped: Sequence[Bound]) -> list[bytes]:
        return [b64decode(text) for text in self._batches("decrypt_data", _ciphertexts(wrapped), "plaintext")]

    def refuse_if_gone(self) -> None:
        """It is asked each time that something is unwrapped."""

    def is_retired(self, names: bytes) -> bool:
        """Vault tells versions apart by itself."""
        return False

    @contextmanager
    def succeeded(self, check: Bound, wrapped: Iterable[bytes]) -> Iterator["VaultSuccessor"]:
        """Keys of an earlier version than the store's own are left by a rotation that did not finish."""
        target = version(check[0])
        unfinished = any(version(each) < target for each in wrapped)
        if not unfinished:
            self._ask("rotate_key")
            target = version(self.rewrap([check], target + 1)[0])
        yield VaultSuccessor(self, target, resumed=unfinished)

    def rewrap(self, wrapped: Sequence[Bound], least: int) -> list[bytes]:
        """By the latest version; no key comes here in the clear."""
        return self._wrapped("rewrap_data", _ciphertexts(wrapped), least)

    def _wrapped(self, endpoint: str, items: Sequence[dict[str, str]], least: int) -> list[bytes]:
        wrapped = [text.encode("ascii").ljust(LENGTH, b"\0") for text in self._batches(endpoint, items, "ciphertext")]
        if any(version(each) < least for each in wrapped):
            raise StoreUnavailable(f"An older version of the {self._key} answers.", "A server of Vault lags behind.")
        return wrapped

    def _batches(self, endpoint: str, items: Sequence[dict[str, str]], wanted: str) -> list[str]:
        batches = [items[at : at + BATCH] for at in range(0, len(items), BATCH)]
        return [each for batch in batches for each in self._batch(endpoint, batch, wanted)]

    def _batch(self, endpoint: str, batch: Sequence[dict[str, str]], wanted: str) -> list[str]:
        results = self._ask(endpoint, "", batch_input=batch).get("batch_results", [])
        if errors := [str(each["error"]) for each in results if each.get("error")]:
            raise refusal(HTTPStatus.BAD_REQUEST, " ".join(errors), self._key)
        if len(results) != len(batch) or not all(each.get(wanted) for each in results):
            raise StoreUnavailable(f"This is no answer of Vault: {self._key}.", "Check the address of the store key.")
        return [str(each[wanted]) for each in results]

    def _ask(self, endpoint: str, *values: str, **named: Any) -> dict[str, Any]:
        """Errors are raised outside of handlers: those of the client hold the request, and so the token."""
        refused: LedgerError | None = None
        for _ in range(2):
            try:
                answer = getattr(self._transit, endpoint)(self._key.name, *values, mount_point=self._key.mount, **named)
            except (VaultError, RequestException) as error:
                refused = _said(error, self._key)
                again = self._may_help(error)
            else:
                return _data(answer, self._key)
            if not again:
                break
        assert refused
        raise refused

    def _may_help(self, error: Exception) -> bool:
        """To ask once more: with a renewed token, or on a new connection where an idle one was closed."""
        if isinstance(error, Forbidden):
            before, self._adapter.token = self._adapter.token, self._access.token()
            return bool(before != self._adapter.token)
        return isinstance(error, NotConnected) and not isinstance(error, Timeout | SSLError)


class VaultSuccessor:
    """The latest version of a key. The older ones stay in Vault, until who may says from which on it decrypts."""

    retires = b""

    def __init__(self, key: VaultTransit, target: int, *, resumed: bool) -> None:
        self.resumed = resumed
        self._key = key
        self._target = target

    def has_wrapped(self, wrapped: Bound) -> bool:
        return version(wrapped[0]) >= self._target

    def rewrap(self, wrapped: Sequence[Bound]) -> list[bytes]:
        return self._key.rewrap(wrapped, self._target)

    def finish(self) -> None:
        """Nothing: `min_decryption_version` is the operator's, as it also ends what backups of the keys need."""


def version(wrapped: bytes) -> int:
    """Of the key that wrapped it. Raises `WrongKey` for what Vault did not wrap."""
    found = fullmatch(WRAPPED, wrapped)
    if found is None:
        raise WrongKey("These keys were not wrapped by Vault.")
    return int(found[1])


def _ciphertexts(wrapped: Sequence[Bound]) -> list[dict[str, str]]:
    for each, _ in wrapped:
        version(each)
    return [{"ciphertext": each.rstrip(b"\0").decode(), "context": _text(context)} for each, context in wrapped]


def _text(content: bytes) -> str:
    return b64encode(content).decode()


def _said(error: Exception, key: VaultKey) -> LedgerError:
    if isinstance(error, RequestException):
        return unreachable(error, key)
    if isinstance(error, InvalidPath):
        return WrongKey(f"There is no {key}.", _how_to_make(key))
    status = STATUS.get(type(error).__name__, HTTPStatus.INTERNAL_SERVER_ERROR)
    return refusal(status, str(getattr(error, "text", "")), key)


STATUS = {
    "InvalidRequest": HTTPStatus.BAD_REQUEST,
    "Unauthorized": HTTPStatus.FORBIDDEN,
    "Forbidden": HTTPStatus.FORBIDDEN,
    "VaultDown": HTTPStatus.SERVICE_UNAVAILABLE,
}
"""hvac keeps no status, only a class for each."""


def _data(answer: Any, key: VaultKey) -> dict[str, Any]:
    """A dict is what answers 200. Vault says 204 to a rotation; a redirect is not followed, as the token would be."""
    if isinstance(answer, dict):
        return cast(dict[str, Any], answer.get("data") or {})
    if answer.status_code == HTTPStatus.NO_CONTENT:
        return {}
    raise StoreUnavailable(f"Another server is to be asked, or this is not Vault: {key}.", "Name the active server.")


def _how_to_make(key: VaultKey) -> str:
    return f"Who may make keys in Vault runs: vault write -f {key.mount}/keys/{key.name} derived=true"
