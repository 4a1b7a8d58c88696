"""The timeline of every child as codes: which entry happened when, was recorded when, and what it was."""

from collections.abc import Iterator

from domain.trajectory.history import History
from projections.readmodel import CODE, NUMBER, Given, OfChild, Row, instant
from projections.timeline import name_of


def rows(history: History, _: Given) -> Iterator[Row]:
    """What stands; what was retracted is not there any more."""
    for each in history.entries if not history.erased else ():
        when = (each.position, instant(each.fact.occurred_at), instant(each.recorded_at))
        yield Row(each.entry, (*when, name_of(each.fact), each.fact.CATEGORY))


MODEL = OfChild(
    "timeline",
    {"position": NUMBER, "at": NUMBER, "recorded_at": NUMBER, "what": CODE, "category": CODE},
    (rows,),
    indexes=(("position",),),
)
