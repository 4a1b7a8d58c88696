"""Row 13: what a user would build instead: SQLAlchemy tables, an audit trigger, an access table; the same actions.

It is built to be fast: indexes, one transaction per action, all checks in one statement, statements compiled once and
prepared. Nothing in it is sealed, and no refusal is kept.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib.resources import files
from itertools import count
from typing import Any, LiteralString
from uuid import uuid4

from sqlalchemy import DateTime, Engine, bindparam, create_engine, event, insert, select, text

from benchmarks.action import Warm
from benchmarks.child import clock, session
from benchmarks.fill import fill, settle
from benchmarks.instead_tables import ACCESS, CHILD, SESSION, make, rows
from benchmarks.measure import PROBE, Goal, Measured, interleaved, measured, probe
from benchmarks.place import SQLITE_DURABLE, PostgresPlace, SQLitePlace, Stores, postgres_place, sqlite_place
from benchmarks.size import Size

OURS, INSTEAD = "Zorgspoor", "tables and audit trigger"
AS_OF = (
    "As of, as known: Zorgspoor answers both, of any child at any instant. The tables answer what is there now; what "
    "was there before is put together from audit rows by hand, and what was true then only where instants are kept."
)
WHO_SAW = (
    "Who saw what: Zorgspoor answers by entry and field, under which policy, and what was refused. The tables answer "
    "who opened which child, from a row that the application must not forget to write."
)
UNLIKE = (
    "The tables write one access row for each action, as whoever acts has the child before them; Zorgspoor's fact says "
    "who acted. Zorgspoor seals every body under a key of the child; the tables are not sealed."
)
SCHEMA: LiteralString = "instead"


def measure(size: Size) -> list[Measured]:
    with postgres_place() as place:
        postgres = _measure(place, size)
    with sqlite_place() as place:
        return [postgres, _measure(place, size)]


def _measure(place: SQLitePlace | PostgresPlace, size: Size) -> Measured:
    with ExitStack() as opened:
        stores = opened.enter_context(Stores(place))
        disk = opened.enter_context(probe())
        known = fill(place, stores.create("ours"), "ours", size.few, size.few)
        engine = _engine(place)
        opened.callback(engine.dispose)
        tables = Tables(engine, size.few, known)
        settle(place, "ours")
        contenders = {PROBE: disk, OURS: Warm(stores.open("ours"), known).act, INSTEAD: tables.act}
        rounds = interleaved(contenders, size, size.actions)
    goals = [Goal(f"row 13: what a user would build, {place.engine}", OURS, INSTEAD, 1)]
    return measured(f"The same actions on tables, {place.engine}", "actions/s", rounds, goals, (AS_OF, WHO_SAW, UNLIKE))


def _engine(place: SQLitePlace | PostgresPlace) -> Engine:
    if isinstance(place, PostgresPlace):
        place.cluster.execute(f"CREATE SCHEMA {SCHEMA}")
        options = {"options": f"-csearch_path={SCHEMA}", "prepare_threshold": 0}
        url = place.cluster.dsn()
        return create_engine("postgresql+psycopg://", connect_args=options | _settings(url))
    engine = create_engine(f"sqlite:///{place.folder / 'instead.db'}")
    event.listen(engine, "connect", _durable)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _settings(dsn: str) -> dict[str, Any]:
    return dict(part.split("=", 1) for part in dsn.split())


def _durable(connection: Any, _: Any) -> None:
    """Without the driver's own transactions, which begin too late for a writer."""
    connection.isolation_level = None
    for pragma in SQLITE_DURABLE:
        connection.execute(pragma)


class Tables:
    """The competent design, with its children."""

    def __init__(self, engine: Engine, children: int, known: Sequence[str]) -> None:
        self._engine = engine
        with engine.begin() as connection:
            make(connection)
            for table, each in rows(children):
                connection.execute(insert(table), each)
        check = (files("benchmarks") / "schema" / "instead_check.sql").read_text("utf-8")
        self._check = text(check).bindparams(bindparam("at", type_=DateTime(timezone=True)))
        self._child = select(CHILD.c.id).where(CHILD.c.reference == bindparam("reference"))
        self._sessions = ((child, number) for number in count() for child in known)

    def act(self, actions: int) -> None:
        for _ in range(actions):
            child, number = next(self._sessions)
            self._hold(session(child, number))

    def _hold(self, said: dict[str, Any]) -> None:
        at, actor = datetime.fromisoformat(said["at"]).astimezone(UTC), said["by"]["id"]
        with self._engine.begin() as connection:
            child = connection.execute(self._child, {"reference": said["trajectory"]}).scalar_one()
            asked = {"child": child, "episode": said["episode"], "actor": actor, "at": at}
            episode, *held = connection.execute(self._check, asked).one()
            if not all(held):
                raise RuntimeError(f"refused: {held}")
            connection.execute(insert(SESSION), _row(said, episode, at, actor))
            connection.execute(insert(ACCESS), _access(child, actor, at))


def _row(said: dict[str, Any], episode: int, at: datetime, actor: str) -> dict[str, Any]:
    body = {name: said[name] for name in ("form", "minutes", "summary")}
    told = {"episode_id": episode, "action_id": str(uuid4()), "at": at, "by_professional": actor}
    return body | told | {"recorded_at": clock()}


def _access(child: int, actor: str, at: datetime) -> dict[str, Any]:
    return {"child_id": child, "viewer": actor, "purpose": "care", "what": "hold_session", "at": at}
