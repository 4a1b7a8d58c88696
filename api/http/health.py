"""Whether the service lives, is ready, and how it does: for those who run it, without a word about anybody."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from starlette.responses import Response

from api.http.metrics import Metrics
from api.main import App
from ledger.errors import LedgerError

LAG = 10_000
"""Facts that the read models may be behind the log while lists are still answered in time (assumed)."""


def routes(app: App, metrics: Metrics) -> APIRouter:
    router = APIRouter(tags=["health"], include_in_schema=False)

    @router.get("/health/live")
    async def live() -> Response:
        """The process answers, also where all its threads are busy."""
        return JSONResponse({"status": "live"})

    @router.get("/health/ready")
    def ready() -> Response:
        """The log can be read, its keys are at hand, and the read models are not far behind."""
        checks = {name: _passes(check) for name, check in _checks(app).items()}
        fine = all(checks.values())
        body = {"status": "ready" if fine else "not ready", "checks": checks}
        return JSONResponse(body, 200 if fine else 503)

    @router.get("/metrics")
    def measured() -> Response:
        """Counts and times, for Prometheus."""
        with _whatever_happens():
            metrics.position.set(app.store.last().position)
            metrics.lag.set(_lag(app))
        return Response(metrics.told(), media_type=metrics.MEDIA_TYPE)

    return router


def _checks(app: App) -> dict[str, Callable[[], bool]]:
    return {
        "log": lambda: app.store.last().position > 0,
        "projector": lambda: _lag(app) <= LAG,
        "keys": lambda: app.store.keys.of_store.open(app.store.keys.of_store.seal(b"", READY), READY) == b"",
    }


READY = b"ready"


def _lag(app: App) -> int:
    """Facts of the log that the read models do not have yet."""
    live = app.reads.store.live()
    return app.store.last().position - (live.position if live else 0)


def _passes(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except LedgerError:
        return False


@contextmanager
def _whatever_happens() -> Iterator[None]:
    """What could not be measured now is told as it was last."""
    try:
        yield
    except LedgerError:
        return
