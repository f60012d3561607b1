"""Wishes: what operators want of each connection, followed on `control.connections`.

The newest record of a connection holds: it runs, it is paused, it runs until nothing waits for it
and is paused then, or it is started anew and runs. Must not know how a service stops.
"""

from __future__ import annotations

from typing import Annotated, Final, NamedTuple

import orjson
from pydantic import Field, TypeAdapter

from tracehub.bus import topics
from tracehub.bus.port import Bus
from tracehub.clock import Clock
from tracehub.model.record import Record
from tracehub.services.audit import Deed
from tracehub.services.legible import legible
from tracehub.services.waiting import stretch
from tracehub.telemetry.log import Logger

RUN: Final = "run"
PAUSE: Final = "pause"
DRAIN: Final = "drain"
RESTART: Final = "restart"
_PARTITION: Final = 0


class Wish(NamedTuple):
    """What is wanted of one connection, who asked for it, and when (ms)."""

    what: Annotated[str, Field(pattern="^(run|pause|drain|restart)$")]
    by: str = ""
    at: int = 0


_wish: Final = TypeAdapter(Wish)


class Wishes:
    """The newest wish of each connection; without one it runs."""

    def __init__(self, bus: Bus, log: Logger) -> None:
        self._bus = bus
        self._log = log
        self._held: dict[str, Wish] = {}
        self._read_to = 0

    def of(self, connection: str) -> Wish:
        """What is wanted of a connection, as of the last look."""
        return self._held.get(connection, Wish(RUN))

    async def look(self) -> None:
        """Take in what was asked since the last look.

        Raises:
            RetryError: the log did not answer.
        """
        topic = topics.control(topics.CONNECTIONS)
        end = (await self._bus.ends(topic))[_PARTITION]
        async for received in stretch(self._bus, topic, _PARTITION, self._read_to, end):
            wish = legible(received, _wish.validate_json, self._log)
            if wish is not None:
                self._held[received.key.decode(errors="replace")] = wish
        self._read_to = end


async def publish_wish(bus: Bus, connection: str, what: str, by: str, clock: Clock) -> Wish:
    """Ask something of a connection, on record; durable when it returns.

    Raises:
        RetryError: the log did not answer.
    """
    wish = Wish(what, by, clock.now_ms())
    topic = topics.control(topics.CONNECTIONS)
    value = orjson.dumps(wish._asdict())
    asked = Record(topic, connection.encode(), value, partition=_PARTITION)
    await bus.publish([Deed(wish.at, by, what, connection).record(), asked])
    return wish
