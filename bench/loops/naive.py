"""The naive loop: `async for`, a full Avro read, a pydantic model, a full Avro write, `send()`.

What a first version looks like when each library is used as its own quick start shows.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping
from io import BytesIO
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from fastavro import parse_schema, schemaless_reader, schemaless_writer
from pydantic import BaseModel, ConfigDict, ValidationError

from bench.loops.task import Routes, Task, routes, task

_FRAME: Final = 5
_TOGETHER: Final = 500


class Party(BaseModel):
    """A responsible party."""

    role: str
    scheme: str
    id: str


class Product(BaseModel):
    """The first product."""

    scheme: str
    id: str


class Head(BaseModel):
    """The routing header."""

    event_id: str
    category: str
    event_type: str
    action: str
    biz_step: str
    disposition: str
    kinds: list[str]
    correction: str
    declared_at: Any
    occurred_at: Any
    origin_region: str
    origin_basis: str
    destination_region: str
    destination_basis: str
    parties: list[Party]
    product: Product
    addressees: list[str]


class TraceEvent(BaseModel):
    """An event: its header, and its body as it is."""

    model_config = ConfigDict(extra="allow")

    header: Head
    digests: list[bytes]
    public: dict[str, Any] | None
    regulator: dict[str, Any] | None
    trade_secret: dict[str, Any] | None
    personal: dict[str, Any] | None


def route(value: bytes, known: Routes, schemas: Mapping[int, Any]) -> tuple[bytes, tuple[str, ...]]:
    """The value written anew, and its topics; as it came to the dead letters when it is broken."""
    try:
        schema = schemas[int.from_bytes(value[1:_FRAME], "big")]
        event = TraceEvent.model_validate(schemaless_reader(BytesIO(value[_FRAME:]), schema, None))
    except (EOFError, ValueError, IndexError, KeyError, TypeError, ValidationError):
        return value, known.dead
    out = BytesIO()
    out.write(value[:_FRAME])
    schemaless_writer(out, schema, event.model_dump())
    return out.getvalue(), known.of(event.header.model_dump())


async def work(chosen: Task) -> None:
    """Until the process is ended."""
    known = routes(chosen.routes)
    schemas = {wire_id: parse_schema(schema) for wire_id, schema in known.schemas.items()}
    consumer = AIOKafkaConsumer(
        *chosen.topics,
        bootstrap_servers=chosen.servers,
        group_id=chosen.group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    producer = AIOKafkaProducer(
        bootstrap_servers=chosen.servers, acks="all", enable_idempotence=True, linger_ms=5
    )
    async with consumer, producer:
        futures: list[Any] = []
        async for record in consumer:
            value, topics = route(record.value, known, schemas)
            futures += [await producer.send(each, value, key=record.key) for each in topics]
            if len(futures) >= _TOGETHER:
                await asyncio.gather(*futures)
                futures.clear()
                await consumer.commit()


async def main() -> None:
    """Work until SIGTERM."""
    working = asyncio.create_task(work(task()))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, working.cancel)
    await asyncio.wait({working})
    if not working.cancelled():
        working.result()


if __name__ == "__main__":
    asyncio.run(main())
