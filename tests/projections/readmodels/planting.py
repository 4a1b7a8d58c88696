"""One child with planted words in every field, that can be looked for; and how it is erased."""

import json
import random
from typing import Any
from uuid import UUID

from sqlalchemy import select

from api.main import App
from ledger.batch import Batch
from projections.readmodel import OfChild
from projections.readstore import Reading
from tests.api.given import do, done
from tests.api.test_secrecy import REFERENCE, planted_story
from tests.examples import COUNSELLOR, RECORDS_OFFICER, TEACHER, by
from tests.projections.readmodels.logs import erase, look, recorded
from tests.projections.readmodels.stories import kinds

MOTHER = {"id": "moeder-van-sproetje", "role": "guardian", "organisation": "family"}
FATHER = MOTHER | {"id": "vader-van-sproetje"}
REQUEST = f"q-{MOTHER['id']}"
AT = {"trajectory": REFERENCE, "at": "2026-04-30T10:00:00+02:00"}
LINKED = AT | {"action": "link_account", "by": by(COUNSELLOR), "person": MOTHER["id"], "subject": "digid-van-kikker"}
SAID = AT | {"action": "add_statement", "by": MOTHER, "text": "Kikkerwoorden van moeder."}
NAMED = ("e-1", "e-2", "s-1", "sc-1", "r-1", "c-m", "c-f", "pit-1", "pit-2", "ib-1", "te-1", "ul-1")
"""References and professionals: each gets a name that can be looked for among bytes."""


def plant(app: App) -> None:
    """One child with planted words in every field, some others, and looks at all of them."""
    text = json.dumps([*planted_story(), LINKED])
    for name in NAMED:
        text = text.replace(f'"{name}"', f'"kikker-{name}"')
    batch = Batch(app.store)
    together = app.within(batch)
    linked = [do(together, line) for line in json.loads(text)][-1]
    teacher = by(TEACHER) | {"id": f"kikker-{TEACHER.id}"}
    done(together, AT | {"action": "confirm_entry", "entry": linked.entries[0], "by": teacher})
    done(together, LINKED | {"person": FATHER["id"], "subject": "digid-van-kikkervader"})  # nobody confirmed it yet
    app.flush(batch)
    recorded(app, list(kinds().values())[::20], random.Random(1))  # noqa: S311  # no secret
    look(app, child_of(app))
    app.reads.projector.catch_up()


def child_of(app: App) -> UUID:
    return app.stream_of(REFERENCE)


def granted(app: App) -> None:
    """Both parents asked for it, and nobody objects."""
    for parent in (MOTHER, FATHER):
        asked = {"request": f"q-{parent['id']}", "kind": "erase", "person": parent["id"]}
        done(app, AT | asked | {"action": "make_request", "by": parent})
    decided = {"request": REQUEST, "decision": "granted", "ground": "AVG 17."}
    done(app, AT | decided | {"action": "decide_request", "by": by(RECORDS_OFFICER)})


def erased(app: App) -> None:
    """As a records officer does it: whoever erases also takes the rows away."""
    granted(app)
    done(app, AT | {"action": "erase", "by": by(RECORDS_OFFICER), "request": REQUEST})


def erased_alone(app: App) -> None:
    """The rows cannot be taken away at once, so that is left to who projects."""
    erase(app, child_of(app))


def rows_of(reading: Reading, model: OfChild, child: UUID) -> list[Any]:
    table = reading.table(model)
    return list(reading.rows(select(table).where(table.c.stream == child.bytes)))
