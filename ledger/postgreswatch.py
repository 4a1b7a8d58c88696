"""What other processes append to a log on PostgreSQL is told by NOTIFY, but only to who sleeps.

NOTIFY holds a lock of the whole cluster until its transaction is on disk (PreCommit_Notify in
src/backend/commands/async.c). Sent with every append, it would let the stores of all municipalities commit one after
the other: 231 instead of 767 appends a second of four stores on a disk of 3 ms (benchmarks/following.py). So an append
notifies only if a watcher sleeps, which it sees by an advisory lock that sleepers hold (schema/postgres_log_2.sql).

No wake-up is lost: an append that finds nobody asleep holds that lock itself until it is committed, so who lies down
meanwhile waits for it, and looks once more before the eyes are closed. A connection that breaks is made again, and
then everybody is rung.
"""

from time import monotonic
from typing import Any, LiteralString

import psycopg
from psycopg import Notify
from psycopg.sql import Identifier

from ledger.postgrespool import Pool
from ledger.postgresql import statement
from ledger.postgresschema import Schemas, channel, fields
from ledger.tail import POLL
from ledger.watch import Rest, Watch

SLEEPER: LiteralString = "({asleep}, ({facts}::regclass)::oid::integer)"

Cursor = psycopg.Cursor[tuple[Any, ...]]

AWAKE = 0.05
"""Seconds without a new fact before a watcher sleeps. So a store has at most 20 appends a second that notify."""

LOOK = 0.003
"""Seconds between two looks while awake: half of it, and a round trip, is how late facts are seen then."""

PATIENCE = 10.0
"""Seconds to wait for an answer, which takes a millisecond: a network that swallows it is found out by then."""


class PostgresWatch(Watch):
    """One connection beside the pool, whatever the number of followers."""

    def __init__(self, pool: Pool, schemas: Schemas) -> None:
        super().__init__(pool.place)
        self._pool = pool
        names = {**schemas.names, **fields(schemas)}
        self._listen = statement("LISTEN {name}", name=Identifier(channel(schemas.log)))
        self._head = statement("SELECT max(position) FROM {schema}.facts", **names)
        self._lie_down = statement("SELECT pg_advisory_lock_shared" + SLEEPER, **names)
        self._get_up = statement("SELECT pg_advisory_unlock_shared" + SLEEPER, **names)

    def look(self, rest: Rest) -> None:
        with self._pool.apart() as connection:
            connection.patience = PATIENCE
            connection.add_notify_handler(_heard)
            connection.execute(self._listen)
            rest.listen(descriptor := connection.fileno())
            try:
                self._look(connection.cursor(), rest)
            finally:
                rest.ignore(descriptor)

    def _look(self, cursor: Cursor, rest: Rest) -> None:
        """Awake, it looks often; asleep, when it is told, and every `POLL` all the same."""
        head, since, asleep = -1, 0.0, False
        while self.wanted(rest):
            found = self._position(cursor)
            if found != head:
                self.ring(found)
                head, since = found, monotonic()
                if asleep:
                    cursor.execute(self._get_up)
                    asleep = False
            elif not asleep and monotonic() - since > AWAKE:
                cursor.execute(self._lie_down)
                asleep = True
                continue
            rest(POLL if asleep else LOOK)

    def _position(self, cursor: Cursor) -> int:
        [(position,)] = cursor.execute(self._head, prepare=True).fetchall()
        return position or 0


def _heard(_: Notify) -> None:
    """That the socket said something was enough: the log is asked then."""
