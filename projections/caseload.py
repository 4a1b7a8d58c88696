"""The current caseload: one row for each episode that is open or in follow-up, with its trajectory."""

from datetime import datetime
from typing import Any

from consent_policy.grounds import Actor
from domain.trajectory import who
from domain.trajectory.state import Child
from projections.lens import Item
from projections.trajectory import build as build_trajectory
from projections.view import Content, Frame, View


def build(frame: Frame) -> Content:
    """The rows of one child."""
    whole = build_trajectory(frame)
    episodes = [each for each in whole.body.get("episodes", []) if each["phase"] != "closed"]
    signals = whole.body.get("signals", [])
    if not episodes and not signals:
        return Content({"rows": []})
    about = {name: whole.body[name] for name in ("trajectory", "child") if name in whole.body}
    return Content({"rows": [about | row for row in (*episodes, *signals)]}, _fields(frame, whole, episodes, signals))


def _fields(
    frame: Frame, whole: Content, episodes: list[dict[str, Any]], signals: list[dict[str, Any]]
) -> dict[int, tuple[str, ...]]:
    """Which fields of which entries the rows come from; closed episodes show nothing."""
    child = frame.history.child(frame.as_of)
    rows = {child.episodes[each["episode"]].entry for each in episodes}
    rows |= {child.signals[each["signal"]].entry for each in signals}
    fields = {entry: names for entry, names in whole.fields.items() if entry in rows}
    identity = [entry for entry, names in whole.fields.items() if "child" in names]
    return fields | dict.fromkeys(identity, ("child",))


def is_candidate(child: Child, viewer: Actor, at: datetime) -> bool:
    """Whether the child can stand on this viewer's list at all: municipality, own teams, school, programme's queue."""
    if viewer.role == "coordinator":
        return bool(child.grounds.municipality) and viewer.organisation == child.grounds.municipality
    return who.related(child, viewer, at)


CASELOAD = View("caseload", 1, build, Item("episode"))
