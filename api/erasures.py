"""Erasures that were cut off: recorded, while the key of the child is still there. Whoever keeps the service ends them.

Until then nothing of the child is shown either (domain/trajectory/history.py); but its key would open it.
"""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from api.main import App
from domain.trajectory.request import Erased
from ledger.errors import KeyDestroyed, KeyMissing, LedgerError

UNDISTURBED = timedelta(minutes=1)
"""How long who erases a child is left to it."""


class Erasures:
    """Looks at every erasure in the log once its time is over, and never again once it is known to be done."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._looked_at = 0
        self._left = dict[UUID, LedgerError]()

    def finish(self) -> int:
        """Destroy the keys that should not be there any more. How many there were.

        Raises LedgerError where one cannot be, once all others are: do it again.
        """
        finished = sum(map(self._finished, [*self._left, *self._new()]))
        if self._left:
            raise next(iter(self._left.values()))
        return finished

    def _new(self) -> Iterator[UUID]:
        while page := self._app.store.log(self._looked_at, topics=(Erased.TOPIC,)):
            for erased in page:
                if erased.recorded_at > self._app.clock() - UNDISTURBED:
                    return
                self._looked_at = erased.position
                yield erased.stream

    def _finished(self, child: UUID) -> bool:
        try:
            had = _has_key(self._app, child)
            if had:
                self._app.erase(child)
        except LedgerError as error:
            self._left[child] = error
            return False
        self._left.pop(child, None)
        return had


def _has_key(app: App, child: UUID) -> bool:
    try:
        app.store.keys.get(child)
    except (KeyDestroyed, KeyMissing):
        return False
    return True
