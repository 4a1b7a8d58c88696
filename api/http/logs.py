"""The log of the service: one JSON object a line on standard error, never with a value that was sent or shown."""

import logging
import sys
import threading
from types import TracebackType

import structlog

from ledger.errors import place_of

log = structlog.get_logger("zorgspoor")


class OneLine(logging.Formatter):
    """What libraries log, without their tracebacks, whose messages may hold values."""

    def format(self, record: logging.LogRecord) -> str:
        told = {"event": record.getMessage(), "level": record.levelname.lower(), "logger": record.name}
        if record.exc_info and record.exc_info[1]:
            error = record.exc_info[1]
            told |= {"kind": type(error).__name__, "place": place_of(error)}
        return str(_json(None, "", {"timestamp": _now(None, "", {})["timestamp"], **told}))


_json = structlog.processors.JSONRenderer(ensure_ascii=False)
_now = structlog.processors.TimeStamper(fmt="iso", utc=True)


def begin() -> None:
    """From now on, in this process."""
    structlog.configure(
        processors=[structlog.processors.add_log_level, _now, _json],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine())
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    sys.excepthook = _of_process
    threading.excepthook = _of_thread
    for chatty in ("httpx", "httpcore"):
        logging.getLogger(chatty).setLevel(logging.WARNING)  # they log addresses


def _of_process(kind: type[BaseException], error: BaseException, _: TracebackType | None) -> None:
    _ended("process", kind, error)


def _of_thread(told: threading.ExceptHookArgs) -> None:
    _ended("thread", told.exc_type, told.exc_value)


def _ended(what: str, kind: type[BaseException], error: BaseException | None) -> None:
    """What nobody caught: never its message, nor a traceback with the values of its lines."""
    log.error("ended", what=what, kind=kind.__name__, place=place_of(error) if error else None)
