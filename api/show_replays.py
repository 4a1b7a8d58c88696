"""How the command line shows what was shown: whether it can be built anew, and, where that is approved, what it was."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import typer

from api.replay import Replayed
from api.reveal import Different, Revealed
from domain.disclosure import Look
from projections.access_trail import told


def row(each: Replayed) -> dict[str, Any]:
    return {
        "disclosure": str(each.disclosure) if each.disclosure else None,
        "position": each.position,
        "result": each.result,
        "why": list(each.why),
    }


def replayed(results: Sequence[Replayed], *, as_json: bool) -> None:
    """What became of each look that was replayed, and how many of each."""
    counted = Counter[str](each.result for each in results)
    if as_json:
        _json({"replayed": [row(each) for each in results], "results": dict(counted)})
        return
    for each in results:
        typer.echo(f"{each.disclosure or '?'} at {each.position}: {each.result} {' '.join(each.why)}".rstrip())
    typer.echo(", ".join(f"{count} {result}" for result, count in counted.items()) or "none")


def revealed(found: Revealed, *, as_json: bool) -> None:
    """Who was shown it, when and why; and what it was: exactly that, so JSON for people too."""
    assert isinstance(found.look.fact, Look)
    look = told(found.look, found.look.fact)
    if as_json:
        recorded = {"disclosure": str(found.seen.disclosure), "position": found.seen.position}
        counts = {"withheld": found.withheld, "erased": found.erased}
        _json({"revealed": look, "children": list(found.seen.bodies)} | counts | recorded)
        return
    viewer = look["viewer"]
    typer.echo(f"{viewer['id']} ({viewer['role']}) was shown at {look['recorded_at'][:19]}Z, in {look['view']}:")
    for body in found.seen.bodies:
        typer.echo(json.dumps(body, ensure_ascii=False, indent=2))
    for count, what in ((found.withheld, "withheld"), (found.erased, "erased")):
        if count:
            typer.echo(f"of {count} more: {what}")
    typer.echo(f"recorded as disclosure {found.seen.disclosure} at position {found.seen.position}")


def different(found: Different, *, as_json: bool) -> None:
    """Nothing of it: what differs by name, and under which id it is recorded that it was asked for."""
    if as_json:
        _json({"result": "DIFFERENT", "why": list(found.why), "disclosure": str(found.disclosure)})
    else:
        typer.echo(f"not shown: DIFFERENT {' '.join(found.why)}; recorded as {found.disclosure}")


def _json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False))
