from __future__ import annotations

import pytest

from tracehub.connect.known import Known


def test_items_when_their_keys_are_known_or_come_twice_are_not_new() -> None:
    known = Known()
    known.add("a", "1")
    assert known.new(["x", "y", "z"], ["a", "b", "b"]) == ["y"]


def test_receipts_when_made_tell_the_new_from_the_repeated() -> None:
    known = Known()
    known.add("a", "1")
    known.add("b", "2")
    known.add("a", "3")
    found = known.receipts(["a", "b", "b"], ["b"])
    assert [(each.status, each.reference) for each in found] == [
        ("repeated", "1"),
        ("delivered", "2"),
        ("repeated", "2"),
    ]


def test_effects_when_there_are_too_many_are_forgotten_from_the_oldest() -> None:
    known = Known(limit=2)
    for key in "abc":
        known.add(key, key)
    assert known.new("abc", "abc") == ["a"]
    with pytest.raises(KeyError):
        known.receipts(["a"], [])
