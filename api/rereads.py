"""Children as the log has them, read and folded anew for one job: nothing here comes from what a service remembers.

A child that many looks are about is not read again for each of them.
"""

from collections import OrderedDict
from collections.abc import Iterable
from uuid import UUID

from api.main import App
from domain.envelope import Recorded
from domain.trajectory.history import History, history_of
from ledger.errors import FactUnreadable, KeyMissing, SealBroken

KEPT_FACTS = 50_000
"""Facts of children kept in memory during the job: about 200 MB; a child has about thirty."""

TOGETHER = 200
"""Children that are read at once."""

UNREADABLE = (FactUnreadable, KeyMissing, SealBroken)
"""What is wrong with what stands in the log, as opposed to a log that cannot be read now."""


class Rereads:
    """The children read last in this job, each with the version of it that was asked for last."""

    def __init__(self, app: App, *, kept_facts: int = KEPT_FACTS) -> None:
        self._app = app
        self._kept_facts = kept_facts
        self._whole = OrderedDict[UUID, tuple[Recorded, ...]]()
        self._then = dict[UUID, History]()
        self._facts = 0
        self._keys_destroyed = app.store.keys_destroyed()

    def fetch(self, streams: Iterable[UUID]) -> None:
        """Have the first of these children at hand, as many as are kept, read together.

        One that cannot be read says so when it is asked for.
        """
        self._forget_erased()
        missing, room = [each for each in dict.fromkeys(streams) if each not in self._whole], self._kept_facts
        while missing and room > 0:
            some, missing = missing[:TOGETHER], missing[TOGETHER:]
            try:
                found = self._app.store.streams(some)
            except UNREADABLE:
                continue
            for stream, recorded in found.items():
                room -= len(self._keep(stream, tuple(recorded)))

    def upto(self, stream: UUID, version: int) -> History | None:
        """The child as it stood at this version of its stream; None: the stream is not that long. Raises UNREADABLE."""
        then = self._then.get(stream)
        if then is None or then.version != version:
            whole = self._read(stream, version)
            if len(whole) < version:
                return None
            then = self._then[stream] = history_of(stream, self._app.programmes, whole).upto(version)
        self._whole.move_to_end(stream)
        return then

    def _read(self, stream: UUID, version: int) -> tuple[Recorded, ...]:
        whole = self._whole.get(stream)
        if whole is None or len(whole) < version:
            whole = self._keep(stream, tuple(self._app.store.stream(stream)))
        return whole

    def _keep(self, stream: UUID, recorded: tuple[Recorded, ...]) -> tuple[Recorded, ...]:
        self._facts += len(recorded) - len(self._whole.pop(stream, ()))
        self._whole[stream] = recorded
        self._then.pop(stream, None)
        while self._facts > self._kept_facts and len(self._whole) > 1:
            self._drop_oldest()
        return recorded

    def _drop_oldest(self) -> None:
        stream, recorded = self._whole.popitem(last=False)
        self._then.pop(stream, None)
        self._facts -= len(recorded)

    def _forget_erased(self) -> None:
        """A child that was erased meanwhile is not remembered; which one it was is not told, so none is."""
        destroyed = self._app.store.keys_destroyed()
        if destroyed != self._keys_destroyed:
            self._keys_destroyed = destroyed
            self._whole.clear()
            self._then.clear()
            self._facts = 0
