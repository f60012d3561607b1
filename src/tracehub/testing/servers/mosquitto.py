"""A private mosquitto on the loopback, and what was published to it."""

from __future__ import annotations

import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiomqtt
import orjson

from tracehub.testing.deliveries import sample_delivery
from tracehub.testing.kafka_jars import UnavailableError
from tracehub.testing.servers.cut import Cut
from tracehub.testing.servers.found import free_port, program

USER = "tracehub"
PASSWORD = "a-password-of-this-test-only"  # noqa: S105 - of this test only
_START_S = 20.0
_SENTINEL = b"everything before this has arrived"
_LAST = 3
"""The number of the last of four samples, whose answer the laws lose."""


@contextmanager
def mosquitto() -> Iterator[int]:
    """A broker while the block runs; yields its port.

    Raises:
        UnavailableError: there is no mosquitto, or it does not start.
    """
    broker, passwords = program("mosquitto"), program("mosquitto_passwd")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="tracehub-mosquitto-") as made:
        folder = Path(made)
        subprocess.run(  # noqa: S603 - a program of this machine
            [passwords, "-b", "-c", folder / "users", USER, PASSWORD], check=True
        )
        (folder / "mosquitto.conf").write_text(
            f"listener {port} 127.0.0.1\n"
            f"password_file {folder / 'users'}\n"
            "user root\nmax_queued_messages 0\nmax_inflight_messages 0\n",
            "utf-8",
        )
        log = (folder / "log").open("wb")
        with (
            log,
            subprocess.Popen(  # noqa: S603 - a program of this machine
                [broker, "-c", folder / "mosquitto.conf"], stdout=log, stderr=log
            ) as running,
        ):
            try:
                _await(running, port, folder / "log")
                yield port
            finally:
                running.terminate()


@dataclass(slots=True)
class Mailbox:
    """A topic and what arrived on it, as the laws of connectors see it."""

    client: aiomqtt.Client
    events: str
    readings: str
    cut: Cut
    arrived: list[bytes] = field(default_factory=list)

    async def effects(self) -> Sequence[str]:
        """The effect keys in what arrived before a last word of our own."""
        await self.client.publish(self.events, _SENTINEL, qos=1)
        async for each in self.client.messages:
            body = bytes(each.payload)
            if body == _SENTINEL:
                break
            self.arrived.append(body)
        return [str(orjson.loads(each)["key"]) for each in self.arrived]

    async def lose_answer(self) -> None:
        """Keep the acknowledgement of the last one."""
        self.cut.after(sample_delivery(_LAST).effect_key.encode())

    async def publish(self, documents: Sequence[bytes]) -> None:
        """As a sensor does."""
        for each in documents:
            await self.client.publish(self.readings, each, qos=1)


@asynccontextmanager
async def mailbox(port: int, cut: Cut, name: str) -> AsyncIterator[Mailbox]:
    """A topic of its own for each name."""
    events, readings = f"{name}/events", f"{name}/readings"
    async with aiomqtt.Client("127.0.0.1", port, username=USER, password=PASSWORD) as client:
        await client.subscribe(events, qos=1)
        yield Mailbox(client, events, readings, cut)


def _await(running: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Until it listens."""
    while running.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), _START_S):
            return
        time.sleep(0.02)
    raise UnavailableError(f"mosquitto ended: {log.read_text('utf-8')[-1000:]}")
