"""Cursors: where the next page of a list begins, sealed, so that they tell nothing and fit no other question."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from api.look import Question
from api.main import App
from ledger.seal import DoesNotOpen
from projections.candidates import Spot

WHERE = b"cursor"


class BadCursor(ValueError):
    """A cursor that this store did not give out for this list, this viewer and this question."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """What a cursor belongs to."""

    told: bytes

    @classmethod
    def of(cls, name: str, question: Question) -> Self:
        viewer = question.viewer
        instants = [each and each.isoformat() for each in (question.as_of, question.known_at)]
        asked = [question.view.name, question.view.version, question.purpose, question.reason, question.recipient]
        who = [viewer.id, viewer.role, viewer.organisation]
        return cls(json.dumps([name, *who, *instants, *asked, *question.filters]).encode())


def write_cursor(app: App, belongs: Cursor, after: Spot) -> str:
    body = json.dumps([after.part, after.rank, str(after.stream)]).encode()
    return urlsafe_b64encode(app.store.keys.of_store.seal(body, WHERE + belongs.told)).decode().rstrip("=")


def read_cursor(app: App, cursor: str | None, belongs: Cursor) -> Spot | None:
    """None: from the beginning. Raises `BadCursor`."""
    if cursor is None:
        return None
    try:
        sealed = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        part, rank, stream = json.loads(app.store.keys.of_store.open(sealed, WHERE + belongs.told))
    except (ValueError, DoesNotOpen):
        raise BadCursor from None
    return Spot(part, rank, UUID(stream))
