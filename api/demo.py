"""The demonstration: one practice from signal to closing, told by the commands that an operator would type."""

import json
import shlex
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import typer

CASE = Path(__file__).parent.parent / "tests" / "cases" / "pit.jsonl"
"""The worked case of PIT, Leiden; all its names are made up."""

COORDINATOR = {"id": "co-1", "role": "coordinator", "organisation": "GM0546"}
COACH = {"id": "pit-2", "role": "pit_coach", "organisation": "pit-leiden"}
MOTHER = {"id": "g-m", "role": "guardian", "organisation": "family"}

Step = tuple[str, list[str]]


def steps(store: str, report: str) -> Iterator[Step]:
    """(what it shows, the command)."""
    at = ["--store", store]
    why = ["explain", *at, "--trajectory", "t-pit-1", "--viewer", json.dumps(COACH | {"id": "pit-1"})]
    why += ["--purpose", "care", "--category", "session"]
    yield "A store: one sealed log, its keys beside it.", ["init", *at]
    yield (
        "A child's case, told by the people who acted. What may not be done is refused, and that is a fact as well.",
        ["import", str(CASE), *at, "--report", report],
    )
    yield "The current caseload, as the coordinator sees it: codes and dates.", _as("caseload", [], at, COORDINATOR)
    yield "The timeline, as a coach on the team sees it.", _as("timeline", ["t-pit-1"], at, COACH)
    yield "Could the coach see sessions while both parents consented? Yes.", [*why, "--at", "2025-11-02T12:00:00+01:00"]
    yield "And after father withdrew? No, and this is why.", [*why, "--at", "2025-11-05T12:00:00+01:00"]
    yield "The mother looks into the dossier of her child.", _as("trajectory", ["t-pit-1"], at, MOTHER)
    yield (
        "A coordinator may not read what was said.",
        _as("timeline", ["t-pit-1", "--category", "session"], at, COORDINATOR),
    )
    yield "Who has looked, and on which ground.", ["disclosures", *at]
    yield "Everything that was shown is built anew and compared.", ["replay", *at, "--all"]


def _as(view: str, arguments: Sequence[str], store: Sequence[str], viewer: dict[str, str]) -> list[str]:
    return [view, *arguments, *store, "--as", json.dumps(viewer)]


def run(folder: Path, command: Callable[[list[str]], object]) -> None:
    """Show every step with the command that made it. The store stays, to be tried out."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob("zorgspoor.*"):
        left.unlink()
    for shows, words in steps(f"sqlite:///{folder / 'zorgspoor.db'}", str(folder / "zorgspoor.report.jsonl")):
        typer.secho(f"\n# {shows}", bold=True)
        typer.secho(f"$ zorgspoor {shlex.join(words)}", dim=True)
        command(words)
    typer.echo(f"\nThe store stays in {folder}: try the commands yourself.")
