"""Lists over many children, as the actor in `--as`: each row only where it may be shown."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, NamedTuple

import typer
from pydantic import TypeAdapter, ValidationError
from rich.progress import Progress

from api import difference, lists, show
from api.asks import as_json as decision_json
from api.commands.application import BadUse, application, problems
from api.commands.looks import disclosure
from api.commands.options import (
    As,
    AsJson,
    AsOf,
    KnownAt,
    Limit,
    Next,
    Purpose,
    Reason,
    Store,
    actor,
    door,
    instant,
    question,
)
from api.listing import Listed, Page, rows_of
from api.look import Question
from api.main import App
from consent_policy.grounds import Decision
from domain.field import Bsn
from projections.caseload import CASELOAD
from projections.class_list import CLASS_LIST
from projections.doubles import IDENTITY
from projections.oversight import REQUESTS_DUE, REVIEWS_DUE
from projections.rebuild import Progress as Told
from projections.view import View

_BSN: TypeAdapter[str] = TypeAdapter(Bsn)


@contextmanager
def _progress(name: str, *, hidden: bool) -> Iterator[Told]:
    """A bar beside the answer, while it takes long."""
    with Progress(console=problems, transient=True, disable=hidden or not problems.is_terminal) as progress:
        task = progress.add_task(name, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total or None)


def caseload(
    as_: As,
    store: Store = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    purpose: Purpose = None,
    reason: Reason = None,
    limit: Limit = None,
    cursor: Next = None,
    as_json: AsJson = False,
) -> None:
    """Every episode that is open or in follow-up, of the children on the viewer's list."""
    with application(store) as app, _progress("caseload", hidden=as_json) as told:
        asked = question(CASELOAD, as_, as_of, known_at, purpose, reason)
        found = lists.caseload(app, asked, Page(limit, cursor), told)
    show.caseload({"caseload": rows_of(found)} | _page(found), as_json=as_json)


def _page(found: Listed) -> dict[str, Any]:
    return disclosure(found.seen) | ({"next": found.next} if found.next else {})


class ListOf(NamedTuple):
    """A list that is asked for by nothing but who looks."""

    ask: Callable[[App, Question, Page], Listed]
    view: View
    what: str
    says: str

    def show(self, found: Listed, *, as_json: bool) -> None:
        if self.view is CLASS_LIST:
            show.children(list(found.seen.bodies), _page(found), as_json=as_json)
        else:
            show.rows(self.what, rows_of(found), _page(found), as_json=as_json)


LAPSING = "Episodes in which consent lapses by itself within 90 days: a birthday, or the end of what was agreed."
REVIEWS = "Overrides, irregularities and evidence that somebody else must still look at."
REQUESTS = "Requests of families that are not answered yet."

LISTS = {
    "class-list": ListOf(lists.class_list, CLASS_LIST, "children", "The children of the viewer's school."),
    "lapsing": ListOf(lists.consent_lapsing, CASELOAD, "lapsing", LAPSING),
    "reviews": ListOf(lists.reviews_due, REVIEWS_DUE, "reviews", REVIEWS),
    "requests": ListOf(lists.requests_due, REQUESTS_DUE, "requests", REQUESTS),
}


def command(of: ListOf) -> Callable[..., None]:
    """The command that shows a list."""

    def show_list(
        as_: As,
        store: Store = None,
        purpose: Purpose = None,
        reason: Reason = None,
        limit: Limit = None,
        cursor: Next = None,
        as_json: AsJson = False,
    ) -> None:
        with application(store) as app:
            found = of.ask(app, question(of.view, as_, None, None, purpose, reason), Page(limit, cursor))
        of.show(found, as_json=as_json)

    show_list.__doc__ = of.says
    return show_list


def search(
    as_: As, store: Store = None, purpose: Purpose = None, reason: Reason = None, as_json: AsJson = False
) -> None:
    """Dossiers with a BSN, which is read from standard input: a command line is kept by shells."""
    said = typer.prompt("BSN", hide_input=True) if sys.stdin.isatty() else sys.stdin.readline().strip()
    with application(store) as app:
        try:
            bsn = _BSN.validate_python(said)
        except ValidationError:
            raise BadUse("search: no BSN on standard input: nine digits that pass the elevens test.") from None
        found = lists.with_bsn(app, question(IDENTITY, as_, None, None, purpose, reason), bsn)
    show.rows("dossiers", list(found.seen.bodies), _page(found), as_json=as_json)


def doubles(
    as_: As, store: Store = None, purpose: Purpose = None, reason: Reason = None, as_json: AsJson = False
) -> None:
    """Dossiers that may be of one child: another one has the same BSN."""
    with application(store) as app:
        found = lists.possible_doubles(app, question(IDENTITY, as_, None, None, purpose, reason))
    show.rows("dossiers", list(found.seen.bodies), _page(found), as_json=as_json)


def load(as_: As, store: Store = None, as_json: AsJson = False) -> None:
    """How many open episodes each professional of the municipality works in."""
    with application(store) as app:
        found = lists.load(app, actor(as_), door())
    if isinstance(found, Decision):
        show.decision(decision_json(found), as_json=as_json)
        raise typer.Exit(1)
    show.rows("professionals", found, {}, as_json=as_json)


def contacts(
    as_: As,
    store: Store = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
) -> None:
    """Contacts without a name: how many of each kind, and the last with each school."""
    with application(store) as app:
        viewer, at, known = actor(as_), instant("--as-of", as_of), instant("--known-at", known_at)
        body = lists.contacts(app, viewer, door(), at, known)
    show.contacts(body, as_json=as_json)


def changes(
    as_: As,
    since: Annotated[str, typer.Option("--from", help="as known at this instant …")],
    until: Annotated[str, typer.Option("--to", help="… and at this one")],
    store: Store = None,
    purpose: Purpose = None,
    reason: Reason = None,
    as_json: AsJson = False,
) -> None:
    """What became other on a caseload between two instants, each as known then."""
    with application(store) as app:
        asked = question(CASELOAD, as_, None, None, purpose, reason)
        before, after = instant("--from", since), instant("--to", until)
        if before is None or after is None or before > after:
            raise BadUse("changes: --from and --to are two instants, the first one first.")
        found = difference.between(app, asked, before, after)
    show.changes(found, as_json=as_json)
