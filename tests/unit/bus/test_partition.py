"""Both engines put a key into the same partition as Kafka's own clients do."""

from __future__ import annotations

import aiokafka.partitioner as kafka
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracehub.bus.partition import murmur2, partition_for


@given(st.binary(max_size=40))
def test_murmur2_when_given_any_key_equals_the_client_librarys(key: bytes) -> None:
    assert murmur2(key) == kafka.murmur2(key) & 0xFFFFFFFF


@pytest.mark.parametrize("count", [1, 3, 12])
def test_partition_when_chosen_is_in_range_and_stable(count: int) -> None:
    chosen = [partition_for(str(number).encode(), count) for number in range(200)]
    assert set(chosen) == set(range(count))
    assert chosen == [partition_for(str(number).encode(), count) for number in range(200)]
