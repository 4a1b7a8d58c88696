"""What Vault answers, in our own words. Its sentences are looked into and never repeated; nor is a request."""

from http import HTTPStatus

from requests.exceptions import RequestException, SSLError, Timeout

from ledger.errors import LedgerError, StoreUnavailable, WrongKey
from ledger.keyplace import VaultKey

RIGHTS = "Check that the token has not expired, and that its policy lets it use this key (docs/how-to/rotate-keys.md)."
OLDER = "Restore the newest backup of Vault, or name the Vault and the key that belong to this store."
RAISED = "Lower min_decryption_version of the key in Vault, run `zorgspoor keys rotate`, and raise it again."

MEANINGS = {
    "version is too new": ("The {key} is older than the keys of this store", OLDER),
    "too old": ("The {key} no longer decrypts the version that wrapped the keys of this store", RAISED),
    "not found": ("There is no {key}", OLDER),
    "no existing key": ("There is no {key}", OLDER),
    "could not be found": ("There is no {key}", OLDER),
}
"""What Vault's 400 may be about (builtin/logical/transit and sdk/helper/keysutil in its source)."""


def refusal(status: HTTPStatus, text: str, key: VaultKey) -> LedgerError:
    """For an answer that is an error."""
    if status == HTTPStatus.FORBIDDEN:
        return StoreUnavailable(f"Vault does not let us use the {key}.", RIGHTS)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return StoreUnavailable(f"Vault is sealed or stands by: {key}.", "Unseal it, then try again.")
    if status != HTTPStatus.BAD_REQUEST:
        return StoreUnavailable(f"Vault fails: {key}.", "Try again later; if it lasts, look at Vault's log.")
    for part, (sentence, hint) in MEANINGS.items():
        if part in text:
            return WrongKey(f"{sentence.format(key=key)}.", hint)
    return WrongKey(f"The {key} does not open the keys of this store.", OLDER)


def unreachable(error: RequestException, key: VaultKey) -> StoreUnavailable:
    """For no answer at all."""
    if isinstance(error, SSLError):
        return StoreUnavailable(
            f"Vault does not prove who it is: {key}.", "Check its certificate, and name who signed it in VAULT_CACERT."
        )
    why = "does not answer in time" if isinstance(error, Timeout) else "cannot be reached"
    return StoreUnavailable(f"Vault {why}: {key}.", "Check that it runs, and the address of the store key.")
