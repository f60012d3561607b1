"""Batches that can't be read are stepped over, each by one record that says so.

The client hands out the same broken batch for ever. Here the records of a partition go on behind
it, and in its place stands one record at its last offset, which is refused like any other bad
input: a dead letter names it, and the offset passes. Must not know what is done with records.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.consumer.fetcher import PartitionRecords
from aiokafka.errors import CorruptRecordException, UnsupportedCodecError
from aiokafka.structs import ConsumerRecord

from tracehub.bus import kafka_decoders


@dataclass
class Unreadable(ConsumerRecord):  # type: ignore[misc]  # the client has no types
    """Stands for a batch, or for what is left of it after its last readable record."""

    why: str = ""


class _BadChecksumError(Exception):
    """The bytes were damaged on their way: they are asked for again."""


class _Batches:
    """The client's batches, of which the last one handed out is remembered."""

    def __init__(self, batches: Any) -> None:
        self._batches = batches
        self.last: Any = None

    def has_next(self) -> bool:
        """As the client asks it."""
        return bool(self._batches.has_next())

    def next_batch(self) -> Any:
        """As the client asks it."""
        self.last = self._batches.next_batch()
        if not self.last.validate_crc():
            raise _BadChecksumError
        return self.last


class SteppingRecords(PartitionRecords):  # type: ignore[misc]  # the client has no types
    """The client's records of one fetch, behind broken batches too."""

    _records: Any

    def _unpack_records(self) -> Iterator[Any]:
        batches = _Batches(self._records)
        self._records, self._check_crcs = batches, False
        client: Any = self
        while True:
            try:
                yield from super()._unpack_records()
            except _BadChecksumError:
                raise CorruptRecordException(f"Invalid CRC - {self._tp}") from None
            except (*kafka_decoders.FAULTS, CorruptRecordException, UnsupportedCodecError) as error:
                first = client.next_fetch_offset
                client.next_fetch_offset = batches.last.next_offset
                yield self._stand_in(first, batches.last, error)
            else:
                return

    def _stand_in(self, first: int, batch: Any, error: Exception) -> Unreadable:
        last = batch.next_offset - 1
        why = (
            f"the records at offsets {max(first, batch.base_offset)} to {last} can't be unpacked "
            f"({type(error).__name__}: {error}); publish batches of at most "
            f"{kafka_decoders.MAX_DECODED} bytes unpacked, by a well-kept client"
        )
        time = batch.max_timestamp
        return Unreadable(
            self._tp.topic, self._tp.partition, last, time, 1, None, None, None, -1, -1, (), why
        )


def guard_fetches() -> None:
    """Make every consumer of this process read so, by capped decoders."""
    kafka_decoders.cap()
    fetcher.PartitionRecords = SteppingRecords


guard_fetches()
