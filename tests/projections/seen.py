"""Frames to build views from, without a door and without a record."""

from datetime import datetime
from typing import Any

from api.main import App
from consent_policy.grounds import Actor
from domain.trajectory.history import History
from projections.lens import Lens
from projections.view import Frame
from tests.api.given import PURPOSE_OF
from tests.examples import CHILD, NOW


def history_of(app: App, trajectory: str = CHILD) -> History:
    return app.history(app.stream_of(trajectory))


def frame(
    app: App,
    viewer: Actor,
    purpose: str | None = None,
    *,
    as_of: datetime = NOW,
    known: History | None = None,
    whole: History | None = None,
    **more: Any,
) -> Frame:
    """What a view builds from for this viewer at NOW; `known`: only that much is shown, all is decided on.

    `whole`: the history where it was read before.
    """
    history, policy = whole or history_of(app), app.policy(NOW)
    lens = Lens(history.latest.grounds, viewer, purpose or PURPOSE_OF.get(viewer.role, "care"), NOW, policy, **more)
    return Frame(str(history.stream), known or history, history, as_of, lens, policy)
