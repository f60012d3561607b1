"""Spans: sampled records on their way through exchange and deliver, in OpenTelemetry's terms.

A record's trace id follows from where its raw record lies, so both services find the same one and
take or leave the same records, and nothing is carried from one to the other: outputs are the same
bytes with spans and without. A publisher's own `traceparent` (W3C Trace Context) becomes a link of
the exchange's span. Must not know what a stage decides.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    TraceFlags,
    Tracer,
    set_span_in_context,
)

from tracehub.errors import RejectError
from tracehub.model.facts import facts_of
from tracehub.model.outcome import Emit, Reject, Settled, Stage, Staged
from tracehub.model.record import Received, header_value
from tracehub.telemetry.tracing import Traced

TRACEPARENT: Final = "traceparent"
_PARENT: Final = re.compile(rb"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_SAMPLED: Final = TraceFlags(TraceFlags.SAMPLED)
_HALF: Final = 1 << 64


@asynccontextmanager
async def sending(ratio: float, exporter: SpanExporter | None = None) -> AsyncIterator[Traced]:
    """Leave spans of a share of all records while the block runs; by OTLP without an exporter."""
    resource = Resource.create({"service.name": "tracehub"})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter or OTLPSpanExporter()))
    tracer = provider.get_tracer("tracehub")
    try:
        yield lambda service, stage: _traced(service, stage, tracer, ratio)
    finally:
        await asyncio.to_thread(provider.shutdown)


def _traced(service: str, stage: Stage, tracer: Tracer, ratio: float) -> Stage:
    async def traced(batch: Sequence[Received]) -> Staged:
        opened: list[tuple[int, Span]] = []
        for index, received in enumerate(batch):
            trace = _trace_of(received)
            if trace is not None and trace % _HALF < ratio * _HALF:
                opened.append((index, _begun(service, received, trace, tracer)))
        staged: Staged | None = None
        try:
            staged = await stage(batch)
        finally:
            for index, span in opened:
                span.set_attribute("tracehub.outcome", _told(staged, index, batch[index]))
                span.end()
        return staged

    return traced


def _begun(service: str, received: Received, trace: int, tracer: Tracer) -> Span:
    attributes: dict[str, str | int] = {
        "messaging.destination.name": received.topic,
        "messaging.destination.partition.id": str(received.partition),
        "messaging.kafka.offset": received.offset,
    }
    name, kind = f"process {service}", SpanKind.CONSUMER
    return tracer.start_span(name, _within(trace), kind, attributes, links=_links(received))


def _trace_of(received: Received) -> int | None:
    """The trace id, by where the raw record lies; None for what comes from no raw record."""
    position = received.position
    if not received.topic.startswith("raw."):
        try:
            position = facts_of(received.headers).position
        except RejectError:
            return None
    digest = hashlib.sha256(str(position).encode()).digest()
    return int.from_bytes(digest[:16], "big") or 1


def _within(trace: int) -> Context:
    """A parent by which the spans of every service fall into one trace."""
    parent = SpanContext(trace, trace % _HALF or 1, is_remote=True, trace_flags=_SAMPLED)
    return set_span_in_context(NonRecordingSpan(parent))


def _links(received: Received) -> Sequence[Link]:
    """What the publisher says it was doing; what is no W3C trace context is passed over."""
    found = _PARENT.fullmatch(header_value(received.headers, TRACEPARENT) or b"")
    if found is None:
        return ()
    trace, span, flags = (int(each, 16) for each in found.groups())
    context = SpanContext(trace, span, is_remote=True, trace_flags=TraceFlags(flags))
    return (Link(context),) if context.is_valid else ()


def _told(staged: Staged | None, index: int, received: Received) -> str:
    """The fate of one record in a word; a reject with its code."""
    if staged is None:
        return "failed"
    if isinstance(staged, Settled):
        error = staged.refused.get(received.offset)
        waits = "retry" if index in staged.held else "emit"
        return waits if error is None else f"reject {error.code}"
    outcome = staged[index]
    if isinstance(outcome, Reject):
        return f"reject {outcome.error.code}"
    return "emit" if isinstance(outcome, Emit) else "retry"
