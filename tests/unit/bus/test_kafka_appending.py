"""Requests to append and their answers: the client's own bytes, in fewer steps."""

from __future__ import annotations

import struct
from io import BytesIO
from typing import Any, Final

import pytest
from aiokafka.errors import IncompatibleBrokerVersion
from aiokafka.protocol.api import RequestHeader_v1
from aiokafka.protocol.produce import ProduceRequest, ProduceRequest_v7, ProduceResponse_v7
from hypothesis import given
from hypothesis import strategies as st

from tracehub.bus.kafka_appending import Appended, Appending

VERSIONS: Final = {0: (3, 12)}
_names = st.text(max_size=20)
_int64 = st.integers(-(2**63), 2**63 - 1)
_places = st.tuples(_names, st.integers(0, 2**31 - 1))
_batches = st.dictionaries(_places, st.binary(max_size=40).map(bytearray), max_size=6)
_said = st.lists(
    st.tuples(
        _names,
        st.lists(
            st.tuples(st.integers(0, 2**31 - 1), st.integers(-1, 120), _int64, _int64, _int64),
            max_size=4,
        ),
    ),
    max_size=4,
)


def theirs(batches: dict[tuple[str, int], bytearray]) -> bytes:
    """What the client itself writes."""
    topics: dict[str, list[tuple[int, bytearray]]] = {}
    for (topic, partition), batch in batches.items():
        topics.setdefault(topic, []).append((partition, batch))
    form: Any = ProduceRequest(None, -1, 10_000, [*topics.items()]).prepare({0: (7, 7)})
    written = RequestHeader_v1(form, 5, "tracehub").encode() + form.encode()
    return struct.pack(">i", len(written)) + bytes(written)


@given(batches=_batches)
def test_request_when_in_pieces_has_the_clients_bytes(
    batches: dict[tuple[str, int], bytearray],
) -> None:
    pieces = Appending(batches, 10_000).pieces(5, "tracehub", VERSIONS)
    assert b"".join(pieces) == theirs(batches)
    assert all(pieces)


def test_request_of_large_batches_does_not_copy_them() -> None:
    batches = {("a", 0): bytearray(70_000), ("a", 1): bytearray(10), ("b", 0): bytearray(90_000)}
    pieces = Appending(batches, 10_000).pieces(5, "tracehub", VERSIONS)
    assert b"".join(pieces) == theirs(batches)
    assert all(any(each is batch for each in pieces) for batch in batches.values())


def test_request_when_the_broker_knows_no_such_version_is_refused() -> None:
    with pytest.raises(IncompatibleBrokerVersion, match="versions 0 to 6"):
        Appending({}, 10_000).pieces(5, "tracehub", {0: (0, 6)})


@given(said=_said)
def test_answer_when_decoded_says_what_the_client_reads(said: Any) -> None:
    told = ProduceResponse_v7(said, 3).encode()
    data = BytesIO(b"head" + told)
    assert Appending.parse_response_header(BytesIO(b"\0\0\0\7")).correlation_id == 7
    data.seek(4)
    expected = {
        (topic, partition): (code, first)
        for topic, partitions in ProduceResponse_v7.decode(told).topics
        for partition, code, first, *_ in partitions
    }
    assert Appended.decode(data) == expected


@given(said=_said.filter(bool), cut=st.data())
def test_answer_when_cut_short_is_refused(said: Any, cut: st.DataObject) -> None:
    told = ProduceResponse_v7(said, 3).encode()[:-4]
    size = cut.draw(st.integers(0, len(told) - 1))
    with pytest.raises((struct.error, ValueError)):
        Appended.decode(BytesIO(told[:size]))


def test_version_is_the_newest_that_the_client_knows() -> None:
    form = ProduceRequest(None, -1, 1, []).prepare({0: (0, 99)})
    assert type(form) is ProduceRequest_v7
