"""Read models in PostgreSQL that cannot be used, and rows that are not as they were written."""

from pathlib import Path

import pytest

from api.main import App, Settings, create
from ledger.errors import StoreUnavailable
from projections import projector as projecting
from projections.readstore import RowBroken
from tests.ledger.place import PostgresPlace
from tests.postgres import Cluster
from tests.projections.readmodels.fold import Fold, assert_fold
from tests.projections.readmodels.logs import contact, filled
from tests.projections.readmodels.moments import just_after
from tests.projections.readmodels.places import forget
from tests.projections.readmodels.projecting import opened

OTHERS_END = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'"


@pytest.fixture
def in_postgres(postgres: Cluster, tmp_path: Path) -> PostgresPlace:
    """Everything is projected."""
    place = PostgresPlace(postgres, tmp_path)
    app = create(Settings(place.url))
    filled(app, every=16)
    app.reads.projector.catch_up()
    app.store.close()
    return place


def test_a_connection_that_is_lost_within_a_page(in_postgres: PostgresPlace) -> None:
    """Nothing of the page is there, and the next one that comes projects it."""
    with opened(in_postgres.url) as app:
        app.reads.projector.catch_up()
        filled(app, every=16)
        fold, before = Fold(app), app.reads.store.live()

        def lose_it() -> None:
            in_postgres.cluster.execute(OTHERS_END)

        with just_after(projecting, "written", lose_it), pytest.raises(StoreUnavailable, match="cannot be used"):
            app.reads.projector.catch_up()
        assert app.reads.store.live() == before
        app.reads.projector.catch_up()
        assert_fold(app, fold=fold)


def test_a_role_without_the_rights(in_postgres: PostgresPlace) -> None:
    """The log goes on; when the rights are there again, so do the read models."""
    schema = f"{in_postgres.schema}_read"
    owner = in_postgres.cluster.execute("SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = %s", schema)
    in_postgres.cluster.execute(f"ALTER SCHEMA {schema} OWNER TO postgres")
    in_postgres.cluster.execute(f"REVOKE ALL ON SCHEMA {schema} FROM PUBLIC, {owner[0][0]}")
    with opened(in_postgres.url) as app:
        contact(app)
        for use in (app.reads.projector.catch_up, app.reads.projector.rebuild, app.reads.store.position):
            with pytest.raises(StoreUnavailable, match="InsufficientPrivilege") as raised:
                use()
            assert "Noor" not in f"{raised.value} {raised.value.hint}"
        contact(app)
        in_postgres.cluster.execute(f"ALTER SCHEMA {schema} OWNER TO {owner[0][0]}")
        in_postgres.cluster.execute(f"GRANT ALL ON SCHEMA {schema} TO {owner[0][0]}")
        app.reads.projector.catch_up()
        assert_fold(app)


def test_tables_that_are_gone(in_postgres: PostgresPlace) -> None:
    """Somebody removed one by hand: that is said, until they are built anew."""
    with opened(in_postgres.url) as app:
        app.reads.projector.catch_up()
        live = app.reads.store.live()
        assert live
        tables = app.reads.store.tables(live.number)
        in_postgres.cluster.execute(f"DROP TABLE {tables.gate}")
        with pytest.raises(StoreUnavailable, match="replaced each time"):
            assert_fold(app)
        app.reads.projector.rebuild()
        assert_fold(app)


def test_a_schema_that_is_gone(in_postgres: PostgresPlace) -> None:
    """Who comes next builds it anew."""
    forget(in_postgres)
    with opened(in_postgres.url) as app:
        app.reads.projector.catch_up()
        assert_fold(app)


def test_a_row_that_was_altered(app_on_each_engine: App) -> None:
    """Or stands in another row's place."""
    app = app_on_each_engine
    filled(app, every=16)
    app.reads.projector.catch_up()
    live = app.reads.store.live()
    assert live
    table = app.reads.store.tables(live.number).of["trajectory"]
    with app.reads.store.place.writing() as connection:
        connection.execute(table.update().values(body=b"\x01" + bytes(60)))
    with pytest.raises(RowBroken) as raised:
        assert_fold(app)
    assert "trajectory" in str(raised.value)
    assert "rebuild" in raised.value.hint
    app.reads.projector.rebuild()
    assert_fold(app)
