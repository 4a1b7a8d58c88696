"""Views: small pure functions from what is known of a child to what one viewer may see of it.

A view that changes its content gets a new version; old ones stay as long as disclosures are kept, so that a replay
builds exactly what was shown (ledger.md, Exact replay).
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from consent_policy.policy import Policy
from domain.trajectory.history import History
from projections.lens import Item, Lens


@dataclass(frozen=True)
class Frame:
    """What a view builds from: what was known (`history`), the instant of its content, and who looks.

    `now`: all that is known now, which permission is decided on. `reference`: the opaque id of the child. `policy`:
    decides phases and what consent lacks, now as then.
    """

    reference: str
    history: History
    now: History
    as_of: datetime
    lens: Lens
    policy: Policy


@dataclass(frozen=True)
class Content:
    """What is shown: the content itself, and which fields of which entries it comes from."""

    body: dict[str, Any]
    fields: Mapping[int, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class View:
    """A view by name and version. `leading`: the item whose refusal answers for the whole, where nothing is shown."""

    name: str
    version: int
    build: Callable[[Frame], Content]
    leading: Item


def canonical(body: dict[str, Any]) -> bytes:
    """JSON with sorted keys and no spaces: the bytes that a digest is taken of."""
    return json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
