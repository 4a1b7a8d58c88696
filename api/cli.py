"""The command line: the operator's tool. Every look through it is recorded with the operating-system user.

Exit codes: 0 done, 1 refused or found bad, 2 bad use, 3 the store cannot be used now, 70 a defect (never 1).
"""

import getpass
import json
import os
import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID, uuid4

import typer
from pydantic import TypeAdapter, ValidationError
from rich.console import Console
from rich.progress import Progress

from api import asks, lists, show
from api import demo as demonstration
from api.asks import Asked
from api.importing import answers, lines
from api.look import Busy, Question, Refused, Seen, look
from api.main import OPERATOR, App, Settings, build, create
from api.parse import reasons
from api.replay import NoSuchDisclosure, Replayed, replay_all
from api.replay import replay as replay_one
from api.rotating import rotate as rotate_key
from api.trail import Filter, record_query
from api.trail import disclosures as looks
from consent_policy.grounds import Actor, Decision
from consent_policy.instant import Instant
from consent_policy.policy import PolicyInvalid, PolicyMissing
from domain.disclosure import Door
from domain.programme import ProgrammeFileError
from ledger.engine import migrate as migrate_store
from ledger.errors import FactUnreadable, LedgerError, SealBroken, StoreUnavailable
from projections.caseload import CASELOAD
from projections.timeline import TIMELINE
from projections.trajectory import TRAJECTORY
from projections.view import View

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
problems = Console(stderr=True, highlight=False)

_ACTOR: TypeAdapter[Actor] = TypeAdapter(Actor)
_INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)

PURPOSE_OF = {
    "guardian": "subject_access",
    "youth": "subject_access",
    "coordinator": "coordination",
    "auditor": "audit",
    "dpo": "audit",
    "evaluator": "evaluation",
    "records_officer": "legal",
}
"""The purpose of a look where none is stated; everybody else looks for care."""


class Clock(StrEnum):
    """Whose clock an import goes by."""

    SYSTEM = "system"
    RECORDED = "recorded"


class Language(StrEnum):
    NL = "nl"
    EN = "en"


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
Trajectory = Annotated[str, typer.Argument(help="the reference of the trajectory")]


class BadUse(Exception):
    """The command does not say what it must; the sentence says what."""


@contextmanager
def told() -> Iterator[None]:
    """Tell what went wrong in a sentence and an exit code; never with content, never with a traceback of values."""
    try:
        yield
    except BadUse as error:
        _stop(2, str(error))
    except (PolicyInvalid, PolicyMissing, ProgrammeFileError) as error:
        _stop(2, str(error))
    except StoreUnavailable as error:
        _stop(3, f"{error} {error.hint}")
    except (SealBroken, FactUnreadable) as error:
        _stop(1, f"{error} {error.hint}")
    except LedgerError as error:
        _stop(2, f"{error} {error.hint}")
    except BrokenPipeError:
        raise
    except OSError as error:
        _stop(2, f"{error.filename}: {error.strerror}")
    except Busy:
        _stop(3, "The dossier kept changing; nothing was shown. Ask again.")


@contextmanager
def application(store: str | None) -> Iterator[App]:
    """The application over this store, closed in the end; what goes wrong is told."""
    with told():
        app = build(Settings.from_environment(store))
        with closing(app.store):
            yield app


def _stop(code: int, sentence: str) -> None:
    problems.print(sentence, markup=False)
    raise typer.Exit(code)


@cli.command()
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


@cli.command()
def migrate(store: Store = None) -> None:
    """Bring the tables of a store to what this version needs, facts untouched. Opening a store does it where it may."""
    with told():
        for part, made in migrate_store(Settings.from_environment(store).store).items():
            typer.echo(f"{part}: " + (f"now at schema {made[-1]}" if made else "nothing to do"))


@cli.command("import")
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


@cli.command()
def trajectory(
    trajectory: Trajectory,
    as_: As,
    store: Store = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    purpose: Purpose = None,
    reason: Reason = None,
    as_json: AsJson = False,
) -> None:
    """Where a child's trajectory stands."""
    _look(TRAJECTORY, store, trajectory, as_, as_of, known_at, purpose, reason, None, as_json)


@cli.command()
def timeline(
    trajectory: Trajectory,
    as_: As,
    store: Store = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    purpose: Purpose = None,
    reason: Reason = None,
    category: Categories = None,
    as_json: AsJson = False,
) -> None:
    """What happened, entry by entry."""
    _look(TIMELINE, store, trajectory, as_, as_of, known_at, purpose, reason, category, as_json)


def _look(
    view: View,
    store: str | None,
    reference: str,
    as_: str,
    as_of: str | None,
    known_at: str | None,
    purpose: str | None,
    reason: str | None,
    categories: list[str] | None,
    as_json: bool,
) -> None:
    with application(store) as app:
        question = _question(view, as_, as_of, known_at, purpose, reason, categories)
        outcome = look(app, question, reference)
    if isinstance(outcome, Refused):
        show.refusal(outcome.decision, outcome.disclosure, as_json=as_json)
        raise typer.Exit(1)
    body = outcome.bodies[0] | {"trajectory": reference}
    show.content(view.name, body | _disclosure(outcome), as_json=as_json)


def _question(
    view: View,
    as_: str,
    as_of: str | None,
    known_at: str | None,
    purpose: str | None,
    reason: str | None,
    categories: list[str] | None = None,
) -> Question:
    viewer = _actor(as_)
    return Question(
        view,
        viewer,
        purpose or PURPOSE_OF.get(viewer.role, "care"),
        _door(),
        _instant("--as-of", as_of),
        _instant("--known-at", known_at),
        reason,
        categories=tuple(categories or ()),
    )


def _disclosure(seen: Seen) -> dict[str, Any]:
    return {"disclosure": str(seen.disclosure), "position": seen.position}


@cli.command()
def caseload(
    as_: As,
    store: Store = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    purpose: Purpose = None,
    reason: Reason = None,
    as_json: AsJson = False,
) -> None:
    """Every episode that is open or in follow-up, of the children on the viewer's list."""
    with application(store) as app:
        question = _question(CASELOAD, as_, as_of, known_at, purpose, reason)
        seen = lists.caseload(app, question)
    rows = [row for body in seen.bodies for row in body["rows"]]
    show.caseload({"caseload": rows} | _disclosure(seen), as_json=as_json)


@cli.command()
def contacts(
    as_: As,
    store: Store = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
) -> None:
    """Contacts without a name: how many of each kind, and the last with each school."""
    with application(store) as app:
        viewer, at, known = _actor(as_), _instant("--as-of", as_of), _instant("--known-at", known_at)
        body = lists.contacts(app, viewer, _door(), at, known)
    show.contacts(body, as_json=as_json)


@cli.command()
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
                "viewer": viewer and json.loads(viewer) if _is_json("--viewer", viewer) else None,
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
        record_query(app, "explain", filters, operator(), _door(), decisions)
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


@cli.command()
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
        by = _actor(as_) if as_ else operator()
        stream = str(app.stream_of(trajectory)) if trajectory else None
        asked = Filter(stream, viewer, _instant("--from", since), _instant("--to", until))
        rows = looks(app, asked, by, _door())
    if isinstance(rows, Decision):
        show.decision(asks.as_json(rows), as_json=as_json)
        raise typer.Exit(1)
    show.trail(rows, as_json=as_json)


@cli.command()
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
        results = list(replay_all(app)) if every else [_replayed(app, disclosure or "")]
        filters = () if every else (f"disclosure={disclosure}",)
        record_query(app, "replay", filters, operator(), _door(), [show.replay_row(each) for each in results])
    show.replayed(results, as_json=as_json)
    if any(each.result == "DIFFERENT" for each in results):
        raise typer.Exit(1)


def _replayed(app: App, disclosure: str) -> Replayed:
    try:
        return replay_one(app, UUID(disclosure))
    except (ValueError, NoSuchDisclosure):
        raise BadUse("replay: no look with this id.") from None


keys = typer.Typer(no_args_is_help=True, help="The keys of a store.")
cli.add_typer(keys, name="keys")


@keys.command()
def rotate(store: Store = None, as_json: AsJson = False) -> None:
    """Give the store a new key over all its keys, while it is used; interrupted, it goes on when run again."""
    with application(store) as app, Progress(console=problems, transient=True, disable=as_json) as progress:
        task = progress.add_task("keys", total=None)
        by = Actor(f"os:{getpass.getuser()}", OPERATOR.role, OPERATOR.organisation)
        rotated = rotate_key(app, by, lambda seen, total: progress.update(task, completed=seen, total=total))
    show.rotated(rotated, as_json=as_json)


@cli.command()
def programmes(as_json: AsJson = False) -> None:
    """The programmes in force, with versions and hashes."""
    with told():
        settings = Settings.from_environment()
        show.programmes(settings.loaded_programmes(), as_json=as_json)


@cli.command()
def policies(as_json: AsJson = False) -> None:
    """The consent policies, with the instant from which each is in force and its hash."""
    with told():
        show.policies(as_json=as_json)


@cli.command()
def demo(
    folder: Annotated[Path, typer.Option("--folder", help="where the store is made anew")] = Path("demo"),
) -> None:
    """Make a store, import the case of one practice, and show what each person may see of it."""
    with told():
        if not demonstration.CASE.is_file():
            raise BadUse("demo: run it from a clone of the repository; the case that it shows is in its tests.")
        demonstration.run(folder, lambda words: cli(words, standalone_mode=False))


def operator() -> Actor:
    """Who runs the command line, looking into the trail as an auditor does."""
    return Actor(f"os:{getpass.getuser()}", "auditor", "operator")


def _door() -> Door:
    return Door(door="command line", authentication="operating system", request=str(uuid4()), os_user=getpass.getuser())


def _actor(text: str) -> Actor:
    try:
        return _ACTOR.validate_json(text)
    except ValidationError as error:
        raise BadUse(f"--as: {reasons(error)}") from None


def _instant(option: str, text: str | None) -> datetime | None:
    try:
        return _INSTANT.validate_python(text) if text else None
    except ValidationError:
        raise BadUse(f"{option}: an instant with its offset, such as 2026-03-01T10:00:00+01:00") from None


def _is_json(option: str, text: str | None) -> bool:
    try:
        return text is not None and json.loads(text) is not None
    except ValueError:
        raise BadUse(f"{option}: not JSON.") from None


def main() -> None:
    """The command `zorgspoor`. A defect ends with 70 and the place of it, without any value.

    What this process knows of children is not to be written to disk when it crashes.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    written = sys.stdout
    try:
        try:
            cli()
        finally:
            written.flush()
    except BrokenPipeError:
        _end_as_by_signal()
    except SystemExit:
        if sys.stdout is not written:  # Typer puts another one there when nobody reads on
            _end_as_by_signal()
        raise
    except Exception as error:  # noqa: BLE001  # the last resort: a traceback with values could show content
        problems.print(_place(error), markup=False)
        sys.exit(70)


def _end_as_by_signal() -> None:
    """Where nobody reads on (`| head`) it ends as other commands do: that is no refusal.

    Only now: a signal that ended the process at once would also come of a connection that somebody else closed.
    """
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGPIPE)


def _place(error: BaseException) -> str:
    last = error.__traceback__
    while last and last.tb_next:
        last = last.tb_next
    where = f"{Path(last.tb_frame.f_code.co_filename).name}:{last.tb_lineno}" if last else "?"
    return f"This is a defect: {type(error).__name__} at {where}. Nothing was shown."
