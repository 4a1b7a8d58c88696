"""The projection runner of the event sourcing library as it comes: one transaction for each event, on PostgreSQL.

Its SQLite recorder cannot be subscribed to. What it projects is less than ours: a row of a timeline for each event.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter, sleep
from typing import Any
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.cryptography import AESCipher
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import ApplicationRecorder, Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg.sql import SQL, Identifier

from benchmarks.place import PostgresPlace
from benchmarks.stock import Held, Stock
from benchmarks.workload import BATCH
from tests.postgres import SUPERUSER

RUNNER = "stock runner"
NOTE = (
    "stock runner: eventsourcing 9.5.6 with its ProjectionRunner, on PostgreSQL (its SQLite recorder cannot be "
    "subscribed to). It projects one row of a timeline for each event, which is less than Zorgspoor does."
)
SCHEMA = "stock_runner"
POLL = 0.005
"""Seconds between two looks at how far it is, which takes it longer by itself."""

MAKE = SQL("CREATE TABLE IF NOT EXISTS {}.timeline (position bigint PRIMARY KEY, child uuid, version int, form text)")
ADD = SQL("INSERT INTO {}.timeline VALUES (%s, %s, %s, %s)")

Runner = ProjectionRunner[Any, Any]


class Sessions(Application[UUID]):
    """Whose events are projected."""

    name = "sessions"


class Timeline(PostgresTrackingRecorder):
    """Rows, and up to where they are, in one transaction."""

    def __init__(self, datastore: PostgresDatastore, **named: Any) -> None:
        super().__init__(datastore, **named)
        self.sql_create_statements.append(MAKE.format(Identifier(datastore.schema)))
        self._add = ADD.format(Identifier(datastore.schema))

    def add(self, event: Held, tracking: Tracking) -> None:
        row = (tracking.notification_id, event.originator_id, event.originator_version, event.said["form"])
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute(self._add, row, prepare=True)
            self._insert_tracking(cursor, tracking)


class Projected(Projection[Timeline]):
    """A row for each session."""

    name = "projected"

    def process_event(self, domain_event: DomainEventProtocol[UUID], tracking: Tracking) -> None:
        assert isinstance(domain_event, Held)
        self.view.add(domain_event, tracking)


class StockRunner:
    """Events, and the runner that projects them."""

    def __init__(self, place: PostgresPlace) -> None:
        place.cluster.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        self._environment = _environment(place)
        self._sessions = Sessions(env=self._environment)
        recorder = self._sessions.recorder
        assert isinstance(recorder, ApplicationRecorder)
        self._recorder = recorder
        self._stock = Stock(recorder, self._sessions.mapper)

    def append(self) -> int:
        """One event; its position."""
        return self._stock.append()

    @contextmanager
    def running(self) -> Iterator[Runner]:
        runner = ProjectionRunner(
            application_class=Sessions, projection_class=Projected, view_class=Timeline, env=self._environment
        )
        with runner:
            yield runner

    def rate(self, batches: int) -> float:
        """Events per second that the runner projects, where so many batches wait for it."""
        self._stock.together(batches)
        last = self._recorder.max_notification_id() or 0
        with self.running() as runner:
            began = perf_counter()
            while not runner.view.has_tracking_id(Sessions.name, last):
                sleep(POLL)
            return batches * BATCH / (perf_counter() - began)

    def close(self) -> None:
        self._sessions.close()


def _environment(place: PostgresPlace) -> dict[str, str]:
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": "postgres",
        "POSTGRES_HOST": "127.0.0.1",
        "POSTGRES_PORT": str(place.cluster.port),
        "POSTGRES_USER": SUPERUSER,
        "POSTGRES_PASSWORD": "",
        "POSTGRES_SCHEMA": SCHEMA,
        "CIPHER_TOPIC": "eventsourcing.cryptography:AESCipher",
        "CIPHER_KEY": AESCipher.create_key(32),
    }
