"""A store of its own for every test, on each engine."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import (
    BasicConstraints,
    CertificateBuilder,
    IPAddress,
    Name,
    NameAttribute,
    SubjectAlternativeName,
    random_serial_number,
)
from cryptography.x509.oid import NameOID

from ledger.store import Store
from tests.ledger.notes import create
from tests.ledger.place import Place, PostgresPlace, SQLitePlace
from tests.postgres import Cluster


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    with create(place.url) as store:
        yield store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Of the log's file, for what is about SQLite's files as such."""
    return SQLitePlace(tmp_path).path


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    with create(SQLitePlace(tmp_path).url) as store:
        yield store


@pytest.fixture
def postgres_place(postgres: Cluster, tmp_path: Path) -> PostgresPlace:
    return PostgresPlace(postgres, tmp_path)


@pytest.fixture
def postgres_store(postgres_place: PostgresPlace) -> Iterator[Store]:
    with create(postgres_place.url) as store:
        yield store


@pytest.fixture(scope="session")
def self_signed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = Name([NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")]), datetime.now(UTC)
    certificate = (
        CertificateBuilder(name, name, key.public_key(), random_serial_number(), now, now + timedelta(days=1))
        .add_extension(SubjectAlternativeName([IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    (folder / "certificate").write_bytes(certificate.public_bytes(Encoding.PEM))
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "key").write_bytes(private)
    return folder / "certificate", folder / "key"
