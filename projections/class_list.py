"""The class list: one row for every child of a school whom the viewer may see, with what goes on."""

from projections import caseload
from projections.lens import Item
from projections.view import Content, Frame, View


def build(frame: Frame) -> Content:
    """Who the child is, where that may be seen, and its rows of the caseload; there may be none."""
    frame.lens.sees(Item("signal"))
    known = caseload.known(frame)
    shown = caseload.content(known, frame.lens, frame.as_of, frame.policy)
    if not any(each.permitted for each in frame.lens.decided.values()):
        return Content({"trajectory": frame.reference})
    body: dict[str, object] = {"trajectory": frame.reference}
    fields = dict(shown.fields)
    for entry, names in caseload.identity_seen(known.identity, frame.lens):
        body |= names
        fields[entry] = (*fields.get(entry, ()), *names)
    rows = [{name: value for name, value in row.items() if name not in body} for row in shown.body["rows"]]
    return Content(body | {"rows": rows}, fields)


CLASS_LIST = View("class-list", 1, build, Item("episode"))
