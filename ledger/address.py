"""Where a store is: the files that belong to one address."""

from dataclasses import dataclass
from pathlib import Path

from ledger.errors import StoreAddress

SCHEME = "sqlite:///"


@dataclass(frozen=True, slots=True)
class Files:
    """The log, the wrapped keys (never in the same backup) and the key that wraps them (never with either)."""

    log: Path
    keys: Path
    store_key: Path


def files_of(url: str) -> Files:
    """`sqlite:///` and a path: from the working folder, or with one more slash from the root."""
    path = Path(url.removeprefix(SCHEME))
    if not url.startswith(SCHEME) or not path.name or ":memory:" in url:
        raise StoreAddress(f"{url.partition(':')[0]!r} is no kind of store, or the address names no file.")
    return Files(path, path.with_suffix(".keys.db"), path.with_suffix(".key"))
