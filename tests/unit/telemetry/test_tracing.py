"""Off, tracing is not there; on, a record has one trace in both services and the same outputs."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tracehub.errors import ConfigError, RejectError
from tracehub.model.facts import Facts
from tracehub.model.outcome import Emit, Outcome, Reject
from tracehub.model.record import Headers, Position, Received
from tracehub.telemetry.spans import sending
from tracehub.telemetry.tracing import tracing, untraced

RAW = "raw.food.third-party.a"
PARENT = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
BAD = Reject(RejectError("json/not-json", "no"))


def raw(offset: int, headers: Headers = ()) -> Received:
    return Received(RAW, b"k", b"v", headers, 3, offset, 0)


def delivery(offset: int) -> Received:
    facts = Facts(Position(RAW, 3, offset), 0, b"\0" * 32, 0, 0, "accept", b"0000", b"0000")
    return Received("deliver.central.b", b"k", b"v", (facts.header(),), 3, offset + 70, 0)


async def stage(batch: Sequence[Received]) -> Sequence[Outcome]:
    return [BAD if each.value == b"bad" else Emit(()) for each in batch]


async def spans_of(ratio: float, exchanged: Sequence[Received]) -> Sequence[ReadableSpan]:
    exporter = InMemorySpanExporter()
    async with sending(ratio, exporter) as traced:
        assert await traced("exchange", stage)(exchanged) == await stage(exchanged)
        await traced("deliver.central.b", stage)([delivery(each.offset) for each in exchanged])
    return exporter.get_finished_spans()


def traces(spans: Sequence[ReadableSpan], service: str) -> set[int]:
    return {each.context.trace_id for each in spans if service in each.name and each.context}


async def test_stage_when_tracing_is_off_is_the_same_object() -> None:
    async with tracing(0) as traced:
        assert traced is untraced
        assert traced("exchange", stage) is stage


async def test_trace_when_sampled_is_one_for_both_services() -> None:
    found = await spans_of(1, [raw(offset) for offset in range(20)])
    assert len(found) == 40
    assert len(traces(found, "exchange")) == 20
    assert traces(found, "exchange") == traces(found, "deliver")


async def test_records_when_some_are_sampled_are_the_same_ones_everywhere() -> None:
    found = await spans_of(0.3, [raw(offset) for offset in range(200)])
    assert 20 < len(traces(found, "exchange")) < 120
    assert traces(found, "exchange") == traces(found, "deliver")


@pytest.mark.parametrize(
    ("headers", "linked"),
    [
        ((("traceparent", PARENT),), True),
        ((("traceparent", b"00-" + b"0" * 32 + PARENT[35:]),), False),
        ((("traceparent", b"\xff not one"),), False),
        ((), False),
    ],
)
async def test_span_when_the_publisher_names_its_own_links_to_it(
    headers: Headers, linked: bool
) -> None:
    (span, _) = await spans_of(1, [raw(5, headers)])
    assert [link.context.span_id for link in span.links] == [0x00F067AA0BA902B7] * linked
    assert dict(span.attributes or {})["messaging.kafka.offset"] == 5


async def test_span_when_a_record_is_refused_or_foreign_says_so() -> None:
    exporter = InMemorySpanExporter()
    async with sending(1, exporter) as traced:
        await traced("exchange", stage)([raw(1)._replace(value=b"bad")])
        await traced("deliver.central.b", stage)([delivery(1)._replace(headers=())])

        async def broken(_batch: Sequence[Received]) -> Sequence[Outcome]:
            raise RuntimeError("a fault of ours")

        with pytest.raises(RuntimeError):
            await traced("exchange", broken)([raw(2)])
    told = [
        dict(each.attributes or {})["tracehub.outcome"] for each in exporter.get_finished_spans()
    ]
    assert told == ["reject json/not-json", "failed"]


async def test_tracing_when_its_extra_is_absent_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "tracehub.telemetry.spans", None)
    with pytest.raises(ConfigError, match=r"tracehub\[otel\]"):
        async with tracing(0.5):
            pass
