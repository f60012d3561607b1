"""A connection that was reset is a broken connection, whatever loop it is on.

asyncio takes a write to a closed transport in silence; uvloop raises what the client takes for a
fault of its own, and ends the task that fetches, sends or keeps it in its group. Must not know what
is sent.
"""

from __future__ import annotations

from typing import Any

import aiokafka.conn as plain
from aiokafka.errors import KafkaConnectionError


class Connection(plain.AIOKafkaConnection):  # type: ignore[misc]  # the client has no types
    """The client's connection, which looks before it writes."""

    def send(self, request: Any, expect_response: bool = True) -> Any:  # noqa: FBT001, FBT002 - the client's signature
        """Send a request.

        Raises:
            KafkaConnectionError: the connection is gone; the client makes another.
        """
        writer = self._writer
        if writer is not None and writer.is_closing():
            self.close(reason=plain.CloseReason.CONNECTION_BROKEN)
            raise KafkaConnectionError(f"connection to {self._host}:{self._port} was reset")
        return super().send(request, expect_response)


def guard_connections() -> None:
    """Make every client of this process connect so."""
    plain.AIOKafkaConnection = Connection
