"""Questions of those who check: could it be seen, who saw what, and is that what was shown."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from pydantic import ValidationError
from rich.progress import Progress

from api import asks, show, show_replays
from api.asks import Asked
from api.commands.application import BadUse, application, problems
from api.commands.options import As, AsJson, KnownAt, Purpose, Reason, Store, actor, door, instant, is_json, operator
from api.look import Refused
from api.main import App, Settings
from api.parse import reasons
from api.past_looks import NoSuchDisclosure
from api.replay import Replayed
from api.replay import replay as replay_one
from api.replaying import replay_together
from api.reveal import Different, reveal_look
from api.trail import Filter, record_query
from api.trail import disclosures as looks
from consent_policy.grounds import Decision


def explain(
    store: Store = None,
    trajectory: Annotated[str | None, typer.Option("--trajectory")] = None,
    viewer: Annotated[str | None, typer.Option("--viewer", help='{"id":…,"role":…,"organisation":…}')] = None,
    purpose: Purpose = None,
    category: Annotated[str | None, typer.Option("--category")] = None,
    at: Annotated[str | None, typer.Option("--at", help="decided at that instant (default: now)")] = None,
    known_at: KnownAt = None,
    recipient: Annotated[str | None, typer.Option("--recipient")] = None,
    episode: Annotated[str | None, typer.Option("--episode")] = None,
    of_signal: Annotated[str | None, typer.Option("--signal")] = None,
    reason: Reason = None,
    batch: Annotated[Path | None, typer.Option("--batch", help="one question a line; one answer a line")] = None,
    as_json: AsJson = False,
) -> None:
    """Could this person see it, and why."""
    with application(store) as app:
        if batch:
            asked = list(_asked_in(batch))
        else:
            one = {
                "trajectory": trajectory,
                "viewer": viewer and json.loads(viewer) if is_json("--viewer", viewer) else None,
                "purpose": purpose,
                "category": category,
                "at": at,
                "known_at": known_at,
                "recipient": recipient,
                "episode": episode,
                "signal": of_signal,
                "reason": reason,
            }
            asked = [_asked("explain", {name: value for name, value in one.items() if value is not None})]
        now = app.now()
        decisions = [asks.as_json(asks.explain(app, each, now)) for each in asked]
        filters = tuple(f"trajectory={app.stream_of(each)}" for each in dict.fromkeys(a.trajectory for a in asked))
        record_query(app, "explain", filters, operator(), door(), decisions)
    for each in decisions:
        show.decision(each, as_json=as_json)


def _asked_in(batch: Path) -> Iterator[Asked]:
    if not batch.is_file():
        raise BadUse(f"{batch}: no such file.")
    for number, text in enumerate(batch.read_bytes().splitlines(), 1):
        if text.strip():
            try:
                sent = json.loads(text)
            except ValueError:
                raise BadUse(f"{batch.name}, line {number}: not JSON.") from None
            yield _asked(f"{batch.name}, line {number}", sent)


def _asked(where: str, sent: object) -> Asked:
    try:
        return Asked.model_validate(sent)
    except ValidationError as error:
        raise BadUse(f"{where}: {reasons(error)}") from None


def disclosures(
    store: Store = None,
    trajectory: Annotated[str | None, typer.Option("--trajectory", help="looks at this child")] = None,
    viewer: Annotated[str | None, typer.Option("--viewer", help="looks by the person with this id")] = None,
    since: Annotated[str | None, typer.Option("--from", help="recorded from this instant on")] = None,
    until: Annotated[str | None, typer.Option("--to", help="recorded before this instant")] = None,
    as_: Annotated[str | None, typer.Option("--as", help="who asks (default: the operator, as auditor)")] = None,
    as_json: AsJson = False,
) -> None:
    """Who saw what, when, on which ground."""
    with application(store) as app:
        by = operator() if as_ is None else actor(as_)
        stream = None if trajectory is None else str(app.stream_of(trajectory))
        asked = Filter(stream, viewer, instant("--from", since), instant("--to", until))
        rows = looks(app, asked, by, door())
    if isinstance(rows, Decision):
        show.decision(asks.as_json(rows), as_json=as_json)
        raise typer.Exit(1)
    show.trail(rows, as_json=as_json)


def replay(
    disclosure: Annotated[str | None, typer.Argument(help="the id of a disclosure")] = None,
    store: Store = None,
    every: Annotated[bool, typer.Option("--all", help="every look in the log")] = False,
    as_json: AsJson = False,
) -> None:
    """Rebuild what was shown, and compare."""
    with application(store) as app:
        if every == bool(disclosure):
            raise BadUse("replay: give the id of one disclosure, or --all.")
        results = _all(app, store, as_json=as_json) if every else [_replayed(app, disclosure or "")]
        filters = () if every else (f"disclosure={disclosure}",)
        record_query(app, "replay", filters, operator(), door(), [show_replays.row(each) for each in results])
    show_replays.replayed(results, as_json=as_json)
    if any(each.result == "DIFFERENT" for each in results):
        raise typer.Exit(1)


def _all(app: App, store: str | None, *, as_json: bool) -> list[Replayed]:
    results = []
    with Progress(console=problems, transient=True, disable=as_json) as progress:
        task = progress.add_task("replay", total=app.store.last().position)
        for each in replay_together(app, partial(Settings.from_environment, store)):
            results.append(each)
            progress.update(task, completed=each.position)
    return results


def _replayed(app: App, disclosure: str) -> Replayed:
    try:
        return replay_one(app, UUID(disclosure))
    except (ValueError, NoSuchDisclosure):
        raise BadUse("replay: no look with this id.") from None


def reveal(
    disclosure: Annotated[str, typer.Argument(help="the id of a disclosure that showed something")],
    as_: As,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """What a look showed, for the auditor for whom the dpo approved that."""
    with application(store) as app:
        try:
            found = reveal_look(app, UUID(disclosure), actor(as_), door())
        except (ValueError, NoSuchDisclosure):
            raise BadUse("reveal: no look with this id that showed anything.") from None
    if isinstance(found, Refused):
        show.refusal(found.decision, found.disclosure, as_json=as_json)
        raise typer.Exit(1)
    if isinstance(found, Different):
        show_replays.different(found, as_json=as_json)
        raise typer.Exit(1)
    show_replays.revealed(found, as_json=as_json)
