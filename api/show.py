"""How the command line shows things: JSON for programs, tables for people."""

import json
import sys
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table

from api import difference, in_force
from api.difference import Difference
from consent_policy.grounds import Decision
from consent_policy.policy import shipped
from domain.programme import Programmes
from domain.refusal import sentence
from ledger.rotation import Rotated

WIDE = 140
"""Characters in a line where the output is no terminal."""

console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)


def _json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False))


def _table(title: str, names: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    table = Table(*names, title=title, title_justify="left")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    console.print(table)


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.replace("[", r"\[") if isinstance(value, str) else str(value)


def content(view: str, body: dict[str, Any], *, as_json: bool) -> None:
    """What a view shows."""
    if as_json:
        _json(body)
    elif view == "timeline":
        _timeline(body)
    else:
        _trajectory(body)


def _timeline(body: dict[str, Any]) -> None:
    rows = [
        (each["entry"], each["at"][:16], each["by"]["id"], each["what"], _said(each["fields"]))
        for each in body["entries"]
    ]
    _table(f"Timeline of {body['trajectory']}", ("entry", "at (UTC)", "by", "what", "told"), rows)
    typer.echo(f"recorded as disclosure {body['disclosure']} at position {body['position']}")


def _said(value: object, *, inside: bool = False) -> str:
    """A value in words: what is empty is left out."""
    match value:
        case dict():
            parts = [f"{name}: {_said(part, inside=True)}" for name, part in value.items() if part not in ({}, [])]
            return f"({'; '.join(parts)})" if inside else " · ".join(parts)
        case list():
            return ", ".join(_said(part, inside=True) for part in value)
        case bool():
            return "yes" if value else "no"
        case _:
            return str(value)


EPISODE = ("episode", "programme", "phase", "outcome", "sessions", "team", "next due", "overdue")


def _episode(row: dict[str, Any]) -> list[object]:
    return [
        row["episode"],
        row["programme"],
        row["phase"] + (" (paused)" if row["paused"] else ""),
        row["outcome"],
        f"{row['sessions']['held']}/{row['sessions']['budget'] or '∞'}",
        ", ".join(row["team"]),
        *_due(row),
    ]


def _due(row: dict[str, Any]) -> list[object]:
    late = ", ".join(f"{each['rule']} {each['days_late']} d" for each in row["overdue"])
    return [(row["next_due"] or {}).get("due"), late]


def caseload(told: dict[str, Any], *, as_json: bool) -> None:
    """Every row that may be shown."""
    if as_json:
        _json(told)
        return
    episodes = [[row["trajectory"][:8], *_episode(row)] for row in told["caseload"] if "episode" in row]
    signals = [[row["trajectory"][:8], row["signal"], row["programme"], row["phase"], None, None, None, *_due(row)]
               for row in told["caseload"] if "signal" in row]  # fmt: skip
    _table("Caseload", ("trajectory", *EPISODE), episodes + signals)
    _recorded(told)


def rows(name: str, found: list[dict[str, Any]], page: dict[str, Any], *, as_json: bool) -> None:
    """A list, with what it is recorded as."""
    if as_json:
        _json({name: found} | page)
        return
    names = list(dict.fromkeys(name for row in found for name in row))
    cells = [[_said(row[each], inside=True) if each in row else None for each in names] for row in found]
    if cells:
        _table(name.capitalize(), names, cells)
    else:
        typer.echo(f"{name.capitalize()}: none")
    _recorded(page)


def children(found: list[dict[str, Any]], page: dict[str, Any], *, as_json: bool) -> None:
    """The children of a class, each with what goes on."""
    if as_json:
        _json({"children": found} | page)
        return
    cells = [[each["trajectory"][:8], _name(each), "; ".join(map(_goes_on, each["rows"]))] for each in found]
    _table("Children", ("trajectory", "name", "what goes on"), cells)
    _recorded(page)


def _name(shown: dict[str, Any]) -> str | None:
    identity = shown.get("child")
    return f"{identity['given_name']} {identity['family_name']}" if identity else None


def _goes_on(row: dict[str, Any]) -> str:
    return f"{row['programme']}: {row['phase']}{' (paused)' if row.get('paused') else ''}"


def _recorded(page: dict[str, Any]) -> None:
    if "disclosure" in page:
        typer.echo(f"recorded as disclosure {page['disclosure']} at position {page['position']}")
    if "next" in page:
        typer.echo(f"more: --cursor {page['next']}")


def changes(found: Difference, *, as_json: bool) -> None:
    """What became other between two instants."""
    told = difference.as_json(found)
    if as_json:
        _json(told)
        return
    for name in ("came", "went", "changed"):
        rows(name, told[name], {}, as_json=False)
    typer.echo(f"recorded as disclosures {' and '.join(told['disclosures'])}")


def rebuilt(position: int, *, as_json: bool) -> None:
    """Up to where of the log the new read models are."""
    if as_json:
        _json({"position": position})
    else:
        typer.echo(f"the read models are new, up to position {position} of the log")


def contacts(told: dict[str, Any], *, as_json: bool) -> None:
    """Contacts without a name."""
    if as_json:
        _json(told)
        return
    _table("Contacts", ("kind", "number"), list(told["contacts"].items()))
    rows = [[each["school"], each["programme"], each["last_contact"], _due({"next_due": None} | each)[1]]
            for each in told["schools"]]  # fmt: skip
    _table("Schools", ("school", "programme", "last contact", "overdue"), rows)


def _trajectory(body: dict[str, Any]) -> None:
    name = _name(body)
    title = f"Trajectory {body['trajectory']}" + (f" · {name}" if name else "")
    _table(title, EPISODE, [_episode(each) for each in body.get("episodes", [])])
    for each in body.get("signals", []):
        typer.echo(f"signal {each['signal']} to {each['programme']} since {each['since'][:10]}")
    typer.echo(f"recorded as disclosure {body['disclosure']} at position {body['position']}")


def refusal(decided: Decision, disclosure: UUID, *, as_json: bool) -> None:
    """Nothing to see: why, and under which id that is recorded."""
    told = {"decision": decided.decision, "rule": decided.rule, "reasons": list(decided.reasons)}
    if as_json:
        _json(told | {"disclosure": str(disclosure)})
    else:
        typer.echo(f"not shown: {_reasons(decided.reasons)} (rule {decided.rule or 'none'}); recorded as {disclosure}")


def _reasons(reasons: Sequence[str]) -> str:
    return "; ".join(f"{each}: {sentence(each)}" for each in reasons)


def decision(told: dict[str, Any], *, as_json: bool) -> None:
    """Could it be seen, and why."""
    if as_json:
        _json(told)
        return
    parts = [f"{told['decision']} by rule {told['rule'] or 'none'} of policy {told['policy']}"]
    parts += [f"{name}: {', '.join(map(str, told[name]))}" for name in ("reasons", "missing", "refused_by", "entries")
              if told[name]]  # fmt: skip
    typer.echo(" · ".join(parts))


def trail(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    """Who saw what, when, on which ground."""
    if as_json:
        _json({"disclosures": rows})
        return
    _table(
        "Looks",
        ("position", "when (UTC)", "who", "role", "purpose", "reason", "view", "shown", "entries", "rules"),
        [
            (
                each["position"],
                each["recorded_at"][:19],
                each["viewer"]["id"],
                each["viewer"]["role"],
                each["purpose"],
                each["reason"],
                each["view"],
                each["shown"],
                sum(len(part["entries"]) for part in each.get("children", (each,))),
                ", ".join(_rules(each)),
            )
            for each in rows
        ],
    )


def _rules(row: dict[str, Any]) -> list[str]:
    permitting = (g for child in row.get("children", ()) for g in child["grounds"] if g["decision"] == "permit")
    return list(dict.fromkeys(ground["rule"] for ground in permitting))


def programmes(loaded: Programmes, *, as_json: bool) -> None:
    """The programmes in force."""
    rows = in_force.programmes(loaded)
    if as_json:
        _json({"programmes": rows})
        return
    names = ("id", "version", "name", "place", "carried_by", "organisations", "sha256")
    _table("Programmes", names, [[_listed(each[name]) for name in names] for each in rows])
    for each in rows:
        if not each["organisations"]:
            typer.echo(f"warning: {each['id']} names no organisations: any organisation of its roles carries it")


def _listed(value: object) -> object:
    return ", ".join(map(str, value)) if isinstance(value, list) else value


def policies(*, as_json: bool) -> None:
    """The consent policies, in the order in which they came into force."""
    rows = in_force.policies(shipped())
    if as_json:
        _json({"policies": rows})
    else:
        _table("Policies", ("policy", "in force from", "sha256"), [list(each.values()) for each in rows])


def rotated(done: Rotated, *, as_json: bool) -> None:
    """What a new store key wraps, and what is still to be done by hand."""
    if as_json:
        _json({"keys": done.keys, "resumed": done.resumed})
        return
    which = "the rotation that was interrupted is finished" if done.resumed else "the store has a new key"
    children = "1 child" if done.keys == 1 else f"{done.keys} children"
    typer.echo(f"{which}: it wraps the keys of {children}")
    typer.echo("A new key in a file has no copy yet: copy the key file now (docs/how-to/rotate-keys.md).")
