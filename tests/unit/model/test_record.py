from __future__ import annotations

from tracehub.model.record import Position, Received, header_value


def test_position_when_shown_names_topic_partition_and_offset() -> None:
    received = Received("raw.drug.provincial.zhejiang", b"k", b"v", (), 3, 17, 1_700_000_000_000)
    assert received.position == Position("raw.drug.provincial.zhejiang", 3, 17)
    assert str(received.position) == "raw.drug.provincial.zhejiang/3/17"


def test_header_value_when_a_name_is_repeated_is_the_last() -> None:
    headers = (("th", b"forged"), ("other", b"x"), ("th", b"ours"))
    assert header_value(headers, "th") == b"ours"
    assert header_value(headers, "absent") is None
