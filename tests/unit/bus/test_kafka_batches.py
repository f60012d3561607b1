"""A batch's checksum is the client's, by whatever makes it."""

import pytest
from aiokafka.errors import CorruptRecordException
from aiokafka.record.util import calc_crc32c
from aiokafka.structs import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.bus.test_kafka_decoders import batch
from tracehub.bus.kafka_batches import Pages, SteppingRecords, checksum

GOOD = batch(7, [b"a" * 30, b"", b"b"], headers={"th": b"facts"})


def taken(data: bytes) -> list[bytes]:
    place = TopicPartition("raw.food.provincial.zhejiang", 3)
    records = SteppingRecords(place, Pages(data), [], 0, None, None, True, 0)
    return [each.value for each in records.take(100)]


@given(data=st.binary(max_size=400))
def test_checksum_when_made_is_the_clients(data: bytes) -> None:
    assert checksum(data) == calc_crc32c(data)


def test_batch_when_any_byte_is_another_on_its_way_is_asked_for_again() -> None:
    behind = batch(10, [b"behind"])
    assert taken(GOOD + behind) == [b"a" * 30, b"", b"b", b"behind"]
    for at in range(17, len(GOOD)):
        for bit in (0, 7):
            damaged = bytearray(GOOD + behind)
            damaged[at] ^= 1 << bit
            with pytest.raises(CorruptRecordException, match="Invalid CRC"):
                taken(bytes(damaged))
