"""The whole dossier, as it is handed over: where it stands, and what happened, as much of it as the viewer may see."""

from projections import timeline, trajectory
from projections.lens import Item
from projections.view import Content, Frame, View


def build(frame: Frame) -> Content:
    stands, happened = trajectory.build(frame), timeline.build(frame)
    fields = {entry: tuple(names) for entry, names in stands.fields.items()}
    for entry, names in happened.fields.items():
        fields[entry] = tuple(dict.fromkeys((*fields.get(entry, ()), *names)))
    return Content(stands.body | happened.body, fields)


DOSSIER = View("dossier", 1, build, Item("episode"))
