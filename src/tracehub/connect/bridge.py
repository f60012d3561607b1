"""Bridge: deliveries as records of another Kafka cluster, and its records as what is collected.

The only module here that knows a bus: the other system is one. The effect key and the raw position
travel in record headers; what the target's tail holds is read back before each delivery, so that a
restart and another process see it. Must not know any format.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import orjson
from pydantic import field_validator

from tracehub.bus.kafka import Deadlines, KafkaBus, Security
from tracehub.bus.port import Bus
from tracehub.connect.address import look
from tracehub.connect.http import write_json
from tracehub.connect.known import Known
from tracehub.connect.lines import About, collected
from tracehub.connect.port import Collected, Config, Delivery, Line, Page, Receipt
from tracehub.connect.secret import Secret
from tracehub.connect.sending import deliver_written
from tracehub.errors import ConfigError, RetryError
from tracehub.model.record import Record, header_value

EFFECT_KEY: Final = "th-effect-key"
POSITION: Final = "th-position"
_READ_BACK: Final = 10_000
_PAGE: Final = 1000
_LIMIT: Final = 100
_SERVERS: Final = re.compile(r"kafka://([A-Za-z0-9.-]+:\d+)(,[A-Za-z0-9.-]+:\d+)*")


class BridgeConfig(Config):
    """What an operator writes for another cluster: `kafka://host:9092,host:9092`."""

    topic: str
    """The topic there; it must exist, and what delivers into it must be this connection alone."""
    security: Literal["PLAINTEXT", "SSL", "SASL_SSL", "SASL_PLAINTEXT"] = "SASL_SSL"
    username: str = ""
    """SCRAM-SHA-512 user."""
    password: Secret | None = None
    """SCRAM-SHA-512 password."""
    ca_file: Path | None = None
    """Certificates that the brokers are checked by; without it the platform's."""
    category: str = "food"
    """Where a collected record goes that names no product category."""

    @field_validator("url")
    @classmethod
    def _servers(cls, url: str) -> str:
        if not _SERVERS.fullmatch(url):
            raise ValueError(
                "the url must be kafka://host:9092 with further host:9092 after commas"
            )
        return url


@dataclass(slots=True)
class BridgeConnector:
    """Records out."""

    bus: Bus
    topic: str
    write: Callable[[Delivery], Mapping[str, Any]]
    _known: Known = field(default_factory=Known)
    _reached: dict[int, int] = field(default_factory=dict)

    async def deliver(self, events: Sequence[Delivery]) -> Sequence[Receipt]:
        """Publish what the target's tail lacks; return when enough replicas have it.

        Raises:
            RejectError: `bus/too-large`.
            RetryError: some may be there and others not; the next call looks first.
        """
        return await deliver_written(events, self._record, self._send)

    def _record(self, delivery: Delivery) -> tuple[str, Record]:
        position = f"{delivery.position}/{delivery.item}"
        headers = (
            (EFFECT_KEY, delivery.effect_key.encode()),
            (POSITION, position.encode()),
            ("content-type", b"application/json"),
        )
        value = write_json(self.write(delivery))
        return delivery.effect_key, Record(self.topic, delivery.event.header.key, value, headers)

    async def _send(self, records: Sequence[tuple[str, Record]]) -> Sequence[Receipt]:
        if not records:
            return ()
        keys = [key for key, _ in records]
        try:
            await self._catch_up()
            fresh = self._known.new(records, keys)
            await self.bus.publish([record for _, record in fresh])
            await self._catch_up()
        except ConfigError as error:
            raise RetryError(f"the other cluster: {error}") from error
        return self._known.receipts(keys, [key for key, _ in fresh])

    async def _catch_up(self) -> None:
        """Read what the target holds beyond what was seen; at first, its tail."""
        for partition, end in enumerate(await self.bus.ends(self.topic)):
            at = self._reached.get(partition, max(0, end - _READ_BACK))
            while at < end:
                page = await self.bus.read(self.topic, partition, at, _PAGE)
                for received in page:
                    key = header_value(received.headers, EFFECT_KEY)
                    if key is not None:
                        reference = f"{partition}/{received.offset}"
                        self._known.add(key.decode("ascii", "replace"), reference)
                at = page[-1].offset + 1 if page else end
            self._reached[partition] = at


@dataclass(frozen=True, slots=True)
class BridgeCollector:
    """Records in; the cursor holds the next offset of each partition, as JSON."""

    bus: Bus
    topic: str
    about: Callable[[Any], About]
    category: str

    async def collect(self, cursor: str) -> Page:
        """Records after a cursor, of the first partition that has any.

        Raises:
            RetryError: the other cluster did not answer.
        """
        offsets: dict[str, int] = orjson.loads(cursor) if cursor else {}
        try:
            for partition, end in enumerate(await self.bus.ends(self.topic)):
                at = offsets.get(str(partition), 0)
                found = await self.bus.read(self.topic, partition, at, _LIMIT) if at < end else ()
                if found:
                    offsets[str(partition)] = found[-1].offset + 1
                    records = tuple(self._collected(each.key, each.value) for each in found)
                    reached = orjson.dumps(offsets, option=orjson.OPT_SORT_KEYS)
                    return Page(records, reached.decode())
        except ConfigError as error:
            raise RetryError(f"the other cluster: {error}") from error
        return Page((), cursor)

    def _collected(self, key: bytes, value: bytes) -> Collected:
        found = collected(value, self.about, self.category)
        return Collected(found.category, found.key or key, value)


@asynccontextmanager
async def open_bridge(
    line: Line, write: Callable[[Delivery], Mapping[str, Any]]
) -> AsyncIterator[BridgeConnector]:
    """Another cluster to deliver to."""
    async with _bus(line) as bus:
        yield BridgeConnector(bus, line.config.topic, write)


@asynccontextmanager
async def open_topic(line: Line, about: Callable[[Any], About]) -> AsyncIterator[BridgeCollector]:
    """Another cluster to collect from."""
    async with _bus(line) as bus:
        yield BridgeCollector(bus, line.config.topic, about, line.config.category)


@asynccontextmanager
async def _bus(line: Line) -> AsyncIterator[Bus]:
    config: BridgeConfig = line.config
    await look(config.url)
    password = config.password.get_secret_value() if config.password else ""
    async with KafkaBus.open(
        config.url.removeprefix("kafka://").split(","),
        security=Security(config.security, config.username, password, config.ca_file),
        deadlines=Deadlines(ask_s=config.timeout_s, append_s=config.timeout_s),
    ) as bus:
        yield bus
