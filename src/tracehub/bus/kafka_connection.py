"""The client's connection, mended: it breaks when it was reset, and sends batches as they are.

asyncio takes a write to a closed transport in silence; uvloop raises what the client takes for a
fault of its own, and ends the task that fetches, sends or keeps it in its group. And the client
copies a batch eight times before it is written, once for each level of the request. Must not know
what is sent.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import Any

import aiokafka.conn as plain
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.protocol.types import Array, Bytes, Int32, Schema


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
        if writer is not None and expect_response and isinstance(request, ProduceRequest):
            return self._produce(request)
        return super().send(request, expect_response)

    def _produce(self, request: Any) -> Awaitable[Any]:
        """As the client sends a request, but in pieces."""
        form, number = request.prepare(self._versions), self._next_correlation_id()
        header = form.build_request_header(correlation_id=number, client_id=self._client_id)
        pieces = [header.encode(), *pieces_of(form)]
        try:
            self._writer.writelines([Int32.encode(sum(map(len, pieces))), *pieces])
        except OSError as error:
            self.close(reason=plain.CloseReason.CONNECTION_BROKEN)
            raise KafkaConnectionError(f"{self._host}:{self._port} broke: {error}") from error
        answer = self._loop.create_future()
        self._requests.append((number, form, answer))
        answered: Awaitable[Any] = plain.wait_for(answer, self._request_timeout)
        return answered


def pieces_of(form: Any) -> Sequence[bytes | bytearray]:
    """The bytes of a request, its batches as they are; none is empty, which a loop may not end."""
    pieces: list[bytes | bytearray] = [b""]
    _spread(form.SCHEMA, [form.get_item(name) for name in form.SCHEMA.names], pieces)
    return [each for each in pieces if each]


def _spread(kind: Any, value: Any, pieces: list[bytes | bytearray]) -> None:
    """Add a value of a kind; the last piece is short, and open to more."""
    if isinstance(kind, Schema):
        for each, item in zip(kind.fields, value, strict=True):
            _spread(each, item, pieces)
    elif type(kind) is Array:
        pieces[-1] += Int32.encode(len(value))
        for item in value:
            _spread(kind.array_of, item, pieces)
    elif kind is Bytes:
        pieces[-1] += Int32.encode(len(value))
        pieces += [value, b""]
    else:
        pieces[-1] += kind.encode(value)


def guard_connections() -> None:
    """Make every client of this process connect so."""
    plain.AIOKafkaConnection = Connection
