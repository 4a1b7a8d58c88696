"""What other processes append to a SQLite file is seen by asking SQLite for its `data_version`: 2 µs, no lock kept."""

from contextlib import closing
from pathlib import Path
from time import monotonic

from ledger.sqlitefile import LOG, connect, translated
from ledger.watch import Rest, Watch

SHARE = 200
SHORTEST, LONGEST = 0.001, 0.05
"""Seconds between two looks: a 200th of how long it has been quiet, so that a log in which something happens every
second is looked at within 5 ms, and an idle one only 20 times a second."""

HEAD = "SELECT max(position) FROM facts"


class SQLiteWatch(Watch):
    """On a connection of its own: `data_version` says whether others than this connection have written."""

    def __init__(self, path: Path, busy_timeout: float) -> None:
        super().__init__(str(path))
        self._path = path
        self._busy_timeout = busy_timeout

    def look(self, rest: Rest) -> None:
        with translated(self._path), closing(connect(self._path, LOG, busy_timeout=self._busy_timeout)) as connection:
            seen, since = None, 0.0
            while self.wanted(rest):
                (version,) = connection.execute("PRAGMA data_version").fetchone()
                if version != seen:
                    seen, since = version, monotonic()
                    self.ring(connection.execute(HEAD).fetchone()[0])
                rest(min(max((monotonic() - since) / SHARE, SHORTEST), LONGEST))
