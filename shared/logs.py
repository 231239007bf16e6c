"""JSON logs, one object a line, each with an `action`; never a body, a name, a number or a key."""

import logging
import sys
from collections.abc import Callable
from typing import Any

import orjson
import structlog


def configure_logs(service: str, level: str = "INFO") -> None:
    """Send the process's logs to stdout as JSON, those of libraries included."""
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    shared_steps: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        _name_service(service),
    ]
    structlog.configure(
        processors=[
            *shared_steps,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=_write_json),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stdout),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared_steps],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(serializer=_write_json),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(number)
    for chatty in ("uvicorn.access", "httpx", "faststream", "nats.aio.client"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _write_json(entry: dict[str, Any], *, default: Callable[[Any], Any]) -> str:
    """A fifth of what the standard library takes, and there is a line for every request."""
    return orjson.dumps(entry, default=default, option=orjson.OPT_NON_STR_KEYS).decode()


def _name_service(service: str) -> structlog.typing.Processor:
    def add(_logger: object, _method: str, entry: structlog.typing.EventDict) -> structlog.typing.EventDict:
        entry["service"] = service
        entry.setdefault("action", "log")
        return entry

    return add
