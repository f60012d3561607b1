from __future__ import annotations

import hashlib
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import FACTS
from tracehub.errors import RejectError
from tracehub.model.facts import Facts, body_check, effect_key, facts_of, unpack
from tracehub.model.record import Position

FIRST = Facts(
    position=Position("raw.drug.provincial.zhejiang", 3, 1_000_000),
    item=2,
    effect_key=b"\x0a" * 32,
    body_check=0xDEADBEEF,
    received_at=1_700_000_000_000,
    verdict="accept-normalised",
    rules_version=b"rule",
    catalogue_version=b"cata",
    offsets=(120, 121, 300, 301),
    previous=(999_999, 0),
)
PACKED = (
    "0102" + "0a" * 32 + "deadbeef" + "0000018bcfe56800" + "00000000000f4240" + "0003"
    "00000002" + "00000000000f423f" + "00000000" + "72756c65" + "63617461" + "00000078"
    "00000079" + "0000012c" + "0000012d" + b"raw.drug.provincial.zhejiang".hex()
)


@given(FACTS)
def test_facts_when_packed_read_back_as_they_were(facts: Facts) -> None:
    assert unpack(facts.pack()) == facts


@given(FACTS)
def test_facts_when_carried_by_a_record_are_found_under_their_name(facts: Facts) -> None:
    forged = ("th", b"a publisher's own")
    assert facts_of((("other", b""), forged, facts.header())) == facts


def test_facts_when_packed_keep_their_layout_for_ever() -> None:
    assert FIRST.pack().hex() == PACKED


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        bytes.fromhex(PACKED)[:90],
        bytes.fromhex(PACKED)[: -len("raw.drug.provincial.zhejiang")],
        b"\x02" + bytes.fromhex(PACKED)[1:],
        b"\x01\x03" + bytes.fromhex(PACKED)[2:],
    ],
)
def test_facts_when_not_of_this_version_are_rejected(packed: bytes) -> None:
    with pytest.raises(RejectError, match="facts/unreadable") as caught:
        unpack(packed)
    assert caught.value.code == "facts/unreadable"


def test_facts_when_a_record_has_none_are_rejected() -> None:
    with pytest.raises(RejectError, match="facts/unreadable"):
        facts_of((("traceparent", b"00"),))


@given(st.text(), st.text(), st.integers(0, 2**45))
def test_effect_key_when_an_event_is_sent_again_is_the_same(
    connection: str, event_id: str, declared_at: int
) -> None:
    key = effect_key(connection, event_id, declared_at)
    assert key == effect_key(connection, event_id, declared_at)
    assert len(key) == 32


def test_effect_key_when_publisher_event_or_correction_differs_is_another() -> None:
    event = ("provincial/zhejiang", "urn:uuid:1", 0)
    others = [
        ("provincial/jiangsu", "urn:uuid:1", 0),
        ("provincial/zhejiang", "urn:uuid:2", 0),
        ("provincial/zhejiang", "urn:uuid:1", 1),
    ]
    keys = {effect_key(*each) for each in (event, *others)}
    assert len(keys) == 4


def test_effect_key_when_made_is_the_hash_that_receivers_are_told_of() -> None:
    expected = hashlib.sha256(b"provincial/zhejiang\0urn:uuid:1\x00").digest()
    assert effect_key("provincial/zhejiang", "urn:uuid:1", 0) == expected


@given(st.binary())
def test_body_check_when_computed_is_crc_32(value: bytes) -> None:
    assert body_check(value) == zlib.crc32(value)
