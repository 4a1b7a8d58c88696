"""A call of a function in the database, as short as it can be: what an append costs is mostly the way there and back.

psycopg's cursors find out for every value what type it has, and for every answer; here both are known. What they do
besides, waiting with a limit and saying what went wrong, is done here as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from select import POLLIN, POLLOUT, poll
from struct import Struct
from time import monotonic

import psycopg
from psycopg import errors, pq

BIGINT = Struct("!q")
LENGTH = Struct("!i")
FIELD = Struct("!Ii")

Answer = tuple[bytes | None, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A statement that gives one record; `types`: the OIDs of its values (src/include/catalog/pg_type.dat).

    `SELECT f(…)` gives the record that the function returns. `SELECT * FROM f(…)` would keep it in a table first.
    """

    name: bytes
    statement: bytes
    types: tuple[int, ...]


class Caller:
    """Calls over one connection, each statement prepared the first time. All values go in PostgreSQL's binary form."""

    def __init__(self, connection: pq.abc.PGconn, patience: float) -> None:
        self._connection = connection
        self._patience = patience
        self._prepared = set[bytes]()
        self._socket = poll()
        self._socket.register(connection.socket, POLLIN)

    def call(self, call: Call, values: Sequence[bytes | None]) -> Answer:
        """The fields of the record, each as PostgreSQL writes it. Raises `psycopg.Error`."""
        if call.name not in self._prepared:
            self._connection.send_prepare(call.name, call.statement, call.types)
            self._result(pq.ExecStatus.COMMAND_OK)
            self._prepared.add(call.name)
        self._connection.send_query_prepared(call.name, values, [pq.Format.BINARY] * len(values), pq.Format.BINARY)
        return _fields(self._result(pq.ExecStatus.TUPLES_OK).get_value(0, 0) or b"")

    def _result(self, expected: pq.ExecStatus) -> pq.abc.PGresult:
        """What the server says, to its end. A connection that breaks meanwhile raises `psycopg.OperationalError`."""
        connection, until, last = self._connection, monotonic() + self._patience, None
        while connection.flush():
            self._wait(until, POLLIN | POLLOUT)
        while True:
            while connection.is_busy():
                self._wait(until, POLLIN)
            result = connection.get_result()
            if result is None:
                break
            last = result
        if last is None:
            raise psycopg.OperationalError("no answer")
        if last.status != expected:
            raise errors.error_from_result(last)
        return last

    def _wait(self, until: float, events: int) -> None:
        self._socket.modify(self._connection.socket, events)
        if not self._socket.poll(max(0.0, until - monotonic()) * 1000):
            raise psycopg.OperationalError("no answer in time")
        self._connection.consume_input()


def _fields(record: bytes) -> Answer:
    """record_send in src/backend/utils/adt/rowtypes.c: how many, and of each its type, length (-1: null) and bytes."""
    fields, at = list[bytes | None](), LENGTH.size
    while at < len(record):
        _, length = FIELD.unpack_from(record, at)
        at += FIELD.size
        fields.append(None if length < 0 else record[at : at + length])
        at += max(length, 0)
    return tuple(fields)


def bigint(value: bytes | None) -> int:
    return 0 if value is None else int(BIGINT.unpack(value)[0])
