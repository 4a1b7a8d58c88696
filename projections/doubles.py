"""Dossiers that may be of one child: the same BSN, found through a keyed blind index and never shown by it."""

from collections.abc import Iterator
from typing import Any

from domain.trajectory.history import History
from projections.identity import identity_of
from projections.lens import Item
from projections.readmodel import BYTES, Blind, Given, OfChild, Row
from projections.view import Content, Frame, View


def rows(history: History, given: Given) -> Iterator[Row]:
    identity = None if history.erased else identity_of(history)
    if identity is not None and identity.child.get("bsn"):
        yield Row(0, (blinded(given.blind, identity.child["bsn"]),))


def blinded(blind: Blind, bsn: str) -> bytes:
    return blind("bsn", bsn)


def build(frame: Frame) -> Content:
    """Who the child is, as far as the viewer may know: which of several dossiers is this one."""
    identity = identity_of(frame.history, frame.as_of)
    if identity is None or not frame.lens.reads(Item("identity", entry=identity.entry)):
        frame.lens.sees(Item("identity"))
        return Content({"trajectory": frame.reference})
    shown: dict[str, Any] = {"child": dict(identity.child)}
    return Content({"trajectory": frame.reference} | shown, {identity.entry: ("child",)})


IDENTITY = View("identity", 1, build, Item("identity"))
"""What a search by BSN and the list of possible doubles show of each dossier."""

MODEL = OfChild("bsn", {"blind": BYTES}, (rows,), indexes=(("blind",),))
