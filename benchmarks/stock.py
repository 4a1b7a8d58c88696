"""The event sourcing library as it comes: its own recorders and mapper, with its AES cipher."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from eventsourcing.cryptography import AESCipher
from eventsourcing.domain import DomainEvent
from eventsourcing.persistence import ApplicationRecorder, DatetimeAsISO, JSONTranscoder, Mapper
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore
from eventsourcing.utils import Environment

from benchmarks.place import PostgresPlace, SQLitePlace
from benchmarks.workload import BATCH, Children, session
from tests.postgres import SUPERUSER

LOCKING = "stock"
"""As shipped: writers lock the table."""

FUNCTION = "stock, function mode"
"""With `enable_db_functions`: one round trip, and no lock."""

NOTE = (
    "stock: eventsourcing 9.5.6 with its own mapper (JSON) and AES cipher (eventsourcing.cryptography, AES-256-GCM, "
    "one key for everything). As shipped it locks the table; its function mode takes no lock."
)


@dataclass(frozen=True)
class Held(DomainEvent):
    """A session in the library's own way."""

    said: dict[str, Any]


class Stock:
    """The library's mapper and one of its recorders."""

    def __init__(self, recorder: ApplicationRecorder, mapper: Mapper[UUID] | None = None) -> None:
        self._recorder = recorder
        self._said = session().model_dump(mode="json", by_alias=True, exclude_none=True)
        self._children = Children.new()
        self._mapper = mapper or _mapper()

    def singly(self, operations: int) -> None:
        for _ in range(operations):
            self._append(1)

    def together(self, operations: int) -> None:
        for _ in range(operations):
            self._append(BATCH)

    def append(self) -> int:
        """One event; its position."""
        positions = self._append(1)
        return positions[0] if positions else 0

    def _append(self, count: int) -> Sequence[int] | None:
        stream, versions = self._children.next(count)
        events = [self._event(stream, version) for version in versions]
        return self._recorder.insert_events([self._mapper.to_stored_event(each) for each in events])

    def _event(self, stream: UUID, version: int) -> Held:
        return Held(originator_id=stream, originator_version=version, timestamp=datetime.now(UTC), said=self._said)


def _mapper() -> Mapper[UUID]:
    transcoder = JSONTranscoder()
    transcoder.register(DatetimeAsISO())
    environment = Environment(env={AESCipher.CIPHER_KEY: AESCipher.create_key(32)})
    return Mapper(transcoder, cipher=AESCipher(environment))


@contextmanager
def sqlite_recorder(place: SQLitePlace) -> Iterator[ApplicationRecorder]:
    datastore = SQLiteDatastore(str(place.folder / "stock.db"))
    recorder = SQLiteApplicationRecorder(datastore)
    recorder.create_table()
    try:
        yield recorder
    finally:
        datastore.close()


@contextmanager
def postgres_recorder(place: PostgresPlace, name: str, *, make: bool = True) -> Iterator[ApplicationRecorder]:
    """In a schema of its own for each mode: its function has one name for all tables of a schema."""
    schema = "stock" if name == LOCKING else "stock_function"
    if make:
        place.cluster.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    datastore = PostgresDatastore(
        "postgres", "127.0.0.1", place.cluster.port, SUPERUSER, "", schema=schema, enable_db_functions=name == FUNCTION
    )
    recorder = PostgresApplicationRecorder(datastore)
    if make:
        recorder.create_table()
    else:
        datastore.register_type_adapters()
    try:
        yield recorder
    finally:
        datastore.close()
