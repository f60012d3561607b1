"""What is produced goes out as the client would write it, without a copy of a batch."""

from __future__ import annotations

from typing import Any

import pytest
from aiokafka.protocol.produce import ProduceRequest
from hypothesis import given
from hypothesis import strategies as st

from tracehub.bus.kafka_connection import pieces_of

batches = st.binary(max_size=40).map(bytearray)
topics = st.lists(
    st.tuples(st.text(max_size=9), st.lists(st.tuples(st.integers(0, 900), batches), max_size=3)),
    max_size=4,
)


@pytest.mark.parametrize("version", range(8))
@given(sent=topics)
def test_produce_request_when_in_pieces_is_what_the_client_writes(version: int, sent: Any) -> None:
    form = ProduceRequest(None, -1, 10_000, sent).prepare({0: (version, version)})
    pieces = pieces_of(form)
    assert b"".join(pieces) == form.encode()
    assert all(pieces)
    whole = [batch for _, shares in sent for _, batch in shares if batch]
    assert [each for each in pieces if isinstance(each, bytearray)] == whole
    assert all(any(each is batch for each in pieces) for batch in whole)
