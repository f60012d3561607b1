"""MQTT: what sensors publish is collected, and deliveries are published to a topic.

The session is persistent, and the broker gets its acknowledgement only after the records are
durable on the bus: until then it keeps them. Publishing is at least once: MQTT has nothing to tell
a repeat by, so the effect key travels in the body for the receiver. Must not know any format.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any, Final
from urllib.parse import urlsplit

import aiomqtt
from pydantic import field_validator

from tracehub.connect.deadline import deadline
from tracehub.connect.http import write_json
from tracehub.connect.lines import About, collected
from tracehub.connect.port import Collected, Config, Delivery, Line, Page, Receipt
from tracehub.connect.secret import Secret
from tracehub.connect.sending import deliver_written
from tracehub.errors import RetryError

_PORT: Final = 1883
_TLS_PORT: Final = 8883
_LIMIT: Final = 100
_ONCE_AT_LEAST: Final = 1


class MqttConfig(Config):
    """What an operator writes for a broker: `mqtts://user@host:8883`, or mqtt:// inside."""

    password: Secret
    """Password of the user in the url."""
    readings: str = "tracehub/readings/#"
    """The topics that are collected, with wildcards if need be."""
    events: str = "tracehub/events"
    """The topic that deliveries are published to."""
    wait_s: float = 0.2
    """How long a page waits for its first reading."""
    ca_file: str | None = None
    """Certificates that the broker is checked by; without it the platform's."""
    category: str = "food"
    """Where a reading goes that names no product category."""

    @field_validator("url")
    @classmethod
    def _broker(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in {"mqtt", "mqtts"} or not parts.hostname or not parts.username:
            raise ValueError("the url must be mqtts://user@host:8883")
        if parts.password or parts.path.strip("/"):
            raise ValueError("the url must hold neither password nor path; use 'secrets'")
        return url


class Broker:
    """A connection that is made when it is needed, and again after a fault.

    Args:
        line: the connection, of an `MqttConfig`.
        topics: what is subscribed to; nothing when empty.
        purpose: tells two sessions of one connection apart.
    """

    def __init__(self, line: Line, topics: str, purpose: str) -> None:
        self._config: MqttConfig = line.config
        self.clock = line.clock
        self._topics = topics
        self._identifier = f"tracehub-{purpose}-{line.connection.replace('/', '-')}"
        self._stack: AsyncExitStack | None = None
        self._client: aiomqtt.Client | None = None

    async def do(self, work: Callable[[aiomqtt.Client], Any]) -> Any:
        """Do something within the deadline.

        Raises:
            RetryError: the connection failed, or took too long; how far it came is unknown.
        """
        try:
            async with deadline(self.clock, self._config.timeout_s):
                return await work(await self._connected())
        except TimeoutError:
            await self.close()
            seconds = self._config.timeout_s
            raise RetryError(f"the broker did not answer within {seconds:g} s") from None
        except (aiomqtt.MqttError, OSError) as error:
            await self.close()
            raise RetryError(f"MQTT failed: {type(error).__name__}") from None

    @property
    def connected(self) -> bool:
        """Whether the session that handed out readings is still the same."""
        return self._client is not None

    def acknowledge(self, readings: Sequence[aiomqtt.Message]) -> None:
        """Tell the broker that it need not keep these any longer."""
        if self._client is not None:
            for each in readings:
                # aiomqtt has no door to the manual acknowledgement of the client below it.
                self._client._client.ack(each.mid, each.qos)  # noqa: SLF001 - see above

    async def close(self) -> None:
        """Let go of the connection; the broker keeps the session."""
        stack, self._stack, self._client = self._stack, None, None
        if stack is not None:
            with suppress(aiomqtt.MqttError):  # it was gone already
                await stack.aclose()

    async def _connected(self) -> aiomqtt.Client:
        if self._client is not None:
            return self._client
        parts = urlsplit(self._config.url)
        tls = None
        if parts.scheme == "mqtts":
            tls = ssl.create_default_context(cafile=self._config.ca_file)
        client = aiomqtt.Client(
            str(parts.hostname),
            parts.port or (_TLS_PORT if tls else _PORT),
            username=parts.username,
            password=self._config.password.get_secret_value(),
            identifier=self._identifier,
            clean_session=False,
            tls_context=tls,
            timeout=self._config.timeout_s,
        )
        client._client.manual_ack_set(True)  # noqa: FBT003, SLF001 - the client below has it alone
        stack = AsyncExitStack()
        await stack.enter_async_context(client)
        self._stack, self._client = stack, client
        if self._topics:
            await client.subscribe(self._topics, qos=_ONCE_AT_LEAST)
        return client


class MqttCollector:
    """Readings in. MQTT has no positions: the cursor counts, and names the page that it ends.

    Asking with the cursor of the last page says that its records are durable.
    """

    def __init__(
        self,
        broker: Broker,
        clean: Callable[[bytes], Sequence[Collected]],
        wait_s: float,
    ) -> None:
        self._broker = broker
        self._clean = clean
        self._wait_s = wait_s
        self._held: list[aiomqtt.Message] = []
        self._page = Page((), "")

    async def collect(self, cursor: str) -> Page:
        """What the broker has sent since; the page before is acknowledged to it.

        Raises:
            RetryError: the broker can't be reached.
        """
        if self._held and not self._broker.connected:
            self._held = []  # the broker sends them again
        if self._held and cursor != self._page.cursor:
            return self._page
        self._broker.acknowledge(self._held)
        self._held = []
        self._held = await self._broker.do(self._next)
        if not self._held:
            return Page((), cursor)
        records = tuple(
            record for each in self._held for record in self._clean(_bytes(each.payload))
        )
        self._page = Page(records, str(int(cursor or 0) + len(self._held)))
        return self._page

    async def _next(self, client: aiomqtt.Client) -> list[aiomqtt.Message]:
        """Up to a page of readings; none when none comes in time."""
        found: list[aiomqtt.Message] = []
        queue = client.messages
        try:
            async with deadline(self._broker.clock, self._wait_s):
                found.append(await anext(queue))
        except TimeoutError:
            return found
        while len(queue) and len(found) < _LIMIT:
            found.append(await anext(queue))
        return found


class MqttConnector:
    """Deliveries out, at least once."""

    def __init__(
        self, broker: Broker, topic: str, write: Callable[[Delivery], Mapping[str, Any]]
    ) -> None:
        self._broker = broker
        self._topic = topic
        self._write = write

    async def deliver(self, events: Sequence[Delivery]) -> Sequence[Receipt]:
        """Publish one after another, each acknowledged by the broker.

        Raises:
            RetryError: some may have been published; all are published again.
        """

        async def send(items: Sequence[Mapping[str, Any]]) -> Sequence[Receipt]:
            if items:
                await self._broker.do(lambda client: self._publish(client, items))
            return [Receipt("delivered", str(each["key"])) for each in items]

        return await deliver_written(events, self._write, send)

    async def _publish(self, client: aiomqtt.Client, items: Sequence[Mapping[str, Any]]) -> None:
        for each in items:
            await client.publish(self._topic, write_json(each), qos=_ONCE_AT_LEAST)


@asynccontextmanager
async def open_readings(
    line: Line, clean: Callable[[bytes], Sequence[Collected]]
) -> AsyncIterator[MqttCollector]:
    """A broker to collect from; `clean` makes records of one reading's bytes."""
    config: MqttConfig = line.config
    broker = Broker(line, config.readings, "collect")
    try:
        yield MqttCollector(broker, clean, config.wait_s)
    finally:
        await broker.close()


@asynccontextmanager
async def open_publishing(
    line: Line, write: Callable[[Delivery], Mapping[str, Any]]
) -> AsyncIterator[MqttConnector]:
    """A broker to publish to."""
    broker = Broker(line, "", "deliver")
    try:
        yield MqttConnector(broker, line.config.events, write)
    finally:
        await broker.close()


def reading(about: Callable[[Any], About], category: str) -> Callable[[bytes], list[Collected]]:
    """Readings as they came, one record each."""
    return lambda body: [collected(body, about, category)]


def _bytes(body: Any) -> bytes:
    return body if isinstance(body, bytes) else str(body).encode()
