"""A service that is told what to do line by line, and says what came of it: for what befalls one that runs.

record          a contact, in the log
project         up to the end of the log
rebuild         all anew
erase NUMBER    the child of this number
count           how many rows there are, and the position
room BYTES|-    no file may grow beyond so much (RLIMIT_FSIZE), or any may again
"""

import resource
import sys
from uuid import uuid4

from sqlalchemy import func, select

from api.main import App
from ledger.errors import LedgerError
from projections.models import OF_CHILD, OF_FACT
from projections.readmodel import ReadModel
from tests.api.given import do
from tests.examples import EXAMPLES
from tests.projections.readmodels.projecting import opened


def done(app: App, what: str, size: str) -> object:
    match what:
        case "record":
            return do(app, EXAMPLES["hold_contact"].said | {"contact": f"k-{uuid4()}"}).status
        case "project":
            return app.reads.projector.catch_up() == app.store.last().position
        case "rebuild":
            return app.reads.projector.rebuild().position
        case "count":
            with app.reads.store.reading() as reading:
                models: tuple[ReadModel, ...] = (*OF_CHILD, *OF_FACT)
                tables = [reading.table(model) for model in models]
                return sum(reading.rows(select(func.count()).select_from(table))[0][0] for table in tables)
        case _:
            limit = resource.RLIM_INFINITY if size == "-" else int(size)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
            return "done"


def said(app: App, what: str, size: str = "") -> str:
    try:
        return str(done(app, what, size))
    except LedgerError as error:
        return f"{type(error).__name__}: {error} {error.hint}"


if __name__ == "__main__":
    with opened(sys.argv[1]) as app:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        for line in sys.stdin:
            sys.stdout.write(f"{said(app, *line.split())}\n")
            sys.stdout.flush()
