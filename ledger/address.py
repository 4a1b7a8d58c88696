"""Where a store is: an address, read into what its engine needs. What a password may be in is never shown."""

from dataclasses import dataclass, field
from pathlib import Path
from re import fullmatch
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ledger.errors import StoreAddress
from ledger.keyplace import LOOPBACK, VaultKey, key_place

SQLITE = "sqlite:///"
POSTGRES = ("postgresql+psycopg", "postgresql")

SCHEMA = "zorgspoor"
SCHEMA_NAME = r"[a-z][a-z0-9_]{0,49}"
"""Also as part of the name of a channel and of the keys' schema: PostgreSQL cuts names off after 63 bytes."""

CONNECTIONS = 8
"""For each process, made when they are needed. PostgreSQL's own default is 100 for all."""


@dataclass(frozen=True, slots=True)
class Files:
    """The log, the wrapped keys (never in the same backup) and the key that wraps them (never with either)."""

    log: Path
    keys: Path
    store_key: Path


@dataclass(frozen=True, slots=True)
class Database:
    """A schema of a PostgreSQL database, and where the store key is. `place` names it without a password."""

    conninfo: str = field(repr=False)
    place: str
    schema: str
    store_key: Path | VaultKey | None
    connections: int


def address_of(url: str) -> Files | Database:
    """Raises `StoreAddress`, which repeats nothing of the address but its kind."""
    kind = url.partition(":")[0]
    return database_of(url) if kind in POSTGRES else files_of(url)


def files_of(url: str) -> Files:
    """`sqlite:///` and a path: from the working folder, or with one more slash from the root."""
    path = Path(url.removeprefix(SQLITE))
    if not url.startswith(SQLITE) or not path.name or ":memory:" in url:
        raise StoreAddress(f"{url.partition(':')[0]!r} is no kind of store, or the address names no file.")
    return Files(path, path.with_suffix(".keys.db"), path.with_suffix(".key"))


def database_of(url: str) -> Database:
    """`postgresql+psycopg://user@host:port/database?schema=…&key=…&connections=…`, and whatever else libpq takes."""
    try:
        return _database(url)
    except (ValueError, psycopg.Error):
        pass
    raise StoreAddress("This is no whole address of a PostgreSQL database.")  # outside: its cause may hold a password


def _database(url: str) -> Database:
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    schema, key = options.pop("schema", SCHEMA), options.pop("key", None)
    key = f"vault+{key[6:]}" if key and key.startswith("vault http") else key  # in a query, + stands for a space
    connections = int(options.pop("connections", CONNECTIONS))
    if "," not in parts.netloc:
        parts.port  # noqa: B018  # raises ValueError; libpq would find out when it connects
    rest = parts._replace(scheme="postgresql", query=urlencode(options, quote_via=quote)).geturl()
    settings = conninfo_to_dict(rest)
    if not settings.get("dbname") or not fullmatch(SCHEMA_NAME, schema) or connections < 1:
        raise ValueError
    if schema.startswith("pg_") or schema.endswith(("_keys", "_read")) or key == "":
        raise ValueError
    hosts = str(settings.get("host") or "")
    if any(host not in LOOPBACK and host[:1] != "/" for host in hosts.split(",") if host):
        # Elsewhere the network is not ours: TLS, and the server must be who it says, unless the address says otherwise.
        settings.setdefault("sslmode", "verify-full")
    if "," in hosts:
        # Of several servers the one that takes appends: after a fail-over that is another one.
        settings.setdefault("target_session_attrs", "primary")
    place = f"schema {schema} of {hosts or 'this machine'}, database {settings['dbname']}"
    return Database(make_conninfo("", **settings), place, schema, key_place(key) if key else None, connections)
