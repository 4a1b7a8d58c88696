"""A standby takes over: the service goes on by itself, and says so where something was lost."""

import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from time import sleep

import pytest

from ledger.errors import Rewound, StoreUnavailable
from ledger.store import Store
from tests import postgres
from tests.ledger.notes import create, new_child, reopen
from tests.ledger.test_following import followed, take, until
from tests.ledger.test_many_processes import assert_whole
from tests.postgres import ROLE, Cluster, cluster

pytestmark = [pytest.mark.long, pytest.mark.timeout(180)]


@pytest.fixture
def primary() -> Iterator[Cluster]:
    """Of its own, as it does not survive."""
    with cluster() as running:
        yield running


@contextmanager
def standby_of(primary: Cluster) -> Iterator[Cluster]:
    """A copy that follows it."""
    folder = Path(f"{primary.folder}-standby")
    folder.mkdir(mode=0o700)
    shutil.copymode(primary.folder, folder)
    os.chown(folder, primary.folder.stat().st_uid, primary.folder.stat().st_gid)
    standby = Cluster(primary.programs, folder, postgres._free_port())
    source = ["-R", "-h", "127.0.0.1", "-p", primary.port, "-U", postgres.SUPERUSER]
    postgres._run([primary.programs / "pg_basebackup", "-D", standby.data, "-X", "stream", "-c", "fast", *source])
    standby.start()
    try:
        yield standby
        standby.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def address(primary: Cluster, standby: Cluster, folder: Path) -> str:
    hosts = f"127.0.0.1:{primary.port},127.0.0.1:{standby.port}"
    return f"postgresql+psycopg://{ROLE}@{hosts}/postgres?schema=city&key={folder / 'city.key'}"


def test_after_a_failover_appends_and_followers_go_on(primary: Cluster, tmp_path: Path) -> None:
    """With a synchronous standby nothing that somebody was told of, or has seen, is lost or given twice."""
    with standby_of(primary) as standby:
        primary.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
        primary.execute("SELECT pg_reload_conf()")
        until(lambda: primary.execute("SELECT sync_state FROM pg_stat_replication") == [("sync",)])
        create(url := address(primary, standby, tmp_path)).close()
        told = list[int]()
        with reopen(url) as store, reopen(url) as other, followed(store, 0) as seen, ThreadPoolExecutor(1) as pool:
            writing = pool.submit(write, other, told)
            until(lambda: len(told) > 50)
            primary.stop("immediate")
            standby.execute("SELECT pg_promote()")
            writing.result(60)
            until(lambda: seen[-1] == store.last().position)
            assert_whole(store)
    assert seen == list(range(1, len(seen) + 1))
    assert set(told) <= set(seen)
    assert len(told) == len(set(told)) == 150


def write(store: Store, told: list[int]) -> None:
    """As a service does: what is refused is tried again."""
    while len(told) < 150:
        try:
            new_child(store)
            told.append(store.last().position)
        except StoreUnavailable:
            sleep(0.02)


def test_a_standby_that_lagged_is_noticed(primary: Cluster, tmp_path: Path) -> None:
    """It was asynchronous, and took over without the last facts: who had seen them does not go on as if they stood."""
    with standby_of(primary) as standby:
        url = address(primary, standby, tmp_path)
        with create(url) as store, store.follow() as tail:
            take(tail, 1)
            until(lambda: standby.execute("SELECT count(*) FROM city.facts") == [(1,)])
            standby.execute("ALTER SYSTEM SET primary_conninfo = 'host=127.0.0.1 port=1'")
            standby.execute("SELECT pg_reload_conf()")
            until(lambda: primary.execute("SELECT count(*) FROM pg_stat_replication") == [(0,)])
            new_child(store)
            take(tail, 1)
            primary.stop("immediate")
            standby.execute("SELECT pg_promote()")
            with pytest.raises(Rewound, match="Position 2"):
                next(tail)
