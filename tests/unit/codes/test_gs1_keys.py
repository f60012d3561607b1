"""GS1 keys: the vectors, every spelling of one key, and single errors."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean

from tracehub.codes.code import Code, Misfit
from tracehub.codes.gs1 import check_digit, check_pair
from tracehub.codes.gs1_keys import KEYS

DIGITS = "0123456789"
MODEL = "1987654Ad4X4bL5ttr2310c"
LENGTHS = {"gtin": 14, "sscc": 18, "gln": 13, "gsrn": 18, "gsrnp": 18, "gsin": 17}


def read(scheme: str, text: str) -> Code:
    found = KEYS[scheme].parse(text)
    assert isinstance(found, Code), found
    return found


@pytest.mark.parametrize(
    ("text", "normal"),
    [("6901028075831", "06901028075831"), ("6938166920785", "06938166920785")],
)
def test_vector_when_read_is_valid_and_has_14_digits(text: str, normal: str) -> None:
    found = read("gtin", text)
    assert (found.normal, found.check) == (normal, "valid")
    assert found.uri == f"https://id.gs1.org/01/{normal}"


@pytest.mark.parametrize(
    "text",
    [
        "06901028075831",
        "6901028075831",
        "6 901028 075831",
        "６９０１０２８０７５８３１",
        "(01)06901028075831",
        "]d20106901028075831",
        "urn:epc:idpat:sgtin:6901028.007583.*",
        "https://id.gs1.org/01/06901028075831",
        "https://example.com/gtin/6901028075831?x=1",
    ],
)
def test_key_when_spelled_in_any_way_has_one_normal_form(text: str) -> None:
    found = read("gtin", text)
    assert (found.normal, found.source) == ("06901028075831", text)


@pytest.mark.parametrize(
    ("scheme", "text", "normal", "check"),
    [
        (
            "sgtin",
            "urn:epc:id:sgtin:6901028.007583.10%2F01",
            "01/06901028075831/21/10%2F01",
            "valid",
        ),
        ("sgtin", "(21)10/01(01)06901028075831", "01/06901028075831/21/10%2F01", "valid"),
        ("lgtin", "urn:epc:class:lgtin:6901028.007583.A1", "01/06901028075831/10/A1", "valid"),
        ("sscc", "urn:epc:id:sscc:4012345.1111111111", "140123451111111117", "valid"),
        ("sscc", "140123451111111118", "140123451111111118", "invalid"),
        ("gln", "urn:epc:id:pgln:6901028.00000", "6901028000000", "valid"),
        ("gln", "6901028000001", "6901028000001", "invalid"),
        ("grai", "urn:epc:id:grai:4012345.00000.7", "8003/040123450000097", "valid"),
        ("giai", "4000001/12", "8004/4000001%2F12", "unverified"),
        ("gmn", f"{MODEL}2K", f"8013/{MODEL}2K", "valid"),
        ("gmn", f"{MODEL}2L", f"8013/{MODEL}2L", "invalid"),
        ("itip", "urn:epc:id:itip:4012345.011111.01.02.9", "8006/040123451111180102/21/9", "valid"),
    ],
)
def test_key_when_read_has_its_normal_form_and_check(
    scheme: str, text: str, normal: str, check: str
) -> None:
    found = read(scheme, text)
    assert (found.normal, found.check) == (normal, check)
    assert read(scheme, found.normal).normal == normal
    assert read(scheme, found.uri).normal == normal


@pytest.mark.parametrize(
    ("scheme", "text"),
    [
        ("gtin", "690102807583"[:11]),
        ("gtin", "69010280758A1"),
        ("gtin", "https://id.gs1.org/01/06901028075831/21/1"),
        ("sgtin", "06901028075831"),
        ("lgtin", "https://id.gs1.org/01/06901028075831/21/1"),
        ("sscc", "14012345111111111"),
        ("gln", ""),
        ("giai", "ab"),
        ("sscc", "https://id.gs1.org/01/06901028075831"),
    ],
)
def test_text_when_no_such_key_is_a_misfit_that_says_so(scheme: str, text: str) -> None:
    found = KEYS[scheme].parse(text)
    assert isinstance(found, Misfit)
    assert found.rule == f"{scheme}/form"
    assert found.text
    assert found.text_zh


@given(st.text(DIGITS, min_size=12, max_size=12))
def test_check_digit_when_made_agrees_with_another_implementation(first: str) -> None:
    assert check_digit(first) == ean.calc_check_digit(first)


@pytest.mark.parametrize("scheme", LENGTHS)
@given(data=st.data())
def test_key_when_any_one_digit_is_changed_is_caught(scheme: str, data: st.DataObject) -> None:
    # 3 and 10 have no common divisor: every single error is caught.
    size = LENGTHS[scheme]
    first = data.draw(st.text(DIGITS, min_size=size - 1, max_size=size - 1))
    key = first + check_digit(first)
    at = data.draw(st.integers(0, size - 1))
    changed = key[:at] + data.draw(st.sampled_from(DIGITS)) + key[at + 1 :]
    assert (read(scheme, changed).check == "valid") == (changed == key)


@given(st.integers(0, 24), st.sampled_from("23456789ABCDEFGHJKLMNPQRSTUVWXYZ"))
def test_model_when_any_one_character_is_changed_is_caught(at: int, other: str) -> None:
    # 1021 is a prime above every weight and value: every single error is caught.
    number = MODEL + check_pair(MODEL)
    changed = number[:at] + other + number[at + 1 :]
    found = KEYS["gmn"].parse(changed)
    if isinstance(found, Code):
        assert (found.check == "valid") == (changed == number)


def test_model_when_too_long_has_no_check_characters() -> None:
    with pytest.raises(ValueError, match="at most 23"):
        check_pair("1" * 24)
