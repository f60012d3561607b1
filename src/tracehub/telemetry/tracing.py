"""Tracing: whether the services leave spans. Off, a stage is handed back as it is.

Must not know OpenTelemetry, which is an extra: `spans` does.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias

from tracehub.errors import ConfigError
from tracehub.model.outcome import Stage

Traced: TypeAlias = Callable[[str, Stage], Stage]
"""A service's stage, with spans or as it is."""


def untraced(_service: str, stage: Stage) -> Stage:
    """The stage itself: what is not asked for costs nothing."""
    return stage


@asynccontextmanager
async def tracing(ratio: float) -> AsyncIterator[Traced]:
    """Spans of a share of all records while the block runs, sent by OTLP.

    The environment says where to: `OTEL_EXPORTER_OTLP_ENDPOINT` and its like.

    Raises:
        ConfigError: the extra `otel` is not installed.
    """
    if ratio == 0:
        yield untraced
        return
    try:
        from tracehub.telemetry.spans import sending  # noqa: PLC0415 - it needs an extra
    except ImportError:
        raise ConfigError("services.trace_ratio: install tracehub[otel], or set it to 0") from None
    async with sending(ratio) as traced:
        yield traced
