"""Fetch requests and answers: the same bytes as the client's own types, in fewer steps."""

from __future__ import annotations

import struct
from io import BytesIO
from typing import Any, Final

import pytest
from aiokafka.protocol.commit import OffsetCommitRequest_v2, OffsetCommitResponse_v2
from aiokafka.protocol.fetch import FetchRequest_v10
from aiokafka.protocol.offset import OffsetRequest_v2, OffsetResponse_v2
from aiokafka.protocol.types import Array, Bytes, Int16, Int32, Int64, String
from hypothesis import given
from hypothesis import strategies as st

from tracehub.bus.kafka_asking import ASKED, FOUND, SOUGHT, TAKEN, Done, Told

_TOLD: Final = Array(
    ("topics", String("utf-8")),
    (
        "partitions",
        Array(
            ("partition", Int32),
            ("error_code", Int16),
            ("highwater_offset", Int64),
            ("last_stable_offset", Int64),
            ("log_start_offset", Int64),
            ("aborted_transactions", Array(("producer_id", Int64), ("first_offset", Int64))),
            ("preferred_read_replica", Int32),
            ("message_set", Bytes),
        ),
    ),
)
"""The client's own type for the topics of an answer of version 11."""

_int32 = st.integers(-(2**31), 2**31 - 1)
_int64 = st.integers(-(2**63), 2**63 - 1)
_code = st.integers(-1, 120)
_names = st.text(max_size=20)
_done = st.lists(
    st.tuples(_names, st.lists(st.tuples(_int32, _int64, _names), max_size=4)), max_size=4
)
_told = st.lists(
    st.tuples(
        _names,
        st.lists(
            st.tuples(
                _int32,
                st.sampled_from([0, 0, 0, 1, 6]),
                _int64,
                _int64,
                _int64,
                st.lists(st.tuples(_int64, _int64), max_size=2) | st.none(),
                _int32,
                st.binary(max_size=30) | st.none(),
            ),
            max_size=4,
        ),
    ),
    max_size=4,
)


def _theirs(data: bytes) -> list[tuple[str, list[tuple[Any, ...]]]]:
    """What the client makes of an answer, of those partitions that have something."""
    found = []
    for topic, partitions in _TOLD.decode(BytesIO(data)):
        some = [
            (*before, aborted or [], replica, batches or b"")
            for *before, aborted, replica, batches in partitions
            if batches or before[1]
        ]
        if some:
            found.append((topic, some))
    return found


@given(topics=_done)
def test_commit_when_encoded_has_the_clients_bytes(topics: list[Any]) -> None:
    schema = OffsetCommitRequest_v2.SCHEMA
    theirs = schema.fields[schema.names.index("topics")]
    assert Done.encode(topics) == theirs.encode(topics)


_EVEN: Final = {
    "commit": (TAKEN, OffsetCommitResponse_v2, [_int32, _code]),
    "offsets asked": (SOUGHT, OffsetRequest_v2, [_int32, _int64]),
    "offsets told": (FOUND, OffsetResponse_v2, [_int32, _code, _int64, _int64]),
    "fetch": (ASKED, FetchRequest_v10, [_int32, _int32, _int64, _int64, _int32]),
}


@pytest.mark.parametrize("what", _EVEN)
@given(given=st.data(), behind=st.binary(max_size=5))
def test_topics_of_even_partitions_have_the_clients_bytes_and_are_read_as_it_reads_them(
    what: str, given: st.DataObject, behind: bytes
) -> None:
    ours, form, fields = _EVEN[what]
    partitions = st.lists(st.tuples(*fields), max_size=4)
    topics = given.draw(st.lists(st.tuples(_names, partitions), max_size=4))
    theirs = form.SCHEMA.fields[form.SCHEMA.names.index("topics")]
    written = theirs.encode(topics)
    assert ours.encode(topics) == written
    data = BytesIO(b"head" + written + behind)
    data.seek(4)
    assert ours.decode(data) == topics
    assert data.read() == behind
    size = given.draw(st.integers(0, len(written) - 1))
    with pytest.raises((struct.error, ValueError)):
        ours.decode(BytesIO(written[:size]))


@given(topics=_told, behind=st.binary(max_size=5))
def test_answer_when_decoded_says_what_the_client_reads_of_partitions_that_have_something(
    topics: list[Any], behind: bytes
) -> None:
    told = _TOLD.encode(topics)
    data = BytesIO(b"head" + told + behind)
    data.seek(4)
    assert Told.decode(data) == _theirs(told)
    assert data.read() == behind


@given(
    topics=_told.filter(lambda topics: any(partitions for _, partitions in topics)), cut=st.data()
)
def test_answer_when_cut_short_is_refused(topics: list[Any], cut: st.DataObject) -> None:
    told = _TOLD.encode(topics)
    size = cut.draw(st.integers(0, len(told) - 1))
    with pytest.raises((struct.error, ValueError)):
        Told.decode(BytesIO(told[:size]))
