"""The client's connection, mended: it breaks when it was reset, and sends batches as they are.

asyncio takes a write to a closed transport in silence; uvloop raises what the client takes for a
fault of its own, and ends the task that fetches, sends or keeps it in its group. And the client
copies a batch eight times before it is written, once for each level of the request. Must not know
what is sent.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import aiokafka.conn as plain
from aiokafka.errors import KafkaConnectionError

from tracehub.bus.kafka_appending import Appending


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
        if writer is not None and isinstance(request, Appending):
            return self._append(request)
        return super().send(request, expect_response)

    def _append(self, request: Appending) -> Awaitable[Any]:
        """As the client sends a request, but in pieces."""
        number = self._next_correlation_id()
        pieces = request.pieces(number, self._client_id, self._versions)
        try:
            self._writer.writelines(pieces)
        except OSError as error:
            self.close(reason=plain.CloseReason.CONNECTION_BROKEN)
            raise KafkaConnectionError(f"{self._host}:{self._port} broke: {error}") from error
        answer = self._loop.create_future()
        self._requests.append((number, request, answer))
        answered: Awaitable[Any] = plain.wait_for(answer, self._request_timeout)
        return answered


def guard_connections() -> None:
    """Make every client of this process connect so."""
    plain.AIOKafkaConnection = Connection
