"""From facts to sealed rows and back. In the clear stand only position, stream, version, topic and recorded_at."""

from collections.abc import Iterable
from uuid import UUID

from eventsourcing.persistence import JSONTranscoder, Mapper, StoredEvent

from domain.envelope import Recorded, Unrecorded
from domain.fact import Fact
from ledger.errors import FactUnreadable, KeyDestroyed, SealBroken
from ledger.keys import Keys
from ledger.log import LoggedEvent, Row
from ledger.seal import DoesNotOpen, place
from ledger.topics import NotThisFact, Topics

SUBJECT_BYTES = 16


class FactMapper(Mapper[UUID]):
    """The library's mapper, sealing every body under the key that its class of facts names (`SEALED_UNDER`).

    A fact sealed under its *subject* is sealed under the child's key and then, with the child's id, under the
    store's: nothing in the clear links it to the child, and when the child is erased its id can still be read.
    """

    def __init__(self, topics: Topics, keys: Keys) -> None:
        super().__init__(JSONTranscoder())
        self._topics = topics
        self._keys = keys

    def to_stored_event(self, domain_event: Unrecorded) -> StoredEvent:  # type: ignore[override]  # only ours
        """See `sealed`."""
        return StoredEvent(*self.sealed(domain_event))

    def sealed(self, domain_event: Unrecorded) -> Row:
        """Seal a fact. Raises `KeyMissing` or `KeyDestroyed` where there is no key to seal it with."""
        fact, stream, version = domain_event.fact, domain_event.originator_id, domain_event.originator_version
        at, body, store = place(stream, version, fact.TOPIC), self._topics.encode(fact), self._keys.of_store
        if fact.SEALED_UNDER == "store":
            sealed = store.seal(body, at)
        elif fact.SEALED_UNDER == "subject":
            child = _subject(domain_event)
            sealed = store.seal(child.bytes + self._keys.get(child).seal(body, at), at)
        else:
            sealed = self._keys.get(stream).seal(body, at)
        return Row(stream, version, fact.TOPIC, sealed)

    def to_domain_event(self, stored_event: LoggedEvent) -> Recorded:  # type: ignore[override]  # only ours
        """Open a row; where its key is destroyed, the fact is None. Raises `SealBroken`, `FactUnreadable`.

        Raised outside of handlers, so that no traceback leads to a frame that holds an opened body.
        """
        row = stored_event
        try:
            fact, subject = self._open(row)
        except DoesNotOpen:
            raise SealBroken(row.id, row.originator_id, row.originator_version) from None  # nothing was opened
        except NotThisFact as error:
            why = str(error)
        else:
            stream, version = row.originator_id, row.originator_version
            return Recorded(stream, version, row.topic, row.id, row.recorded_at, fact, subject)
        raise FactUnreadable(row.id, row.topic, why)

    def streams(self, rows: Iterable[LoggedEvent]) -> set[UUID]:
        """Whose keys open these rows, as far as that shows from outside."""
        return {row.originator_id for row in rows if self._topics.current(row.topic).SEALED_UNDER == "stream"}

    def _open(self, row: LoggedEvent) -> tuple[Fact | None, UUID | None]:
        stream, topic, sealed, subject = row.originator_id, row.topic, row.state, None
        under, at = self._topics.current(topic).SEALED_UNDER, place(stream, row.originator_version, topic)
        if under != "stream":
            sealed = self._keys.of_store.open(sealed, at)
        if under == "store":
            return self._topics.decode(topic, sealed), None
        if under == "subject":
            subject, sealed = UUID(bytes=sealed[:SUBJECT_BYTES]), sealed[SUBJECT_BYTES:]
        try:
            key = self._keys.get(subject or stream)
        except KeyDestroyed:
            return None, subject
        return self._topics.decode(topic, key.open(sealed, at)), subject


def _subject(unrecorded: Unrecorded) -> UUID:
    if unrecorded.subject is None:
        raise ValueError(f"a {unrecorded.fact.TOPIC} is sealed under its subject, and none is given")
    return unrecorded.subject
