"""What became other on a caseload between two instants, each as known then: two lists, both recorded as looks."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from api.listing import Listed, rows_of
from api.lists import caseload
from api.look import RETRIES, Busy, Question, refuse_known_before
from api.main import App

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Changed:
    """A row that says something else: the old and the new value of each field that does."""

    trajectory: str
    of: str
    before: Row
    after: Row


@dataclass(frozen=True, slots=True)
class Difference:
    """Rows that came, that went, and that became others. `seen`: the two looks that this rests on."""

    came: tuple[Row, ...]
    went: tuple[Row, ...]
    changed: tuple[Changed, ...]
    seen: tuple[Listed, Listed]


def between(app: App, question: Question, before: datetime, after: datetime) -> Difference:
    """Raises as a list does, and `Busy`.

    Both lists rest on the same permission: they are asked again if anybody wrote anything between the two.
    """
    refuse_known_before(app, before, "from")
    refuse_known_before(app, after, "to")
    for _ in range(RETRIES):
        lists = [
            caseload(app, replace(question, as_of=at, known_at=at, query=("of=changes",))) for at in (before, after)
        ]
        if lists[1].seen.position == lists[0].seen.position + 1:
            return _difference(lists[0], lists[1])
    raise Busy


def _difference(*lists: Listed) -> Difference:
    old, new = ({_name(row): row for row in rows_of(each)} for each in lists)
    changed = [_changed(old[name], new[name]) for name in new if name in old and old[name] != new[name]]
    came = tuple(row for name, row in new.items() if name not in old)
    went = tuple(row for name, row in old.items() if name not in new)
    return Difference(came, went, tuple(changed), (lists[0], lists[1]))


def _name(row: Row) -> tuple[str, str, str]:
    kind = "episode" if "episode" in row else "signal"
    return row["trajectory"], kind, row[kind]


def _changed(old: Row, new: Row) -> Changed:
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    before, after = ({name: row.get(name) for name in names} for row in (old, new))
    return Changed(new["trajectory"], _name(new)[2], before, after)


def as_json(found: Difference) -> dict[str, Any]:
    changed = [
        {"trajectory": each.trajectory, "of": each.of, "before": each.before, "after": each.after}
        for each in found.changed
    ]
    looks = [str(each.seen.disclosure) for each in found.seen]
    return {"came": list(found.came), "went": list(found.went), "changed": changed, "disclosures": looks}
