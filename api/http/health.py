"""Whether the service lives, is ready, and how it does: for those who run it, without a word about anybody."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from starlette.responses import Response

from api.http.metrics import Metrics
from api.main import App
from api.reads import PATIENCE
from ledger.errors import LedgerError

LAG = 10_000
"""Facts that the read models may be behind the log while they are quick enough to catch up (assumed)."""


def routes(app: App, metrics: Metrics) -> APIRouter:
    router = APIRouter(tags=["health"], include_in_schema=False)

    def keys() -> None:
        app.store.keys.refuse_if_gone()

    checks: Mapping[str, Callable[[], object]] = {
        "log": lambda: app.store.last().position > 0,
        "projector": KeepingUp(app).passes,
        "keys": keys,
    }

    @router.get("/health/live")
    async def live() -> Response:
        """The process answers, also where all its threads are busy."""
        return JSONResponse({"status": "live"})

    @router.get("/health/ready")
    def ready() -> Response:
        """The log can be read, its keys are at hand, and the read models are not far behind."""
        passed = {name: _passes(check) for name, check in checks.items()}
        fine = all(passed.values())
        body = {"status": "ready" if fine else "not ready", "checks": passed}
        return JSONResponse(body, 200 if fine else 503)

    @router.get("/metrics")
    def measured() -> Response:
        """Counts and times, for Prometheus."""
        with _whatever_happens():
            metrics.position.set(app.store.last().position)
            metrics.lag.set(_lag(app))
        return Response(metrics.told(), media_type=metrics.MEDIA_TYPE)

    return router


class KeepingUp:
    """Whether the read models follow the log. Where they stand still behind it, no list is answered."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._position = 0
        self._still_since: float | None = None

    def passes(self) -> bool:
        position, lag = _position(self._app), _lag(self._app)
        if lag == 0 or position != self._position:
            self._position, self._still_since = position, None
        elif self._still_since is None:
            self._still_since = time.monotonic()
        still = self._still_since is not None and time.monotonic() - self._still_since > PATIENCE
        return lag <= LAG and not still


def _position(app: App) -> int:
    live = app.reads.store.live()
    return live.position if live else 0


def _lag(app: App) -> int:
    """Facts of the log that the read models do not have yet."""
    return app.store.last().position - _position(app)


def _passes(check: Callable[[], object]) -> bool:
    try:
        return check() is not False
    except LedgerError:
        return False


@contextmanager
def _whatever_happens() -> Iterator[None]:
    """What could not be measured now is told as it was last."""
    try:
        yield
    except LedgerError:
        return
