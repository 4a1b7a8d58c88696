"""The log of the service: one JSON object a line on standard error, never with a value that was sent or shown."""

import logging
import sys

import structlog

from ledger.errors import place_of


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
    for chatty in ("httpx", "httpcore"):
        logging.getLogger(chatty).setLevel(logging.WARNING)  # they log addresses
