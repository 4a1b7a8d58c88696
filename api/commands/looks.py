"""Looks at one child, as the actor in `--as`."""

from typing import Annotated, Any

import typer

from api import handing_over, show
from api.commands.application import BadUse, application
from api.commands.options import (
    As,
    AsJson,
    AsOf,
    Categories,
    KnownAt,
    Purpose,
    Reason,
    Store,
    Trajectory,
    actor,
    door,
    question,
)
from api.look import Refused, Seen, look
from projections.dossier import DOSSIER
from projections.timeline import TIMELINE
from projections.trajectory import TRAJECTORY
from projections.view import View


def trajectory(
    trajectory: Trajectory,
    as_: As,
    store: Store = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    purpose: Purpose = None,
    reason: Reason = None,
    as_json: AsJson = False,
) -> None:
    """Where a child's trajectory stands."""
    _look(TRAJECTORY, store, trajectory, as_, as_of, known_at, purpose, reason, None, as_json)


def timeline(
    trajectory: Trajectory,
    as_: As,
    store: Store = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    purpose: Purpose = None,
    reason: Reason = None,
    category: Categories = None,
    as_json: AsJson = False,
) -> None:
    """What happened, entry by entry."""
    _look(TIMELINE, store, trajectory, as_, as_of, known_at, purpose, reason, category, as_json)


def dossier(
    trajectory: Trajectory, as_: As, store: Store = None, purpose: Purpose = None, reason: Reason = None
) -> None:
    """The whole dossier, to take along: JSON with everything that the viewer may see."""
    _look(DOSSIER, store, trajectory, as_, None, None, purpose, reason, None, as_json=True)


def hand_over(
    trajectory: Trajectory,
    entry: Annotated[int, typer.Argument(help="the number of the share")],
    as_: As,
    store: Store = None,
) -> None:
    """What leaves with a share, as JSON: what its recipient may see of the categories that it names."""
    with application(store) as app:
        try:
            outcome = handing_over.hand_over(app, trajectory, entry, actor(as_), door())
        except handing_over.NotShared:
            raise BadUse("hand-over: that entry is no share of yours that stands.") from None
    _show(outcome, DOSSIER, trajectory, as_json=True)


def _look(
    view: View,
    store: str | None,
    reference: str,
    as_: str,
    as_of: str | None,
    known_at: str | None,
    purpose: str | None,
    reason: str | None,
    categories: list[str] | None,
    as_json: bool,
) -> None:
    with application(store) as app:
        outcome = look(app, question(view, as_, as_of, known_at, purpose, reason, categories), reference)
    _show(outcome, view, reference, as_json=as_json)


def _show(outcome: Seen | Refused, view: View, reference: str, *, as_json: bool) -> None:
    if isinstance(outcome, Refused):
        show.refusal(outcome.decision, outcome.disclosure, as_json=as_json)
        raise typer.Exit(1)
    body = outcome.bodies[0] | {"trajectory": reference}
    show.content(view.name, body | disclosure(outcome), as_json=as_json)


def disclosure(seen: Seen) -> dict[str, Any]:
    return {"disclosure": str(seen.disclosure), "position": seen.position}
