"""MQTT: what sensors publish is collected, and deliveries are published to a topic.

The session is persistent, and the broker gets its acknowledgement only after the records are
durable on the bus: until then it keeps them. Publishing is at least once: MQTT has nothing to tell
a repeat by, so the effect key travels in the body for the receiver. Must not know any format.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any, Final
from urllib.parse import urlsplit

import aiomqtt
from pydantic import field_validator

from tracehub.connect.address import look
from tracehub.connect.deadline import deadline
from tracehub.connect.http import write_json
from tracehub.connect.lines import About, collected
from tracehub.connect.port import Config, Delivery, Line, Page, Receipt
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
        topics: what is subscribed to, in a session that the broker keeps; nothing when empty, and
            then no session is kept.
    """

    def __init__(self, line: Line, topics: str = "") -> None:
        self._config: MqttConfig = line.config
        self.clock = line.clock
        self._topics = topics
        self._session = f"tracehub-{line.connection.replace('/', '-')}" if topics else None
        self._stack: AsyncExitStack | None = None
        self._client: aiomqtt.Client | None = None

    async def do(self, work: Callable[[aiomqtt.Client], Any]) -> Any:
        """Do something within the deadline.

        Raises:
            RetryError: the connection failed, or took too long; how far it came is unknown.
        """
        try:
            async with deadline(self.clock, self._config.timeout_s):
                return await _unless_lost(await self._connected(), work)
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
        await look(self._config.url)
        parts = urlsplit(self._config.url)
        tls = None
        if parts.scheme == "mqtts":
            tls = ssl.create_default_context(cafile=self._config.ca_file)
        client = aiomqtt.Client(
            str(parts.hostname),
            parts.port or (_TLS_PORT if tls else _PORT),
            username=parts.username,
            password=self._config.password.get_secret_value(),
            identifier=self._session,
            clean_session=self._session is None,
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

    def __init__(self, broker: Broker, about: Callable[[Any], About], config: MqttConfig) -> None:
        self._broker = broker
        self._about = about
        self._config = config
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
            collected(_bytes(each.payload), self._about, self._config.category)
            for each in self._held
        )
        self._page = Page(records, str(int(cursor or 0) + len(self._held)))
        return self._page

    async def _next(self, client: aiomqtt.Client) -> list[aiomqtt.Message]:
        """Up to a page of readings; none when none comes in time."""
        found: list[aiomqtt.Message] = []
        queue = client.messages
        try:
            async with deadline(self._broker.clock, self._config.wait_s):
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
async def open_readings(line: Line, about: Callable[[Any], About]) -> AsyncIterator[MqttCollector]:
    """A broker to collect from."""
    config: MqttConfig = line.config
    broker = Broker(line, config.readings)
    try:
        yield MqttCollector(broker, about, config)
    finally:
        await broker.close()


@asynccontextmanager
async def open_publishing(
    line: Line, write: Callable[[Delivery], Mapping[str, Any]]
) -> AsyncIterator[MqttConnector]:
    """A broker to publish to."""
    broker = Broker(line)
    try:
        yield MqttConnector(broker, line.config.events, write)
    finally:
        await broker.close()


async def _unless_lost(client: aiomqtt.Client, work: Callable[[aiomqtt.Client], Any]) -> Any:
    """Do something; give it up when the connection is lost, which aiomqtt does not by itself.

    Raises:
        MqttError: the connection was lost.
    """
    lost = client._disconnected  # noqa: SLF001 - there is no other sign of it
    working = asyncio.ensure_future(work(client))
    try:
        await asyncio.wait({working, lost}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        if not working.done():
            working.cancel()
            await asyncio.wait({working})
    if working.cancelled():
        raise aiomqtt.MqttError("the connection was lost")
    return working.result()


def _bytes(body: Any) -> bytes:
    return body if isinstance(body, bytes) else str(body).encode()
