"""Records as the client reads them become ours at once; a batch that can't be read is stepped over.

The client would make a record of its own of each, and hands out the same broken batch for ever.
Here the records of a partition go on behind it, and in its place stands one record at its last
offset, which is refused like any other bad input: a dead letter names it, and the offset passes.
Must not know what is done with records.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from aiokafka.consumer import fetcher
from aiokafka.consumer.fetcher import PartitionRecords
from aiokafka.errors import CorruptRecordException, UnsupportedCodecError

from tracehub.bus import kafka_decoders
from tracehub.bus.limit import fault
from tracehub.errors import RejectError
from tracehub.model.record import Headers, Received

_NO_HEADERS: Final[Headers] = ()


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
    """The records of one fetch, behind broken batches too; each a `Received`."""

    _records: Any
    _records_iterator: Any

    def __iter__(self) -> Iterator[Received]:
        """The client's own iterator asks this one for every record."""
        return self._records_iterator or iter(())

    def _consumer_record(self, tp: Any, record: Any) -> Received:
        """One over the limits has nothing but its fault."""
        key, value, headers = record.key or b"", record.value or b"", _NO_HEADERS
        if record.headers:
            headers = tuple((name, held or b"") for name, held in record.headers)
        error = fault(key, value, headers)
        if error is not None:
            key, value, headers = b"", b"", _NO_HEADERS
        topic, partition = tp
        return Received(
            topic, key, value, headers, partition, record.offset, record.timestamp, error
        )

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

    def _stand_in(self, first: int, batch: Any, error: Exception) -> Received:
        last = batch.next_offset - 1
        why = (
            f"the records at offsets {max(first, batch.base_offset)} to {last} can't be unpacked "
            f"({type(error).__name__}: {error}); publish batches of at most "
            f"{kafka_decoders.MAX_DECODED} bytes unpacked, by a well-kept client"
        )
        topic, partition = self._tp
        refused = RejectError("bus/unreadable-batch", why)
        return Received(topic, b"", b"", _NO_HEADERS, partition, last, batch.max_timestamp, refused)


def guard_fetches() -> None:
    """Make every consumer of this process read so, by capped decoders."""
    kafka_decoders.cap()
    fetcher.PartitionRecords = SteppingRecords
