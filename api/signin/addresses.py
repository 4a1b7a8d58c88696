"""Addresses that signing in may go through: encrypted, or of this very machine (OpenID Connect Core §16.17)."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

PLAIN = re.compile(r"[\x21-\x5b\x5d-\x7e]+")
"""Printable ASCII without spaces and backslashes, which readers of addresses understand in different ways."""

PORTS = {"https": 443, "http": 80}


def is_safe(address: str) -> bool:
    """Whether this is https, or http on loopback, and names nobody's password and no part of a page."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not PLAIN.fullmatch(address) or not host or "@" in parts.netloc or "#" in address:
        return False
    return parts.scheme == "https" or is_local(address)


def is_local(address: str) -> bool:
    """Whether this is http on loopback (RFC 8252 §8.3)."""
    parts = urlsplit(address)
    return parts.scheme == "http" and _is_loopback(parts.hostname or "")


def origin_of(address: str) -> str:
    """As browsers write it in `Origin` (RFC 6454 §6.2): in small letters, without the port that goes without saying."""
    parts = urlsplit(address)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = "" if parts.port in (None, PORTS.get(parts.scheme)) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
