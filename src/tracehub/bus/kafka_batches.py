"""Records as the client reads them become ours at once; a batch that can't be read is stepped over.

The client would make a record of its own of each, and hands out the same broken batch for ever.
Here the records of a partition go on behind it, and in its place stands one record at its last
offset, which is refused like any other bad input: a dead letter names it, and the offset passes.
Must not know what is done with records.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable
from functools import partial
from operator import attrgetter
from typing import Any, Final, NamedTuple

import google_crc32c
from aiokafka.consumer import fetcher
from aiokafka.consumer.fetcher import READ_COMMITTED, FetchResult, PartitionRecords
from aiokafka.errors import CorruptRecordException, UnsupportedCodecError
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.record.util import calc_crc32c
from aiokafka.structs import TopicPartition

from tracehub.bus import kafka_decoders
from tracehub.bus.compiled import Batches, Opened
from tracehub.bus.limit import FAIR_RECORD, fault
from tracehub.errors import RejectError
from tracehub.model.record import Headers, Received

_NO_HEADERS: Final[Headers] = ()
_fields: Final = attrgetter("offset", "timestamp", "key", "value", "headers")
_LENGTH: Final = struct.Struct(">8xi")
_CHECK: Final = struct.Struct(">17xI")
_CHECKED_FROM: Final = 21
_MAGIC_AT: Final = 16
_MAGIC: Final = 2
_HEAD: Final = 61
"""Bytes before the records of a batch."""
_FAULTS: Final = (*kafka_decoders.FAULTS, CorruptRecordException, UnsupportedCodecError)

checksum: Final[Callable[[bytes], int]] = (
    google_crc32c.value if google_crc32c.implementation == "c" else calc_crc32c
)
"""CRC-32C by the processor; where there is no wheel of it, by the client, byte for byte."""


class Pages:
    """The client's batches of one fetch, and where the last one handed out lies in its bytes."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.start = self.end = 0
        self._batches = MemoryRecords(data)

    @property
    def whole(self) -> tuple[bytes, int, int]:
        """The bytes, and where the batch begins and ends."""
        return self.data, self.start, self.end

    @property
    def known(self) -> bool:
        """The batch is of today's form."""
        return self.data[self.start + _MAGIC_AT] == _MAGIC

    def fits(self) -> bool:
        """The batch, of today's form, has the checksum that it says."""
        (said,) = _CHECK.unpack_from(self.data, self.start)
        return bool(checksum(self.data[self.start + _CHECKED_FROM : self.end]) == said)

    def size_in_bytes(self) -> int:
        """As the client asks it."""
        return len(self.data)

    def has_next(self) -> bool:
        """As the client asks it."""
        return bool(self._batches.has_next())

    def next_batch(self) -> Any:
        """As the client asks it."""
        self.start = self.end
        (length,) = _LENGTH.unpack_from(self.data, self.start)
        self.end += _LENGTH.size + length
        return self._batches.next_batch()


class _Theirs:
    """A batch as the client itself reads it."""

    def __init__(self, batch: Any, place: TopicPartition) -> None:
        self._batch = batch
        self._place = place
        self._records: Any = None

    def read(self, into: list[Received], most: int, first: int) -> bool:
        """As `Opened`. One over the limits has nothing but its fault."""
        if self._records is None:
            # Asked for its iterator twice, the client's batch falls.
            self._records = map(_fields, self._batch)
        topic, partition = self._place
        left, make = most, tuple.__new__
        for offset, at, found, held_value, written in self._records:
            if offset < first:
                continue
            key, value, headers = found or b"", held_value or b"", _NO_HEADERS
            if written:
                headers = tuple((name, held or b"") for name, held in written)
            error = None
            if headers or len(key) + len(value) > FAIR_RECORD:
                error = fault(key, value, headers)
                if error is not None:
                    key, value, headers = b"", b"", _NO_HEADERS
            into.append(make(Received, (topic, key, value, headers, partition, offset, at, error)))
            first, left = offset + 1, left - 1
            if not left:
                return True
        return False


class _Unreadable(NamedTuple):
    """A batch of the log's own that can't be read."""

    error: Exception

    def read(self, into: list[Received], most: int, first: int) -> bool:  # noqa: ARG002 - as `Opened`
        """Raise what it was found out by."""
        raise self.error


class SteppingRecords(PartitionRecords):  # type: ignore[misc]  # the client has no types
    """The records of one fetch, behind broken batches too; each a `Received`."""

    _records: Pages
    _tp: TopicPartition

    def __init__(self, *given: Any, batches: Batches | None = None) -> None:
        super().__init__(*given)
        self._fast = batches
        self._batch: Any = None
        self._open: Opened | None = None

    @property
    def reached(self) -> int:
        """The offset that is handed out next, under the client's own name for it."""
        client: Any = self
        return int(client.next_fetch_offset)

    @reached.setter
    def reached(self, offset: int) -> None:
        client: Any = self
        client.next_fetch_offset = offset

    def __next__(self) -> Received:
        for each in self.take(1):
            return each
        raise StopIteration

    def take(self, most: int) -> list[Received]:
        """Up to so many records; fewer when the fetch has no more.

        Raises:
            CorruptRecordException: bytes were damaged on their way: ask for them again.
        """
        taken: list[Received] = []
        while (left := most - len(taken)) and (opened := self._open or self._next()):
            try:
                more, error = opened.read(taken, left, self.reached), None
            except _FAULTS as raised:
                more, error = False, raised
            if taken:
                self.reached = max(self.reached, taken[-1].offset + 1)
            if error is not None and not isinstance(opened, _Theirs | _Unreadable):
                self._open = _Theirs(self._batch, self._tp)
                continue
            if error is not None:
                taken.append(self._stand_in(error))
            if not more:
                self.reached, self._open = self._batch.next_offset, None
        return taken

    def _unpack_records(self) -> Any:
        """Nothing for the client's own iterator: it would hold on to this object for ever."""
        return None

    def _next(self) -> Opened | None:
        """Open the next batch that is for us; None at the end."""
        pages = self._records
        while pages.has_next():
            self._batch = batch = pages.next_batch()
            fast = self._fast if pages.known else None
            if fast is not None:
                whole = fast.is_whole(*pages.whole)
            else:
                whole = pages.fits() if pages.known else batch.validate_crc()
            if not whole:
                # Nothing behind it may be handed out before it.
                self._records = Pages(b"")
                raise CorruptRecordException(f"Invalid CRC - {self._tp}")
            try:
                skipped = self._skips(batch)
            except _FAULTS as error:
                self._open = _Unreadable(error)
                return self._open
            if skipped:
                self.reached = batch.next_offset
                continue
            self._open = (fast and self._opened(fast)) or _Theirs(batch, self._tp)
            return self._open
        return None

    def _opened(self, fast: Batches) -> Opened | None:
        codec, (data, start, end) = self._batch.compression_type, self._records.whole
        try:
            records = kafka_decoders.unpack(codec, data[start + _HEAD : end]) if codec else None
            return fast.opened(data, start, end, self._tp, records)
        except _FAULTS:
            return None

    def _skips(self, batch: Any) -> bool:
        """It is the client's own, or of a transaction that was given up."""
        control = bool(batch.is_control_batch)
        if self._isolation_level == READ_COMMITTED and batch.producer_id is not None:
            self._consume_aborted_up_to(batch.base_offset)
            if control and self._contains_abort_marker(batch):
                self._aborted_producers.discard(batch.producer_id)
            if batch.is_transactional and batch.producer_id in self._aborted_producers:
                return True
        return control

    def _stand_in(self, error: Exception) -> Received:
        batch, (topic, partition) = self._batch, self._tp
        last = batch.next_offset - 1
        why = (
            f"the records at offsets {max(self.reached, batch.base_offset)} to {last} "
            f"can't be unpacked ({type(error).__name__}: {error}); publish batches of at most "
            f"{kafka_decoders.MAX_DECODED} bytes unpacked, by a well-kept client"
        )
        refused = RejectError("bus/unreadable-batch", why)
        return Received(topic, b"", b"", _NO_HEADERS, partition, last, batch.max_timestamp, refused)


class Fetched(FetchResult):  # type: ignore[misc]  # the client has no types
    """What a fetch brought for one partition, handed out without a call for every record."""

    _partition_records: SteppingRecords | None

    def getall(self, max_records: int | None = None) -> list[Received]:
        """As the client asks it."""
        if not self.check_assignment(self._topic_partition) or self._partition_records is None:
            return []
        most = sys.maxsize if max_records is None else max_records
        taken = self._partition_records.take(most)
        self._update_position()
        if len(taken) < most:
            self._partition_records = None
        return taken


def guard_fetches(batches: Batches | None = None) -> None:
    """Make every consumer of this process read so, by capped decoders.

    Args:
        batches: the compiled parts, asked before the client.
    """
    kafka_decoders.cap()
    fetcher.MemoryRecords = Pages
    fetcher.PartitionRecords = partial(SteppingRecords, batches=batches)
    fetcher.FetchResult = Fetched
