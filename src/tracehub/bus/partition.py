"""Which partition a key belongs to: Kafka's default partitioner, so that both engines agree.

murmur2 with seed 0x9747b28c, made positive, modulo the count (org.apache.kafka.common.utils.Utils).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from tracehub.model.record import Position, Record
from tracehub.remember import remembered

_SEED: Final = 0x9747B28C
_M: Final = 0x5BD1E995
_MASK: Final = 0xFFFFFFFF
_POSITIVE: Final = 0x7FFFFFFF
_WORD: Final = 4


def partition_for(key: bytes, count: int) -> int:
    """The partition of `key` among `count`. The empty key is a key like any other."""
    return _positive(key) % count


@remembered(65_536)
def _positive(key: bytes) -> int:
    return murmur2(key) & _POSITIVE


def murmur2(data: bytes) -> int:
    """32-bit MurmurHash2 as Kafka's Java client computes it, unsigned."""
    length = len(data)
    whole = length - length % _WORD
    h = (_SEED ^ length) & _MASK
    for at in range(0, whole, _WORD):
        k = int.from_bytes(data[at : at + _WORD], "little") * _M & _MASK
        h = (h * _M & _MASK) ^ ((k ^ k >> 24) * _M & _MASK)
    if whole < length:
        h = (h ^ int.from_bytes(data[whole:], "little")) * _M & _MASK
    h = (h ^ h >> 13) * _M & _MASK
    return h ^ h >> 15


def positions(
    records: Sequence[Record], lying: Mapping[tuple[str, int], Iterable[tuple[Record, int]]]
) -> Sequence[Position]:
    """Where each record lies, in their order.

    Args:
        records: what was appended.
        lying: the same objects with their offsets, by (topic, partition), each in its order.
    """
    found: dict[int, deque[Position]] = {}
    for (topic, partition), share in lying.items():
        for record, offset in share:
            found.setdefault(id(record), deque()).append(Position(topic, partition, offset))
    return [found[id(record)].popleft() for record in records]
