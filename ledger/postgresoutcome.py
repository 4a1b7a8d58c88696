"""What became of an append whose connection was lost, perhaps in the middle of its commit.

Nobody may guess: sent again blindly it could stand twice, and given up it could still come to stand, while somebody was
told that it does not. So the old connection's server process is ended first, which waits until its transaction has
ended one way or the other, and then the log is read for the very bytes that were sent.
"""

from collections.abc import Mapping
from time import monotonic, sleep
from typing import LiteralString, cast
from uuid import UUID

from psycopg.sql import Composable, Literal

from ledger.errors import OutcomeUnknown, StoreUnavailable
from ledger.log import Head, Rows, instant_of
from ledger.postgresarrays import Byteas, bigints, uuids
from ledger.postgrespool import Backend, ConnectionLost, Pool
from ledger.postgresql import script, statement

SECONDS = 10.0
"""How long to try: a database that restarts, or fails over within Patroni's loop_wait (10 s), is back by then."""

PAUSE = 0.05

END: LiteralString = (
    "SELECT pg_terminate_backend(pid, {within}) FROM pg_stat_activity WHERE pid = %b::int4 AND backend_start = %b"
)


def settled(pool: Pool, names: Mapping[str, Composable], lost: ConnectionLost, sent: Rows) -> Head | None:
    """The head of these facts if they stand; None: they do not, and will not. Raises `OutcomeUnknown`."""
    values = (
        uuids(cast(UUID, row.originator_id) for row in sent),
        bigints(row.originator_version for row in sent),
        Byteas.of(row.state for row in sent),
    )
    pool.forget()
    until = monotonic() + SECONDS
    while True:
        try:
            _end(pool, lost.backend)
            [(found, last, at)] = pool.run(script("postgres_stands.sql", **names), values)
        except (ConnectionLost, StoreUnavailable) as error:
            if monotonic() > until:
                raise OutcomeUnknown(f"The connection was lost during an append: {pool.place}.") from error
            sleep(PAUSE)
        else:
            return Head(last, instant_of(at)) if found == len(sent) else None


def _end(pool: Pool, backend: Backend) -> None:
    """A process that has ended is not there any more; one that does not end in time can still commit."""
    text = statement(END, within=Literal(round(SECONDS * 1000)))
    for (ended,) in pool.run(text, (backend.pid, backend.started)):
        if not ended:
            raise StoreUnavailable(f"A process of {pool.place} does not end.")
