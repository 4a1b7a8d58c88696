"""The demonstration: five practices in one store, served on this machine, with what each person would ask of it."""

import json
import shlex
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typer

from api.act import act
from api.http.personas import PERSONAS
from api.importing import answers, lines
from api.main import App, Settings, create
from api.parse import parse

CASES = Path(__file__).parent.parent / "tests" / "cases"
PRACTICES = ("pit", "preventie_plus", "jgt", "ot", "jos")
"""The worked cases of the five practices; all their names are made up."""

CHILD = "t-pit-1"
COUNSELLOR = {"id": "ib-1", "role": "internal_counsellor", "organisation": "school-12AB"}
COACH = {"id": "pit-1", "role": "pit_coach", "organisation": "pit-leiden"}
LINKED = {"action": "link_account", "person": "g-m", "subject": PERSONAS["demo-mother"].id, "by": COUNSELLOR}


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody asks of the service. `asked`: the address, or an action and its fields."""

    says: str
    persona: str
    asked: str
    fields: dict[str, Any] | None = None

    def command(self, base: str) -> str:
        """The command that asks it."""
        words = ["curl", "-s", "-H", f"Authorization: Bearer {self.persona}"]
        if self.fields is not None:
            words += [
                "-H",
                "Content-Type: application/json",
                "-H",
                f"Idempotency-Key: {self.asked.rpartition('/')[2]}-1",
            ]
            words += ["-d", json.dumps(self.fields, ensure_ascii=False)]
        return shlex.join([*words, base + self.asked])


TALK = {
    "trajectory": CHILD,
    "at": "2026-04-20T11:00:00+02:00",
    "episode": "e-2",
    "form": "guardian_talk",
    "minutes": 30,
}
WORDS = {"trajectory": CHILD, "at": "2026-04-21T20:00:00+02:00", "text": "Noor gaat weer met plezier naar school."}
EXPLAIN = (
    f"/explain?trajectory={CHILD}&category=session&purpose=care&viewer=pit-1&role=pit_coach&organisation=pit-leiden"
)

OF_EACH: Mapping[str, Sequence[tuple[str, str, dict[str, Any] | None]]] = {
    "demo-coordinator": (
        ("The coordinator asks for the current caseload: codes and dates, no names.", "/caseload", None),
        ("Who works in how many episodes?", "/load", None),
        ("What was said is not for a coordinator.", f"/trajectories/{CHILD}/timeline?category=session", None),
    ),
    "demo-coach": (
        ("The coach on the team reads what happened.", f"/trajectories/{CHILD}/timeline", None),
        ("She holds a talk with the parents.", "/actions/hold_session", TALK),
    ),
    "demo-mother": (
        ("The mother asks who she is here: her account is linked to one trajectory.", "/me", None),
        ("She looks into the dossier of her child.", f"/trajectories/{CHILD}", None),
        ("She adds her own words.", "/actions/add_statement", WORDS),
        ("She asks who looked, and why.", f"/trajectories/{CHILD}/access-log", None),
        ("To her, another child is as one that is not there.", "/trajectories/t-ot-1", None),
    ),
    "demo-auditor": (
        ("The auditor asks who saw what, on which ground.", "/disclosures?limit=5", None),
        ("Could the coach read sessions the day before father withdrew?", f"{EXPLAIN}&at=2025-11-02T12:00:00Z", None),
        ("And two days after?", f"{EXPLAIN}&at=2025-11-05T12:00:00Z", None),
    ),
    "demo-dpo": (
        ("The data protection officer sees what somebody else must still look at.", "/reviews", None),
        ("And which consent policy decides.", "/policies", None),
    ),
}
STEPS = [Step(says, persona, asked, fields) for persona, of in OF_EACH.items() for says, asked, fields in of]


STORE, MAKING = "zorgspoor.db", "making-"


def made(folder: Path) -> str:
    """The address of the store of the demonstration, which is made if it is not there: the whole of it or nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / STORE).exists():
        for left in folder.glob(f"{MAKING}*"):  # by who was killed
            shutil.rmtree(left)
        with TemporaryDirectory(dir=folder, prefix=MAKING) as making:
            app = create(Settings(f"sqlite:///{Path(making) / STORE}"))
            with closing(app.store):
                for answer in _told(app):
                    typer.echo(answer)
            for made in sorted(Path(making).iterdir(), key=lambda file: file.name == STORE):  # the log comes last
                made.replace(folder / made.name)
    return f"sqlite:///{folder / STORE}"


def walk_through(base: str) -> Iterator[str]:
    """What to try, persona by persona."""
    for step in STEPS:
        yield f"\n# {step.says}\n{step.command(base)}"


def _told(app: App) -> Iterator[str]:
    for practice in PRACTICES:
        with (CASES / f"{practice}.jsonl").open("rb") as source:
            said = [answer.status for _, answer in answers(app, lines(source), recorded_clock=False, language="nl")]
        yield f"{practice}: {', '.join(_counted(said))}"
    linked = act(app, _action(app, LINKED, "2026-04-18T09:00:00+02:00"))
    confirmed = {"action": "confirm_entry", "entry": linked.entries[0], "by": COACH}
    act(app, _action(app, confirmed, "2026-04-18T10:00:00+02:00"))


def _action(app: App, said: dict[str, Any], at: str) -> Any:
    return parse(said | {"trajectory": CHILD, "at": at}, app.programmes)


def _counted(said: Iterable[str]) -> Iterator[str]:
    statuses = list(said)
    return (f"{statuses.count(status)} {status}" for status in dict.fromkeys(statuses))
