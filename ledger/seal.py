"""Sealing with one key: AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce.

Random nonces are safe for 2**32 bodies under one key (SP 800-38D §8.3); a child has hundreds, a store millions.
"""

import hmac
import os
from hashlib import sha256
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SEAL_1 = b"\x01"
"""The first byte of every sealed body: how it is sealed."""

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16

WRAPPED_BYTES = 1 + NONCE_BYTES + KEY_BYTES + TAG_BYTES
"""Of a key that is sealed under another one."""


class DoesNotOpen(Exception):
    """These bytes were not sealed with this key for this place."""


class Key:
    """A key of 256 bits, which is never shown."""

    __slots__ = ("_cipher", "_digest_key", "_secret")

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._cipher = AESGCM(secret)
        self._digest_key: bytes | None = None

    def seal(self, body: bytes, place: bytes) -> bytes:
        """`place` is not in the sealed bytes, but they open only with the same one."""
        nonce = os.urandom(NONCE_BYTES)
        return SEAL_1 + nonce + self._cipher.encrypt(nonce, body, place)

    def open(self, sealed: bytes, place: bytes) -> bytes:
        if sealed[:1] != SEAL_1 or len(sealed) <= NONCE_BYTES:
            raise DoesNotOpen
        try:
            return self._cipher.decrypt(sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :], place)
        except InvalidTag:
            raise DoesNotOpen from None

    def digest(self, data: bytes) -> bytes:
        """HMAC-SHA-256 under a key derived for that (RFC 5869): one key, one use."""
        if self._digest_key is None:
            derivation = HKDF(SHA256(), KEY_BYTES, salt=None, info=b"zorgspoor digest 1")
            self._digest_key = derivation.derive(self._secret)
        return hmac.digest(self._digest_key, data, sha256)


def place(stream: UUID, version: int, topic: str) -> bytes:
    """Where a body belongs (the associated data). Unambiguous: the first two parts have a fixed length."""
    return stream.bytes + version.to_bytes(8) + topic.encode()
