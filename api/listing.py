"""The way of a list: find candidates, decide about each, append one fact about all, and only then let the rows go.

Nothing tells that a row exists which may not be shown: rows that may be shown fill the page, there is a next page only
if it has a row, and a cursor is sealed (consent.md).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from operator import itemgetter
from typing import Any
from uuid import UUID

from api.cursor import Cursor, read_cursor, write_cursor
from api.look import (
    RETRIES,
    Busy,
    Dossier,
    Part,
    Question,
    Seen,
    leading,
    lens_of,
    not_before,
    part_of,
    policy_known,
    recorded,
    refuse_known_before,
)
from api.main import App
from consent_policy.policy import Policy
from domain.trajectory.history import History
from ledger.errors import KeyDestroyed, Moved
from projections.candidates import Candidates, Scope, Spot
from projections.caseload import content as caseload_content
from projections.dossiers import Dossier as RowDossier
from projections.dossiers import dossiers, versions_of
from projections.lens import Lens
from projections.readstore import Reading
from projections.rebuild import Progress, silent
from projections.relations import relations_of

CHUNK = 200
"""Children that are read at once."""


@dataclass(frozen=True, slots=True)
class Page:
    """How many children a page holds (None: all there are), and where it begins. ValueError for less than one."""

    limit: int | None = 50
    cursor: str | None = None

    def __post_init__(self) -> None:
        if self.limit is not None and self.limit < 1:
            raise ValueError("limit: at least one child on a page")

    @property
    def told(self) -> tuple[str, ...]:
        """As the look tells it. A cursor is not told: it is told where one may go on."""
        return () if self.limit is None else (f"limit={self.limit}", f"page={'next' if self.cursor else 'first'}")


EVERYTHING = Page(None)
"""All on one page: an export."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What somebody may see of a list, now that it is recorded that they do. `next`: the cursor of the next page."""

    seen: Seen
    next: str | None


@dataclass(frozen=True, slots=True)
class Asking:
    """One attempt at a list: at which instant, on what known when, and in which state of the read models."""

    app: App
    question: Question
    instant: datetime
    policy: Policy
    policy_known: Policy
    reading: Reading
    position: int

    @property
    def as_of(self) -> datetime:
        return self.question.as_of or self.instant

    def instant_of(self, child: Dossier) -> datetime:
        """When this child is decided about: what happened to it has happened, and moves nobody else's decision."""
        return not_before(self.instant, child)


Parts = Callable[[Asking, Sequence[UUID]], list[Part]]
"""What a view makes of each of these children."""

Place = Callable[[Asking, Part], tuple[int, int]]
"""Where a child stands in a list (part, rank), by what is shown of it."""

Ordering = Callable[[Asking], Place | None]
"""How a list is ordered; None: as its candidates come."""


def as_they_come(_: Asking) -> Place | None:
    """The order of the candidates tells nothing that is not shown."""
    return None


def listed(
    app: App,
    name: str,
    question: Question,
    candidates: Candidates,
    parts: Parts,
    page: Page,
    told: Progress = silent,
    ordering: Ordering = as_they_come,
) -> Listed:
    """A page of a list. Raises `BadCursor`, `KnownBefore`, `Behind`, `Busy`; then nothing goes."""
    cursor = Cursor.of(name, question)
    after = read_cursor(app, page.cursor, cursor)
    refuse_known_before(app, question.known_at)
    question = replace(question, query=(f"list={name}", *question.query, *page.told))
    for _ in range(RETRIES):
        try:
            with app.reads.upto(app.store.last().position, told) as reading:
                asking = _asking(app, question, reading)
                find = _found if (place := ordering(asking)) is None else _placed(place)
                shown, withheld, following = find(asking, candidates, parts, page.limit, after, told)
            seen = recorded(app, question, [part for _, part in shown], withheld, asking.instant)
        except Moved as moved:
            for stream in moved.streams:
                app.children.latest(stream)
            continue
        except KeyDestroyed:
            continue
        return Listed(seen, write_cursor(app, cursor, following) if following else None)
    raise Busy


def _asking(app: App, question: Question, reading: Reading) -> Asking:
    """What was known by `known_at` is looked up once the reading has begun: more may have been recorded until then."""
    instant = app.now()
    policy = app.policy(instant)
    known = policy_known(app, question.known_at, instant, policy)
    position = reading.position if question.known_at is None else app.reads.known_at(question.known_at)
    return Asking(app, question, instant, policy, known, reading, min(position, reading.position))


Found = tuple[list[tuple[Spot, Part]], list[Part], Spot | None]


def _placed(place: Place) -> Callable[..., Found]:
    """All candidates are looked at, and those shown stand by what is shown of them: what is hidden moves nothing."""

    def found(
        asking: Asking, candidates: Candidates, parts: Parts, limit: int | None, after: Spot | None, told: Progress
    ) -> Found:
        shown, withheld, _ = _found(asking, candidates, parts, None, None, told)
        placed = sorted(((Spot(*place(asking, part), spot.stream), part) for spot, part in shown), key=itemgetter(0))
        rest = [each for each in placed if after is None or each[0] > after]
        more = limit is not None and len(rest) > limit
        return rest[:limit], withheld, rest[:limit][-1][0] if more else None

    return found


def _found(
    asking: Asking, candidates: Candidates, parts: Parts, limit: int | None, after: Spot | None, told: Progress
) -> Found:
    """(shown, withheld, the last one shown if more follow). One more than the page holds is looked for."""
    viewer, reads = asking.question.viewer, asking.app.reads
    relations = relations_of(viewer, asking.app.programmes, reads.given.blind)
    scope = Scope(relations, asking.as_of, asking.position)
    shown: list[tuple[Spot, Part]] = []
    withheld: list[Part] = []
    wanted = CHUNK if limit is None else min(limit + 1, CHUNK)
    while spots := candidates(asking.reading, scope, after, wanted):
        for spot, part in zip(spots, parts(asking, [spot.stream for spot in spots]), strict=True):
            if limit is not None and len(shown) > limit:
                break
            if not part.permitted:
                withheld.append(part)
            elif part.content.fields:
                shown.append((spot, part))
        after = spots[-1]
        told(len(shown), 0)
        if len(spots) < wanted or (limit is not None and len(shown) > limit):
            break
    if limit is not None and len(shown) > limit:
        return shown[:limit], withheld, shown[limit - 1][0]
    return shown, withheld, None


def of_histories(asking: Asking, children: Sequence[UUID]) -> list[Part]:
    """Built from all that is known of each child. Those that others wrote to since this process knew them are read."""
    known, versions = asking.app.children, versions_of(asking.reading, children)
    histories = known.known_all(children)
    histories |= {child: known.latest(child) for child in children if histories[child].version < versions[child]}
    return [_of_history(asking, histories[child]) for child in children]


def _of_history(asking: Asking, history: History) -> Part:
    return part_of(asking.question, history, asking.instant_of(history), asking.policy, asking.policy_known)


@dataclass(frozen=True, slots=True)
class RowSight:
    """Under which name a child in the read models is looked at, and through whose eyes."""

    reference: str
    lens: Lens


def of_rows(asking: Asking, children: Sequence[UUID]) -> list[Part]:
    """The caseload from its rows, which hold what was known at the position, and permission from what stands now.

    It is the same as from the histories where everything that is known happened by the instant asked about; a child of
    whom something happened later (another machine's clock may be ahead) is built from its history.
    """
    found = dossiers(asking.reading, asking.app.store.keys, children, asking.position)
    ahead = [child for child in children if child not in found or _is_ahead(asking, found[child])]
    built = dict(zip(ahead, of_histories(asking, ahead), strict=True)) if ahead else {}
    return [built[child] if child in built else _of_row(asking, found[child]) for child in children]


def _is_ahead(asking: Asking, dossier: RowDossier) -> bool:
    """What was recorded by an instant that is over had happened by then."""
    as_of, known_at = asking.question.as_of, asking.question.known_at
    return as_of is not None and dossier.last_at > as_of and (known_at is None or known_at > asking.instant)


def _of_row(asking: Asking, dossier: RowDossier) -> Part:
    instant = asking.instant_of(dossier)
    lens = lens_of(asking.question, dossier.grounds, instant, asking.policy)
    content = caseload_content(dossier.known, lens, asking.question.as_of or instant, asking.policy_known)
    return Part(dossier, RowSight(str(dossier.stream), lens), content, leading(asking.question, lens))


def rows_of(listed: Listed) -> list[dict[str, Any]]:
    """The rows of all children, in the order of the list."""
    return [row for body in listed.seen.bodies for row in body["rows"]]
