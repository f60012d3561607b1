"""Answers are kept for short values, for so many of them, and never what was raised."""

from __future__ import annotations

import pytest

from tracehub.remember import LONGEST, Memory, remembered, size_of


def test_answer_when_asked_again_is_the_same_one() -> None:
    asked: list[str] = []

    @remembered(2)
    def answer(text: str) -> list[str]:
        asked.append(text)
        return [text]

    assert answer("a") is answer("a")
    assert asked == ["a"]


def test_memory_when_it_is_full_begins_anew() -> None:
    memory = Memory(str.upper, 2)
    assert [memory[each] for each in "abc"] == ["A", "B", "C"]
    assert dict(memory) == {"c": "C"}


@pytest.mark.parametrize(
    "made", [str, str.encode, lambda text: ("", text), lambda text: (1, (text,))]
)
def test_value_when_it_is_too_long_is_answered_and_not_kept(made: object) -> None:
    assert callable(made)
    longest, longer = made("x" * LONGEST), made("x" * (LONGEST + 1))
    memory = Memory(size_of)
    assert (memory[longest], memory[longer]) == (LONGEST, LONGEST + 1)
    assert list(memory) == [longest]


def test_answer_when_it_is_an_error_is_not_kept() -> None:
    memory = Memory(int)
    for _ in range(2):
        with pytest.raises(ValueError, match="invalid literal"):
            memory["x"]
    assert not memory
