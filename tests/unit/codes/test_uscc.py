"""USCC (GB 32100): the vectors, its parts, and what is no such code."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc as oracle

from tracehub.codes import uscc
from tracehub.codes.code import Code, Misfit

FIRST = st.text(uscc.ALPHABET, min_size=17, max_size=17)

VECTORS = [
    ("91350100M000100Y4", "3"),
    ("91512081MA62K0260", "E"),
    ("91110000600037341", "L"),
    ("91440300192203821", "6"),
]


@pytest.mark.parametrize(("first", "check"), VECTORS)
def test_vector_when_checked_has_its_check_character(first: str, check: str) -> None:
    assert uscc.check_character(first) == check
    found = uscc.read(first + check)
    assert isinstance(found, Code)
    assert found.check == "valid"


def test_example_of_the_standard_when_given_another_check_is_invalid() -> None:
    found = uscc.read("91350100M000100Y4Z")
    assert isinstance(found, Misfit)
    found = uscc.read("91350100M000100Y4Y")
    assert isinstance(found, Code)
    assert found.check == "invalid"


@pytest.mark.parametrize("letter", "IOSVZ")
def test_letter_when_outside_the_alphabet_is_not_corrected(letter: str) -> None:
    found = uscc.read(f"9135010{letter}M000100Y43")
    assert isinstance(found, Misfit)
    assert found.rule == "uscc/alphabet"


@given(FIRST)
def test_code_when_made_agrees_with_another_implementation(first: str) -> None:
    code = first + uscc.check_character(first)
    assert oracle.calc_check_digit(first) == code[-1]


@given(FIRST, st.integers(0, 17), st.sampled_from(uscc.ALPHABET))
def test_code_when_any_one_character_is_changed_is_caught(first: str, at: int, other: str) -> None:
    # 31 is a prime and no weight is its multiple: every single error is caught.
    code = first + uscc.check_character(first)
    changed = code[:at] + other + code[at + 1 :]
    found = uscc.read(changed)
    assert isinstance(found, Code)
    assert (found.check == "valid") == (changed == code)


def test_spelling_when_printed_or_full_width_is_read() -> None:
    for text in (
        " 91350100M000100Y43 ",
        "９１３５０１００m000100y43",
        "urn:tracehub:uscc:91350100M000100Y43",
        "913501 00M000100Y4-3",
    ):
        found = uscc.read(text)
        assert isinstance(found, Code)
        assert (found.normal, found.source) == ("91350100M000100Y43", text)


def test_parts_when_taken_name_the_region_of_registration() -> None:
    found = uscc.read("91350100M000100Y43")
    assert isinstance(found, Code)
    assert uscc.parts(found)["region"] == "350100"
    assert "".join(uscc.parts(found).values()) == found.normal
