"""Where each child stands now: the grounds that decisions rest on, at which version of its stream.

A look at many children takes them from here; the log lets it stand only if no child has moved since.
"""

from collections.abc import Iterator

from domain.trajectory.history import History
from projections.consent_state import write
from projections.readmodel import NUMBER, Given, OfChild, Row, instant


def rows(history: History, _: Given) -> Iterator[Row]:
    if history.version and not history.erased:
        child = history.latest
        yield Row(0, (history.version, instant(child.last_at)), write(child.grounds))


MODEL = OfChild("trajectory", {"version": NUMBER, "last_at": NUMBER}, (rows,))
