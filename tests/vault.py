"""A server that speaks the few endpoints of Vault's transit engine that we use, with real keys, versions and faults.

As Vault does (builtin/logical/transit, sdk/helper/keysutil): a derived key gives each context a key of its own by HKDF,
a key that is not derived ignores the context, and of a batch with errors the answer is 400 with what was wrong in it.
"""

import json
import os
import ssl
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import sleep
from typing import Any, ClassVar, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

TOKEN = "hvs.planted-token-of-vault"


class Refused(Exception):
    """What Vault says is wrong with a request, or with one item of a batch."""


@dataclass
class TransitKey:
    """Versions from 1; `oldest`: min_decryption_version."""

    derived: bool = True
    oldest: int = 1
    versions: list[bytes] = field(default_factory=lambda: [os.urandom(32)])

    def encrypt(self, item: dict[str, str]) -> dict[str, str]:
        version, nonce = len(self.versions), os.urandom(12)
        sealed = self._cipher(version, item).encrypt(nonce, b64decode(item["plaintext"]), None)
        return {"ciphertext": f"vault:v{version}:{b64encode(nonce + sealed).decode()}"}

    def decrypt(self, item: dict[str, str]) -> dict[str, str]:
        _, version, text = item["ciphertext"].split(":")
        number, sealed = int(version[1:]), b64decode(text)
        if number < self.oldest:
            raise Refused("ciphertext or signature version is disallowed by policy (too old)")
        if number > len(self.versions):
            raise Refused("invalid ciphertext: version is too new")
        try:
            opened = self._cipher(number, item).decrypt(sealed[:12], sealed[12:], None)
        except InvalidTag:
            raise Refused("cipher: message authentication failed") from None
        return {"plaintext": b64encode(opened).decode()}

    def rewrap(self, item: dict[str, str]) -> dict[str, str]:
        return self.encrypt(item | self.decrypt(item))

    def _cipher(self, version: int, item: dict[str, str]) -> AESGCM:
        key = self.versions[version - 1]
        if not self.derived:
            return AESGCM(key)
        if not item.get("context"):
            raise Refused("missing 'context' for key derivation; the key was created using a derived key")
        return AESGCM(HKDF(SHA256(), 32, salt=None, info=b64decode(item["context"])).derive(key))


class VaultServer:
    """Keys by name, in the engine mounted at `transit`. `fault`: what every request meets."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.keys = {"zorgspoor": TransitKey()}
        self.token = TOKEN
        self.fault: str | None = None
        self.requests = list[str]()
        self.bodies = list[bytes]()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"vault": self}))
        self._server.daemon_threads = True
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,))

    def address(self, key: str = "zorgspoor") -> str:
        """Of a key, as the address of a store says it."""
        return f"vault+{self.url}/transit/{key}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """The status and the body."""
        engine, action, name, *rest = path.removeprefix("/v1/").split("/")
        key = self.keys.get(name)
        if engine != "transit" or (key is None and method == "GET"):
            return 404, {"errors": []}
        if key is None:
            return 400, {"errors": ["encryption key not found"]}
        if action == "keys":
            return self._of_key(key, method, rest)
        return self._batch(key, action, body["batch_input"])

    def _of_key(self, key: TransitKey, method: str, rest: list[str]) -> tuple[int, dict[str, Any]]:
        if method == "POST" and rest == ["rotate"]:
            key.versions.append(os.urandom(32))
            return 204, {}
        return 200, {"data": {"derived": key.derived, "latest_version": len(key.versions), "supports_encryption": True}}

    def _batch(self, key: TransitKey, action: str, items: list[dict[str, str]]) -> tuple[int, dict[str, Any]]:
        results = list[dict[str, str]]()
        for item in items:
            try:
                results.append(getattr(key, action)(item))
            except Refused as error:
                results.append({"error": str(error)})
        return 400 if any("error" in each for each in results) else 200, {"data": {"batch_results": results}}


FAULTS = {"forbidden": (403, "permission denied"), "sealed": (503, "Vault is sealed"), "broken": (500, "internal")}


class Handler(BaseHTTPRequestHandler):
    """One connection to the server that a subclass names."""

    vault: ClassVar[VaultServer]
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    """Head and body together: apart, each would wait 40 ms for an acknowledgement."""

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def _answer(self, method: str) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.vault.requests.append(f"{method} {self.path}")
        self.vault.bodies.append(content)
        if self.vault.fault == "closed":
            self.connection.close()
            self.close_connection = True
            return
        if self.vault.fault == "slow":
            sleep(1)
        self._send(*self._said(method, json.loads(content or b"{}")))

    def _said(self, method: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if self.vault.fault in FAULTS:
            status, said = FAULTS[self.vault.fault]
            return status, {"errors": [f"{said}: {body}"]}
        if self.headers.get("X-Vault-Token") != self.vault.token:
            return 403, {"errors": ["permission denied"]}
        if self.vault.fault == "redirect":
            return 307, {}
        return self.vault.answer(method, self.path, body)

    def _send(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode() if status != 204 else b""
        self.send_response(status)
        if status == 307:
            self.send_header("Location", self.vault.url.replace("127.0.0.1", "localhost") + self.path)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing on stderr."""
