"""Where a store key is: in a file, or in Vault. Vault's client is loaded only for who uses it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from re import fullmatch
from urllib.parse import urlsplit

from ledger.errors import StoreAddress, StoreUnavailable
from ledger.keyfile import KeyFile
from ledger.storekey import StoreKey

IN_VAULT = "vault+"
ADDRESS = r"vault\+https?://(?:[\w.-]+|\[[0-9a-f:]+\])(?::[0-9]{1,5})?/((?:\w[\w.-]*/)+)(\w[\w.-]*)"
"""No user, password, query or fragment: none of these means anything to Vault."""

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
SECONDS = 10.0
"""For an answer of Vault; it wraps or unwraps 500 keys in well under one."""

VAULT_ADDRESS = "Write vault+https://host:8200/transit/name: the mount of the transit engine, and the name of the key."


@dataclass(frozen=True, slots=True)
class VaultKey:
    """A key of a transit engine. Nothing in it is secret."""

    url: str
    mount: str
    name: str

    def __str__(self) -> str:
        return f"key {self.name} of {self.mount} in Vault at {self.url}"


@dataclass(frozen=True, slots=True)
class VaultAccess:
    """How Vault lets us in. The token is asked for again when it is refused: an agent renews the file it stands in.

    `authorities`: a file with the certificates that sign Vault's own, where the system does not know them.
    """

    token: Callable[[], str] = field(repr=False)
    authorities: Path | None = None
    seconds: float = SECONDS


def key_place(text: str) -> Path | VaultKey:
    """Raises `StoreAddress`, which repeats nothing of an address of Vault: a password may be in it by mistake."""
    if not text.startswith(IN_VAULT):
        return Path(text)
    path = fullmatch(ADDRESS, text)
    if path is None:
        raise StoreAddress("This is no whole address of a key in Vault.", VAULT_ADDRESS)
    parts = urlsplit(text.removeprefix(IN_VAULT))
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise StoreAddress("Vault is spoken to over TLS; plain http only on this machine itself.", VAULT_ADDRESS)
    return VaultKey(f"{parts.scheme}://{parts.netloc}", path[1].rstrip("/"), path[2])


def token_in(file: Path) -> str:
    """What an agent of Vault put there."""
    try:
        return file.read_text("ascii").strip()
    except (OSError, UnicodeError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or "it is no token"
    raise StoreUnavailable(f"The token for Vault in {file} cannot be read: {why}.", "See to the agent that writes it.")


def open_store_key(place: Path | VaultKey, access: VaultAccess | None) -> StoreKey:
    """Raises `KeyFileMissing`, `KeyFileExposed`, `WrongKey`, and for Vault `StoreAddress` without a token."""
    return KeyFile(place) if isinstance(place, Path) else _in_vault(place, access, new=False)


def make_store_key(place: Path | VaultKey, access: VaultAccess | None) -> StoreKey:
    """A new file; in Vault, who may make keys has made one, and it is looked at whether it will do."""
    return KeyFile.create(place) if isinstance(place, Path) else _in_vault(place, access, new=True)


def _in_vault(key: VaultKey, access: VaultAccess | None, *, new: bool) -> StoreKey:
    if access is None:
        raise StoreAddress(
            "There is no token for Vault.", "Set ZORGSPOOR_VAULT_TOKEN_FILE to a file with one, or VAULT_TOKEN."
        )
    try:
        from ledger.vault import VaultTransit  # noqa: PLC0415  # its client is an extra that few installations have
    except ImportError:
        raise StoreUnavailable(
            "The client of Vault is not installed.", "Install Zorgspoor with its extra `vault`."
        ) from None
    return VaultTransit.create(key, access) if new else VaultTransit(key, access)
