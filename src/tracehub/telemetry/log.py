"""Logging: structlog, one JSON line per fact, to standard output.

An event's name is a past-tense fact (`record_rejected`). Bodies and secrets are never logged.
"""

from __future__ import annotations

import logging
import sys
from typing import Any, Final, TextIO

import orjson
import structlog

Logger = structlog.typing.FilteringBoundLogger
_LEVELS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


def logger(level: str = "info", stream: TextIO | None = None, **context: str) -> Logger:
    """A logger of its own, without process-wide configuration.

    Args:
        level: `debug`, `info`, `warning` or `error`.
        stream: where lines go; standard output when None.
        context: bound to every line, for example `service="exchange"`.
    """
    bound: Logger = structlog.wrap_logger(
        structlog.WriteLogger(stream or sys.stdout),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=_dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        context_class=dict,
    ).bind(**context)
    return bound


def silent() -> Logger:
    """A logger that writes nothing, for callers that show things in another way."""
    bound: Logger = structlog.wrap_logger(
        structlog.WriteLogger(sys.stderr),
        processors=[_drop],
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL),
    ).bind()
    return bound


def _drop(_logger: Any, _method: str, _event: Any) -> Any:
    raise structlog.DropEvent


def _dumps(value: Any, **_options: Any) -> str:
    return orjson.dumps(value, default=str).decode()
