"""Standing: how one connection's services are doing, told on a topic of the connection's own.

Whoever may read the topic sees it without asking a process. Must not know who does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

import orjson
from pydantic import TypeAdapter

from tracehub.bus import topics
from tracehub.bus.port import Bus
from tracehub.model.record import Received, Record
from tracehub.services.legible import legible
from tracehub.services.waiting import whole
from tracehub.telemetry.log import Logger

RUNNING: Final = "RUNNING"
PAUSED: Final = "PAUSED"
_PARTITION: Final = 0


@dataclass(slots=True)
class Standing:
    """One service of one connection in one process; Kafka Connect's words for states.

    Attributes:
        connection, service, member: whose it is.
        state: `RUNNING` or `PAUSED`.
        breaker: of the guard: closed, open, half-open; empty where there is none.
        lag: records that wait on the partitions of this process; None while it owns none. Of what
            is collected 0 when the system had nothing more, and None while that is not known.
        error: what went wrong last; empty when nothing did since the start.
        error_at, at: when that was, and when this was told, ms.
    """

    connection: str
    service: str
    member: str
    state: str = RUNNING
    breaker: str = ""
    lag: int | None = None
    error: str = ""
    error_at: int = 0
    at: int = 0

    def failed(self, text: str, now_ms: int) -> None:
        """Note what went wrong."""
        self.error = text
        self.error_at = now_ms

    def record(self, now_ms: int) -> Record:
        """What tells it."""
        self.at = now_ms
        key = f"{self.service}/{self.member}".encode()
        topic = topics.state_connection(self.connection)
        return Record(topic, key, orjson.dumps(asdict(self)), partition=_PARTITION)

    def gone(self) -> Record:
        """What takes it back when the process ends."""
        return self.record(self.at)._replace(value=b"")


_standing: Final = TypeAdapter(Standing)


async def standings(bus: Bus, connection: str, log: Logger) -> Sequence[Standing]:
    """The newest word of every process that served a connection.

    Raises:
        RetryError: the log did not answer.
    """
    found: dict[bytes, Standing] = {}
    async for received in whole(bus, topics.state_connection(connection)):
        take_in(received, found, log)
    return list(found.values())


def take_in(received: Received, found: dict[bytes, Standing], log: Logger) -> None:
    """Take what one record tells into the newest words of all processes, by their keys."""
    if not received.value:
        found.pop(received.key, None)
    elif (standing := legible(received, _standing.validate_json, log)) is not None:
        found[received.key] = standing
