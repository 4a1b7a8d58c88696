"""docs/how-to/deploy-postgresql.md: its commands, run on a cluster of their own, do what it says they do."""

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from ledger.errors import StoreUnavailable
from ledger.postgresschema import LOCK, channel
from ledger.store import Store
from tests.conftest import CommandLine
from tests.ledger.notes import FACTS, create, new_child, reopen
from tests.postgres import Cluster

PAGE = (Path(__file__).parents[2] / "docs/how-to/deploy-postgresql.md").read_text("utf-8")
ONCE, IN_IT, FOR_EACH, OWNER = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)
MUNICIPALITIES = [f"gm{number:04}" for number in range(363, 373)]

COORDINATOR = '{"id": "co-1", "role": "coordinator", "organisation": "GM0363"}'


@pytest.fixture
def cluster(postgres: Cluster) -> Iterator[Cluster]:
    """With the database of the page, and all municipalities in it."""
    for line in ONCE.splitlines():
        postgres.execute(line)
    in_it(postgres, IN_IT)
    for each in MUNICIPALITIES:
        in_it(postgres, FOR_EACH.replace("gm0363", each))
    yield postgres
    postgres.execute("DROP DATABASE zorgspoor WITH (FORCE)")
    for (role,) in postgres.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE 'gm%'"):
        postgres.execute(f"DROP ROLE {role}")


def in_it(cluster: Cluster, script: str, role: str = "postgres") -> list[tuple[object, ...]]:
    with psycopg.connect(
        cluster.dsn(role).replace("dbname=postgres", "dbname=zorgspoor"), autocommit=True
    ) as connection:
        cursor = connection.execute(script)
        return cursor.fetchall() if cursor.description else []


def address(cluster: Cluster, each: str, folder: Path) -> str:
    return f"postgresql+psycopg://{each}@127.0.0.1:{cluster.port}/zorgspoor?schema={each}&key={folder / each}.key"


@pytest.mark.timeout(120)
def test_one_command_makes_the_store_of_each_municipality(cluster: Cluster, cli: CommandLine, tmp_path: Path) -> None:
    """In its own schemas, with its own key; and a role reads nobody else's."""
    for each in MUNICIPALITIES:
        done = cli("init", "--store", address(cluster, each, tmp_path))
        assert (done.code, done.out[:11], done.err) == (0, "made store ", "")
        listed = cli("caseload", "--as", COORDINATOR, "--store", address(cluster, each, tmp_path))
        assert (listed.code, listed.err) == (0, "")
    assert len({(tmp_path / f"{each}.key").read_bytes() for each in MUNICIPALITIES}) == 10
    tables = ("facts", "keys_destroyed"), ("stream_keys", "store_keys"), ("generation", "caseload_1")
    schemas = zip(("gm0364", "gm0364_keys", "gm0364_read"), tables, strict=True)
    for table in (f"{schema}.{table}" for schema, names in schemas for table in names):
        for statement in ("TABLE", "TRUNCATE"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                in_it(cluster, f"{statement} {table}", "gm0363")
    with pytest.raises(StoreUnavailable, match="does not let its user"):
        reopen(address(cluster, "gm0364", tmp_path).replace("//gm0364@", "//gm0363@"))
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        in_it(cluster, "SELECT 1", "zorgspoor")


def test_stores_of_one_database_neither_see_nor_lock_nor_wake_each_other(cluster: Cluster, tmp_path: Path) -> None:
    """Ten of them: while one is locked the others append, and nobody who follows it is disturbed."""
    stores = [create(address(cluster, each, tmp_path)) for each in MUNICIPALITIES]
    first, others = stores[0], stores[1:]
    dsn = cluster.dsn().replace("dbname=postgres", "dbname=zorgspoor")
    with psycopg.connect(dsn, autocommit=True) as listening, psycopg.connect(dsn) as locking:
        listening.execute(SQL("LISTEN {}").format(Identifier(channel(MUNICIPALITIES[0]))))
        locking.execute("LOCK TABLE gm0363.facts, gm0363_keys.stream_keys IN EXCLUSIVE MODE")
        locking.execute("SELECT pg_advisory_xact_lock(%s, 'gm0363.facts'::regclass::oid::integer)", (LOCK,))
        for store in others:
            with store.follow(1) as tail:
                child = new_child(store)
                assert [fact.stream for fact in next(tail)] == [child]
        assert list(listening.notifies(timeout=0.1)) == []
    assert [store.last().position for store in stores] == [1] + [2] * 9
    new_child(first)
    assert {fact.stream for fact in first.log()}.isdisjoint(fact.stream for store in others for fact in store.log())
    for store in stores:
        store.close()


def test_a_service_that_owns_no_log_works_and_cannot_change_it(cluster: Cluster, tmp_path: Path) -> None:
    """It appends, reads and erases; the owner alone could do more."""
    url = address(cluster, "gm0363", tmp_path)
    create(url).close()
    in_it(cluster, OWNER)
    with Store.open(url, facts=FACTS) as store, store.follow(1) as tail:
        child = new_child(store)
        assert [fact.stream for fact in next(tail)] == [child]
        store.keys.destroy(child)
        assert store.stream(child)[0].fact is None
    for statement in ("DELETE FROM gm0363.facts", "UPDATE gm0363.facts SET version = 9", "DROP TABLE gm0363.facts"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            in_it(cluster, statement, "gm0363")


def test_the_formula_of_connections_counts_as_it_says() -> None:
    """Its two examples."""
    for connections, needed in ((8, "563"), (2, "323")):
        assert str(3 + 10 * 4 * (connections + 6)) == needed
        assert needed in PAGE
