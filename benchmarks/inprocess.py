"""The same requests without HTTP, one after the other: what answers them in a worker, called in this process."""

from collections.abc import Callable, Mapping
from time import perf_counter
from uuid import uuid4

from api import lists
from api.accounts import Account
from api.act import act
from api.http.personas import PERSONAS
from api.listing import Page
from api.look import Question, Refused, Seen, look
from api.main import App
from api.parse import parse
from api.purposes import purpose_of
from api.trail import Filter, disclosures
from benchmarks.mix import MIX, Ask, Mix, Whom
from domain.action import Action
from domain.disclosure import Door
from projections.caseload import CASELOAD
from projections.doubles import IDENTITY
from projections.timeline import TIMELINE
from projections.trajectory import TRAJECTORY
from projections.view import View

PAGE = 50


class InProcess:
    """Asks an application itself. `app`: of which another process projects, as in a service."""

    def __init__(self, app: App, whom: Whom) -> None:
        self._app = app
        self._whom = whom
        app.reads.followed = True

    def ask(self, seconds: float, seed: int) -> list[float]:
        """The milliseconds of each answer, in so many seconds."""
        mix, taken, began = Mix(self._whom, seed), list[float](), perf_counter()
        for ask in mix:
            asked = perf_counter()
            if asked - began > seconds:
                break
            self._answer(ask, mix)
            taken.append((perf_counter() - asked) * 1e3)
        return taken

    def _answer(self, ask: Ask, mix: Mix) -> None:
        match MIX[ask.kind].of:
            case "look":
                self._look(ask)
            case "page":
                page = Page(PAGE, ask.cursor)
                mix.leafed(lists.caseload(self._app, _question(ask, CASELOAD), page).next)
            case "action":
                self._act(ask)
            case _:
                OTHERS[ask.kind](self._app, ask)

    def _look(self, ask: Ask) -> None:
        question = _question(ask, TIMELINE if ask.kind == "timeline" else TRAJECTORY)
        seen = look(self._app, question, ask.child)
        expected = Refused if ask.kind == "not theirs" else Seen
        if not isinstance(seen, expected):
            raise TypeError(ask.kind)

    def _act(self, ask: Ask) -> None:
        by, account = PERSONAS[ask.persona], _account(ask)
        if account:
            linked = account.actor_in(self._app.history(self._app.stream_of(ask.child)))
            by = linked or by
        who = {"id": by.id, "role": by.role, "organisation": by.organisation}
        name = ask.target.rpartition("/")[2]
        action = parse(ask.body | {"action": name, "action_id": ask.key, "by": who}, self._app.programmes)
        assert isinstance(action, Action)
        answer = act(self._app, action, account=account)
        if answer.status != "recorded":
            raise RuntimeError(f"{answer.status}: {answer.code}")


def _account(ask: Ask) -> Account | None:
    persona = PERSONAS[ask.persona]
    return Account(persona.id, persona.role) if persona.role == "guardian" else None


def _door() -> Door:
    return Door(door="http", authentication="demonstration", request=str(uuid4()))


def _question(ask: Ask, view: View) -> Question:
    who = PERSONAS[ask.persona]
    return Question(view, who, purpose_of(who.role), _door(), account=_account(ask))


def _search(app: App, ask: Ask) -> None:
    lists.with_bsn(app, _question(ask, IDENTITY), ask.body["bsn"])


def _lapsing(app: App, ask: Ask) -> None:
    lists.consent_lapsing(app, _question(ask, CASELOAD), Page(PAGE))


def _load(app: App, ask: Ask) -> None:
    lists.load(app, PERSONAS[ask.persona], _door())


def _who_looked(app: App, ask: Ask) -> None:
    child = str(app.stream_of(ask.child))
    disclosures(app, Filter(child, limit=20), PERSONAS[ask.persona], _door())


OTHERS: Mapping[str, Callable[[App, Ask], None]] = {
    "search": _search,
    "lapsing": _lapsing,
    "load": _load,
    "who looked": _who_looked,
}
