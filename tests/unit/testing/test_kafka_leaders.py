"""The hash by which a broker chooses the partition of a group is Java's."""

from __future__ import annotations

import pytest

from tracehub.testing.kafka_leaders import _java_hash


@pytest.mark.parametrize(
    ("text", "hashed"), [("", 0), ("hello", 99_162_322), ("polygenelubricants", -2_147_483_648)]
)
def test_hash_when_of_a_known_text_is_java_s(text: str, hashed: int) -> None:
    assert _java_hash(text) == hashed
