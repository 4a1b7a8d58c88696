"""What an issuer says of itself (OpenID Connect Discovery §4), and its keys (RFC 7517)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64decode
from pydantic import BaseModel, ConfigDict, ValidationError

from api.signin.addresses import is_local, is_safe
from api.signin.line import Unreachable

KINDS: Mapping[str, tuple[type[RSAKey | ECKey | OKPKey], tuple[str, ...]]] = {
    "RSA": (RSAKey, ("n", "e")),
    "EC": (ECKey, ("crv", "x", "y")),
    "OKP": (OKPKey, ("crv", "x")),
}
"""Keys that can be shown to everybody, and the members that are read of them: no private part, no shared secret."""

LEAST_BITS = 2048
"""Of an RSA key (RFC 7518 §3.3)."""

MOST_KEYS = 100


class Metadata(BaseModel):
    """The part that we use."""

    model_config = ConfigDict(frozen=True)

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """`kid`, `alg`: where the issuer says which key this is, and for what."""

    kid: str | None
    alg: str | None
    key: Key

    def fits(self, kid: str | None, alg: str) -> bool:
        """Whether a token that names this key, or none, may have been signed with it in this way."""
        if kid not in (None, self.kid) or self.alg not in (None, alg):
            return False
        try:
            JWSRegistry.algorithms[alg].check_key(self.key)
        except JoseError:
            return False
        return True


def modern(alg: str) -> str:
    """EdDSA by the name that says its curve (RFC 9864 §2.2)."""
    return "Ed25519" if alg == "EdDSA" else alg


def metadata_in(document: Mapping[str, Any], issuer: str) -> Metadata:
    """Raises `Unreachable`: it speaks of another issuer (RFC 8414 §3.3), or of an address that is not safe."""
    try:
        found = Metadata.model_validate(document)
    except ValidationError:
        raise Unreachable from None
    addresses = (found.authorization_endpoint, found.token_endpoint, found.jwks_uri)
    safe = all(is_safe(each) and (is_local(issuer) or not is_local(each)) for each in addresses)
    if found.issuer != issuer or not safe:
        raise Unreachable
    return found


def keys_in(document: Mapping[str, Any]) -> tuple[IssuerKey, ...]:
    """The keys that sign; those that we do not understand are passed over (RFC 7517 §5). Raises `Unreachable`."""
    listed = document.get("keys")
    if not isinstance(listed, list) or len(listed) > MOST_KEYS:
        raise Unreachable
    return tuple(_read(each for each in listed if isinstance(each, dict)))


def _read(listed: Iterable[dict[str, Any]]) -> Iterable[IssuerKey]:
    for each in listed:
        operations = each.get("key_ops", ["verify"])
        if each.get("use", "sig") != "sig" or not isinstance(operations, list) or "verify" not in operations:
            continue
        if key := _key(each):
            alg, kid = each.get("alg"), each.get("kid")
            yield IssuerKey(kid if isinstance(kid, str) else None, modern(alg) if isinstance(alg, str) else None, key)


def _key(said: dict[str, Any]) -> Key | None:
    kind, members = KINDS.get(str(said.get("kty")), (None, ()))
    parts: dict[str, str | list[str]] = {name: said[name] for name in members if isinstance(said.get(name), str)}
    if kind is None or len(parts) < len(members):
        return None
    try:
        if kind is RSAKey and int.from_bytes(urlsafe_b64decode(said["n"].encode())).bit_length() < LEAST_BITS:
            return None
        return kind.import_key({"kty": kind.key_type, **parts})
    except (JoseError, ValueError, KeyError, UnsupportedAlgorithm):
        return None
