"""Making and opening a store in a PostgreSQL database: addresses, races, and what else is in that database."""

import traceback
from pathlib import Path
from uuid import uuid4

import pytest

from ledger.address import Database, address_of
from ledger.errors import NotAStore, StoreAddress, StoreExists, StoreNotFound, StoreUnavailable
from ledger.store import Store
from tests.ledger.notes import FACTS, create, new_child, opened, reopen
from tests.ledger.place import PostgresPlace
from tests.ledger.test_many_processes import assert_whole, writer
from tests.postgres import ROLE

SECRET = "geheim!"


def test_of_processes_that_make_a_store_at_once_one_makes_it(postgres_place: PostgresPlace, tmp_path: Path) -> None:
    """The others are told that it exists, leave no key file behind, and can open it."""
    keys = [tmp_path / f"{each}.key" for each in range(4)]
    urls = [postgres_place.cluster.url(postgres_place.schema, key) for key in keys]
    said = [process.communicate()[0].split() for process in [writer("make", url) for url in urls]]
    assert sorted(said) == [["StoreExists"]] * 3 + [["made"]]
    assert [key.exists() for key in keys] == [each == ["made"] for each in said]
    with reopen(urls[said.index(["made"])]) as store:
        new_child(store)
        assert_whole(store)


def test_stores_of_municipalities_share_a_database_and_nothing_else(postgres_place: PostgresPlace) -> None:
    """Each has its own positions, keys and store key."""
    with create(postgres_place.url) as one, create(postgres_place.another().url) as other:
        child = new_child(one)
        assert [store.last().position for store in (one, other)] == [2, 1]
        assert other.stream(child) == []
        assert new_child(other) != child


def test_an_address_must_say_where_the_store_key_is(postgres_place: PostgresPlace, tmp_path: Path) -> None:
    """Itself or its caller; it is refused before anything is made. There is no beside a database."""
    url = postgres_place.url.partition("&key=")[0]
    with pytest.raises(StoreAddress, match="store key"):
        Store.create(url, facts=FACTS, opened=opened)
    Store.create(url, facts=FACTS, opened=opened, key_file=tmp_path / "elsewhere").close()
    with pytest.raises(StoreAddress, match="store key"):
        Store.open(url, facts=FACTS)
    Store.open(url, facts=FACTS, key_file=tmp_path / "elsewhere").close()


def test_opening_does_not_make_a_store(postgres_place: PostgresPlace) -> None:
    """A mistyped schema leaves nothing behind, nor does a mistyped database."""
    with pytest.raises(StoreNotFound):
        reopen(postgres_place.url)
    assert not postgres_place.cluster.execute("SELECT FROM pg_namespace WHERE nspname = %s", postgres_place.schema)
    with pytest.raises(StoreUnavailable, match="nowhere"):
        reopen(postgres_place.url.replace("/postgres?", "/nowhere?"))


@pytest.mark.parametrize("table", ["other (x int)", "format (x int)", "format (kind text, number int)"])
def test_a_schema_of_something_else_is_left_alone(postgres_place: PostgresPlace, table: str) -> None:
    """Neither opened nor made over."""
    schema = postgres_place.schema
    postgres_place.cluster.execute(f"CREATE SCHEMA {schema} AUTHORIZATION {ROLE}")
    postgres_place.cluster.execute(f"SET ROLE {ROLE}; CREATE TABLE {schema}.{table}")
    with pytest.raises(NotAStore):
        reopen(postgres_place.url)
    with pytest.raises(StoreExists):
        create(postgres_place.url)
    assert not postgres_place.key.exists()


def test_empty_schemas_that_were_prepared_for_it_are_used(postgres_place: PostgresPlace) -> None:
    """A database's owner may let our role make no schemas."""
    for schema in (postgres_place.schema, f"{postgres_place.schema}_keys"):
        postgres_place.cluster.execute(f"CREATE SCHEMA {schema} AUTHORIZATION {ROLE}")
    with create(postgres_place.url) as store:
        new_child(store)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://",
        "postgresql+psycopg://anna@host/",
        "postgresql+psycopg://anna@host/db?schema=Robert'); DROP",
        "postgresql+psycopg://anna@host/db?schema=pg_catalog",
        "postgresql+psycopg://anna@host/db?schema=city_keys",
        "postgresql+psycopg://anna@host/db?key=",
        "postgresql+psycopg://anna@host/db?connections=0",
        "postgresql+psycopg://anna@host/db?connections=many",
        "postgresql+psycopg://anna@host/db?sslmodus=on",
        "postgresql+psycopg://anna@host:port/db",
        "postgresql+psycopg://anna@host/db?schema",
    ],
)
def test_half_an_address_is_refused(url: str) -> None:
    """Without repeating a password that may be in it."""
    with pytest.raises(StoreAddress) as refused:
        address_of(url.replace("anna@", f"anna:{SECRET}@"))
    assert SECRET not in "".join(traceback.format_exception(refused.value))
    assert refused.value.__context__ is None


def test_a_password_is_in_no_error(postgres_place: PostgresPlace) -> None:
    """Nor in what a traceback shows of the address."""
    url = postgres_place.url.replace("@", f":{SECRET}@").replace(str(postgres_place.cluster.port), "1")
    with pytest.raises(StoreUnavailable) as refused:
        reopen(url)
    assert SECRET not in "".join(traceback.format_exception(refused.value))
    assert SECRET not in repr(address_of(url))


@pytest.mark.parametrize(
    ("host", "mode"),
    [
        ("localhost", None),
        ("127.0.0.1:5433", None),
        ("", None),
        ("db.example.org", "verify-full"),
        ("one.example.org:5432,localhost:5432", "verify-full"),
    ],
)
def test_over_a_network_the_server_must_prove_who_it_is(host: str, mode: str | None) -> None:
    """Unless the address says otherwise: libpq by itself goes on without TLS where the server offers none."""
    address = address_of(f"postgresql+psycopg://zorgspoor@{host}/city?key=/k")
    assert isinstance(address, Database)
    assert (f"sslmode={mode}" in address.conninfo) == bool(mode)
    chosen = address_of(f"postgresql+psycopg://zorgspoor@{host}/city?key=/k&sslmode=require")
    assert isinstance(chosen, Database)
    assert "sslmode=require" in chosen.conninfo


def test_a_child_of_one_store_is_unknown_in_another(postgres_place: PostgresPlace) -> None:
    """Opaque ids are made with a secret of the store."""
    with create(postgres_place.url) as one, create(postgres_place.another().url) as other:
        reference = str(uuid4())
        assert one.keys.opaque_id("trajectory", reference) != other.keys.opaque_id("trajectory", reference)
