"""Stores and their keys: making them, filling them, keeping them."""

import getpass
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress

from api import show
from api.commands.application import BadUse, application, problems, told
from api.commands.options import AsJson, Store
from api.importing import answers, lines
from api.main import OPERATOR, App, Settings, create
from api.rotating import rotate as rotate_key
from consent_policy.grounds import Actor
from ledger.engine import migrate as migrate_store


class Clock(StrEnum):
    """Whose clock an import goes by."""

    SYSTEM = "system"
    RECORDED = "recorded"


class Language(StrEnum):
    NL = "nl"
    EN = "en"


def init(
    store: Store = None,
    simulated: Annotated[
        bool, typer.Option("--simulated", help="with the clock of its imports, marked so for good")
    ] = False,
) -> None:
    """Make an empty store."""
    with told():
        app = create(Settings.from_environment(store), simulated=simulated)
        with closing(app.store):
            typer.echo(f"made store {app.store.opened.stream}{', simulated' if simulated else ''}")


def migrate(store: Store = None) -> None:
    """Bring the tables of a store to what this version needs, facts untouched. Opening a store does it where it may."""
    with told():
        for part, made in migrate_store(Settings.from_environment(store).store).items():
            typer.echo(f"{part}: " + (f"now at schema {made[-1]}" if made else "nothing to do"))


def import_(
    file: Annotated[Path, typer.Argument(help="one action a line")],
    store: Store = None,
    report: Annotated[Path | None, typer.Option("--report", help="one answer a line")] = None,
    clock: Annotated[Clock, typer.Option("--clock", help="recorded: recorded_at of each line")] = Clock.SYSTEM,
    language: Annotated[Language, typer.Option("--language")] = Language.EN,
) -> None:
    """Do what a file of actions says; safe to run again."""
    with application(store) as app:
        if (clock is Clock.RECORDED) != app.simulated:
            raise BadUse("--clock recorded: for a store made with `zorgspoor init --simulated`, and for no other.")
        if not file.is_file():
            raise BadUse(f"{file}: no such file.")
        if report and report.exists() and report.samefile(file):
            raise BadUse("--report: this is the file that is imported.")
        counts = _import(app, file, report, clock is Clock.RECORDED, language.value)
    typer.echo(", ".join(f"{count} {status}" for status, count in counts.items()))
    if counts["refused"] or counts["invalid"]:
        raise typer.Exit(1)


def _import(app: App, file: Path, report: Path | None, recorded_clock: bool, language: str) -> dict[str, int]:
    counts = dict.fromkeys(("recorded", "unchanged", "refused", "invalid"), 0)
    with file.open("rb") as source, _report(report) as tell, Progress(console=problems, transient=True) as progress:
        task = progress.add_task("import", total=file.stat().st_size)
        for line, said in answers(app, lines(source), recorded_clock=recorded_clock, language=language):
            counts[said.status] += 1
            tell({"line": line.number} | said.as_json())
            progress.advance(task, line.size)
    return counts


@contextmanager
def _report(report: Path | None) -> Iterator[Any]:
    if report is None:
        yield lambda said: None
        return
    with report.open("w", encoding="utf-8") as out:
        yield lambda said: out.write(json.dumps(said, ensure_ascii=False) + "\n")


def rotate(store: Store = None, as_json: AsJson = False) -> None:
    """Give the store a new key over all its keys, while it is used; interrupted, it goes on when run again."""
    with application(store) as app, Progress(console=problems, transient=True, disable=as_json) as progress:
        task = progress.add_task("keys", total=None)
        by = Actor(f"os:{getpass.getuser()}", OPERATOR.role, OPERATOR.organisation)
        rotated = rotate_key(app, by, lambda seen, total: progress.update(task, completed=seen, total=total))
    show.rotated(rotated, as_json=as_json)


def rebuild(store: Store = None, as_json: AsJson = False) -> None:
    """Build the read models anew, beside those that are read meanwhile; interrupted, run it again."""
    with application(store) as app, Progress(console=problems, transient=True, disable=as_json) as progress:
        task = progress.add_task("read models", total=None)
        built = app.reads.projector.rebuild(lambda done, total: progress.update(task, completed=done, total=total))
    show.rebuilt(built.position, as_json=as_json)
