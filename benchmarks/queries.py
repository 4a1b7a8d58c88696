"""How many statements a page takes of the databases: of the log, the keys and the read models."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from sqlalchemy import event

from api.main import App

OF_LOG = ("append", "head", "version", "select_events", "select_notifications", "select_streams", "select_positions")
OF_KEYS = ("find",)
"""Each is one statement."""


@contextmanager
def counted(app: App) -> Iterator[Counter[str]]:
    """What this application asks meanwhile: by database, how often."""
    found, engine = Counter[str](), app.reads.store.place.engine

    def asked(*_: object) -> None:
        found["read models"] += 1

    event.listen(engine, "before_cursor_execute", asked)
    try:
        with ExitStack() as patched:
            for name, of, methods in (("log", app.store._log, OF_LOG), ("keys", app.store.keys._table, OF_KEYS)):  # noqa: SLF001  # nobody else counts
                for method in methods:
                    counting = _counting(getattr(of, method), found, name)
                    patched.enter_context(patch.object(of, method, counting))
            yield found
    finally:
        event.remove(engine, "before_cursor_execute", asked)


def _counting(ask: Callable[..., Any], found: Counter[str], name: str) -> Callable[..., Any]:
    def counting(*args: Any, **named: Any) -> Any:
        found[name] += 1
        return ask(*args, **named)

    return counting
