"""The caseload as it was shown at first; kept for the replay of what was shown then."""

from typing import Any

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


CASELOAD_1 = View("caseload", 1, build, Item("episode"))
