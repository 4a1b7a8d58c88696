"""What commands are told in options and arguments: their types, and what they mean."""

import getpass
import json
from datetime import datetime
from typing import Annotated
from uuid import uuid4

import typer
from pydantic import TypeAdapter, ValidationError

from api.commands.application import BadUse
from api.look import Question
from api.parse import instant_of, reasons
from api.purposes import purpose_of
from consent_policy.grounds import Actor
from domain.disclosure import Door
from projections.view import View

_ACTOR: TypeAdapter[Actor] = TypeAdapter(Actor)

Store = Annotated[
    str | None,
    typer.Option("--store", help="sqlite:///path or postgresql+psycopg://…; else ZORGSPOOR_STORE, else ./zorgspoor.db"),
]
AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of text for people")]
As = Annotated[str, typer.Option("--as", help='who looks: {"id":…,"role":…,"organisation":…}')]
AsOf = Annotated[str | None, typer.Option("--as-of", help="the instant of the content (default: now)")]
KnownAt = Annotated[str | None, typer.Option("--known-at", help="only what was recorded by then")]
Purpose = Annotated[str | None, typer.Option("--purpose", help="why (default: that of the role)")]
Reason = Annotated[str | None, typer.Option("--reason", help="the reason, where a rule asks for one")]
Categories = Annotated[list[str] | None, typer.Option("--category", help="only this category (may be repeated)")]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="children on a page (default: all)")]
Next = Annotated[str | None, typer.Option("--cursor", help="where the page before says that the next one begins")]
Trajectory = Annotated[str, typer.Argument(help="the reference of the trajectory")]


def question(
    view: View,
    as_: str,
    as_of: str | None,
    known_at: str | None,
    purpose: str | None,
    reason: str | None,
    categories: list[str] | None = None,
) -> Question:
    """What a look asks: who, why, how, and which content."""
    viewer = actor(as_)
    return Question(
        view,
        viewer,
        purpose_of(viewer.role) if purpose is None else purpose,
        door(),
        instant("--as-of", as_of),
        instant("--known-at", known_at),
        reason,
        categories=tuple(categories or ()),
    )


def operator() -> Actor:
    """Who runs the command line, looking into the trail as an auditor does."""
    return Actor(f"os:{getpass.getuser()}", "auditor", "operator")


def door() -> Door:
    """The command line, with the user of the operating system."""
    return Door(door="command line", authentication="operating system", request=str(uuid4()), os_user=getpass.getuser())


def actor(text: str) -> Actor:
    try:
        return _ACTOR.validate_json(text)
    except ValidationError as error:
        raise BadUse(f"--as: {reasons(error)}") from None


def instant(option: str, text: str | None) -> datetime | None:
    try:
        return instant_of(text) if text is not None else None
    except ValueError:
        raise BadUse(f"{option}: an instant with its offset, such as 2026-03-01T10:00:00+01:00") from None


def is_json(option: str, text: str | None) -> bool:
    try:
        return text is not None and json.loads(text) is not None
    except ValueError:
        raise BadUse(f"{option}: not JSON.") from None
