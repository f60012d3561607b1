"""Requests to append batches, and their answers, in few steps: the client takes one for each field.

Must not know producers, or what a batch holds.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from functools import lru_cache
from io import BytesIO
from typing import Any, Final, NamedTuple

from aiokafka.errors import IncompatibleBrokerVersion

from tracehub.bus.kafka_asking import Even

Place = tuple[str, int]
Bytes = bytes | bytearray
_KEY: Final = 0
_VERSION: Final = 7
"""Of the request; Kafka has it from 2.1 on."""
_HEADER: Final = struct.Struct(">ihhih")
"""Bytes that follow; key, version and number of the request, and how long the client's name is."""
_ASKED: Final = struct.Struct(">hhii")
"""No transaction, who must have it, how long the broker may wait, and how many topics."""
_ALL: Final = -1
"""All replicas that are in sync must have it."""
_COUNT: Final = struct.Struct(">i")
_LENGTH: Final = struct.Struct(">h")
_SHARE: Final = struct.Struct(">ii")
"""Partition, and bytes of its batch."""
_TOLD: Final = Even(">ihqqq")
"""Partition, code, first offset, time of the log, first offset of the log."""
_LITTLE: Final = 64 * 1024
"""Bytes that are put together: it costs less than to write them piece by piece."""


class Number(NamedTuple):
    """What an answer begins with."""

    correlation_id: int


class Appended:
    """The client's type for an answer: code and first offset of each place."""

    @staticmethod
    def decode(data: BytesIO) -> Mapping[Place, tuple[int, int]]:
        """As the client asks it.

        Raises:
            struct.error, ValueError: the answer ends too soon.
        """
        return {
            (topic, partition): (code, first)
            for topic, partitions in _TOLD.decode(data)
            for partition, code, first, _, _ in partitions
        }


class Appending:
    """A request to append to each place one batch."""

    RESPONSE_TYPE = Appended

    def __init__(self, batches: Mapping[Place, Bytes], timeout_ms: int) -> None:
        self._batches = batches
        self._timeout_ms = timeout_ms

    @staticmethod
    def parse_response_header(data: BytesIO) -> Number:
        """As the client asks it."""
        return Number(*_COUNT.unpack(data.read(_COUNT.size)))

    def pieces(self, number: int, client: str, versions: Mapping[int, Any]) -> Sequence[Bytes]:
        """Its bytes, large batches as they are; none is empty, which a loop may not end.

        Raises:
            IncompatibleBrokerVersion: the broker does not know such a request.
        """
        least, most = versions.get(_KEY, (0, 0))
        if not least <= _VERSION <= most:
            raise IncompatibleBrokerVersion(f"it appends by versions {least} to {most}")
        shares: dict[str, list[Bytes]] = {}
        for (topic, partition), batch in self._batches.items():
            own = shares.get(topic)
            if own is None:
                own = shares[topic] = []
            own += _SHARE.pack(partition, len(batch)), batch
        named = client.encode()
        pieces: list[Bytes] = [named, _ASKED.pack(-1, _ALL, self._timeout_ms, len(shares))]
        for topic, own in shares.items():
            pieces += _named(topic), _COUNT.pack(len(own) // 2)
            pieces += own
        size = sum(map(len, pieces)) + _HEADER.size - _COUNT.size
        header = _HEADER.pack(size, _KEY, _VERSION, number, len(named))
        return [b"".join((header, *pieces))] if size < _LITTLE else [header, *pieces]


@lru_cache(maxsize=4096)
def _named(topic: str) -> bytes:
    name = topic.encode()
    return _LENGTH.pack(len(name)) + name
