"""Children to put on lists, questions to ask, and what became of them."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from api.listing import EVERYTHING, Listed, Page
from api.look import Question
from api.main import App
from consent_policy.grounds import Actor
from domain.disclosure import Disclosed, DisclosureRefused, Door, LogQueried, Look
from domain.envelope import Recorded
from projections.access_trail import children_of as children_of_look
from projections.caseload import CASELOAD
from projections.view import View
from tests.api.given import PURPOSE_OF
from tests.examples import CARE, CONSENTED, IRREGULAR, JGT, LEAD, MOTHER_KNOWN, OPENED, STARTED, by

DOOR = Door(door="command line", authentication="test", request="1")
SECOND_JGT = Actor("jgt-2", "jgt_consultant", "jgt-leiden")
"""Of the same organisation, with children of her own."""

Said = Mapping[str, Any]
Ask = Callable[[App, Question, Page], Listed]
"""A list that is asked for by nothing but who looks."""


def asked(viewer: Actor, view: View = CASELOAD, purpose: str | None = None, **more: Any) -> Question:
    """The viewer's question, for the purpose that their role has."""
    return Question(view, viewer, purpose or PURPOSE_OF.get(viewer.role, "care"), DOOR, **more)


def of(child: str, *said: Said) -> list[dict[str, Any]]:
    """The same about another child."""
    return [{**each, "trajectory": child} for each in said]


def helped(child: str, lead: Actor = JGT, /, *more: Said, **about: Any) -> list[dict[str, Any]]:
    """Help in jgt with complete consent, led by somebody. `about`: what is said otherwise of the child."""
    return of(child, OPENED | about, MOTHER_KNOWN, CONSENTED, *led_by(lead), *more)


def led_by(lead: Actor) -> tuple[dict[str, Any], dict[str, Any]]:
    """An episode in jgt, and who leads it."""
    return STARTED | {"by": by(lead)}, LEAD | {"by": by(lead), "professional": by(lead)}


def irregular(child: str, lead: Actor = JGT, *more: Said) -> list[dict[str, Any]]:
    """A session without consent, which somebody else must look at."""
    return of(child, OPENED, MOTHER_KNOWN, *led_by(lead), IRREGULAR | {"by": by(lead)}, *more)


def consented(**scope: Any) -> dict[str, Any]:
    """The mother's consent to care, limited or widened."""
    return CONSENTED | {"scope": CARE | scope}


def recorded_since(app: App, position: int) -> list[Recorded]:
    """What came into the log after a position."""
    return list(app.store.log(position))


def looks_of(app: App) -> list[Look]:
    """Every look, in order."""
    return [each.fact for each in app.log(Disclosed.TOPIC, DisclosureRefused.TOPIC) if isinstance(each.fact, Look)]


def decided_at(look: Look) -> set[datetime]:
    """When it was decided about the children of a look: at its instant, or when something had happened to them."""
    return {part.at or look.occurred_at for part in children_of_look(look)}


def queries_of(app: App) -> list[LogQueried]:
    """Every question to the log, in order."""
    return [each.fact for each in app.log(LogQueried.TOPIC) if isinstance(each.fact, LogQueried)]


def children_of(listed: Listed) -> list[str]:
    """The opaque ids of the children that are shown, in their order."""
    return [body.get("trajectory") or body["rows"][0]["trajectory"] for body in listed.seen.bodies]


def bytes_of(listed: Listed) -> bytes:
    """What the viewer reads, but for under which number it is recorded; of a cursor, how long it is."""
    return json.dumps([listed.seen.bodies, listed.next and len(listed.next)], ensure_ascii=False).encode()


def paged(app: App, ask: Ask, question: Question, limit: int) -> list[str]:
    """Children in the order of the pages; no page is empty but the only one."""
    pages = [ask(app, question, Page(limit))]
    while cursor := pages[-1].next:
        pages.append(ask(app, question, Page(limit, cursor)))
        assert pages[-1].seen.bodies
    return [child for page in pages for child in children_of(page)]


def everything(app: App, ask: Ask, question: Question) -> list[str]:
    """Children in the order of the whole list."""
    return children_of(ask(app, question, EVERYTHING))
