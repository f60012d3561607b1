"""The lines to a cold chain system: the only file here that opens a socket."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import orjson

from tracehub.connect import (
    Ability,
    Collected,
    Collector,
    ConnectorType,
    Documents,
    Line,
    Page,
    batch_ability,
    batch_item,
    line_collector,
    load_mapping,
    mapping_text,
    open_batch,
)
from tracehub.connect.mqtt import open_publishing, open_readings
from tracehub_cold_chain import wire
from tracehub_cold_chain.config import ColdChainConfig, Judging, Mqtt

MAPPING = mapping_text("tracehub_cold_chain")
_READINGS = line_collector(Documents("/readings", wire.about))


@dataclass(frozen=True, slots=True)
class Judged:
    """Readings as they came, each followed by the excursions in it.

    The cursor is that of the readings and, after a blank, since when which goods have been outside:
    whoever goes on from it judges as if it had seen all before.
    """

    readings: Collector
    judging: Judging

    async def collect(self, cursor: str) -> Page:
        """A page of readings, and what they show.

        Raises:
            RetryError: the system did not answer.
        """
        reached, _, known = cursor.partition(" ")
        page = await self.readings.collect(reached)
        if not page.records:
            return Page((), cursor)
        outside: Mapping[str, str] = orjson.loads(known) if known else {}
        records: list[Collected] = []
        for record in page.records:
            found = self._judged(record, outside)
            outside = found.outside
            records.append(record)
            if found.document is not None:
                records.append(Collected(record.category, record.key, found.document))
        known = f" {orjson.dumps(outside).decode()}" if outside else ""
        return Page(tuple(records), page.cursor + known)

    def _judged(self, record: Collected, outside: Mapping[str, str]) -> wire.Excursions:
        try:
            document = orjson.loads(record.value)
        except orjson.JSONDecodeError:
            return wire.Excursions(None, outside)  # the exchange refuses it with the reason
        return wire.excursions(document, self.judging, outside)


@asynccontextmanager
async def open_cold_chain(line: Line) -> AsyncIterator[Any]:
    """A line for deliveries."""
    far = line.config.far
    chosen = replace(line, config=far)
    mapping = load_mapping(MAPPING, "cold-chain/mapping.yaml")
    if isinstance(far, Mqtt):
        async with open_publishing(chosen, lambda each: batch_item(each, mapping)) as publishing:
            yield publishing
    else:
        async with open_batch(chosen, mapping) as batches:
            yield batches


@asynccontextmanager
async def open_temperatures(line: Line) -> AsyncIterator[Judged]:
    """A line for readings."""
    far = line.config.far
    chosen = replace(line, config=far)
    opening = open_readings(chosen, wire.about) if isinstance(far, Mqtt) else _READINGS(chosen)
    async with opening as readings:
        yield Judged(readings, far)


CONNECTOR = ConnectorType(
    name="cold-chain",
    config=ColdChainConfig,
    open=open_cold_chain,
    open_collector=open_temperatures,
    mapping=MAPPING,
    system=("cold chain warehousing and logistics", "冷链物流与仓储系统"),
    abilities=(
        batch_ability(publishes=True),
        Ability(
            "mqtt",
            "MQTT 3.1.1, a persistent session",
            "user and password, TLS",
            receives=True,
            publishes=True,
            idempotency="at-least-once",
        ),
    ),
)
