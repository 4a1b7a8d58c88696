"""The timeline of every child as codes: which entry was recorded when, and what it was; when it happened is sealed.

In clear stands no more than the log has in clear of the same entry (ledger.md, What is sealed).
"""

from collections.abc import Iterator

from domain.trajectory.history import History
from projections.readmodel import CODE, NUMBER, Given, OfChild, Row, instant
from projections.timeline import name_of


def rows(history: History, _: Given) -> Iterator[Row]:
    """What stands; what was retracted is not there any more."""
    for each in history.entries if not history.erased else ():
        values = (each.position, instant(each.recorded_at), name_of(each.fact), each.fact.CATEGORY)
        yield Row(each.entry, values, each.fact.occurred_at.isoformat().encode())


MODEL = OfChild(
    "timeline",
    {"position": NUMBER, "recorded_at": NUMBER, "what": CODE, "category": CODE},
    (rows,),
    indexes=(("position",),),
)
