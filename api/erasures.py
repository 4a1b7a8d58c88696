"""Erasures that were cut off: recorded, while the key of the child is still there. Whoever keeps the service ends them.

Until then nothing of the child is shown either (domain/trajectory/history.py); but its key would open it.
"""

from datetime import timedelta
from uuid import UUID

from api.main import App
from domain.trajectory.request import Erased
from ledger.errors import KeyDestroyed, KeyMissing

UNDISTURBED = timedelta(minutes=1)
"""How long who erases a child is left to it."""


class Erasures:
    """Looks at every erasure in the log once its time is over, and never again once it is known to be done."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._done = 0

    def finish(self) -> int:
        """Destroy the keys that should not be there any more. How many there were. Raises LedgerError: do it again."""
        finished = 0
        while page := self._app.store.log(self._done, topics=(Erased.TOPIC,)):
            for erased in page:
                if erased.recorded_at > self._app.clock() - UNDISTURBED:
                    return finished
                if _has_key(self._app, erased.stream):
                    self._app.erase(erased.stream)
                    finished += 1
                self._done = erased.position
        return finished


def _has_key(app: App, child: UUID) -> bool:
    try:
        app.store.keys.get(child)
    except (KeyDestroyed, KeyMissing):
        return False
    return True
